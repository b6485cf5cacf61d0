"""Trains, and goes on where it stopped: python train.py DATA RUN [--minutes M] [--steps N] [--decay K | --decay-minutes M]

RUN/last.pt is written every few minutes and at the end; running the same command again goes on from it. The
learning rate warms up and then stays; --decay brings it to zero (cosine) over the next K steps (or minutes) and writes
RUN/final.pt instead, leaving last.pt (from which more training can go on) as it was. A decay that was cut off goes
on from RUN/final.pt; delete that file to decay anew.
"""
import argparse
import csv
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F

import data as D
from model import Net, OFFSET
from predict import Region, Torch

ap = argparse.ArgumentParser()
ap.add_argument("data")
ap.add_argument("run")
ap.add_argument("--steps", type=int, default=10**9)
ap.add_argument("--minutes", type=float, default=1e9)
ap.add_argument("--decay", type=int, default=0)
ap.add_argument("--decay-minutes", type=float, default=0)
ap.add_argument("--strength", type=float, default=1.0, help="of augmentation: how often, against the usual")
ap.add_argument("--lr", type=float, default=2e-3)
ap.add_argument("--crops", type=int, default=6)
ap.add_argument("--prompts", type=int, default=6)
ap.add_argument("--threads", type=int, default=0, help="0: two while the machine is otherwise idle, else one")
ap.add_argument("--init", help="weights to start from: an fp16 checkpoint, or another run's file (its optimiser comes along)")
ap.add_argument("--eval-every", type=int, default=500)
ap.add_argument("--warmup", type=int, default=200, help="steps")
ap.add_argument("--demo", help="what training-crops.ts wrote, to train on too")
ap.add_argument("--demo-share", type=float, default=0.18, help="of the crops")
ap.add_argument("--fp32", action="store_true", help="no bfloat16 (for processors without it)")
a = ap.parse_args()
os.makedirs(a.run, exist_ok=True)
torch.set_num_threads(a.threads or 1)
torch.set_flush_denormal(True)


class Stream(torch.utils.data.IterableDataset):
    def __init__(self, rows, seed, demo):
        self.rows, self.seed, self.demo = rows, seed, demo

    def __iter__(self):
        w = torch.utils.data.get_worker_info()
        return D.batches(self.rows, self.seed + (w.id if w else 0), a.crops, a.prompts, a.strength, self.demo, a.demo_share)


