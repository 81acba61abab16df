"""The runner of test262 itself, with a host that is a Python script: what it asks for, and how it judges the answers."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

RUN = pathlib.Path(__file__).resolve().parent / "javascript"

# Answers with what the test's own text says behind "answer:", and notes what it was asked.
HOST = r"""#!/usr/bin/env python3
import pathlib, re, sys
suite = pathlib.Path(sys.argv[1])
for line in sys.stdin:
    with open(suite / "asked", "a") as asked:
        asked.write(line)
    path, mode = line.rstrip("\n").split("\t")[:2]
    answer = re.search(rf"answer( {mode})?: (.*)", (suite / path.removeprefix("/work/suite/")).read_text()).group(2)
    if answer == "die":
        sys.exit(9)
    print(answer.replace("|", "\t").replace("/", "\u241e"), flush=True)
"""
DONE = "answer: ok||Test262:Done/"


class Runner(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        self.host = self.top / "host"
        self.host.write_text(HOST)
        self.host.chmod(0o755)

    def add(self, name, text, front=""):
        path = self.top / "test" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"/*---\n{front}\n---*/\n// {text}\n")

    def run_suite(self, *options, expected=""):
        (self.top / "expected").write_text(expected)
        done = subprocess.run([sys.executable, RUN, "--host", self.host, "--expected", self.top / "expected", "--jobs", "2",
                               *options, self.top], capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout

    def asked(self):
        return sorted((self.top / "asked").read_text().splitlines())

    def test_modes_and_includes_follow_the_flags(self):
        self.add("language/a.js", DONE, "includes: [compareArray.js, wellKnown.js]")
        self.add("language/b.js", DONE, "flags: [onlyStrict]\nincludes:\n  - nans.js")
        self.add("language/c.js", DONE, "flags: [module, generated]")
        self.add("built-ins/d.js", DONE, "flags: [raw]")
        self.add("built-ins/e.js", "answer: ok||Test262:Done/Test262:AsyncTestComplete/", "flags: [async, noStrict]")
        self.add("language/f_FIXTURE.js", DONE)
        self.assertEqual(self.run_suite()[0], 0)
        self.assertEqual(self.asked(), [
            "/work/suite/test/built-ins/d.js\tsloppy",
            "/work/suite/test/built-ins/e.js\tsloppy\tassert.js\tsta.js\tdoneprintHandle.js",
            "/work/suite/test/language/a.js\tsloppy\tassert.js\tsta.js\tcompareArray.js\twellKnown.js",
            "/work/suite/test/language/a.js\tstrict\tassert.js\tsta.js\tcompareArray.js\twellKnown.js",
            "/work/suite/test/language/b.js\tstrict\tassert.js\tsta.js\tnans.js",
            "/work/suite/test/language/c.js\tmodule\tassert.js\tsta.js"])

    def test_a_failure_in_one_mode_is_a_failure(self):
        self.add("language/x/a.js", "answer strict: ok||Test262:Thrown:TypeError: no/\n// answer sloppy: ok||Test262:Done/")
        status, out = self.run_suite()
        self.assertEqual(status, 1)
        self.assertIn("failed: language/x/a.js: strict: TypeError: no", out)
        self.assertIn("| language/x | 0 | 1 | 0 | 0.00 % |", out)

    def test_what_was_expected_to_be_thrown_must_be(self):
        negative = "negative:\n  phase: parse\n  type: SyntaxError"
        self.add("language/x/right.js", "answer: error|SyntaxError|Test262:Thrown:SyntaxError: x/", negative)
        self.add("language/x/other.js", "answer: ok||Test262:Thrown:TypeError: x/", negative)
        self.add("language/x/nothing.js", DONE, negative)
        out = self.run_suite()[1]
        self.assertIn("other.js: sloppy: not a SyntaxError: TypeError: x", out)
        self.assertIn("nothing.js: sloppy: not a SyntaxError: nothing was thrown", out)
        self.assertNotIn("right.js", out)

    def test_limits_traps_and_ends_of_the_host_are_failures_whatever_was_printed(self):
        for name, answer in (("limit", "limit|timeout|Test262:Done/"), ("trap", "trap|unreachable|Test262:Done/"), ("end", "die"),
                             ("quiet", "ok||hello/"), ("async", "ok||Test262:Done/")):
            self.add(f"language/x/{name}.js", f"answer: {answer}", "flags: [async]" if name == "async" else "")
        self.add("language/x/good.js", DONE)
        out = self.run_suite()[1]
        for text in ("limit.js: sloppy: limit: timeout", "trap.js: sloppy: trap: unreachable", "end.js: sloppy: host: it ended with 9",
                     "quiet.js: sloppy: not run to its end", "async.js: sloppy: never done"):
            self.assertIn(text, out)
        self.assertIn("| language/x | 1 | 5 | 0 | 16.67 % |", out)

    def test_what_the_log_holds_is_not_run_again(self):
        self.add("language/x/a.js", "answer strict: ok||Test262:Thrown:TypeError: no/\n// answer sloppy: ok||Test262:Done/")
        log = self.top / "log"
        self.assertEqual(self.run_suite("--log", log)[0], 1)
        self.assertEqual(sorted(log.read_text().splitlines()), ["language/x/a.js\tsloppy\t", "language/x/a.js\tstrict\tTypeError: no"])
        log.write_text("language/x/a.js\tstrict\tTypeError: no\n")
        (self.top / "asked").unlink()
        status, out = self.run_suite("--log", log)
        self.assertEqual(status, 1)
        self.assertIn("failed: language/x/a.js: strict: TypeError: no", out)
        self.assertEqual(self.asked(), ["/work/suite/test/language/x/a.js\tsloppy\tassert.js\tsta.js"])

    def test_exclusions_and_expected_failures_have_reasons_and_hold(self):
        self.add("language/x/new.js", "answer: die", "features: [shiny, Symbol]")
        self.add("built-ins/Old/a.js", "answer: die")
        self.add("language/x/known.js", "answer: ok||Test262:Thrown:Error: x/")
        self.add("language/x/mended.js", DONE)
        expected = "feature shiny: too new\nbelow built-ins/Old/: too old\nlanguage/x/known.js: known\n"
        status, out = self.run_suite(expected=expected)
        self.assertEqual(status, 0, out)
        self.assertIn("| too new | 1 |", out)
        self.assertIn("| too old | 1 |", out)
        status, out = self.run_suite(expected=expected + "language/x/mended.js: was wrong\n")
        self.assertEqual(status, 1)
        self.assertIn("unexpected pass: language/x/mended.js", out)
        self.assertNotEqual(self.run_suite(expected="language/x/known.js\n")[0], 0)


if __name__ == "__main__":
    unittest.main()
