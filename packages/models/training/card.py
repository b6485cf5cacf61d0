"""The model card from the manifest: python card.py ../weights"""
import json
import sys

d = sys.argv[1]
m = json.load(open(f"{d}/manifest.json"))
f = m["figures"]
h = f["held_out"]


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
kinds = "\n".join(row(k, v) for k, v in f["by_image_type"].items())
sizes = "\n".join(row(k.replace("-1e+09", " and more"), v) for k, v in f["by_diameter"].items())
open(f"{d}/README.md", "w").write(f"""# {m['title']}: model card
`{m['id']}`: click a nucleus, get its outline. An encoder ({e / 1e6:.1f} MB) for a region and a decoder ({m['decoder']['bytes'] / 1e6:.1f} MB) for
each prompt, both ONNX, described by `manifest.json`. Trained by us from scratch, nothing pretrained: {t['steps']} steps,
{t['minutes']:.0f} minutes on a part of two crowded CPU cores (mostly one thread), PyTorch in bfloat16 (`../training/README.md` has the commands).
Licence {m['license']}, the weights included.

**Data.** BBBC038 (Data Science Bowl 2018, stage 1, Broad Institute, CC0): 544 images, of which {h['images']} in groups of their own
were held out (`../training/split.json`); and synthetic images, 12 % of the training crops or less.

**Meant for** outlining nuclei and nucleus-like blobs that a person looks at and corrects: fluorescence, H&E-like stains,
brightfield. **Not for** diagnosis or unattended counting. Untested on other kinds of image: the synthetic phase-like
and EM-like textures teach it something, but no real image of either was looked at.

## Figures
Held-out groups, {h['images']} images, every object of 20 px and more ({h['objects']}; clicks to a target for {h['noc_objects']} of them, evenly
spread), int8 embedding, level chosen from a first mask, mask chosen by predicted quality. A click is at the most
interior point, or at a random interior one. The last weights are reported, none was picked by these figures; the
learning curve below looks at every third of these images.

{head}
{row('all', h)}

{chr(10).join(f"- {a}: {v:.3f}: {verdict(v, b, c, g)} (wanted {b}, aim {c})." for a, v, b, c, g in want)}
- After three clicks (fewer where IoU 0.90 came earlier): mIoU {n(h['miou3'])}. Best of object and alternative, chosen by an oracle: {n(h['miou1_oracle'])}.
- Predicted quality against the true IoU: correlation {h['quality_corr']}.

By image type (size, colour, ground):

{head}
{kinds}

By diameter at native scale, px:

{head}
{sizes}

## Costs
onnxruntime, one thread of the machine it was trained on: encode of 1024² {s['encode_1024_ms']:.0f} ms; decode of a 128² window
{s['decode_128_ms']:.1f} ms, 192² {s['decode_192_ms']:.1f} ms, 256² {s['decode_256_ms']:.1f} ms. Embedding of 1024²: {m['quantisation']['bytes_per_1024'] / 1e6:.2f} MB as int8 before compression
({4.194304e6 / m['quantisation']['bytes_per_1024']:.2f}x less than SAM's). ONNX against PyTorch, largest difference of a mask's logit: {m['parity']['masks']:.1e}.

## Learning curve
![Learning curve](curve.png)

`curve.csv` has the numbers. `checkpoint.pt` (fp16, before the learning rate's decay) is where more training goes on.
""")
print(open(f"{d}/README.md").read())
