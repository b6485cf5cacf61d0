"""What the page will do with the two networks: levels, windows, clicks. Works on PyTorch modules or ONNX files."""
import cv2
import numpy as np

LEVELS = (1.0, 2.0, 0.5)
WINDOWS = (128, 192, 256, 384, 512)
SMALL, LARGE = 15.0, 90.0     # diameters at the native level below and above which another level is encoded


class Torch:
    def __init__(self, net):
        import torch
        self.t, self.net = torch, net.eval()

    def encode(self, x):
        with self.t.inference_mode():
            f, c = self.net.encoder(self.t.from_numpy(x))
            return f[0].numpy(), c[0].numpy()

    def decode(self, fine, coarse, points, previous):
        with self.t.inference_mode():
            m, q = self.net.decoder(*(self.t.from_numpy(np.ascontiguousarray(a, np.float32))[None] for a in (fine, coarse, points, previous)))
            return m[0].numpy(), q[0].numpy()


class Onnx:
    def __init__(self, folder, threads=1):
        import onnxruntime as ort
        o = ort.SessionOptions()
        o.intra_op_num_threads = threads
        self.e = ort.InferenceSession(f"{folder}/encoder.onnx", o, providers=["CPUExecutionProvider"])
        self.d = ort.InferenceSession(f"{folder}/decoder.onnx", o, providers=["CPUExecutionProvider"])

    def encode(self, x):
        f, c = self.e.run(["fine", "coarse"], {"image": x})
        return f[0], c[0]

    def decode(self, fine, coarse, points, previous):
        a = dict(fine=fine, coarse=coarse, points=points, previous=previous)
        m, q = self.d.run(["masks", "quality"], {k: np.ascontiguousarray(v, np.float32)[None] for k, v in a.items()})
        return m[0], q[0]


class Window:
    """Logits [3,h,w] of a window at level s whose top left is (x, y) there."""

    def __init__(self, logits, quality, s, x, y):
        self.logits, self.quality, self.s, self.x, self.y = logits, quality, s, x, y

    def native(self, k):
        """-> boolean mask of candidate k at the image's own scale, and its top left there."""
        a, s = self.logits[k], self.s
        if s != 1:
            a = cv2.resize(a, (round(a.shape[1] / s), round(a.shape[0] / s)), interpolation=cv2.INTER_LINEAR if s < 1 else cv2.INTER_AREA)
        return a > 0, round(self.x / s), round(self.y / s)

    def crop(self, k, x, y, h, w):
        """Candidate k's logits over another window of the same level: what the decoder takes as the previous mask."""
        out = np.full((1, h, w), -6.0, np.float32)
        a = self.logits[k]
        x0, y0 = max(x, self.x), max(y, self.y)
        x1, y1 = min(x + w, self.x + a.shape[1]), min(y + h, self.y + a.shape[0])
        if x1 > x0 and y1 > y0:
            out[0, y0 - y:y1 - y, x0 - x:x1 - x] = np.clip(a[y0 - self.y:y1 - self.y, x0 - self.x:x1 - self.x], -8, 8)
        return out


class Region:
    """One image (or one cell of it) at its levels. image: float32 HxWx3 in 0..1, already normalised."""

    def __init__(self, net, image, quantised=True):
        self.net, self.image, self.quantised, self.levels = net, image, quantised, {}

    def level(self, s):
        if s not in self.levels:
            x = self.image
            if s < 1:
                k = round(1 / s)
                x = np.pad(x, ((0, -x.shape[0] % k), (0, -x.shape[1] % k), (0, 0)), mode="edge")
            H, W = round(x.shape[0] * s), round(x.shape[1] * s)
            if s != 1:
                x = cv2.resize(x, (W, H), interpolation=cv2.INTER_AREA if s < 1 else cv2.INTER_CUBIC)
            ph, pw = max(128, -(-H // 32) * 32), max(128, -(-W // 32) * 32)
            p = np.zeros((1, 3, ph, pw), np.float32)
            p[0, :, :H, :W] = x.transpose(2, 0, 1)
            f, c = self.net.encode(p)
            if self.quantised:
                f, c = (np.round(np.clip(a, -1, 1) * 127).astype(np.int8).astype(np.float32) / 127 for a in (f, c))
            self.levels[s] = (f, c, H, W)
        return self.levels[s]

    def decode(self, s, points, previous=None, candidate=0, around=None):
        """points: native x, y, label. -> Window, and the first mask's box at the level if it runs into the window's side."""
        f, c, H, W = self.level(s)
        ph, pw = f.shape[1] * 2, f.shape[2] * 2
        p = np.array(points, np.float32)
        p[:, :2] *= s
        lo, hi = p[:, :2].min(0), p[:, :2].max(0)
        if around is not None:
            lo, hi = np.minimum(lo, around[:2]), np.maximum(hi, around[2:])
        mid = (lo + hi) / 2
        need = max(hi - lo) + (48 if around is not None or len(p) > 1 else 0)
        size = next((v for v in WINDOWS if v >= need), WINDOWS[-1])
        w, h = min(size, pw), min(size, ph)
        x0 = int(np.clip(round((mid[0] - w / 2) / 4) * 4, 0, pw - w))
        y0 = int(np.clip(round((mid[1] - h / 2) / 4) * 4, 0, ph - h))
        p[:, 0] -= x0
        p[:, 1] -= y0
        prev = previous.crop(candidate, x0, y0, h, w) if previous is not None else np.zeros((1, h, w), np.float32)
        m, q = self.net.decode(f[:, y0 // 2:(y0 + h) // 2, x0 // 2:(x0 + w) // 2],
                               c[:, y0 // 4:(y0 + h) // 4, x0 // 4:(x0 + w) // 4], p, prev)
        m[:, max(0, H - y0):] = -8
        m[:, :, max(0, W - x0):] = -8
        k = m[0] > 0
        cut = (x0 > 0 and k[:, :2].any()) or (y0 > 0 and k[:2].any()) or (x0 + w < W and k[:, -2:].any()) or (y0 + h < H and k[-2:].any())
        box = None
        if cut:
            ys, xs = np.flatnonzero(k.any(1)), np.flatnonzero(k.any(0))
            box = np.array([xs[0] + x0, ys[0] + y0, xs[-1] + x0, ys[-1] + y0], np.float32)
        return Window(m, q, s, x0, y0), box

    def prompt(self, points, s=None, previous=None, candidate=0):
        """Chooses the level from a first coarse mask (or the one of `previous`) unless told."""
        pick = s is None and previous is None
        s = previous.s if previous is not None else s or 1.0
        w, box = self.decode(s, points, previous, candidate)
        if pick:
            better = level_for(2 * np.sqrt((w.logits[0] > 0).sum() / np.pi) / s)
            if better != s:
                s = better
                w, box = self.decode(s, points)
        if box is not None:
            w, box = self.decode(s, points, previous, candidate, box)
        return w


def level_for(d):
    return 2.0 if d < SMALL else 0.5 if d > LARGE else 1.0
