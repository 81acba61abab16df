# Figures as SVG, PDF and PS with fixed dates and names.
import os

os.environ["SOURCE_DATE_EPOCH"] = "0"

import matplotlib.pyplot as plt  # noqa: E402

plt.rcParams["svg.hashsalt"] = "x"
plt.rcParams["svg.fonttype"] = "none"
figure, ax = plt.subplots()
ax.plot([1, 2, 3], [1, 4, 9], "o-")
ax.fill_between([1, 2, 3], [1, 2, 3], color="0.8")
ax.set_axis_off()
for name in ("lines.svg", "lines.pdf", "lines.eps"):
    figure.savefig(name)
plt.close('all')
