"""Crops, augmentation, synthetic images and prompts. Everything here is numpy and OpenCV, seeded per worker."""
import json
import os

import cv2
import numpy as np

from split import read

cv2.setNumThreads(1)
HERE = os.path.dirname(os.path.abspath(__file__))
SIZE = 256            # an encoder crop
POINTS = 4            # point slots of the first round
NOTHING = 0.08        # share of clicks that hit no object


def normalise(a, low=0.5, high=99.8):
    """uint8/uint16/float HxW or HxWx3 -> float32 HxWx3 in 0..1 by fixed statistics of the whole image."""
    a = np.asarray(a)
    s = a[::max(1, a.shape[0] // 512), ::max(1, a.shape[1] // 512)].astype(np.float32)
    lo, hi, top = np.percentile(s, [low, high, 99.99])
    hi = max(hi, lo + 0.25 * (top - lo))       # where next to nothing is bright, noise fills a quarter at most
    x = np.clip((a.astype(np.float32) - lo) / max(hi - lo, 1e-6), 0, 1)
    return np.repeat(x[..., None], 3, 2) if x.ndim == 2 else x


def load(data, held=None):
    rows = json.load(open(f"{HERE}/split.json"))
    out = []
    for r in rows:
        if held is not None and r["held"] != held:
            continue
        a = read(f"{data}/images/{r['name']}")
        lab = cv2.imread(f"{data}/labels/{r['name']}", cv2.IMREAD_UNCHANGED).astype(np.int32)
        m = measured(a, lab)
        if m:
            out.append(dict(r, **m))
    return out


def measured(a, lab):
    """An image, its labels, and where its objects of 12 px and more are; None where there are none."""
    n = np.bincount(lab.ravel())
    ids = np.flatnonzero(n)
    ids = ids[(ids > 0)]
    ids = ids[n[ids] >= 12]
    if not len(ids):
        return None
    y, x = np.mgrid[:lab.shape[0], :lab.shape[1]]
    flat = lab.ravel()
    cx = np.bincount(flat, x.ravel() + 0.5) / np.maximum(n, 1)
    cy = np.bincount(flat, y.ravel() + 0.5) / np.maximum(n, 1)
    return dict(image=a, label=lab, ids=ids, diam=2 * np.sqrt(n / np.pi), cx=cx, cy=cy)


# ---------------------------------------------------------------- synthetic images
def smooth(rng, n, s):
    k = max(2, int(n / s) + 2)
    return cv2.resize(rng.standard_normal((k, k)).astype(np.float32), (n, n), interpolation=cv2.INTER_CUBIC)


def synthetic(rng, n=SIZE):
    """An image like no microscope's in particular: blobs, crowded or sparse, in one of six ways of showing them."""
    r0 = np.exp(rng.uniform(np.log(4.5), np.log(48)))
    spread = rng.uniform(0.05, 0.4)
    gap = rng.uniform(0.75, 1.5)
    lab = np.zeros((n, n), np.int32)
    cxs, cys = [0.0], [0.0]
    placed = []
    k = 0
    for _ in range(int(min(160, 3 * (n / (2 * r0)) ** 2 * rng.uniform(0.2, 1)) + 3)):
        r = r0 * np.exp(rng.normal(0, spread))
        x, y = rng.uniform(-r / 2, n + r / 2, 2)
        if any((x - a) ** 2 + (y - b) ** 2 < (gap * (r + c)) ** 2 for a, b, c in placed):
            continue
        placed.append((x, y, r))
        th = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        rr = np.ones_like(th)
        for f in (2, 3, 4, 5):
            rr += rng.normal(0, 0.16 / f) * np.cos(f * th + rng.uniform(0, 6.28))
        e = np.exp(rng.normal(0, 0.18))
        ang = rng.uniform(0, 6.28)
        px, py = rr * np.cos(th) * r * e, rr * np.sin(th) * r / e
        pts = np.stack([x + px * np.cos(ang) - py * np.sin(ang), y + px * np.sin(ang) + py * np.cos(ang)], 1)
        m = np.zeros((n, n), np.uint8)
        cv2.fillPoly(m, [np.round(pts * 16).astype(np.int32)], 1, shift=4)
        new = (m > 0) & (lab == 0)
        if new.sum() < 12:
            continue
        k += 1
        lab[new] = k
        ys, xs = np.nonzero(new)
        cxs.append(xs.mean() + 0.5), cys.append(ys.mean() + 0.5)
    return look(rng, lab), lab, np.array(cxs, np.float32), np.array(cys, np.float32)


def look(rng, lab):
    """Objects in one of six ways of showing them, none of which says what they are."""
    n, k = len(lab), int(lab.max())
    fg = (lab > 0).astype(np.float32)
    inner = cv2.distanceTransform((lab > 0).astype(np.uint8), cv2.DIST_L2, 3)
    edge = (cv2.dilate(lab.astype(np.float32), np.ones((3, 3))) != cv2.erode(lab.astype(np.float32), np.ones((3, 3)))).astype(np.float32)
    tex, tex2 = smooth(rng, n, rng.uniform(2, 12)), smooth(rng, n, rng.uniform(20, 120))
    gain = np.concatenate([[0], np.exp(rng.normal(0, rng.uniform(0.05, 0.5), k))]).astype(np.float32)
    mode = rng.integers(6)
    if mode in (0, 1):      # fluorescence, with haze
        x = fg * gain[lab] * (1 + rng.uniform(0, 0.35) * tex)
        x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.4, 1.6)) + rng.uniform(0, 0.3) * cv2.GaussianBlur(fg, (0, 0), rng.uniform(5, 20))
        x = x + rng.uniform(0, 0.2) * tex2
        img = np.repeat(x[..., None], 3, 2)
    elif mode == 2:         # stain on a bright ground
        bg, fgc, other = rng.uniform(0.7, 1, 3), rng.uniform(0.1, 0.6, 3), rng.uniform(0.4, 0.95, 3)
        t = np.clip(0.5 + 0.4 * tex2, 0, 1)[..., None]
        ground = bg * (1 - t) + other * t + 0.08 * rng.uniform(0, 2) * smooth(rng, n, 4)[..., None]
        a = cv2.GaussianBlur(fg, (0, 0), rng.uniform(0.4, 1.4))[..., None] * rng.uniform(0.6, 1)
        a = a * (1 - rng.uniform(0, 0.5) * np.clip(tex, 0, 1)[..., None])
        img = ground * (1 - a) + fgc * a
    elif mode == 3:         # phase-like: a bright halo, grey inside
        rim = cv2.GaussianBlur(edge, (0, 0), rng.uniform(0.8, 2.5))
        outer = np.clip(cv2.GaussianBlur(fg, (0, 0), rng.uniform(2, 5)) - fg, 0, 1)
        x = 0.5 + rng.uniform(0.3, 1.2) * outer - rng.uniform(0.1, 0.6) * rim + 0.12 * tex * fg + 0.1 * tex2
        img = np.repeat(x[..., None], 3, 2)
    elif mode == 4:         # EM-like: dark membranes, the same grain everywhere
        x = 0.6 - rng.uniform(0.4, 0.9) * cv2.GaussianBlur(edge, (0, 0), rng.uniform(0.6, 1.3)) + 0.15 * tex
        x = x - fg * rng.uniform(-0.1, 0.25) + 0.08 * smooth(rng, n, 1.5)
        img = np.repeat(x[..., None], 3, 2)
    else:                   # brightfield-like: low contrast with a shaded rim
        gx = cv2.Sobel(cv2.GaussianBlur(inner, (0, 0), 1.2), cv2.CV_32F, 1, 0)
        x = 0.5 + 0.15 * gx * rng.uniform(0.3, 1) + fg * rng.uniform(-0.2, 0.2) + 0.08 * tex + 0.1 * tex2
        img = np.repeat(x[..., None], 3, 2)
    return img.astype(np.float32)


