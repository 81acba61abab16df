"""The runner of CPython's tests itself, with a belljar that is a Python script: what it runs, and how it judges the answers."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

RUN = pathlib.Path(__file__).resolve().parent / "cpython"
GUEST = RUN.with_name("cpython_guest.py")

# Runs cpython_guest.py outside of any sandbox, as `belljar run` would inside; a module may end the process in its midst.
BELLJAR = r"""#!/usr/bin/env python3
import os, sys
granted = dict(zip(sys.argv, sys.argv[1:]))
folder = granted["--dir"].partition(":")[0]
os.environ["PYTHONPATH"] = os.path.dirname(folder)
at = sys.argv.index("--")
os.execv(sys.executable, [sys.executable, sys.argv[at - 1], *sys.argv[at + 1:]])
"""
HEAD = "import os, unittest\nclass A(unittest.TestCase):\n"
GOOD = HEAD + "    def test_a(self): print('text', end='')\n"


class Runner(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        self.belljar = self.top / "belljar"
        self.belljar.write_text(BELLJAR)
        self.belljar.chmod(0o755)
        self.add("__init__", "")
        self.add("support/__init__", "")

    def add(self, name, text):
        path = self.top / "Lib/test" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run_suite(self, *options, expected=""):
        (self.top / "expected").write_text(expected)
        done = subprocess.run([sys.executable, RUN, "--belljar", self.belljar, "--expected", self.top / "expected", "--jobs", "2",
                               *options, self.top], capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    def assertRow(self, page, name, number):
        self.assertIn(f"| {name} | {number} |", page)

    def test_what_passes_is_counted(self):
        self.add("test_good", GOOD + "    def test_b(self):\n        with self.subTest(1): pass\n")
        status, page, errors = self.run_suite()
        self.assertEqual(status, 0, errors)
        self.assertRow(page, "modules run", 1)
        self.assertRow(page, "passed", 2)

    def test_failures_must_be_expected_and_must_happen(self):
        self.add("test_bad", GOOD + "    def test_b(self): self.fail('wrong')\n"
                 "    def test_c(self):\n        with self.subTest(1): self.fail('part')\n"
                 "    @unittest.expectedFailure\n    def test_d(self): pass\n")
        status, page, errors = self.run_suite()
        self.assertEqual(status, 1)
        self.assertRow(page, "failed", 3)
        for text in ("failed: test.test_bad.A.test_b: AssertionError: wrong", "test_c: AssertionError: part",
                     "test_d: unexpected success"):
            self.assertIn(text, errors)
        known = "test.test_bad.A.test_b: no b\ntest.test_bad.A.test_c: no c\ntest.test_bad.A.test_d: no d\n"
        status, page, errors = self.run_suite(expected=known)
        self.assertEqual(status, 0, errors)
        self.assertRow(page, "no c", 1)
        status, _, errors = self.run_suite(expected=known + "test.test_bad.A.test_a: no a\n")
        self.assertEqual(status, 1)
        self.assertIn("passed, not failed: test.test_bad.A.test_a", errors)
        status, _, errors = self.run_suite(expected=known + "test.test_bad.B.*: no B\n")
        self.assertEqual(status, 1)
        self.assertIn("no such failure: test.test_bad.B.*", errors)
        self.assertEqual(self.run_suite(expected="test.test_bad.*: nothing of it\n")[0], 0)
        by_chance = known.replace("test.test_bad.A.test_b", "chance test.test_bad.A.test_b") + "chance test.test_bad.A.test_a: no a\n"
        self.assertEqual(self.run_suite(expected=by_chance)[0], 0)

    def test_skips_have_a_known_reason(self):
        self.add("test_skip", GOOD + "    @unittest.skip('requires wings')\n    def test_b(self): pass\n")
        self.add("test_none", "import unittest\nraise unittest.SkipTest('no feathers here')\n")
        status, page, errors = self.run_suite(expected="skip wings: it cannot fly\n")
        self.assertEqual(status, 1)
        self.assertRow(page, "it cannot fly", 1)
        self.assertIn("skipped for no known reason: test.test_none: no feathers here", errors)
        self.assertEqual(self.run_suite(expected="skip wings: it cannot fly\nskip feathers: it cannot fly\n")[0], 0)

    def test_an_end_in_the_midst_is_a_failure_whatever_passed(self):
        self.add("test_end", GOOD + "    def test_b(self): os._exit(0)\n    def test_c(self): pass\n")
        status, page, errors = self.run_suite()
        self.assertEqual(status, 1)
        self.assertIn("failed: test.test_end: not run to its end (status 0), in test.test_end.A.test_b", errors)
        self.assertRow(page, "passed", 1)
        self.assertEqual(self.run_suite(expected="test.test_end: ends the process\n")[0], 0)

    def test_a_module_that_cannot_be_imported_and_a_fixture_that_raises_fail(self):
        self.add("test_import", "import nowhere_at_all\n")
        self.add("test_fixture", HEAD + "    @classmethod\n    def setUpClass(cls): 1 / 0\n    def test_a(self): pass\n")
        status, _, errors = self.run_suite()
        self.assertEqual(status, 1)
        self.assertIn("failed: test.test_import: ModuleNotFoundError", errors)
        self.assertIn("failed: setUpClass (test.test_fixture.A): ZeroDivisionError", errors)
        self.assertEqual(self.run_suite(expected="module test.test_import: no import\nmodule test.test_fix*: no fixture\n")[0], 1,
                         "a run of nothing says nothing")

    def test_packages_are_split_where_cpython_splits_them_and_a_sample_is_of_quick_modules(self):
        self.add("test_asyncio/__init__", "")
        self.add("test_asyncio/test_x", GOOD)
        self.add("test_json/__init__", GOOD)
        for number in range(7):
            self.add(f"test_z{number}", GOOD)
        _, page, errors = self.run_suite()
        self.assertRow(page, "modules run", 9)
        self.assertIn("test.test_asyncio.test_x\n", errors)
        status, page, errors = self.run_suite("--sample", expected="slow test.test_z2: slow\nmodule test.test_z6: no\n")
        self.assertEqual(status, 0, errors)
        self.assertIn("test.test_asyncio.test_x\n", errors)
        self.assertRow(page, "modules run", 1)
        self.assertRow(page, "modules not run", 1)

    def test_without_a_source_it_is_skipped(self):
        done = subprocess.run([sys.executable, RUN, self.top / "nowhere"], capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 77)


if __name__ == "__main__":
    unittest.main()
