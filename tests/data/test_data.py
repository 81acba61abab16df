"""The full Python: programs print what they print natively, and what a sandbox promises holds with packages linked in."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import compare

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
BELLJAR, NATIVE = os.environ["BELLJAR"], os.environ["NATIVE_PYTHON"]


def sandboxed(*arguments, **options):
    return subprocess.run([BELLJAR, "run", "--timeout", "120s", "--memory", "2G", *arguments], capture_output=True, text=True, **options)


def printed(source, *options):
    done = sandboxed(*options, "-e", source)
    if done.returncode != 0:
        raise AssertionError(f"{source}\n{done.stderr}")
    return done.stdout


class Programs(unittest.TestCase):
    """Whole programs: text and integers exactly, floats to 1e-12."""

    maxDiff = None

    def compare(self, name):
        program = HERE / "programs" / name
        with tempfile.TemporaryDirectory() as folder:
            native = subprocess.run([NATIVE, str(program)], cwd=folder, capture_output=True, text=True, check=True)
        ours = sandboxed(str(program))
        self.assertEqual(ours.returncode, 0, ours.stderr)
        self.assertIsNone(compare.difference(native.stdout, ours.stdout))


for _program in sorted((HERE / "programs").glob("*.py")):
    setattr(Programs, f"test_{_program.stem}", lambda self, name=_program.name: self.compare(name))


# A document that is hostile, and how the program hears of it.
HOSTILE = r"""
from lxml import etree, html
def tell(what, act):
    try:
        print(what, act())
    except (etree.LxmlError, OSError, MemoryError, ValueError) as error:
        print(what, type(error).__name__)
tell("deep", lambda: etree.fromstring("<a>" * 300_000))
tell("huge and deep", lambda: etree.fromstring("<a>" * 300_000, etree.XMLParser(huge_tree=True)))
tell("deep html", lambda: len(html.fromstring("<div>" * 300_000)))
laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
tell("laughs", lambda: len(etree.fromstring(f'<!DOCTYPE a [<!ENTITY l0 "lol">{laughs}]><a>&l11;</a>').text))
tell("file", lambda: etree.fromstring('<!DOCTYPE a [<!ENTITY f SYSTEM "file:///lib/belljar/os.py">]><a>&f;</a>').text)
tell("network", lambda: etree.parse("http://127.0.0.1:1/x"))
tell("xpath", lambda: etree.fromstring("<a/>").xpath("(" * 100_000 + "1" + ")" * 100_000))
style = '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/" name="t"><xsl:call-template name="t"/></xsl:template></xsl:stylesheet>'
tell("endless", lambda: etree.XSLT(etree.fromstring(style))(etree.fromstring("<a/>")))
tell("regexp", lambda: etree.XMLSchema(etree.fromstring('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="n"><xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="' + "(" * 50_000 + "a" + ")" * 50_000 + '"/></xs:restriction></xs:simpleType></xs:element></xs:schema>')))
tell("null", lambda: etree.fromstring("<a>\0</a>"))
"""


class Documents(unittest.TestCase):
    """What libxml2 and libxslt are given may be anybody's: it ends in an exception of Python's, as natively, and reads nothing but the sandbox."""

    def test_hostile_documents(self):
        wanted = """deep XMLSyntaxError
