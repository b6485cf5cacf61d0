"""ONNX graphs of MobileSAM's image encoder and of SAM's prompt encoder + mask decoder, with random weights.

Only their shape counts: `npm run bench -- masks` times them beside our network, and timings do not depend on what the
weights say. The architectures are MobileSAM's (github.com/ChaoningZhang/MobileSAM, Apache-2.0; its encoder is TinyViT-5M,
github.com/microsoft/Cream, MIT) and SAM's (github.com/facebookresearch/segment-anything, Apache-2.0), written anew
from their description; no code and no weights of theirs are in here.

    pip install torch==2.7.1 onnx==1.23.2 numpy==1.26.4
    python sam_graphs.py FOLDER        # writes vit-t-encoder.onnx (28 MB) and sam-decoder.onnx (21 MB)
"""

import itertools
import math
import sys
import warnings
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

SIDE = 1024
TOKENS = 64


def conv_bn(a, b, kernel=1, stride=1, groups=1):
    """A convolution that keeps the size (but for its stride), and its normalisation, which the export folds in."""
    conv = nn.Conv2d(a, b, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(b))


class MBConv(nn.Module):
    def __init__(self, dim):
        super().__init__()
        wide = 4 * dim
        self.body = nn.Sequential(
            conv_bn(dim, wide), nn.GELU(), conv_bn(wide, wide, 3, groups=wide), nn.GELU(), conv_bn(wide, dim)
        )

    def forward(self, x):
        return F.gelu(x + self.body(x))


class WindowAttention(nn.Module):
    """Attention in one window, with a learned bias for each pair of distances."""

    def __init__(self, dim, heads, window):
        super().__init__()
        self.heads, self.each = heads, dim // heads
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)
        places = list(itertools.product(range(window), repeat=2))
        kinds = {}
        index = [
            kinds.setdefault((abs(a[0] - b[0]), abs(a[1] - b[1])), len(kinds)) for a in places for b in places
        ]
        bias = torch.randn(heads, len(kinds)) * 0.02
        n = len(places)
        # As in MobileSAM when it is not trained: looked up once.
        self.register_buffer("bias", bias[:, torch.tensor(index)].view(heads, n, n))

    def forward(self, x):
        b, n, c = x.shape
        qkv = self.qkv(self.norm(x)).view(b, n, self.heads, 3 * self.each)
        q, k, v = (part.transpose(1, 2) for part in qkv.split(self.each, dim=3))
        attention = (q @ k.transpose(-2, -1)) * self.each**-0.5 + self.bias
        return self.out((attention.softmax(-1) @ v).transpose(1, 2).reshape(b, n, c))


class Block(nn.Module):
    """Windowed attention, a local convolution, an MLP. Tokens are [1, side * side, dim]."""

    def __init__(self, dim, heads, window, side):
        super().__init__()
        self.window, self.side = window, side
        self.attention = WindowAttention(dim, heads, window)
        self.local = conv_bn(dim, dim, 3, groups=dim)
        self.mlp = nn.Sequential(
            nn.LayerNorm(dim), nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim)
        )

    def forward(self, x):
        side, w = self.side, self.window
        _, n, c = x.shape
        more = -side % w
        padded = F.pad(x.view(1, side, side, c), (0, 0, 0, more, 0, more))
        count = (side + more) // w
        windows = padded.view(1, count, w, count, w, c).transpose(2, 3).reshape(count * count, w * w, c)
        windows = self.attention(windows)
        back = windows.view(1, count, count, w, w, c).transpose(2, 3).reshape(1, side + more, side + more, c)
        x = x + back[:, :side, :side].reshape(1, n, c)
        grid = x.transpose(1, 2).reshape(1, c, side, side)
        x = self.local(grid).view(1, c, n).transpose(1, 2)
        return x + self.mlp(x)


def merging(a, b, stride):
    return nn.Sequential(
        conv_bn(a, b), nn.GELU(), conv_bn(b, b, 3, stride, groups=b), nn.GELU(), conv_bn(b, b)
    )


