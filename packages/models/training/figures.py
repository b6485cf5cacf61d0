"""The learning curve as a picture: python figures.py curve.csv curve.png"""
import csv
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

rows = list(csv.DictReader(open(sys.argv[1])))
x = [float(r["step"]) for r in rows]
fig, ax = plt.subplots(figsize=(8, 4.5), dpi=110)
for k, name in (("miou1", "one click, mean IoU (held out)"), ("at75", "share at IoU 0.75 (held out)"), ("at85", "share at IoU 0.85 (held out)"),
                ("train_iou1", "one click, mean IoU (augmented training crops)")):
    ax.plot(x, [float(r[k]) for r in rows], "--" if k.startswith("train") else "-", marker=".", label=name)
ax.set_xlabel("step")
ax.set_ylim(0, 1)
ax.grid(alpha=0.3)
top = ax.secondary_xaxis("top")
pick = range(0, len(rows), max(1, len(rows) // 8))
top.set_xticks([x[i] for i in pick], [f'{float(rows[i]["minutes"]):.0f}' for i in pick])
top.set_xlabel("minutes")
ax.legend(loc="lower right", fontsize=8)
fig.tight_layout()
fig.savefig(sys.argv[2])