def crop_windows(t, at, W, k):
    """t [C,..] per crop, at [B,P,2] pixels -> [B*P,C,W/k,W/k]"""
    out = []
    for b in range(at.shape[0]):
        for p in range(at.shape[1]):
            x, y = int(at[b, p, 0]) // k, int(at[b, p, 1]) // k
            out.append(t[b, :, y:y + W // k, x:x + W // k])
    return torch.stack(out)


def edge_weight(gt):
    soft = F.avg_pool2d(gt[:, None], 5, 1, 2)[:, 0]
    return 0.5 + 6 * soft * (1 - soft)


def mask_loss(logits, gt, w):
    area = gt.sum((1, 2))
    bce = (w * F.binary_cross_entropy_with_logits(logits, gt, reduction="none")).sum((1, 2)) / (2 * area + 150)
    p = torch.sigmoid(logits)
    dice = 1 - (2 * (p * gt).sum((1, 2)) + 1) / (p.sum((1, 2)) + area + 1)
    return bce + dice


def iou(logits, gt):
    m = logits > 0
    g = gt > 0.5
    return (m & g).sum((1, 2)) / (m | g).sum((1, 2)).clamp(min=1)


rng = np.random.default_rng()


def step_loss(net, b, step):
    img = b["image"].float().div_(255).contiguous(memory_format=torch.channels_last)
    amp = lambda: torch.autocast("cpu", torch.bfloat16, enabled=not a.fp32)
    with amp():
        fine, coarse = net.encoder(img)
    fine, coarse = fine.float(), coarse.float()
    # the wire: int8 with a fixed scale
    fine = fine + (torch.rand_like(fine) - 0.5) / 127
    coarse = coarse + (torch.rand_like(coarse) - 0.5) / 127
    with amp():
        ac, af = net.aux(fine, coarse)
    ac, af = ac.float(), af.float()
    dense = b["dense"].float()
    t2, t4 = F.avg_pool2d(dense, 2), F.avg_pool2d(dense, 4)

    def dense_loss(o, t, we):
        v = (t[:, 2] > 0.5).float()
        fg = F.binary_cross_entropy_with_logits(o[:, 0], t[:, 0], reduction="none")
        ed = F.binary_cross_entropy_with_logits(o[:, 1], (t[:, 1] * we).clamp(max=1), reduction="none")
        return ((fg + ed) * v).sum() / v.sum().clamp(min=1)

    aux = dense_loss(af, t2, 1.3) + 0.5 * dense_loss(ac, t4, 1.5)
    off, fg = b["offset"][:, :2], b["offset"][:, 2]
    e = F.smooth_l1_loss(coarse[:, :2] * OFFSET, off * OFFSET, reduction="none", beta=2.0).sum(1)
    off_loss = (e * fg).sum() / fg.sum().clamp(min=1) / 8

    gt = b["gt"].flatten(0, 1).float()
    W = gt.shape[-1]
    f, c = crop_windows(fine, b["at"], W, 2), crop_windows(coarse, b["at"], W, 4)
    pts = b["points"].flatten(0, 1)

    def decode(f, c, pts, prev):
        with amp():
            o, q = net.decoder(f.contiguous(memory_format=torch.channels_last), c.contiguous(memory_format=torch.channels_last), pts, prev)
        return o.float(), q.float()

    def loss_of(o, q, gt, near=None):
        w0, w1 = edge_weight(gt[:, 0]), edge_weight(gt[:, 1])
        w = w0 if near is None else w0 + 2 * near      # what a correction asks for counts more
        live = (gt[:, 0].sum((1, 2)) > 0).float()          # a click on nothing asks for no mask
        mean = lambda v: (v * live).sum() / live.sum().clamp(min=1)
        l0, l1, l2 = mask_loss(o[:, 0], gt[:, 0], w), mask_loss(o[:, 1], gt[:, 1], w1), mask_loss(o[:, 2], gt[:, 0], w)
        with torch.no_grad():
            ious = torch.stack([iou(o[:, 0], gt[:, 0]), iou(o[:, 1], gt[:, 0]), iou(o[:, 2], gt[:, 0])], 1)
            hard = (ious[:, 0] < 0.75).float() + 0.05
        ql = ((q - ious) ** 2).mean()
        return mean(l0) + 0.2 * mean(l1) + 0.25 * mean(l2 * hard) + 0.5 * ql, mean(l0).item(), ql.item(), mean(ious[:, 0]).item()

    o, q = decode(f, c, pts, torch.zeros(gt.shape[0], 1, W, W))
    total, mask, qloss, iou1 = loss_of(o, q, gt)
    iou_n = iou1
    if step >= 500 and rng.random() < 0.75:
        # up to seven corrections on half of the windows; only the last one is learnt from, the others make its input
        some = np.flatnonzero(gt[:, 0].sum((1, 2)).numpy() > 0)
        half = torch.from_numpy(rng.permutation(some)[:gt.shape[0] // 2])
        f, c, gt, pts, o = f[half], c[half], gt[half], pts[half], o[half].detach()
        truth = gt[:, 0].numpy() > 0.5
        rounds = 1 + int(rng.choice(7, p=(0.3, 0.22, 0.15, 0.11, 0.09, 0.07, 0.06)))
        for r in range(rounds):
            k = 0 if rng.random() < 0.85 else 2
            prev = o[:, k:k + 1].clamp(-8, 8)
            pts = torch.cat([pts, corrections(prev[:, 0].numpy() > 0, truth)], 1)
            if r + 1 < rounds:
                net.decoder.eval()
                with torch.no_grad():
                    o, _ = decode(f.detach(), c.detach(), pts, prev)
                net.decoder.train()
        o, q = decode(f, c, pts, prev)
        extra, _, _, iou_n = loss_of(o, q, gt, spots(pts[:, b["points"].shape[2]:], W))
        total = (total + 0.7 * extra) / 1.7
    return total + 0.5 * aux + 0.5 * off_loss, dict(iou1=iou1, mask=mask, q=qloss, aux=aux.item(), off=off_loss.item(), iouN=iou_n)


def corrections(mask, truth):
    """The next click of every window, [B,1,3]; label -1 where nothing is wrong."""
    out = torch.zeros(len(mask), 1, 3)
    out[..., 2] = -1
    for i in range(len(mask)):
        x = D.correction(rng, truth[i] & ~mask[i], mask[i] & ~truth[i])
        if x:
            out[i, 0] = torch.tensor(x, dtype=torch.float32)
    return out


def spots(pts, W):
    """[B,W,W]: 1 at the clicks, falling off over a few pixels."""
    g = torch.arange(W) + 0.5
    d2 = (g[None, None, None, :] - pts[..., 0, None, None]) ** 2 + (g[None, None, :, None] - pts[..., 1, None, None]) ** 2
    return (torch.exp(-d2 / 12) * (pts[..., 2, None, None] >= 0)).amax(1)


def quick_eval(net, rows, per=15):
    """One click at the most interior point, held-out groups, a fixed sample of images and objects."""
    P, out = Torch(net), []
    for r in rows:
        reg = Region(P, D.normalise(r["image"]))
        ids = r["ids"][:: max(1, len(r["ids"]) // per)][:per]
        for o in ids:
            m = r["label"] == o
            x, y, _ = D.interior(m)
            k, x, y = reg.prompt([(x, y, 1)]).native(0)
            p = np.zeros(np.add(m.shape, k.shape), bool)
            p[y:y + k.shape[0], x:x + k.shape[1]] = k
            p = p[:m.shape[0], :m.shape[1]]
            out.append((p & m).sum() / max(1, (p | m).sum()))
    v = np.array(out)
    return v.mean(), (v >= 0.5).mean(), (v >= 0.75).mean(), (v >= 0.85).mean(), len(v)


def main():
    train, held = D.load(a.data, False), D.load(a.data, True)
    sample = held[::3]
    torch.manual_seed(0)
    net = Net().to(memory_format=torch.channels_last)
    ema = Net()
    opt = torch.optim.AdamW(net.parameters(), lr=a.lr, weight_decay=0.02, betas=(0.9, 0.98))
    step, used, c = 0, 0.0, None
    last, final = f"{a.run}/last.pt", f"{a.run}/final.pt"
    decay, decayed = bool(a.decay or a.decay_minutes), 0.0
    if decay and os.path.exists(final) and torch.load(final, map_location="cpu")["decayed"] < 1:
        last = final
    if os.path.exists(last):
        c = torch.load(last, map_location="cpu")
        decayed = c.get("decayed", 0.0)
        net.load_state_dict(c["net"]), ema.load_state_dict(c["ema"]), opt.load_state_dict(c["opt"])
        step, used = c["step"], c["seconds"]
        print("resumed at step", step, f"decayed {decayed:.2f}" if decay else "")
    elif a.init:
        c = torch.load(a.init, map_location="cpu")
        net.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in c["net"].items()})
        step, used = c["step"], c.get("seconds", 0.0)
        if "opt" in c:
            opt.load_state_dict(c["opt"])
        print("weights of step", step)
    if not os.path.exists(last):
        ema.load_state_dict(net.state_dict())
    first, start, from_, resumed = step, time.time(), decayed, os.path.exists(last)
    demo_steps = c.get("demo_steps", 0) if c else 0
    born = c.get("born", 0) if resumed else step      # where this run began: its mean of the weights is as young

    def save(path):
        torch.save(dict(net=net.state_dict(), ema=ema.state_dict(), opt=opt.state_dict(), step=step, seconds=used + time.time() - start, decayed=decayed, born=born,
                        demo_steps=demo_steps + (step - first if a.demo else 0)), path + ".tmp")
        os.replace(path + ".tmp", path)

    curve = f"{a.run}/curve.csv"
    if not os.path.exists(curve):
        with open(curve, "w") as f:
            f.write("step,minutes,lr,miou1,at50,at75,at85,objects,train_iou1,train_iouN,loss_mask,loss_aux,loss_offset\n")
    loader = iter(torch.utils.data.DataLoader(Stream(train, int(time.time()), D.load_demo(a.demo) if a.demo else []), batch_size=None, num_workers=1, prefetch_factor=3))
    avg, saved = {}, time.time()
    net.train()
    while True:
        lr = a.lr if resumed else a.lr * min(1, (step - first + 1) / a.warmup)
        if decay:
            decayed = min(1.0, from_ + ((step + 1 - first) / a.decay if a.decay else (time.time() - start) / 60 / a.decay_minutes))
            lr *= 0.5 * (1 + math.cos(math.pi * decayed))
        for g in opt.param_groups:
            g["lr"] = lr
        loss, log = step_loss(net, next(loader), step)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        n = torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        if torch.isfinite(n):
            opt.step()
        step += 1
        d = min(0.998, (1 + step - born) / (10 + step - born))
        with torch.no_grad():
            for (k, e), v in zip(ema.state_dict().items(), net.state_dict().values()):
                e.lerp_(v, 1 - d) if e.is_floating_point() else e.copy_(v)
        for k, v in log.items():
            avg[k] = v if k not in avg else 0.98 * avg[k] + 0.02 * v
        if step % 20 == 0 and not a.threads:      # what others run, going by the one-minute load less our own
            free = os.getloadavg()[0] - torch.get_num_threads() - 0.2
            torch.set_num_threads(2 if free < 0.35 else 1)
        if step % 50 == 0:
            s = time.time() - start
            print(f"{step} {used / 60 + s / 60:.1f} min {s / (step - first):.3f} s/step, {torch.get_num_threads()} threads, lr {lr:.2e} " + " ".join(f"{k} {v:.3f}" for k, v in avg.items()), flush=True)
        done = step >= a.steps or time.time() - start > a.minutes * 60 or decayed >= 1
        if time.time() - saved > 180 or done:
            save(final if decay else last)
            saved = time.time()
        if step % a.eval_every == 0 or done:
            e = quick_eval(ema, sample)
            print("EVAL", step, " ".join(f"{v:.4f}" for v in e), flush=True)
            with open(curve, "a") as f:
                csv.writer(f).writerow([step, round((used + time.time() - start) / 60, 2), f"{lr:.2e}", *[round(float(v), 4) for v in e],
                                        *[round(avg[k], 4) for k in ("iou1", "iouN", "mask", "aux", "off")]])
        if done:
            break


if __name__ == "__main__":
    main()