# ---------------------------------------------------------------- the demo slide's generator, disguised
def load_demo(folder):
    """What training-crops.ts wrote: four channels (DAPI, membrane, cytoplasm, puncta) as square roots, and their labels."""
    out = []
    for name in sorted(os.listdir(f"{folder}/images")):
        a = cv2.cvtColor(cv2.imread(f"{folder}/images/{name}", cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)
        lab = cv2.imread(f"{folder}/labels/{name}", cv2.IMREAD_UNCHANGED).astype(np.int32)
        r = measured(a, lab)
        if r:
            out.append(dict(r, name=name, stratum="demo"))
    return out


def disguise(rng, x, lab):
    """Square roots of four channels, 0..1, to RGB: one channel, a mix, a stain, or other looks of the same objects."""
    x = np.clip(x, 0, 1) ** 2
    top = np.percentile(x[::4, ::4].reshape(-1, 4), 99.8, axis=0)
    x = x / np.maximum(top, 0.1) * np.exp(rng.normal(0, 0.15, 4))
    u = rng.random()
    if u < 0.3:
        return np.repeat(x[..., :1], 3, 2).astype(np.float32), False
    if u < 0.5:             # fluorescence, each channel in a colour of its own
        colours = rng.dirichlet([0.5] * 3, 4) * rng.uniform([0.8, 0, 0, 0], [1.2, 0.7, 0.7, 0.5])[:, None] * 1.5
        return (x @ colours).astype(np.float32), True
    if u < 0.75:            # two stains and a trace of the others, as optical density
        haem = np.array([0.65, 0.70, 0.29]) * np.exp(rng.normal(0, 0.25, 3)) * rng.uniform(0.8, 2)
        eosin = np.array([0.07, 0.99, 0.11]) * np.exp(rng.normal(0, 0.4, 3)) * rng.uniform(0.1, 0.9)
        rest = rng.uniform(0, 0.5, 3)
        grain = 1 + rng.uniform(0, 0.4) * smooth(rng, len(lab), rng.uniform(2, 10))[..., None]
        d = x[..., :1] * grain * haem + x[..., 2:3] * eosin + x[..., 1:2] * rest * rng.random()
        return np.exp(-d).astype(np.float32), True
    _, dense = np.unique(lab, return_inverse=True)
    img = look(rng, dense.reshape(lab.shape).astype(np.int32))
    # what lies between the nuclei stays in it
    return img + rng.uniform(-0.25, 0.25) * x[..., 1:2].astype(np.float32) + rng.uniform(-0.25, 0.25) * x[..., 2:3].astype(np.float32), False


# ---------------------------------------------------------------- appearance
def appearance(rng, x, coloured, strength=1.0):
    def p(v):
        return rng.random() < v * strength

    n = x.shape[0]
    if coloured:
        if p(0.2):
            w = rng.dirichlet([1, 1, 1]).astype(np.float32)
            x = np.repeat((x @ w)[..., None], 3, 2)
        else:
            if p(0.6):      # stain strength, as optical density
                x = np.exp(np.log(np.maximum(x, 0.02)) * np.exp(rng.normal(0, 0.3, 3)).astype(np.float32))
            if p(0.35):
                m = (np.eye(3) + rng.normal(0, 0.2, (3, 3))).astype(np.float32)
                x = x @ (m / m.sum(0, keepdims=True).clip(0.3))
            if p(0.15):
                x = x[..., rng.permutation(3)]
    elif p(0.2):            # a pseudo-coloured grey image
        a, b = rng.uniform(0, 1, (2, 3)).astype(np.float32)
        if np.abs(a - b).max() > 0.4:
            x = a + (b - a) * x
    if p(0.2):
        x = x.max() + x.min() - x
    if p(0.6):
        x = np.clip(x, 0, None) ** np.exp(rng.normal(0, 0.35))
    if p(0.25):
        x = x * (1 + rng.uniform(0.1, 0.5) * smooth(rng, n, rng.uniform(80, 300))[..., None])
    if p(0.15):
        x = x + rng.uniform(0.02, 0.2) * smooth(rng, n, rng.uniform(30, 200))[..., None]
    u = rng.random()
    if u < 0.22 * strength:
        x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.5, 1.8))
    elif u < 0.32 * strength:
        x = x + rng.uniform(0.3, 1.2) * (x - cv2.GaussianBlur(x, (0, 0), 1.5))
    if p(0.45):
        s = np.exp(rng.uniform(np.log(0.004), np.log(0.1)))
        z = rng.standard_normal((n, n, 3 if rng.random() < 0.4 else 1)).astype(np.float32)
        if p(0.3):
            z = z * np.sqrt(np.clip(x, 0.01, 1)) * 1.5
        if p(0.3):
            z = cv2.GaussianBlur(z, (0, 0), 0.8).reshape(n, n, -1) * 1.6
        x = x + s * z
    if rng.random() < 0.6:
        lo, hi = np.percentile(x[::4, ::4], [rng.uniform(0, 2), rng.uniform(99, 100)])
        x = (x - lo) / max(hi - lo, 0.05)
    else:
        x = (x - 0.5) * np.exp(rng.normal(0, 0.25)) + 0.5 + rng.normal(0, 0.08)
    x = np.clip(x, 0, 1)
    if p(0.08):
        ok, buf = cv2.imencode(".jpg", (x * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))])
        x = cv2.imdecode(buf, cv2.IMREAD_COLOR).astype(np.float32) / 255
    return np.ascontiguousarray(x, dtype=np.float32)


