"""Values that PyTorch gives for inputs anyone can make again, so that a test without Python can compare: parity.json.

    python parity.py WEIGHTS.pt ../weights

Inputs are whole numbers by formula (`pixel`, `byte`, `logit`); outputs are given at every STEP-th place of the flat array.
"""
import json
import sys

import numpy as np
import torch

from model import COARSE, FINE, Net

W, H, STEP = 160, 128, 211


def pixel():
    """[1,3,H,W] in 0..1: blobs on a tilted ground."""
    c, y, x = np.mgrid[:3, :H, :W]
    v = (x * 3 + y * 2 + c * 40) % 256 // 4
    near = ((x % 32 - 16) ** 2 + (y % 32 - 16) ** 2) < 100 + c * 20
    return torch.from_numpy(np.where(near, 230 - (x + y) % 50, v).astype(np.float32)[None] / 255)


def byte(channels, h, w, seed):
    """[1,channels,h,w]: what the wire holds, -127..127."""
    c, y, x = np.mgrid[:channels, :h, :w]
    v = (x * (3 + c % 5) + y * (7 + c % 3) + c * 29 + seed) % 255 - 127
    return torch.from_numpy(v.astype(np.float32)[None] / 127)


def logit(h, w):
    y, x = np.mgrid[:h, :w]
    return torch.from_numpy(((x * 5 + y * 3) % 17 - 8).astype(np.float32)[None, None])


def write(net, folder):
    some = lambda t: [round(float(v), 6) for v in t.flatten()[::STEP]]
    cases = []
    with torch.inference_mode():
        fine, coarse = net.encoder(pixel())
        for points, side, previous in (([[60, 61, 1]], 128, False), ([[40.5, 33, 1], [90, 70.5, 0]], 128, True), ([[20, 30, 2], [70, 90, 3], [45, 50, 1]], 192, False)):
            f, c = byte(FINE, side // 2, side // 2, 11), byte(COARSE, side // 4, side // 4, 5)
            p = logit(side, side) if previous else torch.zeros(1, 1, side, side)
            masks, quality = net.decoder(f, c, torch.tensor([points], dtype=torch.float32), p)
            cases.append(dict(points=points, side=side, previous=previous, masks=some(masks), quality=[round(float(v), 6) for v in quality[0]]))
    out = dict(width=W, height=H, step=STEP, fine=some(fine * 127), coarse=some(coarse * 127), decoder=cases)
    json.dump(out, open(f"{folder}/parity.json", "w"))


if __name__ == "__main__":
    torch.set_num_threads(1)
    c = torch.load(sys.argv[1], map_location="cpu")
    n = Net()
    n.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in c.get("ema", c["net"]).items()})
    write(n.eval(), sys.argv[2])
