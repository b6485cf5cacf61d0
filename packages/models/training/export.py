"""Weights to ONNX, with parity and a manifest: python export.py DATA WEIGHTS.pt OUT [--last RUN/last.pt]

OUT gets encoder.onnx, decoder.onnx, manifest.json (without figures: card.py adds them), parity.json (for the JavaScript's
test) and, with --last, checkpoint.pt: that file's weights as fp16, from which `train.py --init` goes on.
"""
import argparse
import hashlib
import json
import os
import time
import warnings

import numpy as np
import onnx
import onnxruntime as ort
import torch

import data as D
import parity
from model import CANDIDATES, COARSE, FINE, Net
from predict import LARGE, LEVELS, SMALL, WINDOWS, Onnx, Region, Torch, Window

warnings.filterwarnings("ignore")
ap = argparse.ArgumentParser()
ap.add_argument("data")
ap.add_argument("weights")
ap.add_argument("out")
ap.add_argument("--last")
a = ap.parse_args()
os.makedirs(a.out, exist_ok=True)
torch.set_num_threads(1)
torch.set_flush_denormal(True)
c = torch.load(a.weights, map_location="cpu")
net = Net()
net.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in c.get("ema", c["net"]).items()})
net.eval()

torch.onnx.export(net.encoder, torch.rand(1, 3, 256, 256), f"{a.out}/encoder.onnx", opset_version=17, dynamo=False,
                  input_names=["image"], output_names=["fine", "coarse"],
                  dynamic_axes={"image": {0: "batch", 2: "height", 3: "width"}, "fine": {0: "batch", 2: "height_2", 3: "width_2"},
                                "coarse": {0: "batch", 2: "height_4", 3: "width_4"}})
pts = torch.tensor([[[60.0, 60, 1], [0, 0, -1], [10, 10, 0]]])
torch.onnx.export(net.decoder, (torch.rand(1, FINE, 64, 64), torch.rand(1, COARSE, 32, 32), pts, torch.zeros(1, 1, 128, 128)),
                  f"{a.out}/decoder.onnx", opset_version=17, dynamo=False,
                  input_names=["fine", "coarse", "points", "previous"], output_names=["masks", "quality"],
                  dynamic_axes={"fine": {0: "batch", 2: "height_2", 3: "width_2"}, "coarse": {0: "batch", 2: "height_4", 3: "width_4"},
                                "points": {0: "batch", 1: "count"}, "previous": {0: "batch", 2: "height", 3: "width"},
                                "masks": {0: "batch", 2: "height", 3: "width"}, "quality": {0: "batch"}})
for f in ("encoder", "decoder"):
    onnx.checker.check_model(onnx.load(f"{a.out}/{f}.onnx"))

# parity on real windows of held-out images: other sizes, other counts of points, batches
t, o = Torch(net), Onnx(a.out)
worst = dict(fine=0.0, coarse=0.0, masks=0.0, quality=0.0, pixels=0, of=0)
rng = np.random.default_rng(0)
for r in D.load(a.data, True)[::12]:
    img = D.normalise(r["image"])
    A, B = Region(t, img, False), Region(o, img, False)
    for s in (1.0, 2.0):
        u, v = A.level(s), B.level(s)
        worst["fine"] = max(worst["fine"], float(np.abs(u[0] - v[0]).max()))
        worst["coarse"] = max(worst["coarse"], float(np.abs(u[1] - v[1]).max()))
        for k in range(3):
            i = rng.choice(r["ids"])
            x, y, _ = D.interior(r["label"] == i)
            p = [(x, y, 1), (x + 9, y + 4, 0), (x - 9, y - 9, 2), (x + 9, y + 9, 3)][: 1 + k]
            p = p if k < 2 else [(x, y, 1), (x - 9, y - 9, 2), (x + 9, y + 9, 3)]
            prev = None if k == 0 else Window(rng.normal(0, 3, (3, u[2], u[3])).astype(np.float32), None, s, 0, 0)
            B.levels[s] = A.levels[s]
            (wu, _), (wv, _) = A.decode(s, p, prev), B.decode(s, p, prev)
            mu, mv, qu, qv = wu.logits, wv.logits, wu.quality, wv.quality
            worst["masks"] = max(worst["masks"], float(np.abs(mu - mv).max()))
            worst["quality"] = max(worst["quality"], float(np.abs(qu - qv).max()))
            worst["pixels"] += int(((mu > 0) != (mv > 0)).sum())
            worst["of"] += int(mu.size)
