"""The benchmarks, run with the smallest counts: what they print and how they exit.

BENCH_STARTUP and BENCH_HUMANEVAL name the programs. No test looks at how long anything took.

    python3 tests/bench/test_bench.py [Class[.method]]
"""

import gzip
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
BENCH = HERE.parent.parent / "bench"
STARTUP = os.path.abspath(os.environ.get("BENCH_STARTUP", "build/bench/startup"))
SESSIONS = os.environ["BENCH_SESSIONS"]
HUMANEVAL = os.path.abspath(os.environ.get("BENCH_HUMANEVAL", "build/bench/humaneval"))
PROBLEMS = HERE / "problems.jsonl"
TIMEOUT = 600


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, timeout=TIMEOUT, stdin=subprocess.DEVNULL)


class Case(unittest.TestCase):
    def ok(self, *args):
        done = run(*args)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def refused(self, *args):
        """One line on stderr, and status 2."""
        done = run(*args)
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1), done.stderr)
        return done.stderr


class Check(Case):
    def test_it_compares_every_row_with_the_baseline(self):
        """Whether one became slower, this machine cannot say: it has other things to do."""
        done = run(sys.executable, str(BENCH / "check.py"), "--rounds", "1", "--runs", "1")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        rows = json.loads((BENCH / "baseline.json").read_text())
        self.assertGreater(len(rows), 10)
        for row in rows:
            self.assertIn(row, done.stdout)
        self.assertIn("became slower", done.stdout)


class Startup(Case):
    def test_json_has_every_row_and_phase(self):
        numbers = json.loads(self.ok(STARTUP, "-n", "1", "-w", "1", "--json"))
        for program in "hello", "python", "javascript":
            self.assertGreater(numbers["cold"]["belljar_" + program]["median_us"], 0)
            self.assertGreater(numbers["cold_phases"][program]["engine_new_median_us"], 0)
            for form in "epoch", "fuel":
                row = numbers["warm"][f"{program}_{form}"]
                self.assertLessEqual(row["min_us"], row["max_us"])
                phases = numbers["warm_phases"][f"{program}_{form}"]
                self.assertGreater(phases["host_calls"], 0)
                self.assertEqual("fuel" in phases, form == "fuel")
        self.assertIn("median_ratio_to_true", numbers["cold"]["belljar_hello"])

    def test_missing_peers_are_said_and_left_out(self):
        done = run(STARTUP, "-n", "1", "-w", "1", "--python", "/nowhere/python3", "--node", "/nowhere/node")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("there is no /nowhere/python3", done.stderr)
        self.assertIn("there is no /nowhere/node", done.stderr)
        self.assertNotIn("python3 -c", done.stdout)
        self.assertIn("belljar run hello.wat", done.stdout)
        self.assertIn("where a warm sandbox's time goes", done.stdout)

    def test_wrong_usage_is_refused(self):
        self.assertIn("from 1 to", self.refused(STARTUP, "-n", "0"))
        self.assertIn("from 1 to", self.refused(STARTUP, "--warm", "many"))
        self.assertIn("too much", self.refused(STARTUP, "extra"))

    def test_help_has_examples(self):
        self.assertIn("Examples:", self.ok(STARTUP, "--help"))


class Sessions(Case):
    QUICK = ["--rounds", "1", "--live", "20", "--in-a-row", "200"]
    KEYS = ["python_fresh_p50_us", "javascript_fresh_p50_us", "module_fresh_p50_us", "session_evals_per_s",
            "fork_1mib_p50_us", "python_private_kib", "save_1mib_file_kib"]

    def test_json_holds_numbers_with_units(self):
        numbers = json.loads(self.ok(SESSIONS, *self.QUICK, "--json"))
        for key in self.KEYS:
            self.assertGreater(numbers[key], 0, key)
        for key, number in numbers.items():
            self.assertIsInstance(number, (int, float), key)

    def test_wrong_usage_is_refused(self):
        self.assertIn("from 1 to", self.refused(SESSIONS, "--rounds", "0"))
        self.assertIn("only options", self.refused(SESSIONS, "extra"))


class HumanEval(Case):
    def changed(self, old, new):
        """The problems with `old` replaced by `new`, in a file of their own."""
        text = PROBLEMS.read_text()
        self.assertIn(old, text)
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", delete=False) as file:
            file.write(text.replace(old, new))
        self.addCleanup(os.unlink, file.name)
        return file.name

    def test_all_pass_by_every_way(self):
        report = json.loads(self.ok(HUMANEVAL, "--data", PROBLEMS, "--json"))
        self.assertEqual([p["id"] for p in report["problems"]], ["Small/0", "Small/1", "Small/2"])
        self.assertGreaterEqual(set(report["ways"]), {"belljar_sandbox", "belljar_process"})
        for way in report["ways"].values():
            self.assertEqual(way["passed"], 3)

    def test_gzip_and_jobs(self):
        with tempfile.TemporaryDirectory() as folder:
            packed = Path(folder, "problems.jsonl.gz")
            packed.write_bytes(gzip.compress(PROBLEMS.read_bytes()))
            table = self.ok(HUMANEVAL, "--data", packed, "--jobs", "3", "--no-native", "--no-process", "-v")
        self.assertIn("3/3", table)
        self.assertIn("Small/2", table)
        self.assertNotIn("native", table)

    def test_a_wrong_solution_fails_by_name_with_status_1(self):
        data = self.changed("return 2 * x", "return 3 * x")
        done = run(HUMANEVAL, "--data", data, "--no-native")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("2/3", done.stdout)
        self.assertEqual(done.stderr.count("Small/0 failed by"), 4, done.stderr)
        self.assertIn("AssertionError", done.stderr)

    def test_an_early_exit_is_not_a_pass(self):
        data = self.changed("return 2 * x", "raise SystemExit(0)")
        done = run(HUMANEVAL, "--data", data, "--only", "Small/0")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("it ended before its checks did", done.stderr)

    def test_an_endless_solution_ends_by_the_limit(self):
        data = self.changed("return 2 * x", "\\n    while True: pass")
        done = run(HUMANEVAL, "--data", data, "--only", "Small/0", "--timeout", "3")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("by Belljar, a fresh sandbox: timeout", done.stderr)

    def test_wrong_usage_is_refused(self):
        self.assertIn("--data", self.refused(HUMANEVAL))
        self.assertIn("No such file", self.refused(HUMANEVAL, "--data", "/nowhere/problems.jsonl"))
        self.assertIn("no problem Small/9", self.refused(HUMANEVAL, "--data", PROBLEMS, "--only", "Small/9"))
        self.assertIn(":1:", self.refused(HUMANEVAL, "--data", self.changed('"task_id"', '"other"')))
        self.assertIn("from 1 to 256", self.refused(HUMANEVAL, "--data", PROBLEMS, "--jobs", "1000"))

    def test_help_has_examples(self):
        self.assertIn("Examples:", self.ok(HUMANEVAL, "--help"))


if __name__ == "__main__":
    unittest.main()