class LayerNorm2d(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        away = x - x.mean(1, keepdim=True)
        x = away / torch.sqrt(away.pow(2).mean(1, keepdim=True) + 1e-6)
        return self.weight[:, None, None] * x + self.bias[:, None, None]


class VitT(nn.Module):
    """TinyViT-5M at 1024², the last merging without a stride, and SAM's neck."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Sequential(conv_bn(3, 32, 3, 2), nn.GELU(), conv_bn(32, 64, 3, 2))
        self.first = nn.Sequential(MBConv(64), MBConv(64))
        self.merge1 = merging(64, 128, 2)
        self.stage1 = nn.Sequential(*(Block(128, 4, 7, 128) for _ in range(2)))
        self.merge2 = merging(128, 160, 2)
        self.stage2 = nn.Sequential(*(Block(160, 5, 14, 64) for _ in range(6)))
        self.merge3 = merging(160, 320, 1)
        self.stage3 = nn.Sequential(*(Block(320, 10, 7, 64) for _ in range(2)))
        self.neck = nn.Sequential(
            nn.Conv2d(320, 256, 1, bias=False),
            LayerNorm2d(256),
            nn.Conv2d(256, 256, 3, padding=1, bias=False),
            LayerNorm2d(256),
        )

    def forward(self, image):
        x = self.merge1(self.first(self.patches(image)))
        x = self.grid(self.stage1(self.tokens(x)), 128)
        x = self.grid(self.stage2(self.tokens(self.merge2(x))), 64)
        x = self.grid(self.stage3(self.tokens(self.merge3(x))), 64)
        return self.neck(x)

    @staticmethod
    def tokens(x):
        return x.flatten(2).transpose(1, 2)

    @staticmethod
    def grid(x, side):
        return x.transpose(1, 2).reshape(1, x.shape[2], side, side)


class Attention(nn.Module):
    def __init__(self, dim, heads, smaller=1):
        super().__init__()
        inner = dim // smaller
        self.heads = heads
        self.q, self.k, self.v = (nn.Linear(dim, inner) for _ in range(3))
        self.out = nn.Linear(inner, dim)

    def split(self, x):
        b, n, c = x.shape
        return x.reshape(b, n, self.heads, c // self.heads).transpose(1, 2)

    def forward(self, q, k, v):
        q, k, v = self.split(self.q(q)), self.split(self.k(k)), self.split(self.v(v))
        attention = (q @ k.transpose(-2, -1)) / math.sqrt(q.shape[-1])
        out = (attention.softmax(-1) @ v).transpose(1, 2)
        return self.out(out.reshape(out.shape[0], out.shape[1], -1))


class TwoWay(nn.Module):
    """Prompts among themselves, prompts to image, MLP, image to prompts."""

    def __init__(self, first):
        super().__init__()
        self.first = first
        self.own = Attention(256, 8)
        self.to_image = Attention(256, 8, 2)
        self.mlp = nn.Sequential(nn.Linear(256, 2048), nn.ReLU(), nn.Linear(2048, 256))
        self.to_prompts = Attention(256, 8, 2)
        self.norms = nn.ModuleList(nn.LayerNorm(256) for _ in range(4))

    def forward(self, prompts, image, prompt_places, image_places):
        one, two, three, four = self.norms
        if self.first:
            prompts = one(self.own(prompts, prompts, prompts))
        else:
            q = prompts + prompt_places
            prompts = one(prompts + self.own(q, q, prompts))
        k = image + image_places
        prompts = two(prompts + self.to_image(prompts + prompt_places, k, image))
        prompts = three(prompts + self.mlp(prompts))
        image = four(image + self.to_prompts(k, prompts + prompt_places, prompts))
        return prompts, image


def mlp(out):
    return nn.Sequential(nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, out))


class SamDecoder(nn.Module):
    """What SAM's own export puts into one graph: prompts, masks, and their enlargement to the picture's size."""

    def __init__(self):
        super().__init__()
        self.register_buffer("frequencies", torch.randn(2, 128))
        self.labels = nn.ParameterList(nn.Parameter(torch.randn(1, 256)) for _ in range(4))
        self.no_point = nn.Parameter(torch.randn(1, 256))
        self.no_mask = nn.Parameter(torch.randn(1, 256))
        self.mask_in = nn.Sequential(
            nn.Conv2d(1, 4, 2, 2), LayerNorm2d(4), nn.GELU(),
            nn.Conv2d(4, 16, 2, 2), LayerNorm2d(16), nn.GELU(),
            nn.Conv2d(16, 256, 1),
        )  # fmt: skip
        self.tokens = nn.Parameter(torch.randn(5, 256))
        self.layers = nn.ModuleList([TwoWay(True), TwoWay(False)])
        self.last = Attention(256, 8, 2)
        self.norm = nn.LayerNorm(256)
        self.enlarge = nn.Sequential(
            nn.ConvTranspose2d(256, 64, 2, 2), LayerNorm2d(64), nn.GELU(),
            nn.ConvTranspose2d(64, 32, 2, 2), nn.GELU(),
        )  # fmt: skip
        self.hyper = nn.ModuleList(mlp(32) for _ in range(4))
        self.quality = mlp(4)
        at = (torch.arange(TOKENS) + 0.5) / TOKENS
        grid = torch.stack(torch.meshgrid(at, at, indexing="xy"), dim=-1)
        self.register_buffer("places", self.placed(grid).reshape(1, TOKENS * TOKENS, 256))

    def placed(self, at):
        turns = 2 * math.pi * ((2 * at - 1) @ self.frequencies)
        return torch.cat([torch.sin(turns), torch.cos(turns)], dim=-1)

    def embed_points(self, coords, labels):
        embedded = self.placed((coords + 0.5) / SIDE)
        labels = labels.unsqueeze(-1).expand_as(embedded)
        embedded = embedded * (labels != -1) + self.no_point * (labels == -1)
        for i, weight in enumerate(self.labels):
            embedded = embedded + weight * (labels == i)
        return embedded

    def forward(self, image_embeddings, point_coords, point_labels, mask_input, has_mask_input, orig_im_size):
        points = self.embed_points(point_coords, point_labels)
        dense = has_mask_input * self.mask_in(mask_input)
        dense = dense + (1 - has_mask_input) * self.no_mask.reshape(1, 256, 1, 1)
        places = torch.cat([self.tokens.unsqueeze(0).expand(points.shape[0], -1, -1), points], dim=1)
        prompts = places
        image = (image_embeddings + dense).flatten(2).transpose(1, 2)
        for layer in self.layers:
            prompts, image = layer(prompts, image, places, self.places)
        prompts = self.norm(prompts + self.last(prompts + places, image + self.places, image))
        fine = self.enlarge(image.transpose(1, 2).reshape(1, 256, TOKENS, TOKENS))
        weights = torch.stack([head(prompts[:, 1 + i]) for i, head in enumerate(self.hyper)], dim=1)
        low = (weights @ fine.flatten(2)).view(1, 4, 4 * TOKENS, 4 * TOKENS)
        # One size to the other, cut to the picture, and enlarged again, as the export does.
        masks = F.interpolate(low, size=(SIDE, SIDE), mode="bilinear", align_corners=False)
        longest = torch.max(orig_im_size)
        kept = torch.floor(SIDE / longest * orig_im_size + 0.5).to(torch.int64)
        masks = masks[..., : kept[0], : kept[1]]
        size = orig_im_size.to(torch.int64)
        masks = F.interpolate(masks, size=(size[0], size[1]), mode="bilinear", align_corners=False)
        return masks, self.quality(prompts[:, 0]), low


def export(module, inputs, names, outputs, path, dynamic=None):
    module.eval()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, inputs, path, opset_version=17, input_names=names, output_names=outputs,
            dynamic_axes=dynamic, dynamo=False,
        )  # fmt: skip
    weights = sum(p.numel() for p in module.parameters())
    print(f"{path.name}: {weights / 1e6:.2f} M weights, {path.stat().st_size / 1e6:.1f} MB")


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(7)
    export(VitT(), torch.rand(1, 3, SIDE, SIDE), ["image"], ["image_embeddings"], folder / "vit-t-encoder.onnx")
    inputs = {
        "image_embeddings": torch.randn(1, 256, TOKENS, TOKENS),
        "point_coords": torch.tensor([[[500.0, 375.0], [0.0, 0.0]]]),
        "point_labels": torch.tensor([[1.0, -1.0]]),
        "mask_input": torch.zeros(1, 1, 4 * TOKENS, 4 * TOKENS),
        "has_mask_input": torch.zeros(1),
        "orig_im_size": torch.tensor([float(SIDE), float(SIDE)]),
    }
    export(
        SamDecoder(),
        tuple(inputs.values()),
        list(inputs),
        ["masks", "iou_predictions", "low_res_masks"],
        folder / "sam-decoder.onnx",
        {"point_coords": {1: "points"}, "point_labels": {1: "points"}},
    )


main()
