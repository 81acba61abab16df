"""matplotlib: figures are, pixel by pixel, what native matplotlib of the same version draws, and open ones are shown at the end of a run."""

import base64
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
BELLJAR, NATIVE = os.environ["BELLJAR"], os.environ["NATIVE_PYTHON"]

# What differs between two pictures: the size, how many pixels by more than 2, and the greatest difference.
DIFFERENCE = """
import sys
import numpy as np
from PIL import Image
ours, theirs = (np.asarray(Image.open(path).convert("RGBA")).astype(int) for path in sys.argv[1:])
if ours.shape != theirs.shape:
    sys.exit(f"sizes differ: {ours.shape} and {theirs.shape}")
apart = abs(ours - theirs).max(axis=2)
print((apart > 2).sum(), apart.max(), apart.size)
"""


def sandboxed(*arguments, **options):
    return subprocess.run([BELLJAR, "run", "--timeout", "120s", "--memory", "2G", *arguments], capture_output=True, text=True, **options)


def receipt_of(source):
    done = sandboxed("--json", "-e", source)
    return json.loads(done.stdout)


class Figures(unittest.TestCase):
    """Each program of figures/ leaves pictures in its folder."""

    def drawn(self, program, folder):
        native, ours = pathlib.Path(folder, "native"), pathlib.Path(folder, "ours")
        native.mkdir()
        subprocess.run([NATIVE, str(program)], cwd=native, env={**os.environ, "MPLBACKEND": "agg"}, check=True)
        done = sandboxed("--out", str(ours), str(program))
        self.assertEqual(done.returncode, 0, done.stderr)
        names = sorted(path.name for path in native.iterdir())
        self.assertEqual(sorted(path.name for path in ours.iterdir()), names)
        for name in names:
            yield name, ours / name, native / name

    def test_pixels(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, ours, native in self.drawn(HERE / "figures" / "pixels.py", folder):
                with self.subTest(name):
                    apart = subprocess.run([NATIVE, "-c", DIFFERENCE, str(ours), str(native)], capture_output=True, text=True)
                    self.assertEqual(apart.returncode, 0, apart.stderr)
                    differing, _, size = map(int, apart.stdout.split())
                    # Glyphs come from another FreeType than the wheels have: edges may differ, text may not be elsewhere.
                    self.assertLessEqual(differing, size // 2000 if "text" in name else 0, (name, apart.stdout))

    def test_vectors(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, ours, native in self.drawn(HERE / "figures" / "vectors.py", folder):
                with self.subTest(name):
                    self.assertEqual(ours.read_bytes(), native.read_bytes())


class Shown(unittest.TestCase):
    """What notebooks show of figures."""

    def test_open_figures_at_the_end(self):
        for source in ("import matplotlib.pyplot as plt\nplt.plot([1, 2])", "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
                       "import pandas as pd\npd.Series([1, 2]).plot()", "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nfig"):
            with self.subTest(source):
                receipt = receipt_of(source)
                self.assertEqual(receipt["stderr"], "")
                (shown,) = receipt["displays"]
                self.assertEqual(base64.b64decode(shown["data"]["image/png"])[:8], b"\x89PNG\r\n\x1a\n")

    def test_two_figures_are_two(self):
        self.assertEqual(len(receipt_of("import matplotlib.pyplot as plt\nfor _ in range(2): plt.figure(); plt.plot([1])\nplt.show()\nplt.show()")["displays"]), 2)

    def test_none_is_left_of_the_image(self):
        self.assertEqual(receipt_of("import matplotlib.pyplot as plt\nprint(plt.get_fignums(), plt.rcParams['backend'])")["stdout"], "[] agg\n")

    def test_a_saved_and_closed_figure_is_not_shown(self):
        self.assertEqual(receipt_of("import matplotlib.pyplot as plt\nplt.plot([1])\nplt.savefig('a.png')\nplt.close()")["displays"], [])

    def test_a_figure_that_cannot_be_drawn(self):
        receipt = receipt_of("import matplotlib.pyplot as plt\nplt.title('$\\\\frac{$')")
        self.assertEqual((receipt["outcome"], receipt["displays"]), ("ok", []))
        self.assertIn("matplotlib.pyplot", receipt["stderr"])


class Attacks(unittest.TestCase):
    """What a program asks of matplotlib's C++ ends as an exception or the limit."""

    def test_sizes(self):
        for source in ("plt.figure(figsize=(1e5, 1e5)).savefig('a.png')", "plt.figure(figsize=(1e9, 1)).savefig('a.png')",
                       "plt.figure(dpi=1e9).savefig('a.png')", "plt.imshow(np.ones((3, 3)), interpolation='none'); plt.savefig('a.png', dpi=200000)",
                       "c = plt.figure().canvas; c.draw(); c.copy_from_bbox(plt.matplotlib.transforms.Bbox([[0, 0], [1e5, 1e5]]))"):
            with self.subTest(source):
                done = sandboxed("-e", f"import numpy as np, matplotlib.pyplot as plt\ntry:\n    {source}\nexcept (MemoryError, ValueError, OverflowError, TypeError):\n    print('refused')\nplt.close('all')")
                self.assertIn((done.returncode, done.stdout), ((0, "refused\n"), (125, "")), done.stderr)

    def test_broken_fonts(self):
        source = """
import matplotlib, matplotlib.ft2font as f, random
path = matplotlib.get_data_path() + '/fonts/ttf/DejaVuSansDisplay.ttf'
whole = open(path, 'rb').read()
random.seed(1)
for _ in range(60):
    data = bytearray(whole)
    for _ in range(40): data[random.randrange(len(data))] = random.randrange(256)
    open('font.ttf', 'wb').write(data[:random.randrange(100, len(data) * 2)])
    try:
        font = f.FT2Font('font.ttf')
        font.set_size(12, 72)
        font.set_text('\\u222b(x)')
        font.draw_glyphs_to_bitmap()
    except (RuntimeError, ValueError, MemoryError): pass
print('done')
"""
        done = sandboxed("-e", source)
        self.assertEqual((done.returncode, done.stdout), (0, "done\n"), done.stderr)

    def test_triangles_of_points_on_a_line(self):
        source = "import matplotlib.tri as tri, numpy as np\ntry: tri.Triangulation([0, 1, 2], [0, 1, 2])\nexcept RuntimeError as error: print(str(error)[:36])\nprint(len(tri.Triangulation([0, 1, 0, 1], [0, 0, 1, 1.1]).triangles))"
        done = sandboxed("-e", source)
        native = subprocess.run([NATIVE, "-c", source], capture_output=True, text=True, check=True)
        self.assertEqual((done.returncode, done.stdout), (0, native.stdout), done.stderr)


if __name__ == "__main__":
    unittest.main()