print("parity, largest difference", json.dumps(worst))
assert worst["fine"] < 1e-3 and worst["coarse"] < 1e-3 and worst["masks"] < 2e-2 and worst["quality"] < 1e-3, "ONNX differs from PyTorch"


def best_of(f, n=5):
    v = []
    for _ in range(n):
        s = time.process_time()      # one thread: CPU time, which other work disturbs less
        f()
        v.append(time.process_time() - s)
    return round(1000 * min(v), 2)


x = np.random.rand(1, 3, 1024, 1024).astype(np.float32)
speed = dict(encode_1024_ms=best_of(lambda: o.encode(x)))
for w in (128, 192, 256):
    args = np.random.rand(FINE, w // 2, w // 2), np.random.rand(COARSE, w // 4, w // 4), pts[0].numpy(), np.zeros((1, w, w))
    speed[f"decode_{w}_ms"] = best_of(lambda: o.decode(*args), 20)
print("onnxruntime", ort.__version__, "one thread", json.dumps(speed))

if a.last:
    l = torch.load(a.last, map_location="cpu")
    torch.save(dict(net={k: v.half() if v.is_floating_point() else v for k, v in l["net"].items()}, step=l["step"], seconds=l.get("seconds", 0.0), demo_steps=l.get("demo_steps", 0)), f"{a.out}/checkpoint.pt")


def entry(f):
    b = open(f"{a.out}/{f}", "rb").read()
    return dict(file=f, bytes=len(b), sha256=hashlib.sha256(b).hexdigest())


m = dict(
    id="coscope-nucleus-3", family="coscope", title="Coscope nucleus", license="MIT",
    source="trained from scratch by packages/models/training on BBBC038 (Data Science Bowl 2018, CC0), synthetic images and the demo slide's generator",
    trained=dict(steps=int(c["step"]), minutes=round(c.get("seconds", 0) / 60, 1), demo_steps=int(c.get("demo_steps", 0))),
    encoder=dict(**entry("encoder.onnx"), input=dict(name="image", type="float32", layout="NCHW", channels=3, multiple=32, min=128, region=1024),
                 outputs=dict(fine=dict(name="fine", channels=FINE, stride=2), coarse=dict(name="coarse", channels=COARSE, stride=4))),
    decoder=dict(**entry("decoder.onnx"),
                 inputs=dict(fine="fine", coarse="coarse", points="points", previous="previous"), outputs=dict(masks="masks", quality="quality"),
                 points=dict(columns=["x", "y", "label"], origin="top left of the window, pixel centres at +0.5",
                             labels=dict(inside=1, outside=0, box_top_left=2, box_bottom_right=3, unused=-1)),
                 previous=dict(range=[-8, 8], none=0), candidates=["object", "group", "alternative"], candidate_count=CANDIDATES,
                 default="object, or alternative where its quality is more than 0.08 higher",
                 threshold=0, windows=list(WINDOWS), window_multiple=32, window_origin_multiple=4),
    normalisation=dict(range=[0, 1], of="the whole image, all channels together", low_percentile=0.5, high_percentile=99.8,
                       nearly_empty="high is at least low + 0.25 x (percentile 99.99 - low)",
                       channels="grey is repeated three times; three channels are taken as they are", padding=0),
    quantisation=dict(type="int8", scale=1 / 127, zero=0, bytes_per_1024=FINE * 512 * 512 + COARSE * 256 * 256),
    levels=dict(order=list(LEVELS), finer_below_px=SMALL, coarser_above_px=LARGE, comfortable_px=[15, 60]),
    parity=worst, onnxruntime_one_thread=speed)
if a.last:
    m["checkpoint"] = entry("checkpoint.pt")
json.dump(m, open(f"{a.out}/manifest.json", "w"), indent=1)
parity.write(net, a.out)
print("total bytes", sum(os.path.getsize(f"{a.out}/{f}") for f in os.listdir(a.out)))