# ---------------------------------------------------------------- clicks
def interior(mask):
    """The most interior pixel of a boolean mask (the mask's outside, the border included, counts as outside)."""
    p = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    d = cv2.distanceTransform(p, cv2.DIST_L2, 5)[1:-1, 1:-1]
    k = int(d.argmax())
    return k % mask.shape[1] + 0.5, k // mask.shape[1] + 0.5, d


def human_click(rng, mask):
    """A click as people make it: often central, often anywhere inside, sometimes at the very edge."""
    x, y, d = interior(mask)
    u = rng.random()
    if u < 0.4:
        r = float(d.max())
        for _ in range(4):
            a, b = x + rng.normal(0, 0.3 * r), y + rng.normal(0, 0.3 * r)
            if 0 <= int(b) < mask.shape[0] and 0 <= int(a) < mask.shape[1] and mask[int(b), int(a)]:
                return a, b
        return x, y
    m = float(d.max())
    pick = d > (min(1.5, 0.5 * m) if u < 0.85 else 0)
    if u >= 0.85:
        pick &= d <= max(2.0, 0.3 * m)
        if not pick.any():
            pick = d > 0
    k = rng.choice(np.flatnonzero(pick))
    return k % mask.shape[1] + rng.random(), k // mask.shape[1] + rng.random()


