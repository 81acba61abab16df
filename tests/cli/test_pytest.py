#!/usr/bin/env python3
"""pytest in the sandbox says what it says outside: test_pytest.py, with the command in $BELLJAR.

The project beside this file is run by the same pytest twice, natively and by `belljar run --package pytest -m pytest`; their output, exit
codes, and JUnit reports are compared, but for times, places and the line that names the platform. The packages come from PyPI through
pip, and are the files that pytest.requirements names by their hashes; without pip or PyPI the test is skipped (77).
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
BELLJAR = os.environ.get("BELLJAR", str(HERE.parent.parent / "build/belljar"))


def fetch(into):
    """The wheels, or why there are none."""
    done = subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps", "--require-hashes",
                           "--only-binary", ":all:", "--dest", into, "-r", HERE / "pytest.requirements"], capture_output=True, text=True, timeout=600)
    return None if done.returncode == 0 else (done.stderr or done.stdout).strip()[-400:]


def comparable(text, project):
    """What a run said, without what need not be the same."""
    text = text.replace(str(project), "PROJECT").replace(f"/work/{project.name}", "PROJECT")
    text = re.sub(r"^(platform|rootdir|plugins|cachedir).*\n", "", text, flags=re.M)
    text = re.sub(r"in \d+\.\d+s", "in TIME", re.sub(r"at 0x[0-9a-f]+", "at ADDRESS", text))
    return re.sub(r"=+ (.*?) =+", r"= \1 =", text)


class Pytest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="belljar-pytest-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir)
        why = fetch(cls.dir / "wheels")
        if why:
            print(f"pytest is not to be had: {why}")
            sys.exit(77)
        for wheel in (cls.dir / "wheels").glob("*.whl"):
            zipfile.ZipFile(wheel).extractall(cls.dir / "native")
        cls.project = cls.dir / "project"
        shutil.copytree(HERE / "pytest_project", cls.project, ignore=shutil.ignore_patterns("__pycache__"))
        cls.env = dict(os.environ, BELLJAR_STORE=str(cls.dir / "store"), PIP_NO_INDEX="1", PIP_FIND_LINKS=str(cls.dir / "wheels"), COLUMNS="80")

    def natively(self, *args):
        # No variable of the one who tests: pytest says more where CI is set, and a guest sees none of them.
        env = dict(PATH=os.environ["PATH"], PYTHONPATH=str(self.dir / "native"), PYTHONDONTWRITEBYTECODE="1", COLUMNS="80", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
        return subprocess.run([sys.executable, "-m", "pytest", self.project, "-p", "no:cacheprovider", *args], env=env, cwd=self.dir,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)

    def inside(self, *args):
        return subprocess.run([BELLJAR, "run", "--package", "pytest", "--env", "COLUMNS=80", "--timeout", "120s", "-m", "pytest", self.project,
                               "-p", "no:cacheprovider", *args], env=self.env, cwd=self.dir, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=300)

    def same(self, code, *args):
        outside, inside = self.natively(*args), self.inside(*args)
        self.assertEqual(outside.returncode, code, outside.stdout + outside.stderr)
        self.assertEqual(comparable(inside.stdout, self.project), comparable(outside.stdout, self.project), inside.stderr)
        self.assertEqual(inside.returncode, code, inside.stderr)
        return outside, inside

    def test_what_passes(self):
        self.same(0, "-v", "-k", "test_passing")

    def test_what_fails_has_its_report_and_exit_code(self):
        _, inside = self.same(1, "-k", "test_failing")
        for said in ("said before", "said by descriptor", "the sum is wrong", "ValueError: not this", "no fixture", "closed with 10"):
            self.assertIn(said, inside.stdout)

    def test_all_with_every_way_of_capturing_and_style_of_traceback(self):
        self.same(1, "-q", "--capture=sys", "--tb=short", "-rA")
        self.same(1, "-q", "--capture=fd", "--tb=line", "-x")

    def test_exit_codes(self):
        self.same(5, "-q", "-k", "nothing_of_that_name")
        self.same(4, "-q", "--no-such-option")
        self.same(0, "--collect-only", "-q")

    def test_reports_are_files_of_the_overlay(self):
        outside, inside = self.dir / "outside.xml", "report.xml"
        self.natively(f"--junitxml={outside}")
        done = subprocess.run([BELLJAR, "run", "--package", "pytest", "--out", self.dir / "out", "-m", "pytest", self.project,
                               "-p", "no:cacheprovider", f"--junitxml=/work/{inside}"], env=self.env, cwd=self.dir, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=300)
        self.assertEqual(done.returncode, 1, done.stderr)

        def cases(path):
            return [(case.get("classname").split(".")[-1], case.get("name"), [each.tag for each in case]) for case in ElementTree.parse(path).iter("testcase")]

        self.assertEqual(cases(self.dir / "out" / inside), cases(outside))


if __name__ == "__main__":
    unittest.main()
