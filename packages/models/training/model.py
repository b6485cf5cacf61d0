"""The network: a half-resolution encoder whose embedding travels as int8, and a small decoder on a window.

Encoder  image [B,3,H,W] in 0..1 (H, W multiples of 32)
         -> fine [B,4,H/2,W/2], coarse [B,12,H/4,W/4], both in -1..1 (int8 = round(127 x) on the wire).
         Coarse channels 0 and 1 are the offset from a pixel to its object's centre, in units of 64 px.
Decoder  a window of both, points and the previous mask -> three candidate masks (object, group, alternative)
         at full resolution and the IoU it expects of each.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

FINE, COARSE, OFFSET = 4, 12, 64.0
CANDIDATES = 3


def up2(x):
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class Conv(nn.Sequential):
    def __init__(self, i, o, k=3, s=1, act=True, groups=1):
        m = [nn.Conv2d(i, o, k, s, k // 2, groups=groups, bias=False), nn.BatchNorm2d(o, momentum=0.03)]
        super().__init__(*(m + ([nn.ReLU(inplace=True)] if act else [])))


class Res(nn.Module):
    def __init__(self, c, mid=None):
        super().__init__()
        self.a, self.b = Conv(c, mid or c), Conv(mid or c, c, act=False)

    def forward(self, x):
        return F.relu(x + self.b(self.a(x)))


class Encoder(nn.Module):
    def __init__(self, w=(16, 32, 64, 96, 128), depth=(0, 1, 1, 2, 2)):
        super().__init__()
        self.stem = nn.Sequential(Conv(6, w[0], 3, 2), Conv(w[0], w[0]))
        self.down = nn.ModuleList([Conv(w[i], w[i + 1], 3, 2) for i in range(4)])
        self.body = nn.ModuleList([nn.Sequential(*[Res(w[i + 1]) for _ in range(depth[i + 1])]) for i in range(4)])
        self.lat = nn.ModuleList([nn.Conv2d(w[i + 1], w[i], 1) for i in range(4)])
        self.fuse = nn.ModuleList([Conv(w[i], w[i]) for i in range(4)])
        self.coarse, self.fine = nn.Conv2d(w[1], COARSE, 1), nn.Conv2d(w[0], FINE, 1)

    def forward(self, x):
        x = x.clamp(0, 1)
        x = torch.cat([x * 2 - 1, torch.sqrt(x + 0.003) * 2 - 1], 1)
        f = [self.stem(x)]
        for d, b in zip(self.down, self.body):
            f.append(b(d(f[-1])))
        y = f[4]
        for i in (3, 2, 1, 0):
            y = self.fuse[i](f[i] + up2(self.lat[i](y)))
            if i == 1:
                c = self.coarse(y)
        coarse = torch.cat([c[:, :2].clamp(-1, 1), torch.tanh(c[:, 2:])], 1)
        return torch.tanh(self.fine(y)), coarse


class Film(nn.Module):
    def __init__(self, c, n):
        super().__init__()
        self.n, self.f = n, nn.Linear(c, 2 * n)
        nn.init.zeros_(self.f.weight), nn.init.zeros_(self.f.bias)

    def forward(self, x, z):
        g = self.f(z)
        return x * (1 + g[:, :self.n, None, None]) + g[:, self.n:, None, None]


class Decoder(nn.Module):
    """points [B,N,3]: x, y in window pixels (pixel centres at +0.5) and a label: 1 inside, 0 outside,
    2 and 3 the box's top left and bottom right, -1 unused. previous [B,1,2h,2w]: logits of the last mask, 0 for none.
    """

    def __init__(self, w=(24, 40, 64, 96)):
        super().__init__()
        n_prompt = 8
        self.key = nn.Conv2d(COARSE, 8, 1)
        self.cond = nn.Sequential(nn.Linear(COARSE + 3, 48), nn.ReLU(inplace=True), nn.Linear(48, 48), nn.ReLU(inplace=True))
        self.inp = Conv(COARSE + n_prompt, w[1])
        self.film1, self.film3 = Film(48, w[1]), Film(48, w[3])
        self.d1 = Conv(w[1], w[2], 3, 2)
        self.c1 = Conv(w[2], w[2])
        self.d2 = Conv(w[2], w[3], 3, 2)
        self.c2 = Res(w[3])
        self.u1, self.f1 = nn.Conv2d(w[3], w[2], 1), Conv(w[2], w[2])
        self.u2, self.f2 = nn.Conv2d(w[2], w[1], 1), Conv(w[1], w[1])
        self.u3, self.g = nn.Conv2d(w[1], w[0], 1), nn.Conv2d(FINE + 5, w[0], 3, padding=1)
        self.h = Conv(w[0], w[0])
        self.out = nn.Conv2d(w[0], CANDIDATES * 4, 3, padding=1)
        nn.init.constant_(self.out.bias, -2.0)
        self.quality = nn.Sequential(nn.Linear(w[1] + 3 + 48, 48), nn.ReLU(inplace=True), nn.Linear(48, 1))

    def forward(self, fine, coarse, points, previous):
        B, _, hc, wc = coarse.shape
        px, py, lab = points[..., 0], points[..., 1], points[..., 2]

        def one(v):  # 1 where the label is v
            return (1 - (lab - v).abs()).clamp(min=0)

        pos, neg, tl, br = one(1), one(0), one(2), one(3)
        xs = (torch.arange(wc, device=coarse.device, dtype=coarse.dtype) * 4 + 2)[None, None, None, :]
        ys = (torch.arange(hc, device=coarse.device, dtype=coarse.dtype) * 4 + 2)[None, None, :, None]
        dx2, dy2 = (xs - px[..., None, None]) ** 2, (ys - py[..., None, None]) ** 2
        d2 = dx2 + dy2                                                     # B,N,hc,wc
        # what the embedding says at every positive point
        wgt = torch.exp(-(d2 / 18.0).clamp(max=30)) * pos[..., None, None]
        wsum = wgt.sum((2, 3), keepdim=True) + 1e-4
        wgt = (wgt / wsum).flatten(2)                                      # B,N,hw
        key = self.key(coarse)
        feats = torch.cat([coarse, key], 1).flatten(2)
        at = torch.bmm(wgt, feats.transpose(1, 2))                         # B,N,COARSE+8
        has = (wgt.sum(2) * pos)                                           # 1 for a real positive point
        npos = pos.sum(1, keepdim=True)
        mean = (at[..., :COARSE] * pos[..., None]).sum(1) / npos.clamp(min=1)
        # the box, if any
        hasbox = tl.sum(1)
        x0, y0 = (px * tl).sum(1), (py * tl).sum(1)
        x1, y1 = (px * br).sum(1), (py * br).sum(1)
        bw, bh = (x1 - x0), (y1 - y0)
        bx, by = (x0 + x1) / 2, (y0 + y1) / 2
        c4 = lambda v: v[:, None, None, None]
        box = torch.sigmoid(torch.minimum(torch.minimum(xs - c4(x0), c4(x1) - xs), torch.minimum(ys - c4(y0), c4(y1) - ys)) / 2) * c4(hasbox)
        # where each pixel says its centre is, against where the prompts say it is
        cx = xs + coarse[:, :1] * OFFSET
        cy = ys + coarse[:, 1:2] * OFFSET
        ax, ay = px + at[..., 0] * OFFSET, py + at[..., 1] * OFFSET
        far = 1e4
        do = (cx - ax[..., None, None]) ** 2 + (cy - ay[..., None, None]) ** 2 + (1 - pos[..., None, None]) * far
        do = torch.sqrt(do.amin(1, keepdim=True) + 0.1)
        db = torch.sqrt((cx - c4(bx)) ** 2 + (cy - c4(by)) ** 2 + 0.1) + c4(1 - hasbox) * 100
        near = torch.exp(-(do / 12).clamp(max=30))
        nearb = torch.exp(-(db / 12).clamp(max=30))
        k2 = ((key[:, None] - at[:, :, COARSE:, None, None]) ** 2).sum(2) + (1 - pos[..., None, None]) * 20
        sim = torch.exp(-k2.amin(1, keepdim=True).clamp(max=30))

        def mark(m, q, s):
            return (torch.exp(-(q / s).clamp(max=30)) * m[..., None, None]).amax(1, keepdim=True)

        prev = torch.tanh(previous / 4)
        p4 = F.avg_pool2d(prev, 4)
        a = torch.cat([coarse, near, nearb, sim, mark(pos, d2, 32.0), mark(pos, d2, 800.0), mark(neg, d2, 64.0), box, p4], 1)
        z = self.cond(torch.cat([mean, hasbox[:, None], bw[:, None] / 64, bh[:, None] / 64], 1))
        a = self.film1(self.inp(a), z)
        b = self.c1(self.d1(a))
        c = self.film3(self.c2(self.d2(b)), z)
        b = self.f1(b + up2(self.u1(c)))
        a = self.f2(a + up2(self.u2(b)))
        # half resolution
        xf = (torch.arange(wc * 2, device=coarse.device, dtype=coarse.dtype) * 2 + 1)[None, None, None, :]
        yf = (torch.arange(hc * 2, device=coarse.device, dtype=coarse.dtype) * 2 + 1)[None, None, :, None]
        e2 = (xf - px[..., None, None]) ** 2 + (yf - py[..., None, None]) ** 2
        g = torch.cat([fine, up2(near), up2(box), mark(pos, e2, 16.0), mark(neg, e2, 16.0), F.avg_pool2d(prev, 2)], 1)
        y = F.relu(up2(self.u3(a)) + self.g(g))
        logits = F.pixel_shuffle(self.out(self.h(y)), 2)                    # B,3,2h,2w
        # quality from the features under each mask
        m = torch.sigmoid(F.avg_pool2d(logits, 4)).detach()
        area = m.sum((2, 3))                                               # B,3
        pool = torch.bmm(m.flatten(2), a.flatten(2).transpose(1, 2)) / (area[..., None] + 1)
        sure = (m * (1 - m)).sum((2, 3)) / (area + 1)
        kind = torch.eye(CANDIDATES, device=m.device, dtype=m.dtype)[None, :, :1].expand(B, -1, -1)
        q = torch.cat([pool, torch.log(area + 1)[..., None] / 4, sure[..., None] * 4, kind, z[:, None].expand(-1, CANDIDATES, -1)], 2)
        return logits, torch.sigmoid(self.quality(q))[..., 0]


class Aux(nn.Module):
    """Dense losses on the embedding itself; thrown away after training."""

    def __init__(self):
        super().__init__()
        self.c, self.f = nn.Conv2d(COARSE, 2, 1), nn.Conv2d(FINE + 8, 2, 3, padding=1)
        self.mid = nn.Conv2d(COARSE, 8, 1)

    def forward(self, fine, coarse):
        return self.c(coarse), self.f(torch.cat([fine, up2(self.mid(coarse))], 1))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder, self.aux = Encoder(), Decoder(), Aux()


def quantise(t):
    """What the wire does: int8 with the fixed scale 1/127."""
    return torch.round(t * 127) / 127
