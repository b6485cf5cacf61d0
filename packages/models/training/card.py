"""Figures into the manifest, and the model card: python card.py ../weights CLICKS.json EVERYTHING.json DEMO.json

The first two files are what `npm run eval:masks -- --split split.json --json FILE` writes for the held-out images, without
and with --everything, the third what it writes for `training-crops.ts --for evaluation`: all through the JavaScript that ships.
"""
import json
import os
import sys

d, clicks, everything, demo = sys.argv[1:5]
m = json.load(open(f"{d}/manifest.json"))
clicks, every, demo = json.load(open(clicks)), json.load(open(everything))["summary"], json.load(open(demo))
stratum = {r["name"].rsplit(".", 1)[0]: r["stratum"] for r in json.load(open(f"{os.path.dirname(os.path.abspath(__file__))}/split.json")) if r["held"]}
scores = [dict(s, stratum=stratum[i["name"]]) for i in clicks["images"] for s in i["scores"]]
CAP, BINS = 20, ((0, 8), (8, 12), (12, 20), (20, 35), (35, 60), (60, 1e9))


def mean(v):
    v = list(v)
    return round(sum(v) / len(v), 4) if v else None


def figures(v):
    noc = lambda t: mean(next((k + 1 for k, x in enumerate(s["trace"]) if x >= t), CAP) for s in v if s["trace"])
    at = lambda t: mean(s["best"] >= t for s in v)
    return dict(miou1=mean(s["best"] for s in v), miou1_random=mean(s["random"] for s in v), at50=at(0.5), at75=at(0.75), at85=at(0.85),
                noc85=noc(0.85), noc90=noc(0.9), box_miou=mean(s["box"] for s in v), objects=len(v), noc_objects=sum(bool(s["trace"]) for s in v))


h = dict(figures(scores), images=len(clicks["images"]),
         miou3=mean(s["trace"][min(2, len(s["trace"]) - 1)] for s in scores if s["trace"]),
         never85=mean(max(s["trace"]) < 0.85 for s in scores if s["trace"]),
         quality_error=mean(abs(s["quality"] - s["best"]) for s in scores))
f = dict(held_out=h, everything=every, by_image_type={k: figures([s for s in scores if s["stratum"] == k]) for k in sorted({s["stratum"] for s in scores})},
         by_diameter={f"{lo}-{hi:g}".replace("-1e+09", " and more"): figures([s for s in scores if lo <= s["diameter"] < hi]) for lo, hi in BINS})
shown = [dict(s, level=int(i["name"].split("-")[2])) for i in demo["images"] for s in i["scores"]]
f["demo_slide"] = dict(figures(shown), images=len(demo["images"]), by_level={k: figures([s for s in shown if s["level"] == k]) for k in sorted({s["level"] for s in shown})})
m["figures"] = f
json.dump(m, open(f"{d}/manifest.json", "w"), indent=1)


def n(v, k=3):
    return "–" if v is None else f"{v:.{k}f}"


def row(name, v):
    return f"| {name} | {v['objects']} | {n(v['miou1'])} | {n(v['miou1_random'])} | {n(v['at50'], 2)} | {n(v['at75'], 2)} | {n(v['at85'], 2)} | {n(v['box_miou'])} | {n(v['noc85'], 1)} | {n(v['noc90'], 1)} |"


head = "| | objects | 1 click | random click | ≥ 0.5 | ≥ 0.75 | ≥ 0.85 | box | NoC@85 | NoC@90 |\n|-|-|-|-|-|-|-|-|-|-|"
want = [("1-click mIoU", h["miou1"], 0.78, 0.85, 1), ("share at IoU ≥ 0.75", h["at75"], 0.70, 0.85, 1), ("NoC@85", h["noc85"], 4.0, 2.0, -1),
        ("box mIoU", h["box_miou"], 0.85, 0.90, 1), ("random click below the best one by", h["miou1"] - h["miou1_random"], 0.05, 0.05, -1)]


def verdict(v, floor, aim, sign):
    return "aim reached" if sign * v >= sign * aim else "wanted figure reached, aim missed" if sign * v >= sign * floor else "missed"


