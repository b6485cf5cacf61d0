"""Figures on held-out groups: python evaluate.py DATA (--weights FILE.pt | --onnx FOLDER) [--json FILE] [--limit N] [--noc N]

Per object of 20 px and more: one click at the most interior point, one at a random interior point, the tight box;
then clicks until IoU 0.85 and 0.90 (next click at the most interior point of the largest error region, at most 20)
on every k-th object, so that about --noc of them are asked. The int8 embedding is part of it unless --float.
"""
import argparse
import json
import time

import cv2
import numpy as np
from scipy import ndimage

import data as D
from predict import Onnx, Region, Torch, level_for

CAP = 20


class Truth:
    """One object's mask, in its box with a margin."""

    def __init__(self, label, o, box):
        self.x, self.y, x1, y1 = box
        self.m = label[self.y:y1, self.x:x1] == o
        self.area = int(self.m.sum())
        self.shape = label.shape

    def on(self, x, y, h, w):
        """The mask over another rectangle."""
        out = np.zeros((h, w), bool)
        x0, y0 = max(x, self.x), max(y, self.y)
        x1, y1 = min(x + w, self.x + self.m.shape[1]), min(y + h, self.y + self.m.shape[0])
        if x1 > x0 and y1 > y0:
            out[y0 - y:y1 - y, x0 - x:x1 - x] = self.m[y0 - self.y:y1 - self.y, x0 - self.x:x1 - self.x]
        return out

    def iou(self, m, x, y):
        i = int((m & self.on(x, y, *m.shape)).sum())
        return i / max(1, int(m.sum()) + self.area - i)


def next_click(pred, gt):
    """The most interior point of the largest connected error region."""
    best = None
    for m, label in ((gt & ~pred, 1), (pred & ~gt, 0)):
        n, cc, st, _ = cv2.connectedComponentsWithStats(m.astype(np.uint8), connectivity=4)
        if n > 1:
            k = 1 + int(st[1:, cv2.CC_STAT_AREA].argmax())
            if best is None or st[k, cv2.CC_STAT_AREA] > best[0]:
                x, y, w, h = st[k, :4]
                best = (st[k, cv2.CC_STAT_AREA], cc[y:y + h, x:x + w] == k, x, y, label)
    if best is None:
        return None
    px, py, _ = D.interior(best[1])
    return px + best[2], py + best[3], best[4]


def choose(q):
    """The object mask, unless the alternative is expected to be clearly better."""
    return 2 if q[2] > q[0] + 0.08 else 0


