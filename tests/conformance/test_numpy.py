"""The runner of numpy's tests itself, with a belljar that is a Python script: how it judges what it is told."""
import io
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest

RUN = pathlib.Path(__file__).resolve().parent / "numpy"
# Tells what the file of tests says in its comments, as numpy_guest.py would.
BELLJAR = r"""#!/usr/bin/env python3
import sys
granted = dict(zip(sys.argv, sys.argv[1:]))
with open(granted["--dir"].partition(":")[0] + "/" + sys.argv[-1]) as file:
    for line in file:
        print("\x1e" + line[2:].strip())
"""
ROOT = "numpy-1.0/numpy/lib/tests/"
DONE = '# {"done": "x"}\n'


class Runner(unittest.TestCase):
    def run_suite(self, expected="", **files):
        with tempfile.TemporaryDirectory() as folder:
            top = pathlib.Path(folder)
            for name in ("numpy", "numpy_guest.py"):
                (top / name).write_bytes(RUN.with_name(name).read_bytes())
            (top / "numpy.expected").write_text(expected)
            (top / "belljar").write_text(BELLJAR)
            (top / "belljar").chmod(0o755)
            with tarfile.open(top / "numpy.tar.gz", "w:gz") as archive:
                for name, text in {"helper": "", **files}.items():
                    entry = tarfile.TarInfo(f"{ROOT}{name}.py")
                    entry.size = len(text)
                    archive.addfile(entry, io.BytesIO(text.encode()))
            return subprocess.run([sys.executable, top / "numpy", "--belljar", top / "belljar", top / "numpy.tar.gz"], capture_output=True, text=True)

    def test_what_passes_and_what_is_skipped_is_well(self):
        done = self.run_suite(test_a='# {"test": "a", "outcome": "passed", "text": ""}\n# {"test": "b", "outcome": "skipped", "text": "why"}\n' + DONE)
        self.assertEqual((done.returncode, done.stdout), (0, "1 of 1 passed (100.00 %), 1 skipped, 0 not as expected\n"), done.stderr)

    def test_a_failure_must_be_expected(self):
        text = '# {"test": "t::a[1]", "outcome": "failed", "text": "wrong"}\n' + DONE
        done = self.run_suite(test_a=text)
        self.assertEqual((done.returncode, done.stdout.split("\n")[0]), (1, "t::a[1]: wrong"))
        for line in ("t::a[1]: reason\n", "t::*: reason\n"):
            self.assertEqual(self.run_suite(line, test_a=text).returncode, 0)

    def test_what_is_expected_to_fail_must_fail(self):
        done = self.run_suite("a: reason\n", test_a='# {"test": "a", "outcome": "passed", "text": ""}\n' + DONE)
        self.assertEqual((done.returncode, "expected not to" in done.stdout), (1, True))

    def test_a_file_that_does_not_come_to_its_end_has_failed(self):
        done = self.run_suite(test_a='# {"test": "a", "outcome": "passed", "text": ""}\n')
        self.assertEqual((done.returncode, "not run to its end" in done.stdout), (1, True))

    def test_a_line_without_a_reason_is_refused(self):
        self.assertIn("a test and its reason", self.run_suite("a\n", test_a=DONE).stderr)

    def test_without_a_source_it_is_skipped(self):
        self.assertEqual(subprocess.run([sys.executable, RUN, "/nowhere.tar.gz"], capture_output=True).returncode, 77)


if __name__ == "__main__":
    unittest.main()