def largest(mask):
    """The largest connected part of a boolean mask, and its area."""
    n, cc, st, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    if n < 2:
        return mask, 0
    k = 1 + int(st[1:, cv2.CC_STAT_AREA].argmax())
    return cc == k, int(st[k, cv2.CC_STAT_AREA])


def correction(rng, wrong_in, wrong_out, best=0.6):
    """The next click, x, y, label: in the largest error region, or now and then in the deepest or in either kind."""
    if rng.random() < 0.7:
        (pa, ma), (pb, mb) = largest(wrong_in), largest(wrong_out)
        if max(ma, mb) < 3:
            return None
        missing = ma >= mb
        x, y, d = interior(pa if missing else pb)
    else:
        a, b = interior(wrong_in), interior(wrong_out)
        ma, mb = float(a[2].max()), float(b[2].max())
        if max(ma, mb) < 0.9:
            return None
        missing = ma >= mb if rng.random() < 0.8 else (ma > 0.9 and (mb < 0.9 or rng.random() < 0.5))
        x, y, d = a if missing else b
    if rng.random() > best:
        k = rng.choice(np.flatnonzero(d > 0.35 * d.max()))
        x, y = k % d.shape[1] + rng.random(), k // d.shape[1] + rng.random()
    return x, y, 1 if missing else 0