e, s, t = m["encoder"]["bytes"], m["onnxruntime_one_thread"], m["trained"]
reached = lambda v, aim: "aim reached" if v >= aim else "aim missed"
kinds = "\n".join(row(k, v) for k, v in f["by_image_type"].items())
sizes = "\n".join(row(k, v) for k, v in f["by_diameter"].items())
places = "\n".join(row(f"level {k}, {0.325 * 2**k:g} µm a px", v) for k, v in f["demo_slide"]["by_level"].items())
open(f"{d}/README.md", "w").write(f"""# {m['title']}: model card
`{m['id']}`: click a nucleus, get its outline. An encoder ({e / 1e6:.1f} MB) for a region and a decoder ({m['decoder']['bytes'] / 1e6:.1f} MB) for
each prompt, both ONNX, described by `manifest.json`. Trained by us from scratch, nothing pretrained: {t['steps']} steps,
{t['minutes']:.0f} minutes on a part of two crowded CPU cores (mostly one thread), PyTorch in bfloat16 (`../training/README.md` has the commands).
Licence {m['license']}, the weights included.

**Data.** BBBC038 (Data Science Bowl 2018, stage 1, Broad Institute, CC0): 544 images, of which {h['images']} in groups of their own
were held out (`../training/split.json`); and synthetic images, 12 % of the training crops or less. In the last
{t['demo_steps']} steps 18 % of the crops came from the generator of the demo slide (other seeds and places), in other colours,
stains and textures.

**Meant for** outlining nuclei and nucleus-like blobs that a person looks at and corrects: fluorescence, H&E-like stains,
brightfield. **Not for** diagnosis or unattended counting. Untested on other kinds of image: the synthetic phase-like
and EM-like textures teach it something, but no real image of either was looked at.

## Figures
Held-out groups, {h['images']} images, every object of 20 px and more ({h['objects']}; clicks to a target for {h['noc_objects']} of them, evenly
spread), measured by `npm run eval:masks` through the ONNX files and the JavaScript that ship, int8 embedding included.
A click is at the most interior point, or at a random interior one. The last weights are reported; that the last round of
training ships was decided with these figures (a rule set before it: none of them worse by more than noise), nothing else was. The
learning curve below looks at every third of these images. The settings of the JavaScript (levels, how clicks are honoured,
thresholds) were chosen on images that were trained on.

{head}
{row('all', h)}

{chr(10).join(f"- {a}: {v:.3f}: {verdict(v, b, c, g)} (wanted {b}, aim {c})." for a, v, b, c, g in want)}
- After three clicks (fewer where IoU 0.90 came earlier): mIoU {n(h['miou3'])}. IoU 0.85 not reached in 20 clicks: {n(100 * h['never85'], 1)} %.
- The quality it predicts is off by {n(h['quality_error'])} on average.

"Everything in this region" over whole images ({every['images']} of them, {every['objects']} objects; TP / (TP + FP + FN) over all objects together; per image and then
averaged in brackets), and what Otsu's threshold with a watershed of the distance does on the same images:

| | AP at IoU 0.5 | AP at IoU 0.75 |
|-|-|-|
| the network | {n(every['ap50'])} ({n(every['ap50_image'])}): {reached(every['ap50'], 0.8)} (0.80) | {n(every['ap75'])} ({n(every['ap75_image'])}): {reached(every['ap75'], 0.6)} (0.60) |
| threshold + watershed | {n(every['baseline_ap50'])} ({n(every['baseline_ap50_image'])}) | {n(every['baseline_ap75'])} ({n(every['baseline_ap75_image'])}) |

By image type (size, colour, ground):

{head}
{kinds}

By diameter at native scale, px:

{head}
{sizes}

On the demo slide, DAPI alone, {f['demo_slide']['images']} crops of 256² from places and a seed that no training crop came from (its generator is in the
training data, so this is no measure of anything else):

{head}
{places}
{row('all', f['demo_slide'])}

## Costs
onnxruntime, one thread of the machine it was trained on: encode of 1024² {s['encode_1024_ms']:.0f} ms; decode of a 128² window
{s['decode_128_ms']:.1f} ms, 192² {s['decode_192_ms']:.1f} ms, 256² {s['decode_256_ms']:.1f} ms (the page's WebAssembly, one thread: about four times that). Embedding of
1024²: {m['quantisation']['bytes_per_1024'] / 1e6:.2f} MB as int8 before compression ({4.194304e6 / m['quantisation']['bytes_per_1024']:.2f}x less than SAM's). ONNX against PyTorch, largest difference of a
mask's logit: {m['parity']['masks']:.1e}; `parity.json` holds values for the JavaScript's own test.

## Learning curve
![Learning curve](curve.png)

`curve.csv` has the numbers. `checkpoint.pt` (fp16) is where more training goes on.
""")
print(open(f"{d}/README.md").read())
