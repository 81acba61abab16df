# Figures in pixels: lines, areas, pictures, contours and triangles without a text exactly, and one with text.
import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(3)
x = np.linspace(0, 10, 200)
grid = np.outer(np.sin(x[:60]), np.cos(x[:60]))


def bare(name, draw, **options):
    figure, ax = plt.subplots(**options)
    draw(ax)
    ax.set_axis_off()
    figure.savefig(name)
    plt.close(figure)


bare("lines.png", lambda ax: [ax.plot(x, np.sin(x + k), style, lw=k + 1) for k, style in enumerate(("-", "--", ":", "o-"))])
bare("scatter.png", lambda ax: ax.scatter(rng.random(300), rng.random(300), c=rng.random(300), s=200 * rng.random(300), alpha=0.5))
bare("bars.png", lambda ax: ax.bar(range(8), rng.random(8), hatch="//", edgecolor="black"))
bare("hist.png", lambda ax: ax.hist(rng.normal(size=2000), bins=40, histtype="stepfilled"))
bare("image.png", lambda ax: ax.imshow(grid, cmap="magma", interpolation="bicubic"))
bare("mesh.png", lambda ax: ax.pcolormesh(grid, shading="gouraud"))
bare("contour.png", lambda ax: (ax.contourf(grid, 9), ax.contour(grid, 9, colors="k")))
bare("triangles.png", lambda ax: ax.tripcolor(rng.random(80), rng.random(80), rng.random(80)))
bare("surface.png", lambda ax: ax.plot_surface(*np.meshgrid(x[:60], x[:60]), grid), subplot_kw={"projection": "3d"})
bare("polar.png", lambda ax: ax.fill(x, 1 + np.sin(3 * x)), subplot_kw={"projection": "polar"})
bare("box.png", lambda ax: (ax.boxplot([rng.normal(size=99), rng.normal(size=99)]), ax.violinplot(rng.normal(size=99), [3])))

figure, ax = plt.subplots()
ax.plot(x, np.exp(x / 5), label="growth")
ax.set(title="Growth of $e^{x/5}$", xlabel="time in s", ylabel="cells")
ax.legend()
figure.savefig("text.png")
plt.close('all')
