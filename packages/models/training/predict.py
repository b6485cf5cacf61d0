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


class Region:
    """One image (or one cell of it) at its levels. image: float32 HxWx3 in 0..1, already normalised."""

    def __init__(self, net, image, quantised=True):
        self.net, self.image, self.quantised, self.levels = net, image, quantised, {}

    def level(self, s):
        if s not in self.levels:
            h, w = self.image.shape[:2]
            H, W = max(1, round(h * s)), max(1, round(w * s))
            x = self.image if s == 1 else cv2.resize(self.image, (W, H), interpolation=cv2.INTER_AREA if s < 1 else cv2.INTER_CUBIC)
            ph, pw = max(128, -(-H // 32) * 32), max(128, -(-W // 32) * 32)
            p = np.zeros((1, 3, ph, pw), np.float32)
            p[0, :, :H, :W] = x.transpose(2, 0, 1)
            f, c = self.net.encode(p)
            if self.quantised:
                f, c = (np.round(np.clip(a, -1, 1) * 127).astype(np.int8).astype(np.float32) / 127 for a in (f, c))
            self.levels[s] = (f, c, H, W)
        return self.levels[s]

    def decode(self, s, points, previous=None, around=None):
        """points: native x, y, label. previous: logits at the level's size. -> logits [3,H,W] of the level, quality."""
        f, c, H, W = self.level(s)
        ph, pw = f.shape[1] * 2, f.shape[2] * 2
        p = np.array(points, np.float32)
        p[:, :2] *= s
        lo, hi = p[:, :2].min(0), p[:, :2].max(0)
        margin = 24.0
        if around is not None:
            lo, hi = np.minimum(lo, around[:2]), np.maximum(hi, around[2:])
        mid = (lo + hi) / 2
        need = max(hi - lo) + (2 * margin if around is not None or len(p) > 1 else 0)
        size = next((v for v in WINDOWS if v >= need), WINDOWS[-1])
        w, h = min(size, pw), min(size, ph)
        x0 = int(np.clip(round((mid[0] - w / 2) / 4) * 4, 0, pw - w))
        y0 = int(np.clip(round((mid[1] - h / 2) / 4) * 4, 0, ph - h))
        p[:, 0] -= x0
        p[:, 1] -= y0
        prev = np.zeros((1, h, w), np.float32)
        if previous is not None:
            q = previous[y0:y0 + h, x0:x0 + w]
            prev[0, :q.shape[0], :q.shape[1]] = q
        m, q = self.net.decode(f[:, y0 // 2:(y0 + h) // 2, x0 // 2:(x0 + w) // 2],
                               c[:, y0 // 4:(y0 + h) // 4, x0 // 4:(x0 + w) // 4], p, prev)
        full = np.full((m.shape[0], H, W), -8.0, np.float32)
        b, a = min(H, y0 + h), min(W, x0 + w)
        full[:, y0:b, x0:a] = m[:, :b - y0, :a - x0]
        # does the first mask run into a side of the window that is not a side of the image?
        k = m[0] > 0
        cut = (x0 > 0 and k[:, :2].any()) or (y0 > 0 and k[:2].any()) or (x0 + w < min(W, pw) and k[:, -2:].any()) or (y0 + h < min(H, ph) and k[-2:].any())
        box = None
        if cut and k.any():
            ys, xs = np.flatnonzero(k.any(1)), np.flatnonzero(k.any(0))
            box = np.array([xs[0] + x0, ys[0] + y0, xs[-1] + x0, ys[-1] + y0], np.float32)
        return full, q, box

    def prompt(self, points, s=None, previous=None):
        """-> (level, logits [3,H,W] at that level, quality). Chooses the level from a first coarse mask unless told."""
        pick = s is None
        s = s or 1.0
        full, q, box = self.decode(s, points, previous)
        if pick:
            n = (full[0] > 0).sum()
            d = 2 * np.sqrt(n / np.pi) / s
            better = 2.0 if d < SMALL else 0.5 if d > LARGE else 1.0
            if better != s:
                s = better
                full, q, box = self.decode(s, points, None)
        if box is not None:
            full, q, box = self.decode(s, points, previous, box)
        return s, full, q

    def native(self, logits):
        h, w = self.image.shape[:2]
        if logits.shape != (h, w):
            up = logits.shape[0] < h
            logits = cv2.resize(logits, (w, h), interpolation=cv2.INTER_LINEAR if up else cv2.INTER_AREA)
        return logits > 0