huge and deep XMLSyntaxError
deep html 1
laughs XMLSyntaxError
file XMLSyntaxError
network OSError
xpath XPathEvalError
endless XSLTApplyError
regexp XMLSchemaParseError
null XMLSyntaxError
"""
        self.assertEqual(printed(HOSTILE), wanted)

    def test_without_memory(self):
        done = sandboxed("--memory", "256M", "-e", "from lxml import etree\nr = etree.Element('a')\ntry:\n    while True: etree.SubElement(r, 'b', c='x' * 9999)\nexcept MemoryError: del r; print('MemoryError')")
        self.assertEqual((done.returncode, done.stdout), (0, "MemoryError\n"), done.stderr)


class Files(unittest.TestCase):
    """Mounted files are read in place."""

    def test_csv_and_json(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("a.csv", "when,k,v\n2024-01-01,a,1.5\n2024-01-02,é,\n"), ("a.json", '[{"n": 1, "s": "x"}, {"n": null, "s": "y"}]')):
                (pathlib.Path(folder) / name).write_text(text, encoding="utf-8")
            source = "import pandas as pd\nprint(pd.read_csv(%r, parse_dates=['when']).to_dict('records'), pd.read_json(%r).to_dict('records'))"
            native = subprocess.run([NATIVE, "-c", source % (f"{folder}/a.csv", f"{folder}/a.json")], capture_output=True, text=True, check=True)
            self.assertEqual(printed(source % ("/data/a.csv", "/data/a.json"), "--dir", f"{folder}:/data"), native.stdout)

    def test_parquet_says_what_is_missing(self):
        self.assertIn("pyarrow", sandboxed("-e", "import pandas as pd; pd.read_parquet('a.parquet')").stderr)


class Randomness(unittest.TestCase):
    DRAW = "import numpy as np; print(np.random.random(), np.random.default_rng().random(), np.random.RandomState().random())"

    def test_fresh_sandboxes_draw_their_own(self):
        self.assertEqual(len({number for _ in range(3) for number in printed(self.DRAW).split()}), 9)

    def test_forks_draw_their_own(self):
        draw = ":fork\nprint('R', np.random.random())\n:back\n"
        script = "import numpy as np\nnp.random.random()\n" + draw * 2
        done = subprocess.run([BELLJAR, "session", "python"], input=script, capture_output=True, text=True)
        drawn = [line for line in done.stdout.splitlines() if "R 0." in line]
        self.assertEqual(len(set(drawn)), 2, done.stdout + done.stderr)

    def test_a_seed_gives_what_it_gives_natively(self):
        source = "import numpy as np; np.random.seed(7); print(np.random.random(3).tolist(), np.random.default_rng(7).random(3).tolist())"
        native = subprocess.run([NATIVE, "-c", source], capture_output=True, text=True, check=True)
        self.assertEqual(printed(source), native.stdout)


class Bounds(unittest.TestCase):
    """No memory is an exception or the limit, and never the end of the host."""

    def error_of(self, source):
        return printed(f"import numpy as np, pandas as pd\ntry:\n    {source}\n    print('done')\nexcept Exception as error:\n    print(type(error).__name__)").strip()

    def test_arrays_that_fit_no_memory(self):
        for source in ("np.ones(10**12)", "np.ones((10**5, 10**5))", "np.arange(10**10)", "np.zeros(2**31)", "np.empty(2**62)"):
            with self.subTest(source):
                self.assertIn(self.error_of(source), ("MemoryError", "_ArrayMemoryError", "ValueError"))

    def test_sizes_beyond_32_bits_are_an_error_of_python_itself(self):
        self.assertEqual(self.error_of("bytearray(3 * 2**30)"), "OverflowError")

    def test_copies_until_none_fits(self):
        self.assertIn(self.error_of("a = [np.ones(10**6)]\n    while True: a.append(a[-1].copy())"), ("MemoryError", "_ArrayMemoryError"))

    def test_cxx_without_memory(self):
        """What C++ throws for want of memory is a plain MemoryError; numpy's own is _ArrayMemoryError."""
        scarce = """
import numpy as np
a = np.arange(2**20)
found = set()
for free in range(1, 80, 3):
    held = []
    try:
        while True: held.append(np.empty(2**20, np.int8))
    except MemoryError: pass
    del held[:free]
    try: CALL
    except MemoryError as error: found.add(type(error).__name__)
    else: found.add('done')
    del held
print(*sorted(found))
"""
        for call in ("np.fft.fft(a)", "np.unique(a)"):
            with self.subTest(call):
                done = sandboxed("--memory", "512M", "-e", scarce.replace("CALL", call))
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertLessEqual({"MemoryError", "done"}, set(done.stdout.split()))

    def test_a_join_that_explodes(self):
        self.assertIn(self.error_of("d = pd.DataFrame({'k': np.zeros(60000, int)}); d.merge(d, on='k')"), ("MemoryError", "_ArrayMemoryError", "ValueError"))

    def test_indices_that_lead_out(self):
        for source in ("np.ones(3)[2**40]", "np.ones(3)[np.array([2**32])]", "np.ones(3).take([2**33])", "np.lib.stride_tricks.as_strided(np.ones(3), (2**40,))"):
            with self.subTest(source):
                self.assertIn(self.error_of(source), ("IndexError", "OverflowError", "ValueError"))

    def test_a_deadline_ends_a_long_calculation(self):
        done = subprocess.run([BELLJAR, "run", "--timeout", "1s", "-e", "import numpy as np\nwhile True: np.sort(np.random.random(10**6))"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 124, done.stderr)


class Contents(unittest.TestCase):
    def listed(self):
        folder = os.environ["BELLJAR_GUESTS"].partition(":")[0]
        return json.loads((pathlib.Path(folder) / "python-packages.json").read_text())

    def test_metadata_is_there(self):
        source = f"import importlib.metadata as m\nfor name in {sorted(self.listed())!r}: print(name, m.version(name))"
        self.assertEqual(printed(source), "".join(f"{name} {facts['version']}\n" for name, facts in sorted(self.listed().items())))

    def test_doctor_lists_them(self):
        done = subprocess.run([BELLJAR, "doctor", "--json"], capture_output=True, text=True)
        self.assertEqual(json.loads(done.stdout)["engine"]["guests"]["packages"], {name: facts["version"] for name, facts in self.listed().items()})

    def test_licences_of_all_that_is_linked_in_are_told(self):
        text = (pathlib.Path(os.environ["BELLJAR_GUESTS"].partition(":")[0]) / "python-licences.txt").read_text()
        contents = dict(line.split(": ", 1) for line in text.partition("\n\n")[0].splitlines())
        tables = "".join((ROOT / table).read_text() for table in ("guest/pins", "guest/data/pins"))
        pinned = [line.split() for line in tables.splitlines() if line.strip() and not line.startswith("#")]
        linked = [f"{name} {version}" for name, version, _, _, where in pinned if not where.startswith(("npm:", "crate:"))]
        self.assertEqual(set(linked) - set(contents), set())
        for one in linked:
            self.assertTrue(contents[one], one)
            self.assertIn(f"{'=' * 20} {one}: ", text)

    def test_the_lean_python_is_beside_it(self):
        source = "try:\n    import numpy\nexcept ImportError: print('lean')\nelse: print('full')"
        self.assertEqual(printed(source), "full\n")
        self.assertEqual(printed(source, "--lang", "python-lean"), "lean\n")

    def test_imports_cost_nothing(self):
        self.assertEqual(printed("import sys; print(all(n in sys.modules for n in ('numpy', 'pandas', 'numpy.random', 'numpy.linalg', 'PIL.Image')))"), "True\n")


if __name__ == "__main__":
    unittest.main()
