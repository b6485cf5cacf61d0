"""Groups images that share an origin, and holds whole groups out: python split.py DATA  -> split.json

Two images are linked when size and stain agree and either their perceptual hashes are close, their intensity
histograms nearly coincide, or one continues the other across a shared edge (tiles of one field). Linked images
never lie on both sides of the split.
"""
import json
import os
import sys

import cv2
import numpy as np


def read(path):
    a = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    if a.ndim == 3:
        a = cv2.cvtColor(a[..., :3], cv2.COLOR_BGR2RGB)
        if not (np.ptp(a.astype(int), axis=2) > 2).any():
            a = a[..., 0]
    return a


def describe(a):
    g = a if a.ndim == 2 else a.mean(2).astype(np.uint8)
    coloured = a.ndim == 3
    stain = ("stain-" if coloured else "grey-") + ("bright" if g.mean() > 110 else "dark")
    if coloured:
        h = cv2.cvtColor(a, cv2.COLOR_RGB2HSV)
        w = h[..., 1].astype(float)
        ang = h[..., 0] * np.pi / 90
        hue = np.degrees(np.arctan2((w * np.sin(ang)).sum(), (w * np.cos(ang)).sum())) % 360
        stain += "-purple" if 230 < hue < 300 else "-pink" if hue >= 300 or hue < 30 else "-other"
    s = cv2.resize(g, (17, 16), interpolation=cv2.INTER_AREA).astype(int)
    dh = (s[:, 1:] > s[:, :-1]).ravel()
    hist = np.cumsum(np.bincount(g.ravel(), minlength=256) / g.size)
    f = g.astype(np.float32)
    edges = [f[0], f[-1], f[:, 0], f[:, -1]]
    return dict(size=f"{a.shape[1]}x{a.shape[0]}", stain=stain, dh=dh, hist=hist, edges=edges, sd=float(f.std()))


def continues(p, q):
    for i, j in ((1, 0), (3, 2)):
        for u, v in ((p["edges"][i], q["edges"][j]), (q["edges"][i], p["edges"][j])):
            if u.std() < 6 or v.std() < 6:
                continue
            if np.corrcoef(u, v)[0, 1] > 0.93 and np.abs(u - v).mean() < 0.25 * u.std() + 1:
                return True
    return False


def main(data, share=0.16, seed=5):
    names = sorted(f for f in os.listdir(f"{data}/images") if f.endswith(".png"))
    d = [describe(read(f"{data}/images/{n}")) for n in names]
    parent = list(range(len(names)))

    def find(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    links = dict(hash=0, histogram=0, edge=0)
    for i in range(len(names)):
        for j in range(i):
            if d[i]["size"] != d[j]["size"] or d[i]["stain"] != d[j]["stain"]:
                continue
            why = ("hash" if (d[i]["dh"] != d[j]["dh"]).sum() <= 40 else
                   "histogram" if d[i]["sd"] > 8 and np.abs(d[i]["hist"] - d[j]["hist"]).max() < 0.006 else
                   "edge" if continues(d[i], d[j]) else None)
            if why:
                links[why] += 1
                parent[find(i)] = find(j)
    groups = {}
    for i in range(len(names)):
        groups.setdefault(find(i), []).append(i)
    strata = {}
    for g in groups.values():
        strata.setdefault(f'{d[g[0]]["size"]} {d[g[0]]["stain"]}', []).append(g)
    rng = np.random.default_rng(seed)
    out, held = [], 0
    for key in sorted(strata):
        gs = sorted(strata[key], key=lambda g: names[g[0]])
        total = sum(map(len, gs))
        want, got = share * total, 0
        order = rng.permutation(len(gs))
        chosen = set()
        for k in order:
            if len(gs) < 2 or got >= want:
                break
            if len(gs[k]) <= max(2, 1.6 * (want - got)):
                chosen.add(k)
                got += len(gs[k])
        held += got
        for k, g in enumerate(gs):
            for i in g:
                out.append(dict(name=names[i], stratum=key, group=names[g[0]][:8], held=k in chosen))
        print(f"{key:32s} images {total:4d} groups {len(gs):4d} largest {max(map(len, gs)):3d} held out {got}")
    print("links", links, "held out", held, "of", len(names))
    out.sort(key=lambda r: r["name"])
    lines = ",\n".join(json.dumps(r) for r in out)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "split.json"), "w") as f:
        f.write("[\n" + lines + "\n]\n")


if __name__ == "__main__":
    main(sys.argv[1])
