"""The runner itself, with a host that is a shell script: what it starts, and how it judges what comes back."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

RUN = pathlib.Path(__file__).resolve().parent / "run"

# Prints its arguments, one a line, and does what the module's bytes say.
HOST = """#!/bin/sh
for argument; do case $argument in *.wasm) module=$argument ;; esac; done
[ -s "$module" ] && . "$module" && exit
printf '%s\\n' "$@"
"""


class Runner(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        self.tests = self.top / "c/testsuite/wasm32-wasip1"
        self.tests.mkdir(parents=True)
        self.host = self.top / "host"
        self.host.write_text(HOST)
        self.host.chmod(0o755)

    def add(self, name, script="", manifest=None, folder=None):
        folder = folder or self.tests
        (folder / f"{name}.wasm").write_text(script)
        if manifest is not None:
            (folder / f"{name}.json").write_text(json.dumps(manifest))

    def run_suite(self, *options, expected=""):
        (self.top / "expected").write_text(expected)
        done = subprocess.run([sys.executable, RUN, "--host", self.host, "--expected", self.top / "expected",
                               *options, self.top], capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_without_a_manifest_exit_code_0_is_expected_and_output_is_not_looked_at(self):
        self.add("quiet", "true")
        self.add("loud", "echo hello; echo there >&2")
        self.assertEqual(self.run_suite()[0], 0)
        self.add("wrong", "exit 3")
        status, out, _ = self.run_suite()
        self.assertEqual(status, 1)
        self.assertIn("failed: c/wrong: exit code 3, not 0", out)

    def test_arguments_environment_and_root_are_handed_on(self):
        module = self.tests / "a.wasm"
        arguments = ["one", 'two "2"', ""]
        lines = ["--layer", "memory", "--root", f"{self.tests}/fixture", "--env", "A=b c", str(module), *arguments]
        self.add("a", manifest={"args": arguments, "env": {"A": "b c"}, "root": "fixture",
                                "stdout": "".join(line + "\n" for line in lines)})
        status, out, _ = self.run_suite()
        self.assertEqual(status, 0, out)

    def test_code_and_streams_are_compared_where_they_are_given(self):
        for stream, redirect in (("stdout", ""), ("stderr", ">&2")):
            self.add(f"good-{stream}", f"printf hello {redirect}", {stream: "hello"})
            self.add(f"bad-{stream}", f"printf hello {redirect}", {stream: "hell"})
        self.add("code", "exit 33", {"exit_code": 33})
        status, out, _ = self.run_suite()
        self.assertEqual(status, 1)
        self.assertEqual(out.count("failed:"), 2)
        self.assertIn("failed: c/bad-stdout: stdout 'hello', not 'hell'", out)

    def test_operations_are_understood_and_unknown_ones_are_failures(self):
        self.add("good", "printf hello; exit 4", {"operations": [
            {"type": "run"}, {"type": "read", "payload": "hello"}, {"type": "wait", "exit_code": 4}]})
        self.assertEqual(self.run_suite()[0], 0)
        self.add("connects", "true", {"operations": [{"type": "run"}, {"type": "connect"}, {"type": "wait"}]})
        self.add("proposes", "true", {"proposals": ["sockets"], "operations": []})
        self.add("says", "true", {"colour": "blue"})
        status, out, _ = self.run_suite()
        self.assertEqual((status, out.count("failed:")), (1, 3))

    def test_expected_failures_are_no_failures_and_expected_passes_are(self):
        self.add("a", "exit 1")
        self.add("b", "true")
        self.assertEqual(self.run_suite(expected="# why\na: the specification says so\n")[0], 0)
        status, out, _ = self.run_suite(expected="a: so\nb: so\n")
        self.assertEqual(status, 1)
        self.assertIn("unexpected pass: c/b", out)
        self.assertNotEqual(self.run_suite(expected="a\n")[0], 0)

    def test_only_preview_1_is_run_and_nothing_to_run_is_an_error(self):
        other = self.top / "c/testsuite/wasm32-wasip3"
        other.mkdir()
        self.add("later", "exit 1", folder=other)
        self.assertEqual(self.run_suite()[0], 2)
        self.add("now", "true")
        self.assertEqual(self.run_suite()[0], 0)
        self.assertEqual(self.run_suite("--only", "never")[0], 2)


if __name__ == "__main__":
    unittest.main()
