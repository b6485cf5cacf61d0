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

import data as D
from predict import Onnx, Region, Torch

CAP = 20


def iou(a, b):
    return float((a & b).sum() / max(1, (a | b).sum()))


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


def clicks_needed(reg, gt, targets=(0.85, 0.90)):
    x, y, _ = D.interior(gt)
    pts, s, prev, need, trace = [(x, y, 1)], None, None, {}, []
    for n in range(1, CAP + 1):
        s, full, q = reg.prompt(pts, s, prev)
        k = choose(q)
        m = reg.native(full[k])
        v = iou(m, gt)
        trace.append(v)
        for t in targets:
            if v >= t:
                need.setdefault(t, n)
        if len(need) == len(targets):
            break
        prev = np.clip(full[k], -8, 8)
        c = next_click(m, gt)
        if c is None:
            break
        pts.append(c)
    return [need.get(t, CAP) for t in targets], trace


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
    rows = D.load(a.data, True)[: a.limit]
    total = sum(len(r["ids"]) for r in rows)
    every = max(1, round(total / max(1, a.noc)))
    rng, obj, out, count = np.random.default_rng(1), [], [], 0
    t0 = time.time()
    for r in rows:
        reg = Region(net, D.normalise(r["image"]), quantised=not a.float)
        mine = []
        for o in r["ids"]:
            gt = r["label"] == o
            if gt.sum() < 20:
                continue
            x, y, d = D.interior(gt)
            k = rng.choice(np.flatnonzero(d > min(1.0, d.max() / 2)))
            rx, ry = k % gt.shape[1] + 0.5, k // gt.shape[1] + 0.5
            ys, xs = np.flatnonzero(gt.any(1)), np.flatnonzero(gt.any(0))
            row = dict(diam=float(r["diam"][o]))
            for name, pts in (("best", [(x, y, 1)]), ("random", [(rx, ry, 1)]), ("box", [(xs[0], ys[0], 2), (xs[-1] + 1, ys[-1] + 1, 3)])):
                s = a.level
                if name == "box" and s is None:
                    dd = 2 * np.sqrt((xs[-1] + 1 - xs[0]) * (ys[-1] + 1 - ys[0]) / 4)
                    s = 2.0 if dd < 15 else 0.5 if dd > 90 else 1.0
                _, full, q = reg.prompt(pts, s)
                v = [iou(reg.native(full[j]), gt) for j in ((0, 2) if name == "best" else (choose(q),))]
                if name == "best":
                    row["object"], row["oracle"], row["q"] = v[0], max(v), float(q[0])
                    v = [v[0] if choose(q) == 0 else v[1]]
                row[name] = v[0]
            if count % every == 0:
                row["noc"], row["trace"] = clicks_needed(reg, gt)
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
    whole = dict(figures(obj), images=len(out), miou3=round(float(np.mean(k3)), 4) if k3 else None,
                 per_image=round(float(np.mean([o["miou1"] for o in out])), 4), quality_corr=round(float(np.corrcoef([x["q"] for x in obj], [x["object"] for x in obj])[0, 1]), 3),
                 seconds=round(time.time() - t0))
    if a.json:
        json.dump(dict(all=whole, by_stratum=by, by_diameter=bins, rows=out), open(a.json, "w"), indent=1)
    print(json.dumps(whole))


if __name__ == "__main__":
    main()
