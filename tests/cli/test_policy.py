"""`belljar policy` and `--policy`: what is said of a policy, and what holds for a program under it.

    BELLJAR=build/belljar python3 tests/cli/test_policy.py [Class[.method]]
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BELLJAR = os.path.abspath(os.environ.get("BELLJAR", "build/belljar"))
ROOT = Path(__file__).resolve().parents[2]
FAILED, LIMIT = 125, 124


class Policies(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def belljar(self, *args, status=0, **options):
        done = subprocess.run([BELLJAR, *args], capture_output=True, text=True, timeout=120, **options)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def test_explain_says_what_is_allowed(self):
        file = self.write("p.toml", '[limits]\ntimeout = "2s"\n[mounts]\n"/d" = { host = ".", mode = "rw" }\n')
        told = self.belljar("policy", "explain", file).stdout
        self.assertIn("timeout           2 s ", told)
        self.assertIn("(by default 30 s)", told)
        self.assertIn(f"/d  reads and CHANGES the directory {self.folder} of the host", told)
        self.assertIn("the network", self.belljar("policy", "explain", "strict").stdout)

    def test_a_name_cannot_forge_a_line(self):
        file = self.write("p.json", json.dumps({"mounts": {"/d\n/e  reads nothing\x1b[2J": "."}}))
        told = self.belljar("policy", "explain", file).stdout
        self.assertNotIn("\x1b", told)

    def test_errors_name_the_line(self):
        file = self.write("p.toml", "\n[limits]\nmemroy = 1\n")
        for command in (["policy", "explain", file], ["run", "--policy", file, "-e", "1"]):
            told = self.belljar(*command, status=FAILED).stderr
            self.assertIn(f"{file}:3: limits.memroy: there is no such limit", told)
        self.assertIn("neither a preset", self.belljar("run", "--policy", "stric", "-e", "1", status=FAILED).stderr)
        self.assertIn("give one", self.belljar("run", "--policy=strict", "--policy=roomy", "-e", "1", status=FAILED).stderr)

    def test_options_stand_over_it_wherever_they_are(self):
        file = self.write("p.toml", '[limits]\ntimeout = "1ms"\n')
        self.belljar("run", "--timeout", "30s", "--policy", file, "-e", "print(1)")
        self.belljar("run", "--policy", file, "-e", "print(1)", "--timeout", "30s")
        self.assertIn("timeout", self.belljar("run", "-e", "while 1: pass", "--policy", file, status=LIMIT).stderr)

    def test_what_it_grants_is_granted(self):
        (self.folder / "in").mkdir()
        self.write("in/x.txt", "hello")
        file = self.write("p.toml", 'seed = 3\n[env]\nA = "b"\n[mounts]\n"/d" = { host = "in", mode = "overlay" }\n')
        code = "import os; print(os.environ['A'], open('/d/x.txt').read()); open('/d/x.txt', 'w').write('bye\\n')"
        done = self.belljar("run", "--policy", file, "--diff", "-e", code)
        self.assertTrue(done.stdout.startswith("b hello\n"), done.stdout)
        self.assertIn("+bye", done.stdout)
        self.assertEqual((self.folder / "in/x.txt").read_text(), "hello")
        one, two = (json.loads(self.belljar("run", "--json", "--policy", file, "-e", "import random; print(random.random())").stdout)["digest"] for _ in range(2))
        self.assertEqual(one, two)

    def test_a_folder_that_is_not_there(self):
        file = self.write("p.toml", '[mounts]\n"/d" = "nothing"\n')
        told = self.belljar("run", "--policy", file, "-e", "1", status=FAILED).stderr
        self.assertIn("cannot find the directory", told)

    def test_a_session_has_it(self):
        done = self.belljar("session", "--policy", "strict", input=":limits\n")
        self.assertRegex(done.stdout, r"timeout\b.* 5 s")

    def test_the_schema_in_docs_is_what_the_command_says(self):
        self.assertEqual(self.belljar("policy", "schema").stdout, (ROOT / "docs/policy.schema.json").read_text(),
                         "run: build/belljar policy schema >docs/policy.schema.json")

    def test_the_presets_in_docs(self):
        table = {}
        for line in (ROOT / "docs/policy.md").read_text().splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if len(cells) == 4 and cells[0].startswith("`"):
                table[cells[0].strip("`")] = cells[1:]
        for at, preset in enumerate(("strict", "default", "roomy")):
            for line in self.belljar("policy", "explain", preset).stdout.split("\n\n")[0].splitlines()[1:]:
                name, rest = line.split(maxsplit=1)
                self.assertTrue(rest.startswith(table[name][at] + "  "), (preset, name, rest, table[name]))

    def test_usage(self):
        for args in ([], ["explain"], ["schema", "x"], ["say", "x"], ["explain", "strict", "roomy"]):
            self.assertIn("belljar help policy", self.belljar("policy", *args, status=FAILED).stderr)
        self.assertIn("explain", self.belljar("policy", "--help").stdout)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
