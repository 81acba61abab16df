"""Pure wheels from the registry install beside what is linked in and work; where something is needed that is not, the message says what."""

import json
import os
import pathlib
import subprocess
import unittest

from wheels import LACKING, SAMPLE, WHEELS

BELLJAR = os.environ["BELLJAR"]
LINKED = json.loads((pathlib.Path(os.environ["BELLJAR_GUESTS"].partition(":")[0]) / "python-packages.json").read_text())


def chosen():
    asked = os.environ.get("BELLJAR_WHEELS", ",".join(SAMPLE))
    return [one for one in WHEELS if asked == "all" or one[0] in asked.split(",")]


def run(source, *packages):
    options = [f"--package={name}" for name in packages]
    return subprocess.run([BELLJAR, "run", "--timeout", "120s", "--memory", "2G", *options, "-e", source], capture_output=True, text=True)


class Wheels(unittest.TestCase):
    def check(self, name, needs, source):
        done = run(source, name)
        if needs and needs not in LINKED:
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("needs native code", done.stderr)
        elif name in LACKING:
            self.assertIn(LACKING[name], done.stderr)
        else:
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(set(done.stdout.split()), {"True"}, done.stdout)


for _name, _needs, _source in chosen():
    setattr(Wheels, f"test_{_name}", lambda self, one=(_name, _needs, _source): self.check(*one))


class Linked(unittest.TestCase):
    def test_what_is_linked_in_meets_requirements_without_a_registry(self):
        offline = os.environ | {"PIP_INDEX_URL": "http://127.0.0.1:1/simple", "PIP_RETRIES": "0"}
        command = [BELLJAR, "run", "--package", "pandas>=3,<4", "--package", "Pillow", "--package", "PyYAML", "-e", "import pandas, PIL, yaml; print('met')"]
        done = subprocess.run(command, capture_output=True, text=True, env=offline)
        self.assertEqual((done.returncode, done.stdout), (0, "met\n"), done.stderr)

    def test_what_a_program_says_it_needs_is_met_too(self):
        offline = os.environ | {"PIP_NO_INDEX": "1"}
        for wanted, status, answer in (("pandas>=3", 0, "met\n"), ("pandas<2", 125, "")):
            source = f'# /// script\n# dependencies = ["{wanted}", "lxml"]\n# ///\nimport pandas, lxml; print("met")\n'
            done = subprocess.run([BELLJAR, "run", "--lang", "python", "-"], input=source, capture_output=True, text=True, env=offline)
            self.assertEqual((done.returncode, done.stdout), (status, answer), done.stderr)
        self.assertIn("pandas 3.0.6 is linked into this Python", done.stderr)

    def test_another_version_is_refused_by_name(self):
        done = run("1", "numpy<2")
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"numpy \S+ is linked into this Python, and no other version can be had: wanted is numpy<2")

    def test_the_lean_python_has_none_of_it(self):
        done = subprocess.run([BELLJAR, "run", "--lang", "python-lean", "--package", "numpy", "-e", "1"], capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("native code", done.stderr)


if __name__ == "__main__":
    unittest.main()