def clicks_needed(reg, t, first, targets=(0.85, 0.90)):
    pts, win, k, need, trace = [first], None, 0, {}, []
    for n in range(1, CAP + 1):
        win = reg.prompt(pts, previous=win, candidate=k)
        k = choose(win.quality)
        m, x, y = win.native(k)
        v = t.iou(m, x, y)
        trace.append(v)
        for g in targets:
            if v >= g:
                need.setdefault(g, n)
        if len(need) == len(targets):
            break
        # errors over the union of the window and the object's own box
        X0, Y0 = min(x, t.x), min(y, t.y)
        X1, Y1 = max(x + m.shape[1], t.x + t.m.shape[1]), max(y + m.shape[0], t.y + t.m.shape[0])
        p = np.zeros((Y1 - Y0, X1 - X0), bool)
        p[y - Y0:y - Y0 + m.shape[0], x - X0:x - X0 + m.shape[1]] = m
        c = next_click(p, t.on(X0, Y0, *p.shape))
        if c is None:
            break
        pts.append((c[0] + X0, c[1] + Y0, c[2]))
    return [need.get(g, CAP) for g in targets], trace


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("data")
    ap.add_argument("--weights")
    ap.add_argument("--onnx")
    ap.add_argument("--json")
    ap.add_argument("--limit", type=int, default=10**9)
    ap.add_argument("--noc", type=int, default=600)
    ap.add_argument("--float", action="store_true")
    ap.add_argument("--level", type=float, help="always this level instead of choosing one")
    ap.add_argument("--minutes", type=float, default=1e9, help="stop after so many, with what was looked at (a fixed mixed order)")
    ap.add_argument("--threads", type=int, default=1)
    a = ap.parse_args()
    if a.onnx:
        net = Onnx(a.onnx, a.threads)
    else:
        import torch
        from model import Net
        torch.set_num_threads(a.threads)
        torch.set_flush_denormal(True)
        c = torch.load(a.weights, map_location="cpu")
        n = Net()
        n.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in c.get("ema", c["net"]).items()})
        net = Torch(n)
    rows = D.load(a.data, True)
    whole_set = len(rows)
    rows = [rows[i] for i in np.random.default_rng(7).permutation(len(rows))][: a.limit]
    total = sum(len(r["ids"]) for r in rows)
    every = max(1, round(total / max(1, a.noc)))
    rng, obj, out, count = np.random.default_rng(1), [], [], 0
    t0 = time.time()
    for r in rows:
        if time.time() - t0 > a.minutes * 60:
            break
        reg = Region(net, D.normalise(r["image"]), quantised=not a.float)
        mine = []
        boxes = ndimage.find_objects(r["label"])
        for o in r["ids"]:
            ys, xs = boxes[o - 1]
            box = (xs.start, ys.start, xs.stop, ys.stop)
            t = Truth(r["label"], o, box)
            if t.area < 20:
                continue
            x, y, d = D.interior(t.m)
            k = rng.choice(np.flatnonzero(d > min(1.0, d.max() / 2)))
            first = (x + t.x, y + t.y, 1)
            second = (k % t.m.shape[1] + 0.5 + t.x, k // t.m.shape[1] + 0.5 + t.y, 1)
            row = dict(diam=float(r["diam"][o]))
            for name, pts in (("best", [first]), ("random", [second]), ("box", [(box[0], box[1], 2), (box[2], box[3], 3)])):
                s = a.level
                if name == "box" and s is None:
                    s = level_for(np.sqrt((box[2] - box[0]) * (box[3] - box[1])))
                w = reg.prompt(pts, s)
                pick = choose(w.quality)
                row[name] = t.iou(*w.native(pick))
                if name == "best":
                    row["object"], row["q"] = t.iou(*w.native(0)), float(w.quality[0])
                    row["oracle"] = max(row["object"], t.iou(*w.native(2)))
            if count % every == 0:
                row["noc"], row["trace"] = clicks_needed(reg, t, first)
            count += 1
            mine.append(row)
        if mine:
            m = lambda k: round(float(np.mean([v[k] for v in mine])), 4)
            out.append(dict(image=r["name"], stratum=r["stratum"], objects=len(mine), miou1=m("best"), miou1_random=m("random"), box_miou=m("box")))
            print(json.dumps(out[-1]), flush=True)
        obj += [dict(v, stratum=r["stratum"]) for v in mine]

    def figures(v):
        b = np.array([x["best"] for x in v])
        n = [x["noc"] for x in v if "noc" in x]
        m = lambda k: round(float(np.mean([x[k] for x in v])), 4)
        f = dict(miou1=m("best"), miou1_random=m("random"), at50=(b >= .5).mean(), at75=(b >= .75).mean(), at85=(b >= .85).mean(),
                 noc85=np.mean([x[0] for x in n]) if n else None, noc90=np.mean([x[1] for x in n]) if n else None,
                 box_miou=m("box"), miou1_object=m("object"), miou1_oracle=m("oracle"), objects=len(v), noc_objects=len(n))
        return {k: round(float(x), 4) if isinstance(x, (float, np.floating)) else x for k, x in f.items()}

    by = {}
    for s in sorted({v["stratum"] for v in obj}):
        by[s] = figures([v for v in obj if v["stratum"] == s])
        print(s, json.dumps(by[s]))
    bins = {}
    for lo, hi in ((0, 8), (8, 12), (12, 20), (20, 35), (35, 60), (60, 1e9)):
        v = [x for x in obj if lo <= x["diam"] < hi]
        if v:
            bins[f"{lo}-{hi:g}"] = figures(v)
            print("diameter", lo, hi, json.dumps(bins[f"{lo}-{hi:g}"]))
    k3 = [x["trace"][min(2, len(x["trace"]) - 1)] for x in obj if "trace" in x]
    whole = dict(figures(obj), images=len(out), images_held_out=whole_set, miou3=round(float(np.mean(k3)), 4) if k3 else None,
                 per_image=round(float(np.mean([o["miou1"] for o in out])), 4), quality_corr=round(float(np.corrcoef([x["q"] for x in obj], [x["object"] for x in obj])[0, 1]), 3),
                 seconds=round(time.time() - t0))
    if a.json:
        json.dump(dict(all=whole, by_stratum=by, by_diameter=bins, rows=out), open(a.json, "w"), indent=1)
    print(json.dumps(whole))


if __name__ == "__main__":
    main()