# ---------------------------------------------------------------- one training crop
class Crops:
    def __init__(self, rows, seed, prompts=6, synthetic_share=0.12, strength=1.0, demo=(), demo_share=0.0):
        self.strength = strength
        self.demo, self.demo_share = demo, demo_share if len(demo) else 0.0
        self.rows, self.rng, self.prompts, self.share = rows, np.random.default_rng(seed), prompts, synthetic_share
        n = {}
        for r in rows:
            n[r["stratum"]] = n.get(r["stratum"], 0) + 1
        w = np.array([n[r["stratum"]] ** -0.4 * (1.5 if "purple" in r["stratum"] else 1) for r in rows])
        self.p = w / w.sum()
        self.norm = {}

    def base(self):
        rng = self.rng
        if rng.random() < self.share:
            img, lab, cx, cy = synthetic(rng)
            valid = np.ones(lab.shape, np.uint8)
            return appearance(rng, img, False, self.strength), lab, np.stack([cx, cy], 1), valid
        demo = rng.random() < self.demo_share
        if demo:
            r = self.demo[rng.integers(len(self.demo))]
            img, lab = r["image"], r["label"]
        else:
            i = rng.choice(len(self.rows), p=self.p)
            r = self.rows[i]
            if i not in self.norm:
                self.norm[i] = (normalise(r["image"]) * 255 + 0.5).astype(np.uint8)
            img, lab = self.norm[i], r["label"]
        o = rng.choice(r["ids"])
        t = np.exp(rng.uniform(np.log(13), np.log(64))) if rng.random() < 0.8 else np.exp(rng.uniform(np.log(7), np.log(115)))
        d = r["diam"][o] if rng.random() < 0.5 else np.median(r["diam"][r["ids"]])
        s = float(np.clip(t / d, 0.3, 4.5))
        ang = rng.uniform(0, 2 * np.pi) if rng.random() < 0.7 else rng.integers(4) * np.pi / 2
        ex = np.exp(rng.normal(0, 0.08))
        R = np.array([[np.cos(ang), -np.sin(ang)], [np.sin(ang), np.cos(ang)]])
        S = np.diag([s * ex * rng.choice([-1, 1]), s / ex])
        sh = np.array([[1, rng.normal(0, 0.06)], [0, 1]])
        A = R @ S @ sh
        target = rng.uniform(0.2, 0.8, 2) * SIZE
        # keep the crop on the image where the image is large enough
        c = np.array([r["cx"][o], r["cy"][o]])
        H, W = lab.shape
        mid = c + np.linalg.inv(A) @ (np.array([SIZE / 2, SIZE / 2]) - target)
        half = SIZE / s / 2
        for k, L in ((0, W), (1, H)):
            mid[k] = L / 2 if 2 * half >= L else np.clip(mid[k], half, L - half)
        b = np.array([SIZE / 2, SIZE / 2]) - A @ mid
        M = np.concatenate([A, b[:, None]], 1)            # continuous coordinates, pixel centres at +0.5
        Mi = M.copy()
        Mi[:, 2] += A @ [0.5, 0.5] - 0.5                  # to OpenCV's
        # only the part of the image that the crop sees
        corners = np.linalg.inv(A) @ (np.array([[0, SIZE, 0, SIZE], [0, 0, SIZE, SIZE]], float) - M[:, 2:])
        x0, y0 = np.maximum(np.floor(corners.min(1)).astype(int) - 6, 0)
        x1, y1 = np.minimum(np.ceil(corners.max(1)).astype(int) + 6, [W, H])
        img, lab2 = img[y0:y1, x0:x1], lab[y0:y1, x0:x1]
        Mi[:, 2] += A @ [x0, y0]
        if s < 0.9:
            img = cv2.GaussianBlur(img, (0, 0), 0.45 / s)
        fill = rng.integers(3)
        f = [0, float(img[::8, ::8].mean()), 0][fill]
        x = cv2.warpAffine(img, Mi, (SIZE, SIZE), flags=cv2.INTER_LINEAR if rng.random() < 0.6 else cv2.INTER_CUBIC,
                           borderMode=cv2.BORDER_REPLICATE if fill == 2 else cv2.BORDER_CONSTANT, borderValue=(f, f, f, f))
        l2 = cv2.warpAffine(lab2.astype(np.float32), Mi, (SIZE, SIZE), flags=cv2.INTER_NEAREST, borderValue=0).astype(np.int32)
        v = cv2.warpAffine(np.ones(lab2.shape, np.uint8), Mi, (SIZE, SIZE), flags=cv2.INTER_NEAREST, borderValue=0)
        cen = np.stack([r["cx"], r["cy"]], 1) @ A.T + M[:, 2]
        x, coloured = x.astype(np.float32) / 255, r["image"].ndim == 3
        if demo:
            x, coloured = disguise(rng, x, l2)
        x = appearance(rng, x, coloured, self.strength)
        if fill == 0 and rng.random() < 0.7:
            x = x * v[..., None]
        return x, l2, cen.astype(np.float32), v

    def sample(self, W=128):
        rng = self.rng
        while True:
            x, lab, cen, valid = self.base()
            n = np.bincount(lab.ravel())
            ids = np.flatnonzero(n >= 20)
            ids = ids[ids > 0]
            if len(ids):
                break
        edge = np.zeros((SIZE, SIZE), bool)
        dv, dh = lab[1:] != lab[:-1], lab[:, 1:] != lab[:, :-1]
        edge[1:] |= dv
        edge[:-1] |= dv
        edge[:, 1:] |= dh
        edge[:, :-1] |= dh
        dense = np.stack([lab > 0, edge, valid > 0]).astype(np.uint8)
        l4 = lab[2::4, 2::4]
        gx, gy = np.meshgrid(np.arange(2, SIZE, 4) + 0.5, np.arange(2, SIZE, 4) + 0.5)
        off = np.stack([(cen[l4, 0] - gx), (cen[l4, 1] - gy)]).astype(np.float32) / 64
        off = np.concatenate([np.clip(off, -1, 1), (l4 > 0)[None].astype(np.float32)])
        ncc, cc = cv2.connectedComponents((lab > 0).astype(np.uint8), connectivity=8)
        P = self.prompts
        pick = rng.permutation(ids)[:P]
        while len(pick) < P:
            pick = np.concatenate([pick, rng.permutation(ids)[:P - len(pick)]])
        at = np.zeros((P, 2), np.int64)
        gt = np.zeros((P, 2, W, W), np.uint8)
        pts = np.zeros((P, POINTS, 3), np.float32)
        pts[..., 2] = -1
        ground = np.flatnonzero((lab == 0) & (valid > 0))
        for k, o in enumerate(pick):
            if rng.random() < NOTHING and len(ground) > 400:
                # a click on nothing: no mask is asked for, only that nothing good is expected of it
                j = int(rng.choice(ground))
                cx, cy = j % SIZE + 0.5, j // SIZE + 0.5
                at[k] = [int(np.clip(round((v - W / 2) / 4) * 4, 0, SIZE - W)) for v in (cx, cy)]
                pts[k, 0] = cx - at[k, 0], cy - at[k, 1], 1
                continue
            m = lab == o
            ys, xs = np.nonzero(m.any(1))[0], np.nonzero(m.any(0))[0]
            X0, Y0, X1, Y1 = xs[0], ys[0], xs[-1] + 1, ys[-1] + 1
            sub = m[Y0:Y1, X0:X1]
            use_box, use_pt = False, True
            u = rng.random()
            if u < 0.22:
                use_box, use_pt = True, u < 0.08
            cx, cy = human_click(rng, sub)
            cx, cy = cx + X0, cy + Y0
            bx0, by0, bx1, by1 = X0, Y0, X1, Y1
            if use_box:
                j = 0.06 if rng.random() < 0.8 else 0.18
                jw, jh = rng.normal(0, 1, 2) * j * (X1 - X0), rng.normal(0, 1, 2) * j * (Y1 - Y0)
                bx0, bx1 = X0 + jw[0] - rng.random(), X1 + jw[1] + rng.random()
                by0, by1 = Y0 + jh[0] - rng.random(), Y1 + jh[1] + rng.random()
                wx, wy = (bx0 + bx1) / 2, (by0 + by1) / 2
            else:
                wx, wy = cx, cy
            if rng.random() < 0.5:
                wx, wy = np.array([wx, wy]) + rng.uniform(-24, 24, 2)
            ox = int(np.clip(round((wx - W / 2) / 4) * 4, 0, SIZE - W))
            oy = int(np.clip(round((wy - W / 2) / 4) * 4, 0, SIZE - W))
            at[k] = ox, oy
            g = m[oy:oy + W, ox:ox + W]
            c = cc[min(int(cy), SIZE - 1), min(int(cx), SIZE - 1)]
            gt[k, 0] = g
            gt[k, 1] = (cc[oy:oy + W, ox:ox + W] == c) if c else g
            q = 0
            if use_pt:
                pts[k, q] = cx - ox, cy - oy, 1
                q += 1
            if use_box:
                pts[k, q] = bx0 - ox, by0 - oy, 2
                pts[k, q + 1] = bx1 - ox, by1 - oy, 3
                q += 2
            while q < POINTS and rng.random() < 0.15:
                if rng.random() < 0.5 and (g > 0).any():
                    yy, xx = human_click(rng, g)[::-1]
                    pts[k, q] = xx, yy, 1
                else:
                    near = (cv2.dilate(g.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0) & ~g
                    if not near.any():
                        break
                    j = rng.choice(np.flatnonzero(near))
                    pts[k, q] = j % W + 0.5, j // W + 0.5, 0
                q += 1
        return dict(image=(x * 255 + 0.5).astype(np.uint8).transpose(2, 0, 1), dense=dense, offset=off, at=at, gt=gt, points=pts)


def batches(rows, seed, crops=6, prompts=6, strength=1.0, demo=(), demo_share=0.0):
    """Endless batches; every fifth has the larger window."""
    import torch
    c = Crops(rows, seed, prompts, 0.12 * strength, strength, demo, demo_share)
    while True:
        W = 192 if c.rng.random() < 0.2 else 128
        s = [c.sample(W) for _ in range(crops)]
        yield {k: torch.from_numpy(np.stack([b[k] for b in s])) for k in s[0]}
