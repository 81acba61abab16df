# Counting cells in a picture: threshold by Otsu, components by flood, sizes and centres.
import numpy as np
import pandas as pd
from PIL import Image, ImageFilter

rng = np.random.default_rng(12)
size = 140
y, x = np.mgrid[:size, :size]
picture = np.full((size, size), 30.0)
for _ in range(18):
    cx, cy, r = rng.integers(8, size - 8), rng.integers(8, size - 8), rng.integers(3, 8)
    picture[(x - cx) ** 2 + (y - cy) ** 2 < r * r] += rng.integers(90, 140)
picture = np.clip(picture + rng.normal(0, 8, picture.shape).round(), 0, 255).astype(np.uint8)
smooth = np.asarray(Image.fromarray(picture).filter(ImageFilter.MedianFilter(3)))
counts = np.bincount(smooth.ravel(), minlength=256)
weight = np.cumsum(counts) / counts.sum()
mean = np.cumsum(counts * np.arange(256)) / counts.sum()
with np.errstate(divide="ignore", invalid="ignore"):
    between = (mean[-1] * weight - mean) ** 2 / (weight * (1 - weight))
threshold = int(np.nanargmax(between))
binary = smooth > threshold
labels = np.zeros(binary.shape, int)
count = 0
for start in zip(*np.nonzero(binary)):
    if labels[start]:
        continue
    count += 1
    stack = [start]
    while stack:
        i, j = stack.pop()
        if 0 <= i < size and 0 <= j < size and binary[i, j] and not labels[i, j]:
            labels[i, j] = count
            stack += [(i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)]
areas = np.bincount(labels.ravel())[1:]
print(threshold, int(binary.sum()), count, sorted(areas.tolist(), reverse=True))
cells = pd.DataFrame({"area": areas, "y": [np.nonzero(labels == k)[0].mean() for k in range(1, count + 1)], "x": [np.nonzero(labels == k)[1].mean() for k in range(1, count + 1)], "grey": [picture[labels == k].mean() for k in range(1, count + 1)]})
print(cells[cells["area"] > 10].sort_values(["area", "x"]).to_string(index=False))
gy, gx = np.gradient(smooth.astype(float))
print(np.hypot(gx, gy).max(), np.hypot(gx, gy).sum(), np.packbits(binary).sum(), labels.max(axis=0)[:20].tolist())
padded = np.pad(binary, 1)
eroded = np.logical_and.reduce([padded[1 + a : size + 1 + a, 1 + b : size + 1 + b] for a in (-1, 0, 1) for b in (-1, 0, 1)])
print(int(eroded.sum()), int((binary & ~eroded).sum()))
