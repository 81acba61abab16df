"""Behaviour of the `belljar` command, seen from outside: what it prints, where, and how it exits.

BELLJAR names the command. Compiled modules are kept in BELLJAR_CACHE, or in a folder of this run. Nothing
here waits for a time to pass: a test waits for an event, and a hang ends by TIMEOUT.

    BELLJAR=build/belljar python3 tests/cli/test_cli.py [Class[.method]]
"""

import fcntl
import hashlib
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tarfile
import tempfile
import termios
import time
import tty
import unittest
import zipfile
from pathlib import Path
from unittest import mock

BELLJAR = os.path.abspath(os.environ.get("BELLJAR", "build/belljar"))
TIMEOUT = 120

SANITIZED = re.search(rb"__[at]san_init", Path(BELLJAR).read_bytes()) is not None

FAILED, NOT_RUNNABLE, LIMIT, TRAP = 125, 126, 124, 134

HELLO_WAT = """
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "hello\\n")
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 8))
    (i32.store (i32.const 4) (i32.const 6))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))))
"""
TRAP_WAT = '(module (memory (export "memory") 1) (func (export "_start") unreachable))'
DENIED_WAT = """
(module
  (import "env" "system" (func (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")))
"""
# The same as (module (memory (export "memory") 1) (func (export "_start"))), as bytes.
EMPTY_WASM = (
    b"\0asm\1\0\0\0"
    b"\x01\x04\x01\x60\x00\x00"
    b"\x03\x02\x01\x00"
    b"\x05\x03\x01\x00\x01"
    b"\x07\x13\x02\x06_start\x00\x00\x06memory\x02\x00"
    b"\x0a\x04\x01\x02\x00\x0b"
)


class CliTest(unittest.TestCase):
    """Runs the command in an empty folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="belljar-cli-")
        self.addCleanup(folder.cleanup)
        self.dir = Path(folder.name)

    def file(self, name, content):
        path = self.dir / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def belljar(self, *args, stdin="", env=None, **kwargs):
        """Runs it to its end. Output as text; bytes that are no UTF-8 as surrogates."""
        if isinstance(stdin, str):
            kwargs["input"] = stdin
        else:
            kwargs["stdin"] = stdin
        kwargs.setdefault("stdout", subprocess.PIPE)
        kwargs.setdefault("stderr", subprocess.PIPE)
        return subprocess.run(
            [BELLJAR, *map(str, args)],
            cwd=self.dir,
            env={**os.environ, **(env or {})},
            timeout=TIMEOUT,
            encoding="utf-8",
            errors="surrogateescape",
            **kwargs,
        )

    def start(self, *args, **kwargs):
        """Starts it with pipes; it is killed at the end of the test, should it still run."""
        for stream in ("stdin", "stdout", "stderr"):
            kwargs.setdefault(stream, subprocess.PIPE)
        process = subprocess.Popen([BELLJAR, *map(str, args)], cwd=self.dir, **kwargs)

        def end():
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe:
                    pipe.close()

        self.addCleanup(end)
        return process

    def prints(self, stdout, *args, **kwargs):
        """It exits with 0, and stdout is exactly this."""
        done = self.belljar(*args, **kwargs)
        self.assertEqual((done.stdout, done.returncode), (stdout, 0), done.stderr)
        return done

    def refuses(self, status, words, *args, **kwargs):
        """It exits with `status`, prints nothing, and says why in one line with all these words."""
        done = self.belljar(*args, **kwargs)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"\Abelljar: [^\n]+\n\Z")
        for word in words:
            self.assertIn(word, done.stderr)
        return done


class Usage(CliTest):
    def test_without_a_command_it_shows_help_on_stderr_and_fails(self):
        done = self.belljar()
        self.assertEqual((done.returncode, done.stdout), (FAILED, ""))
        self.assertIn("Usage: belljar COMMAND", done.stderr)

    def test_a_mistyped_command_is_met_with_a_suggestion(self):
        self.refuses(FAILED, ["'rnu'", "did you mean 'run'"], "rnu")

    def test_an_unknown_command_points_to_help(self):
        self.refuses(FAILED, ["'frobnicate'", "belljar help"], "frobnicate")

    def test_a_mistyped_option_is_met_with_a_suggestion(self):
        for wrong, right in (
            ("--timout", "--timeout"),
            ("--time", "--timeout"),
            ("--memroy", "--memory"),
        ):
            self.refuses(FAILED, [wrong, f"did you mean {right}?"], "run", wrong, "1s", "x.py")

    def test_an_unknown_option_points_to_help(self):
        self.refuses(FAILED, ["--frobnicate", "belljar help run"], "run", "--frobnicate")
        self.refuses(FAILED, ["-q", "belljar help run"], "run", "-q")

    def test_an_option_without_its_value_shows_its_form(self):
        self.refuses(FAILED, ["--memory SIZE"], "run", "--memory")
        self.refuses(FAILED, ["-e CODE"], "run", "-e")

    def test_a_flag_takes_no_value(self):
        self.refuses(FAILED, ["--json takes no value"], "run", "--json=yes")

    def test_an_unknown_language_shows_the_ones_there_are(self):
        self.refuses(FAILED, ["ruby", "python python-lean javascript typescript wasm"], "run", "--lang", "ruby", "x")

    def test_values_that_are_no_values_show_examples(self):
        for option, value in (
            ("--timeout", "soon"),
            ("--timeout", "1y"),
            ("--timeout", ""),
            ("--timeout", "-1s"),
            ("--timeout", "1 s"),
            ("--timeout", "1__0s"),
            ("--timeout", "1_s"),
            ("--timeout", ".5s"),
            ("--timeout", "5.s"),
            ("--timeout", "0x10"),
            ("--timeout", "inf"),
            ("--memory", "64X"),
            ("--memory", "M"),
            ("--fuel", "1e"),
            ("--fuel", "1e-3"),
            ("--fuel", "1e1000"),
            ("--fuel", "many"),
        ):
            with self.subTest(option=option, value=value):
                self.refuses(FAILED, [option, "such as"], "run", f"{option}={value}", "-e", "")

    def test_values_out_of_range_name_the_range(self):
        for option, value, least, most in (
            ("--timeout", "0s", "1 ms", "7 d"),
            ("--timeout", "8d", "1 ms", "7 d"),
            ("--cpu", "8d", "0", "7 d"),
            ("--memory", "1K", "64 KiB", "8 GiB"),
            ("--memory", "9G", "64 KiB", "8 GiB"),
            ("--memory", "99999999999999999999T", "64 KiB", "8 GiB"),
            ("--fuel", "2e18", "0", "1,000,000,000,000,000,000"),
            ("--fuel", "1e99", "0", "1,000,000,000,000,000,000"),
            ("--descriptors", "7", "8", "65,536"),
        ):
            with self.subTest(option=option, value=value):
                self.refuses(FAILED, [option, value, least, most], "run", option, value, "-e", "")

    def test_half_a_byte_is_refused_and_half_a_second_is_not(self):
        self.refuses(FAILED, ["finer than a millisecond"], "run", "--timeout", "1.5ms", "-e", "")
        self.refuses(FAILED, ["finer than a byte"], "run", "--memory", "100000.5", "-e", "")
        self.prints("", "run", "--timeout", "30.5s", "--memory", "0.25G", "-e", "")

    def test_units_mean_what_they_say(self):
        for option, value, allowed in (
            ("--memory", "1.5KiB", "1.5KiB"),
            ("--file-bytes", "5GB", "4 GiB"),
            ("--file-bytes", "4097MiB", "4 GiB"),
        ):
            self.refuses(FAILED, ["out of range", allowed], "run", option, value, "-e", "")
        for value in ("4GiB", "4g", "4096M", "4_294_967_296", "4294967296B", "4.29496e9"):
            self.prints("", "run", "--file-bytes", value, "-e", "")
        for value in ("60", "60s", "1m", "1min", "60_000ms", "6e1s"):
            self.prints("", "run", "--timeout", value, "-e", "")

    def test_options_may_be_written_in_every_form(self):
        for args in (
            ["--timeout", "60s", "-e", "print(1)"],
            ["--timeout=60s", "--code=print(1)"],
            ["-eprint(1)", "--timeout", "60s"],
            ["-e", "print(2)", "-e", "print(1)"],
        ):
            with self.subTest(args=args):
                self.prints("1\n", "run", *args)

    def test_options_may_follow_the_file(self):
        self.file("a.py", "print(1)")
        self.prints("1\n", "run", "a.py", "--timeout", "60s")

    def test_after_two_dashes_all_is_the_programs(self):
        self.file("a.py", "import sys; print(sys.argv)")
        self.prints(
            "['a.py', '--json', '-x', '--', 'b']\n", "run", "a.py", "--", "--json", "-x", "--", "b"
        )

    def test_a_second_operand_points_to_the_dashes(self):
        self.refuses(FAILED, ["belljar run a.py -- b"], "run", "a.py", "b")

    def test_nothing_to_run_is_said(self):
        self.refuses(FAILED, ["nothing to run", "FILE"], "run")

    def test_contradictions_are_refused(self):
        self.file("a.py", "")
        self.refuses(FAILED, ["one program"], "run", "a.py", "-e", "1")
        self.refuses(FAILED, ["stdin"], "run", "-", "--stdin", "-")
        self.refuses(FAILED, ["stdin"], "run", "-", "-i")
        self.refuses(FAILED, ["stdin"], "run", "-i", "--stdin", "-")
        self.refuses(FAILED, ["--json"], "run", "-i", "--json")
        self.refuses(FAILED, ["python, javascript and typescript"], "run", "-i", "--lang", "wasm")

    def test_control_characters_in_arguments_are_shown_and_not_sent(self):
        done = self.refuses(
            FAILED,
            ["\\x1b[31m", "\\x0a", "\\xff"],
            "run",
            b"a\x1b[31m\n\xff.py".decode(errors="surrogateescape"),
        )
        self.assertNotIn("\x1b", done.stderr)

    def test_help_on_a_full_disk_fails(self):
        with open("/dev/full", "w") as full:
            done = self.belljar("help", "run", stdout=full)
        self.assertEqual(done.returncode, FAILED)
        self.assertIn("No space left", done.stderr)

    def test_help_into_a_closed_pipe_is_quiet(self):
        reader, writer = os.pipe()
        os.close(reader)
        done = self.belljar("help", "run", stdout=writer)
        os.close(writer)
        self.assertEqual((done.returncode, done.stderr), (141, ""))


class Sources(CliTest):
    def test_the_ending_says_the_language(self):
        for name, content in (
            ("a.py", "print('hello')"),
            ("a.js", "console.log('hello')"),
            ("a.mjs", "export const x = 1; await null; console.log('hello')"),
            ("a.wat", HELLO_WAT),
        ):
            with self.subTest(name=name):
                self.prints("hello\n", "run", self.file(name, content))

    def test_a_binary_module_runs(self):
        self.prints("", "run", self.file("a.wasm", EMPTY_WASM))

    def test_lang_overrides_the_ending(self):
        self.prints("1\n", "run", "--lang", "javascript", self.file("a.py", "console.log(1)"))

    def test_an_unknown_ending_asks_for_lang(self):
        for name in ("program", "a.rb", ".py"):
            self.refuses(
                FAILED,
                [name, "--lang python", "--lang javascript", "--lang wasm"],
                "run",
                self.file(name, "1"),
            )
        self.prints("1\n", "run", "--lang", "python", self.file("program", "print(1)"))

    def test_code_is_python_unless_lang_says_otherwise(self):
        self.prints("3.13\n", "run", "-e", "import sys; print('%d.%d' % sys.version_info[:2])")
        self.prints("number\n", "run", "--lang", "javascript", "-e", "console.log(typeof 1)")
        self.prints("hello\n", "run", "--lang", "wasm", "-e", HELLO_WAT)

    def test_a_dash_reads_the_program_from_stdin(self):
        self.prints("1\n", "run", "-", stdin="print(1)")
        self.prints("1\n", "run", "-", "--lang", "javascript", stdin="console.log(1)")
        self.prints("1\n", "run", "-", "--lang", "typescript", stdin="console.log(1 as number)")
        self.prints("2\n", "run", self.file("a.ts", "import path from 'node:path'; enum A { B = 2 }\nconsole.log(A.B as A)"))
        self.prints("undefined\n", "run", self.file("a.mts", "console.log(this as unknown)"))
        done = self.belljar("run", self.file("b.ts", "interface A { b: number }\nlet x: = 1"))
        self.assertIn("SyntaxError: Type expected.\n    at b.ts:2:8\n", done.stderr)
        done = self.belljar("run", "--lang", "javascript", "--dir", f"{self.dir}:/t", "-e", "import('/t/a.ts')")
        self.assertIn("a.ts is TypeScript, which this sandbox cannot read", done.stderr)
        self.prints("hello\n", "run", "-", "--lang", "wasm", stdin=HELLO_WAT)

    def test_a_missing_file_is_named(self):
        self.refuses(FAILED, ["there is no file", "missing.py"], "run", "missing.py")
        self.refuses(FAILED, ["a.py/b.py"], "run", self.file("a.py", "") + "/b.py")

    def test_a_directory_is_refused(self):
        self.refuses(FAILED, ["is a directory"], "run", self.dir)

    def test_what_never_ends_or_blocks_is_refused_at_once(self):
        os.mkfifo(self.dir / "fifo.py")
        for path in ("/dev/zero", "/dev/tty", "fifo.py"):
            if path != "/dev/tty" or os.path.exists(path):
                with self.subTest(path=path):
                    self.refuses(FAILED, [path], "run", "--lang", "python", path)

    def test_endless_stdin_is_refused(self):
        with open("/dev/zero", "rb") as zero:
            self.refuses(FAILED, ["too large", "16 MiB"], "run", "-", stdin=zero)

    def test_programs_and_modules_of_excessive_size_are_refused_unread(self):
        for name, size in (("a.py", 1 << 34), ("a.wasm", 1 << 30)):
            with open(self.dir / name, "wb") as file:
                file.truncate(size)
            self.refuses(FAILED, [name, "too large", "MiB"], "run", name)

    def test_an_empty_program_runs_and_an_empty_module_does_not(self):
        self.prints("", "run", self.file("a.py", ""))
        self.prints("", "run", self.file("a.js", ""))
        self.refuses(NOT_RUNNABLE, ["empty"], "run", self.file("a.wasm", ""))
        self.refuses(NOT_RUNNABLE, ["empty"], "run", self.file("a.wat", ""))

    def test_a_damaged_module_is_refused(self):
        for size in range(1, len(EMPTY_WASM)):
            if size in (8, 14, 18, 23):  # whole sections: a valid module of less
                continue
            with self.subTest(size=size):
                self.refuses(
                    NOT_RUNNABLE, ["a.wasm"], "run", self.file("a.wasm", EMPTY_WASM[:size])
                )
        flipped = bytearray(EMPTY_WASM)
        flipped[-1] ^= 0x40
        self.refuses(NOT_RUNNABLE, ["a.wasm"], "run", self.file("a.wasm", flipped))

    def test_a_module_of_nothing_to_start_is_refused(self):
        self.refuses(NOT_RUNNABLE, ["_start"], "run", "--lang", "wasm", "-e", "(module)")

    def test_an_interpreter_does_not_run_by_itself(self):
        guests = json.loads(self.belljar("doctor", "--json").stdout)["engine"]["guests"]["dir"]
        self.refuses(NOT_RUNNABLE, ["interpreter", "--lang"], "run", f"{guests}/javascript.wasm")

    def test_a_module_in_place_of_source_is_recognised(self):
        self.refuses(FAILED, ["--lang wasm"], "run", self.file("a.py", EMPTY_WASM))

    def test_a_byte_order_mark_and_crlf_are_no_obstacle(self):
        self.prints("1\n2\n", "run", self.file("a.py", "\ufeffprint(1)\r\nprint(2)\r\n"))

    def test_a_file_that_may_not_be_read_is_named(self):
        self.file("a.py", "")
        os.chmod(self.dir / "a.py", 0)
        if os.access(self.dir / "a.py", os.R_OK):
            self.skipTest("this user may read everything")
        self.refuses(FAILED, ["a.py", "Permission denied"], "run", "a.py")


class Modules(CliTest):
    """Several files of Python: modules beside a script, on PYTHONPATH, and run as programs."""

    def setUp(self):
        super().setUp()
        (self.dir / "src").mkdir()
        self.file("src/helper.py", "X = 5\n")
        self.file("src/main.py", "import helper, sys\nprint(helper.X, __file__, sys.argv[0], sys.path[0])\n")

    def test_modules_beside_a_script_are_found_where_they_were_granted(self):
        done = self.belljar("run", "--dir", "src:/code", "src/main.py")
        self.assertEqual(done.stdout, "5 /code/main.py /code/main.py /code\n")
        self.assertIn("No module named 'helper'", self.belljar("run", "src/main.py").stderr)

    def test_pythonpath_is_honoured_ahead_of_the_library(self):
        self.file("src/cmd.py", "NAME = 'mine'\n")
        code = "import cmd, helper, os; print(cmd.NAME, helper.X, os.environ['PYTHONPATH'])"
        granted = ("--dir", "src:/code", "--env", "PYTHONPATH=/nowhere::/code", "-e", code)
        done = self.belljar("run", *granted)
        self.assertEqual(done.stdout, "mine 5 /nowhere::/code\n", done.stderr)

    def test_a_module_runs_as_a_program_with_its_arguments(self):
        self.file("src/tool.py", "import sys\nprint(__name__, sys.argv)\nsys.exit(3)\n")
        done = self.belljar("run", "--dir", "src:/code", "--env", "PYTHONPATH=/code", "-m", "tool", "-q", "--json", "x")
        self.assertEqual((done.returncode, done.stdout), (3, "__main__ ['/code/tool.py', '-q', '--json', 'x']\n"))
        self.assertIn("No module named nothing", self.belljar("run", "-m", "nothing").stderr)

    def test_it_is_shown_directories_that_come_first_and_nothing_after_the_dashes(self):
        (self.dir / "tests").mkdir()
        self.file("tests/test_it.py", "import unittest\nclass T(unittest.TestCase):\n    def test_it(self): open('/work/tests/made', 'w').close()\n")
        done = self.belljar("run", "-m", "unittest", "discover", "tests")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Ran 1 test", done.stderr)
        self.assertFalse((self.dir / "tests" / "made").exists())
        self.assertIn("not importable", self.belljar("run", "-m", "unittest", "discover", "--", "tests").stderr)

    def test_a_word_that_names_a_directory_too_stays_a_word(self):
        for name in ("build", "deep/er", "src/sub"):
            (self.dir / name).mkdir(parents=True)
        (self.dir / "link").symlink_to("deep/er")
        self.file("src/tool.py", "import os, sys\nprint(sys.argv[1:], [os.path.isdir(a) for a in sys.argv[1:]])\n")
        for given, seen in ((["build"], "['build'] [True]"), (["build/"], "['build/'] [True]"), (["link"], "['link'] [True]"),
                            (["deep/er", "word"], "['/work/er', 'word'] [True, False]"), (["./deep", "build"], "['/work/deep', 'build'] [True, True]"),
                            (["build/..", "build"], f"['/work/{self.dir.name}', '/work/{self.dir.name}/build'] [True, True]"),
                            (["src", "--x", "build"], "['/code', '--x', 'build'] [True, False, False]")):
            done = self.belljar("run", "--dir", "src:/code", "--env", "PYTHONPATH=/code", "-m", "tool", *given)
            self.assertEqual(done.stdout, seen + "\n", done.stderr)

    def test_modules_beside_a_script_come_before_the_library_s_as_natively(self):
        for name in ("json", "queue", "random", "traceback", "inspect", "os", "codecs", "time"):
            self.file(f"src/{name}.py", f"MINE = {name!r}\n")
        for name in ("html", "colorsys"):
            (self.dir / "src" / name).mkdir()
        self.file("src/html/__init__.py", "from html.parts import MINE\n")
        self.file("src/html/parts.py", "MINE = 'html'\n")
        self.file("src/uses.py", "import json, queue, random, traceback, html, inspect, os, codecs, time, colorsys\n"
                  "print([getattr(m, 'MINE', 0) for m in (json, queue, random, traceback, html, inspect, os, codecs, time, colorsys)])\n"
                  "import tomllib\ntomllib.loads('=')\n")
        natively = subprocess.run([sys.executable, "-S", "src/uses.py"], cwd=self.dir, capture_output=True, text=True, timeout=60)
        done = self.belljar("run", "--dir", "src:/code", "src/uses.py")
        self.assertEqual(done.stdout, "['json', 'queue', 'random', 'traceback', 'html', 'inspect', 0, 0, 0, 0]\n", done.stderr)
        self.assertEqual(done.stdout, natively.stdout)
        self.assertIn("tomllib.TOMLDecodeError", done.stderr)
        self.assertIn("    raise ", done.stderr)

    def test_modules_in_the_working_directory_come_first_for_what_is_evaluated(self):
        self.file("src/json.py", "MINE = 1\n")
        done = self.belljar("run", "--dir", "src:/work", "-e", "import json; print(json.MINE)")
        self.assertEqual((done.returncode, done.stdout), (0, "1\n"), done.stderr)
        lines = "import queue\nfor name in 'calendar', 'queue': n = open(name + '.py', 'w').write('MINE = 1')\n\nimport calendar, queue\n" \
                "hasattr(calendar, 'MINE'), hasattr(queue, 'MINE')\n"
        self.prints("(True, False)\n", "session", stdin=lines)

    def test_a_module_in_the_library_s_place_may_be_anything(self):
        self.file("src/json.py", "raise SystemExit(7)\n")
        self.file("src/linecache.py", "import sys\nsys.modules.clear()\n")
        for name in ("traceback", "threading", "io", "bz2", "belljar_values", "_belljar"):
            self.file(f"src/{name}.py", "1 / 0\n")
        self.assertEqual(self.belljar("run", "--dir", "src:/code", "--env", "PYTHONPATH=/code", "-e", "import json").returncode, 7)
        done = self.belljar("run", "--dir", "src:/code", "--env", "PYTHONPATH=/code", "-e", "import string\nstring.Template(1).substitute()")
        self.assertIn("TypeError", done.stderr)
        done = self.belljar("run", "--dir", "src:/code", "--env", "PYTHONPATH=/code", "-e", "import threading")
        self.assertIn("ZeroDivisionError", done.stderr)

    def test_what_is_no_module_is_refused(self):
        for name in ("a b", "x'); import os; ('", "", "../x"):
            self.refuses(FAILED, ["-m wants the name of a module"], "run", "-m", name)
        self.refuses(FAILED, ["Python's"], "run", "--lang", "javascript", "-m", "x")
        self.refuses(FAILED, ["both -e and -m"], "run", "-e", "1", "-m", "x")


class Outcomes(CliTest):
    def stopped(self, status, words, *args, **kwargs):
        """It exits with `status`; the last line on stderr is Belljar's, with these words."""
        done = self.belljar("run", *args, **kwargs)
        self.assertEqual(done.returncode, status, done.stderr)
        last = done.stderr.splitlines()[-1]
        self.assertTrue(last.startswith("belljar: "), last)
        for word in words:
            self.assertIn(word, last)
        return done

    def test_the_programs_exit_status_is_the_commands(self):
        for code, status in ((0, 0), (1, 1), (3, 3), (255, 255), (256, 255), (-1, 255)):
            with self.subTest(code=code):
                done = self.belljar("run", "-e", f"import sys; print('x'); sys.exit({code})")
                self.assertEqual((done.returncode, done.stdout, done.stderr), (status, "x\n", ""))

    def test_an_uncaught_exception_shows_its_traceback(self):
        done = self.belljar("run", self.file("a.py", "def f():\n    1 / 0\nf()\n"))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        for part in ("Traceback", 'a.py", line 2', "1 / 0", "ZeroDivisionError: division by zero"):
            self.assertIn(part, done.stderr)
        self.assertNotIn("belljar:", done.stderr)

    def test_an_uncaught_javascript_error_shows_its_stack(self):
        done = self.belljar("run", self.file("a.js", "function f() {\n null.x }\nf()"))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        for part in ("TypeError", "a.js:2"):
            self.assertIn(part, done.stderr)

    def test_a_syntax_error_is_an_exception(self):
        done = self.belljar("run", "-e", "1 +")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("SyntaxError", done.stderr)

    def test_the_timeout_stops_it(self):
        done = self.stopped(
            LIMIT,
            ["stopped", "timeout of 2 s"],
            "--timeout",
            "2s",
            "-e",
            "print('x')\nwhile True: pass",
        )
        self.assertEqual(done.stdout, "x\n")
        self.stopped(
            LIMIT, ["timeout"], "--timeout", "2s", "--lang", "javascript", "-e", "for(;;);"
        )
        self.stopped(LIMIT, ["timeout"], "--timeout", "2s", "-e", "import time; time.sleep(1e6)")

    def test_processor_time_stops_what_runs(self):
        self.stopped(LIMIT, ["stopped", "cpu of 50 ms", "--cpu"], "--cpu", "50ms", "-e", "while True: pass")
        self.stopped(LIMIT, ["cpu"], "--cpu", "50ms", "--fuel", "1e15", "-e", "while True: pass")
        self.stopped(LIMIT, ["cpu"], "--cpu", "50ms", "--lang", "javascript", "-e", "for(;;);")
        waits = "import time; time.sleep(1.5); print(1)"
        self.prints("1\n", "run", "--cpu", "1s", "-e", waits)
        self.prints("1\n", "run", "--cpu", "0s", "-e", "print(1)")

    def test_fuel_stops_it(self):
        self.stopped(
            LIMIT,
            ["stopped", "fuel of 50,000,000"],
            "--fuel",
            "50_000_000",
            "-e",
            "while True: pass",
        )

    def test_the_output_limit_stops_it(self):
        done = self.stopped(
            LIMIT,
            ["output-limit of 1000 bytes"],
            "--output-limit",
            "1000",
            "-e",
            "while True: print('x' * 99)",
        )
        self.assertLessEqual(len(done.stdout), 1000)
        self.assertGreaterEqual(len(done.stdout), 900)

    def test_the_memory_limit_is_an_exception(self):
        done = self.belljar("run", "--memory", "64M", "-e", "x = 'a' * 10**9")
        self.assertEqual(done.returncode, 1)
        self.assertIn("MemoryError", done.stderr)

    def test_a_trap_has_a_status_of_its_own(self):
        self.stopped(TRAP, ["trap", "unreachable"], "--lang", "wasm", "-e", TRAP_WAT)

    def test_an_import_that_nobody_grants_is_refused_by_name(self):
        self.refuses(NOT_RUNNABLE, ["env", "system"], "run", "--lang", "wasm", "-e", DENIED_WAT)

    def test_a_name_in_a_module_cannot_reach_the_terminal(self):
        wat = DENIED_WAT.replace('"system"', '"sys\\1b[2Jtem"')
        done = self.refuses(NOT_RUNNABLE, ["env.sys"], "run", "--lang", "wasm", "-e", wat)
        self.assertNotIn("\x1b", done.stderr)

    def interrupted(self, number, *args):
        """Sends a signal when the program has said that it runs. (status, stdout, stderr)."""
        process = self.start("run", *args)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        process.send_signal(number)
        out, err = process.communicate(timeout=TIMEOUT)
        return process.returncode, out.decode(), err.decode()

    LOOP = "print('ready', flush=True)\nwhile True: pass"

    def test_ctrl_c_ends_the_program_and_says_what_it_had_done(self):
        status, _, err = self.interrupted(signal.SIGINT, "-e", self.LOOP)
        self.assertEqual(status, 130)
        self.assertRegex(
            err, r"\Abelljar: stopped: interrupted by Ctrl-C after .* 6 bytes of output\n\Z"
        )

    def test_ctrl_c_ends_a_program_that_waits(self):
        for code in (
            "import time\nprint('ready', flush=True)\ntime.sleep(1e6)",
            "print('ready', flush=True)\ninput()",
        ):
            status, _, err = self.interrupted(signal.SIGINT, "--stdin", "-", "-e", code)
            self.assertEqual(status, 130, err)

    def test_sigterm_ends_it_too(self):
        status, _, err = self.interrupted(signal.SIGTERM, "-e", self.LOOP)
        self.assertEqual(status, 143)
        self.assertIn("SIGTERM", err)

    def test_files_come_out_after_ctrl_c(self):
        code = "open('a', 'w').write('x')\n" + self.LOOP
        status, _, err = self.interrupted(signal.SIGINT, "--out", "out", "-e", code)
        self.assertEqual((status, (self.dir / "out/a").read_text()), (130, "x"), err)

    def test_two_signals_end_it_all_the_same(self):
        process = self.start("run", "-e", self.LOOP)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=TIMEOUT), 130)

    def test_a_signal_that_was_ignored_stays_ignored(self):
        def ignore():
            signal.signal(signal.SIGINT, signal.SIG_IGN)

        process = self.start(
            "run",
            "--stdin",
            "-",
            "-e",
            "print('ready', flush=True)\nprint(input())",
            preexec_fn=ignore,
        )
        self.assertEqual(process.stdout.readline(), b"ready\n")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(b"on\n", timeout=TIMEOUT)
        self.assertEqual((process.returncode, out), (0, b"on\n"), err)

    def test_verbose_logs_to_stderr_only(self):
        done = self.prints("1\n", "run", "-v", "-e", "print(1)")
        lines = done.stderr.splitlines()
        self.assertTrue(lines and all(line.startswith("belljar: ") for line in lines), done.stderr)
        self.assertIn("outcome ok", done.stderr)


class Streaming(CliTest):
    def test_output_arrives_while_the_program_runs(self):
        for language, code in (
            ("python", "print('ready', flush=True)\nprint(input())"),
            (
                "python",
                "import sys\nprint('ready', file=sys.stderr, flush=True)\nprint(input(), file=sys.stderr)",
            ),
        ):
            process = self.start("run", "--lang", language, "--stdin", "-", "-e", code)
            stream = process.stderr if "stderr" in code else process.stdout
            self.assertEqual(stream.readline(), b"ready\n")
            process.stdin.write(b"go\n")
            process.stdin.flush()
            self.assertEqual(stream.readline(), b"go\n")
            self.assertEqual(process.wait(timeout=TIMEOUT), 0)

    def test_stdout_and_stderr_stay_apart(self):
        done = self.prints(
            "out\n", "run", "-e", "import sys\nprint('out')\nprint('err', file=sys.stderr)"
        )
        self.assertEqual(done.stderr, "err\n")
        done = self.prints(
            "out\n", "run", "--lang", "javascript", "-e", "console.log('out'); console.error('err')"
        )
        self.assertEqual(done.stderr, "err\n")

    def test_every_byte_passes_unchanged(self):
        code = "import sys\nsys.stdout.buffer.write(bytes(range(256)) * 1000)"
        done = subprocess.run([BELLJAR, "run", "-e", code], stdout=subprocess.PIPE, timeout=TIMEOUT)
        self.assertEqual((done.returncode, done.stdout), (0, bytes(range(256)) * 1000))

    def test_a_pipe_that_does_not_block_loses_nothing(self):
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETFL, fcntl.fcntl(writer, fcntl.F_GETFL) | os.O_NONBLOCK)
        process = self.start("run", "-e", "print('x' * 999_999)", stdout=writer)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            self.assertEqual(len(pipe.read()), 1_000_000)
        self.assertEqual(process.wait(timeout=TIMEOUT), 0)

    def test_a_closed_pipe_ends_the_program_quietly(self):
        process = self.start(
            "run", "--timeout", "1h", "--output-limit", "1G", "-e", "while True: print('x')"
        )
        self.assertEqual(process.stdout.readline(), b"x\n")
        process.stdout.close()
        self.assertEqual(process.wait(timeout=TIMEOUT), 141)
        self.assertEqual(process.stderr.read(), b"")

    def test_a_full_disk_is_a_failure(self):
        with open("/dev/full", "w") as full:
            done = self.belljar(
                "run", "--timeout", "1h", "-e", "while True: print('x')", stdout=full
            )
        self.assertEqual(done.returncode, FAILED)
        self.assertEqual(done.stderr, "belljar: cannot write to stdout: No space left on device\n")

    def test_a_closed_stdout_is_a_failure_and_no_other_file_takes_its_place(self):
        self.file("a.py", "print('x' * 100)")
        done = subprocess.run(
            ["sh", "-c", 'exec "$0" run --receipt receipt.json a.py >&-', BELLJAR],
            cwd=self.dir,
            stderr=subprocess.PIPE,
            timeout=TIMEOUT,
            text=True,
        )
        self.assertEqual(done.returncode, FAILED)
        self.assertIn("cannot write to stdout: Bad file descriptor", done.stderr)
        json.loads((self.dir / "receipt.json").read_text())

    def test_a_reader_that_stalls_does_not_hold_the_program_past_its_time(self):
        process = self.start(
            "run", "--timeout", "1s", "--output-limit", "1G", "-e", "while True: print('x' * 999)"
        )
        self.assertEqual(process.wait(timeout=TIMEOUT), LIMIT)
        self.assertIn(b"timeout of 1 s", process.stderr.read())

    def test_a_reader_that_stalls_does_not_stop_ctrl_c(self):
        process = self.start(
            "run", "--timeout", "1h", "--output-limit", "1G", "-e", "while True: print('x' * 999)"
        )
        self.assertEqual(len(process.stdout.read(999)), 999)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=TIMEOUT), 130)


class Grants(CliTest):
    def test_nothing_is_there_by_default(self):
        code = "import os, sys; print(dict(os.environ), sys.argv[1:], repr(sys.stdin.read()), os.getcwd(), os.listdir())"
        done = self.belljar("run", "-e", code, stdin="secret", env={"SECRET": "x"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("SECRET", done.stdout)
        self.assertTrue(done.stdout.endswith("[] '' /work []\n"), done.stdout)
        for path in ("/etc/passwd", "/proc/self/environ", BELLJAR, "../../etc/passwd"):
            done = self.belljar("run", "-e", f"open({path!r})")
            self.assertEqual(done.returncode, 1)
            self.assertIn("Error", done.stderr)

    def test_env_sets_and_passes_on(self):
        code = "import os; print(os.environ.get('A'), os.environ.get('B'), os.environ.get('C'))"
        self.prints(
            "1 x=y None\n",
            "run",
            "--env",
            "A=1",
            "--env",
            "B",
            "-e",
            code,
            env={"B": "x=y", "C": "c"},
        )
        self.prints("2  None\n", "run", "--env", "A=1", "--env", "A=2", "--env=B=", "-e", code)

    def test_env_of_what_is_not_set_is_refused(self):
        self.refuses(
            FAILED, ["BELLJAR_NO_SUCH", "VALUE"], "run", "--env", "BELLJAR_NO_SUCH", "-e", ""
        )
        self.refuses(FAILED, ["NAME"], "run", "--env", "=x", "-e", "")

    def test_arguments_reach_the_program(self):
        self.prints(
            "['-e', 'a', 'b c', '']\n",
            "run",
            "-e",
            "import sys; print(sys.argv)",
            "--",
            "a",
            "b c",
            "",
        )

    def test_a_directory_can_be_read(self):
        (self.dir / "data").mkdir()
        self.file("data/a.txt", "content")
        for grant in ("data:/data", "data:/data:ro", f"{self.dir}/data:/data"):
            self.prints(
                "content ['a.txt']\n",
                "run",
                "--dir",
                grant,
                "-e",
                "import os; print(open('/data/a.txt').read(), os.listdir('/data'))",
            )

    def test_a_directory_cannot_be_written_or_left(self):
        (self.dir / "data").mkdir()
        self.file("data/a.txt", "content")
        self.file("b.txt", "secret")
        os.symlink("../b.txt", self.dir / "data/link")
        for code in (
            "open('/data/a.txt', 'w')",
            "open('/data/new', 'w')",
            "import os; os.remove('/data/a.txt')",
            "open('/data/../b.txt')",
            "open('/data/link').read()",
        ):
            with self.subTest(code=code):
                done = self.belljar("run", "--dir", "data:/data", "-e", code)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("Error", done.stderr)
        self.assertEqual(sorted(os.listdir(self.dir / "data")), ["a.txt", "link"])
        self.assertEqual((self.dir / "data/a.txt").read_text(), "content")

    CHANGES = """
import os
open('/d/a.txt', 'a').write(' more')
os.makedirs('/d/new/deep')
open('/d/new/deep/f', 'w').write('x' * 100000)
os.rename('/d/sub', '/d/moved')
os.remove('/d/moved/b.txt')
print(sorted(os.listdir('/d')), os.listdir('/d/moved'), open('/d/a.txt').read())
"""

    def make_tree(self, name):
        (self.dir / name / "sub").mkdir(parents=True)
        self.file(f"{name}/a.txt", "content")
        self.file(f"{name}/sub/b.txt", "other")

    def test_what_is_written_to_a_directory_lands_there_or_stays_in_memory(self):
        for mode in ("rw", "overlay"):
            with self.subTest(mode=mode):
                self.make_tree(mode)
                self.prints(
                    "['a.txt', 'moved', 'new'] [] content more\n",
                    "run",
                    "--dir",
                    f"{mode}:/d:{mode}",
                    "-e",
                    self.CHANGES,
                )
        self.assertEqual((self.dir / "rw/a.txt").read_text(), "content more")
        self.assertEqual((self.dir / "rw/new/deep/f").stat().st_size, 100000)
        self.assertEqual(os.listdir(self.dir / "rw/moved"), [])
        self.assertEqual(sorted(os.listdir(self.dir / "overlay")), ["a.txt", "sub"])
        self.assertEqual((self.dir / "overlay/a.txt").read_text(), "content")
        self.assertEqual((self.dir / "overlay/sub/b.txt").read_text(), "other")

    def test_changes_of_an_overlay_are_shown_and_applied(self):
        self.make_tree("d")
        code = self.CHANGES.replace("'x' * 100000", "'line\\n'")
        done = self.belljar("run", "--dir", "d:/d:overlay", "--diff", "-e", code)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("--- a/d/a.txt\n+++ b/d/a.txt\n@@ -1 +1 @@\n-content\n", done.stdout)
        self.assertIn("--- /dev/null\n+++ b/d/new/deep/f\n@@ -0,0 +1 @@\n+line\n", done.stdout)
        self.assertIn("--- a/d/sub/b.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-other\n", done.stdout)
        self.assertEqual((self.dir / "d/a.txt").read_text(), "content")
        done = self.belljar("run", "--dir", "d:/d:overlay", "--commit", "-e", code + "1 / 0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing was applied", done.stderr)
        self.assertEqual((self.dir / "d/a.txt").read_text(), "content")
        done = self.belljar("run", "--dir", "d:/d:overlay", "--commit", "-e", code)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("applied to d", done.stderr)
        self.assertEqual((self.dir / "d/a.txt").read_text(), "content more")
        self.assertEqual((self.dir / "d/new/deep/f").read_text(), "line\n")
        self.assertEqual(sorted(os.listdir(self.dir / "d")), ["a.txt", "moved", "new"])
        for option in ("--diff", "--commit"):
            self.refuses(FAILED, [option, "overlay"], "run", option, "-e", "")

    def test_what_a_diff_compares_is_bounded_for_all_files_together(self):
        """Each large file alone is compared in a quarter of the work; the last small one finds none left."""
        small = "a\nX\nb\nY\nc\n"
        for name in ("a", "z"):
            self.file(name, small)
        for i in range(4):
            self.file(f"large{i}", "".join(f"{'x' * 290}a{line:06}\n" for line in range(3000)))
        code = f"""
import os
for name in os.listdir('/d'):
    text = open('/d/' + name).read()
    if name.startswith('large'):
        text = text.replace('xa', 'xb')
    open('/d/' + name, 'w').write(text.replace('X', 'x!').replace('Y', 'y!'))
"""
        done = self.belljar("run", "--dir", ".:/d:overlay", "--diff", "-e", code)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("a/d/a\n+++ b/d/a\n@@ -1,5 +1,5 @@\n a\n-X\n+x!\n b\n-Y\n+y!\n c\n", done.stdout)
        self.assertIn("@@ -1,5 +1,5 @@\n a\n-X\n-b\n-Y\n+x!\n+b\n+y!\n c\n", done.stdout)
        self.assertIn("not all lines were compared", done.stderr)
        for i in range(1, 4):
            os.remove(self.dir / f"large{i}")
        done = self.belljar("run", "--dir", ".:/d:overlay", "--diff", "-e", code)
        self.assertEqual(done.stdout.count("@@ -1,5 +1,5 @@\n a\n-X\n+x!\n b\n"), 2)
        self.assertNotIn("not all lines", done.stderr)

    def test_a_diff_of_many_short_lines_is_not_made(self):
        """They would take the host many times what they take the guest."""
        self.file("f", "\n" * (1 << 20))
        for lines, told in (((1 << 20) + 1, "modified file, of too many lines to show, /d/f\n"), (5, "--- a/d/f\n")):
            code = f"open('/d/f', 'w').write('\\n' * {lines})"
            done = self.belljar("run", "--dir", ".:/d:overlay", "--diff", "-e", code)
            self.assertTrue(done.stdout.startswith(told), done.stdout[:200])

    def test_what_cannot_be_shown_is_named(self):
        """A file that is too large; one whose rest the host has removed since it was saved: then nothing is applied."""
        self.file("f", "text " * 30000)
        code = "open('/d/f', 'r+').write('new'); open('/d/large', 'w').write('x' * (17 << 20))"
        done = self.belljar("run", "--dir", ".:/d:overlay", "--save", "saved", "--diff", "-e", code)
        self.assertIn("created file, too large to show, /d/large\n", done.stdout)
        os.remove(self.dir / "f")
        done = self.belljar("run", "--from", "saved", "--dir", ".:/d:overlay", "--diff", "--commit", "-e", "1")
        self.assertIn("file, which cannot be shown, /d/f\n", done.stdout)
        self.assertIn("cannot read '/d/f' of the guest", done.stderr)
        self.assertEqual(os.listdir(self.dir), ["saved"])

    def test_a_receipt_tells_what_became_of_files(self):
        self.make_tree("d")
        done = self.belljar("run", "--json", "--dir", "d:/d:overlay", "-e", self.CHANGES)
        files = {f["path"]: f for f in json.loads(done.stdout)["files"]}
        self.assertEqual(files["/d/a.txt"]["change"], "modified")
        self.assertEqual(
            files["/d/a.txt"]["sha256"], hashlib.sha256(b"content more").hexdigest()
        )
        self.assertEqual(files["/d/new/deep/f"]["size"], 100000)
        self.assertEqual(files["/d/sub/b.txt"]["change"], "deleted")
        self.assertEqual(json.loads(self.belljar("run", "--json", "-e", "1").stdout)["files"], [])

    def test_calls_are_audited(self):
        code = """
import os
open('/work/a', 'w').write('x')
os.rename('/work/a', '/work/b')
try:
    open('/etc/passwd')
except OSError:
    pass
"""
        done = self.belljar("run", "--audit", "log", "--fuel", "1e9", "-e", code)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [json.loads(line) for line in (self.dir / "log").read_text().splitlines()]
        by = lambda call, path: [l for l in lines if l["call"] == call and l["path"] == path]
        opened = by("path_open", "/work/a")[0]
        self.assertEqual((opened["result"], opened["mount"]), ("OK", "/work"))
        self.assertIn("FD_WRITE", opened["rights"])
        written = by("fd_write", "/work/a")[0]
        self.assertEqual((written["mount"], written["layer"]), ("/work", "memory"))
        self.assertEqual(by("path_rename", "/work/a")[0]["other_path"], "/work/b")
        self.assertEqual(by("path_open", "/etc/passwd")[0]["result"], "ENOENT")
        fuel = [line["fuel"] for line in lines]
        self.assertEqual(fuel, sorted(fuel))
        self.assertGreater(fuel[-1], fuel[0])
        self.assertIn('"fuel":null', self.belljar("run", "--audit", "-", "-e", code).stderr)
        self.refuses(FAILED, ["--audit", "missing"], "run", "--audit", "missing/log", "-e", "")
        full = self.belljar("run", "--audit", "/dev/full", "-e", code)
        self.assertEqual(full.returncode, FAILED)
        self.assertIn("--audit", full.stderr)

    def test_denials_stand_in_the_receipt(self):
        code = """
import os
for path in ('/etc/passwd', '/etc/passwd', '/lib/belljar/os.py'):
    try:
        open(path, 'a')
    except OSError:
        pass
"""
        receipt = json.loads(self.belljar("run", "--json", "-e", code).stdout)
        self.assertEqual(
            [(d["path"], d["times"]) for d in receipt["denied"]],
            [("/etc/passwd", 2), ("/lib/belljar/os.py", 1)],
        )
        quiet = json.loads(self.belljar("run", "--json", "-e", "import json, random").stdout)
        self.assertEqual((quiet["denied"], quiet["denied_more"]), ([], 0))
        many = "import os\nfor i in range(500): os.path.exists('/' + 'x' * 200 + str(i))"
        receipt = json.loads(self.belljar("run", "--json", "-e", many).stdout)
        self.assertLessEqual(len(receipt["denied"]), 64)
        self.assertEqual(len(receipt["denied"]) + receipt["denied_more"], 500)

    def test_a_directory_in_memory_has_a_size_of_its_own(self):
        code = """
import errno
open('/tmp/x', 'wb').write(bytes(900000))
open('/work/x', 'wb').write(bytes(900000))
try:
    open('/tmp/y', 'wb').write(bytes(900000))
except OSError as e:
    print(e.errno == errno.ENOSPC)
"""
        self.prints("True\n", "run", "--tmp", "1M", "--file-bytes", "1M", "-e", code)
        self.prints("[]\n", "run", "--tmp", "1M:/scratch", "-e", "import os; print(os.listdir('/scratch'))")
        for value in ("", "0", "x", "1M:scratch", ":/tmp"):
            self.refuses(FAILED, ["--tmp", "SIZE"], "run", "--tmp", value, "-e", "")

    def test_an_archive_is_a_directory(self):
        import zipfile

        with zipfile.ZipFile(self.dir / "lib.zip", "w", zipfile.ZIP_DEFLATED) as z:
            z.writestr("package/__init__.py", "answer = 42")
        code = "import sys; sys.path.append('/arch'); import package; print(package.answer)"
        self.prints("42\n", "run", "--archive", "lib.zip:/arch", "-e", code)
        self.refuses(FAILED, ["--archive", "missing.zip"], "run", "--archive", "missing.zip:/a", "-e", "")
        self.refuses(FAILED, ["--archive", "FILE:GUEST"], "run", "--archive", "lib.zip", "-e", "")
        self.file("text", "no zip file")
        self.refuses(FAILED, ["zip"], "run", "--archive", "text:/arch", "-e", "")

    def test_devices_are_for_commands_that_are_granted_them(self):
        module = """(module
  (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func $name (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (call $exit (call $name (i32.const 5) (i32.const 0) (i32.const 4)))))"""
        path = self.file("dev.wat", module)
        self.assertEqual(self.belljar("run", path).returncode, 8)  # EBADF: /work is the last
        self.assertEqual(self.belljar("run", "--devices", path).returncode, 0)

    def test_exceptions_are_for_modules_that_are_granted_them(self):
        module = '(module (memory (export "memory") 1) (tag $t (param i32)) (func (export "_start") %s))'
        catches = self.file("catches.wat", module % "(block $b (result i32) (try_table (catch $t $b) (throw $t (i32.const 1))) (i32.const 2)) (drop)")
        throws = self.file("throws.wat", module % "(throw $t (i32.const 1))")
        spins = self.file("spins.wat", module % "(loop $l (block $b (try_table (catch_all $b) (throw $t (i32.const 1)))) (br $l))")
        self.refuses(126, ["exceptions", "--exceptions"], "run", catches)
        self.assertEqual(self.belljar("run", "--exceptions", catches).returncode, 0)
        self.refuses(134, ["trap", "uncaught exception"], "run", "--exceptions", throws)
        self.refuses(124, ["timeout"], "run", "--exceptions", "--timeout", "50ms", spins)
        self.refuses(124, ["fuel"], "run", "--exceptions", "--fuel", "100k", spins)

    def test_a_wrong_dir_is_explained(self):
        self.file("file", "")
        for value, words in (
            ("data", ["HOST:GUEST"]),
            (":/data", ["HOST:GUEST"]),
            ("data:data", ["HOST:GUEST"]),
            ("missing:/data", ["missing", "No such file"]),
            ("file:/data", ["file", "not a directory"]),
            (".:/data:wr", ["wr", "ro", "rw", "overlay"]),
            (".:/data:", ["ro", "rw", "overlay"]),
        ):
            with self.subTest(value=value):
                self.refuses(FAILED, ["--dir", *words], "run", "--dir", value, "-e", "")

    def test_stdin_comes_from_a_file_or_from_here(self):
        code = "import sys; print(sys.stdin.read())"
        self.prints("content\n", "run", "--stdin", self.file("in", "content"), "-e", code)
        self.prints("piped\n", "run", "--stdin", "-", "-e", code, stdin="piped")
        self.prints("\n", "run", "-e", code, stdin="piped")
        self.prints(
            "piped\n",
            "run",
            "--stdin",
            "-",
            "--lang",
            "python",
            self.file("program", code),
            stdin="piped",
        )

    def test_a_wrong_stdin_is_explained(self):
        self.refuses(FAILED, ["--stdin", "missing"], "run", "--stdin", "missing", "-e", "")
        self.refuses(FAILED, ["--stdin", "directory"], "run", "--stdin", ".", "-e", "")

    def test_files_come_out_whatever_the_outcome(self):
        code = "import os\nos.makedirs('a/b')\nopen('a/b/c', 'w').write('x')\n"
        for end, status in (
            ("", 0),
            ("raise SystemExit(3)", 3),
            ("1/0", 1),
            ("while True: pass", LIMIT),
        ):
            with self.subTest(end=end):
                done = self.belljar(
                    "run", "--timeout", "2s", "--out", f"out{status}", "-e", code + end
                )
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertEqual((self.dir / f"out{status}/a/b/c").read_text(), "x")

    def test_out_replaces_files_and_keeps_others(self):
        (self.dir / "out").mkdir()
        self.file("out/a", "old")
        self.file("out/b", "old")
        self.prints("", "run", "--out", "out", "-e", "x = open('a', 'w').write('new')")
        self.assertEqual([(self.dir / "out" / name).read_text() for name in "ab"], ["new", "old"])

    def test_a_wrong_out_is_refused_before_the_program_runs(self):
        self.file("file", "")
        for path in ("file", "missing/out"):
            self.refuses(FAILED, ["--out", path], "run", "--out", path, "-e", "print('ran')")

    def test_the_number_of_files_is_logged(self):
        done = self.prints("", "run", "-v", "--out", "out", "-e", "x = open('a', 'w').write('x')")
        self.assertIn("1 file copied to out", done.stderr)


class Receipts(CliTest):
    def receipt(self, *args, status=0, **kwargs):
        """The only thing that a run with --json prints."""
        done = self.belljar("run", "--json", *args, **kwargs)
        self.assertEqual((done.returncode, done.stderr), (status, ""))
        self.assertTrue(done.stdout.endswith("}\n"))
        return json.loads(done.stdout)

    def test_json_is_one_object_in_one_line(self):
        done = self.belljar("run", "--json", "-e", "print('a\\nb')")
        self.assertEqual(done.stdout.count("\n"), 1)
        receipt = json.loads(done.stdout)
        self.assertEqual(
            (receipt["outcome"], receipt["stdout"], receipt["stderr"]), ("ok", "a\nb\n", "")
        )
        self.assertEqual(receipt["usage"]["output_bytes"], 4)
        self.assertGreater(receipt["usage"]["wall_ns"], 0)

    def test_json_tells_each_outcome(self):
        for code, status, outcome in (
            ("", 0, "ok"),
            ("raise SystemExit(7)", 7, "exit"),
            ("1/0", 1, "error"),
            ("while True: pass", LIMIT, "limit"),
        ):
            with self.subTest(outcome=outcome):
                receipt = self.receipt("--timeout", "2s", "-e", code, status=status)
                self.assertEqual(receipt["outcome"], outcome)
        self.assertEqual(receipt["limit"]["name"], "timeout")
        self.assertEqual(
            self.receipt("--lang", "wasm", "-e", TRAP_WAT, status=TRAP)["outcome"], "trap"
        )
        self.assertEqual(self.receipt("-e", "1/0", status=1)["error"]["type"], "ZeroDivisionError")

    def test_fuel_is_null_unless_it_is_limited(self):
        self.assertIsNone(self.receipt("-e", "")["usage"]["fuel"])
        self.assertGreater(self.receipt("--fuel", "1e12", "-e", "")["usage"]["fuel"], 0)

    def test_json_after_ctrl_c_is_whole(self):
        os.mkfifo(self.dir / "in")
        process = self.start("run", "--json", "--stdin", "in", "-e", "input()\nwhile True: pass")
        with open(self.dir / "in", "wb") as fifo:  # opens when the command has opened its end
            fifo.write(b"go\n")
            fifo.flush()
            self.wait_for_handler(process.pid, signal.SIGINT)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=TIMEOUT)
        self.assertEqual((process.returncode, err), (130, b""))
        self.assertEqual(json.loads(out)["outcome"], "interrupted")

    def wait_for_handler(self, pid, number):
        """Until the process catches the signal, which it does while its program runs."""
        while True:
            caught = re.search(r"SigCgt:\t(\w+)", Path(f"/proc/{pid}/status").read_text()).group(1)
            if int(caught, 16) >> (number - 1) & 1:
                return

    def test_bytes_that_are_no_text_leave_the_json_valid(self):
        receipt = self.receipt("-e", "import sys; sys.stdout.buffer.write(b'a\\xff\\0b')")
        self.assertEqual(receipt["stdout"], "a\ufffd\0b")

    def test_json_does_not_go_with_a_full_disk(self):
        with open("/dev/full", "w") as full:
            done = self.belljar("run", "--json", "-e", "", stdout=full)
        self.assertEqual(done.returncode, FAILED)
        self.assertIn("No space left", done.stderr)

    def test_errors_of_belljar_leave_stdout_empty(self):
        self.refuses(FAILED, ["missing.py"], "run", "--json", "missing.py")
        self.refuses(NOT_RUNNABLE, ["env"], "run", "--json", "--lang", "wasm", "-e", DENIED_WAT)

    def test_a_receipt_goes_to_a_file_while_output_streams(self):
        self.prints("x\n", "run", "--receipt", "r.json", "-e", "print('x')")
        self.assertEqual(json.loads((self.dir / "r.json").read_text())["outcome"], "ok")

    def test_a_receipt_goes_to_stderr(self):
        done = self.prints("x\n", "run", "--receipt", "-", "-e", "print('x')")
        self.assertEqual(json.loads(done.stderr)["stdout"], "x\n")

    def test_a_receipt_that_cannot_be_written_is_a_failure(self):
        self.refuses(
            FAILED,
            ["--receipt", "missing/r"],
            "run",
            "--receipt",
            "missing/r",
            "-e",
            "print('ran')",
        )
        done = self.belljar("run", "--receipt", "/dev/full", "-e", "print('x')")
        self.assertEqual((done.returncode, done.stdout), (FAILED, "x\n"))
        self.assertIn("/dev/full", done.stderr)


class Screen(CliTest):
    """What guests, modules and files bring to a terminal is shown there, and passed on unchanged elsewhere."""

    # What a terminal obeys or does not show, with what is shown in its place.
    HIDDEN = {
        "\0": r"\x00",
        "\a": r"\x07",
        "\b": r"\x08",
        "\r": r"\x0d",
        "\x1b[2J": r"\x1b[2J",
        "\x1b]0;title\x07": r"\x1b]0;title\x07",
        "\x7f": r"\x7f",
        "\x85": r"\u0085",
        "\x9b": r"\u009b",
        "\xad": r"\u00ad",
        "\u061c": r"\u061c",
        "\u200b": r"\u200b",
        "\u200e": r"\u200e",
        "\u200f": r"\u200f",
        "\u2028": r"\u2028",
        "\u202a": r"\u202a",
        "\u202e": r"\u202e",
        "\u2066": r"\u2066",
        "\u2069": r"\u2069",
        "\ufeff": r"\ufeff",
        "\U000e0041": r"\U000e0041",
    }
    # What is not UTF-8.
    BROKEN = {b"\xff": r"\xff", b"\xc0\x80": r"\xc0\x80", b"\xed\xa0\x80": r"\xed\xa0\x80", b"\xe2\x82.": r"\xe2\x82."}
    @classmethod
    def setUpClass(cls):
        """Nothing is compiled at a terminal, where that would be said."""
        subprocess.run([BELLJAR, "run", "-e", ""], check=True, timeout=TIMEOUT)

    SENT = "plain äöü € 語 👍 \t|"

    def at_terminal(self, *args, stdin=subprocess.DEVNULL, only=None):
        """Runs it with stdout and stderr at a terminal, or only one of them. All that the terminal got."""
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        tty.setraw(slave)
        streams = {name: slave if only in (None, name) else subprocess.DEVNULL for name in ("stdout", "stderr")}
        process = self.start(*args, stdin=stdin, **streams)
        os.close(slave)
        seen = b""
        while True:
            try:
                more = os.read(master, 65536)
            except OSError:  # the last one who had it open is gone
                break
            if not more:
                break
            seen += more
        self.assertIsNotNone(process.wait(TIMEOUT))
        return seen.decode(errors="surrogateescape")

    def program(self, stream="stdout"):
        """Writes each of them on a line of its own."""
        lines = [c.encode() for c in self.HIDDEN] + list(self.BROKEN) + [self.SENT.encode()]
        return f"import sys\nfor line in {lines!r}: sys.{stream}.buffer.write(line + b'|\\n')\nsys.{stream}.flush()", lines

    def expected(self):
        return "".join(f"{shown}|\n" for shown in [*self.HIDDEN.values(), *self.BROKEN.values(), self.SENT])

    def test_output_is_shown_at_a_terminal(self):
        for stream in ("stdout", "stderr"):
            code, _ = self.program(stream)
            self.assertEqual(self.at_terminal("run", "-e", code, only=stream), self.expected())

    def test_output_is_sent_to_a_terminal_with_raw(self):
        code, lines = self.program()
        sent = b"".join(line + b"|\n" for line in lines)
        self.assertEqual(self.at_terminal("run", "--raw", "-e", code), sent.decode(errors="surrogateescape"))

    def test_output_reaches_a_pipe_unchanged(self):
        code, lines = self.program()
        sent = b"".join(line + b"|\n" for line in lines)
        self.assertEqual(self.start("run", "-e", code).communicate(timeout=TIMEOUT)[0], sent)

    def test_characters_may_come_in_pieces(self):
        code = "import os\nfor byte in 'a€\\r\\n\\u202e👍'.encode() + b'\\xf0\\x9f': os.write(1, bytes([byte]))"
        self.assertEqual(self.at_terminal("run", "-e", code), "a€\r\n\\u202e👍\\xf0\\x9f")

    def test_errors_of_the_guest_are_shown(self):
        seen = self.at_terminal("run", "-e", "raise RuntimeError('\\x1b[1Afake\\u202e')")
        self.assertIn(r"RuntimeError: \x1b[1Afake\u202e", seen)
        self.assertNotIn("\x1b", seen)

    def test_receipts_and_audit_lines_are_shown_as_json(self):
        code = "open('\\x9b\\u202e\\U000e0041\\x7f', 'w')"
        raw = "\x9b\u202e\U000e0041\x7f"
        for args in (["--json"], ["--receipt", "-"]):
            seen = self.at_terminal("run", *args, "-e", code)
            self.assertEqual(json.loads(seen)["files"][0]["path"], "/work/" + raw)
            self.assertIn(r"\u009b\u202e\udb40\udc41\u007f", seen)
        seen = self.at_terminal("run", "--audit", "-", "-e", code)
        self.assertIn(r"\u009b\u202e\udb40\udc41\u007f", seen)
        self.assertNotIn("\u202e", seen)
        self.assertIn(raw, self.at_terminal("run", "--raw", "--json", "-e", code))
        self.assertIn(raw, self.belljar("run", "--json", "-e", code).stdout)

    FORGED = "z\n--- a\n+++ b\n@@ -1 +1 @@\n-old\n+forged \x1b[2K"

    def diff(self, name, *args, run=None, content="hi\n"):
        (self.dir / "project").mkdir(exist_ok=True)
        code = f"open('/p/' + {name!r}, 'w').write({content!r})"
        return (run or self.at_terminal)("run", "--dir", "project:/p:overlay", "--diff", *args, "-e", code)

    def test_names_in_a_diff_are_quoted_wherever_it_goes(self):
        quoted = r'"b/p/z\012--- a\012+++ b\012@@ -1 +1 @@\012-old\012+forged \033[2K"'
        whole = f"--- /dev/null\n+++ {quoted}\n@@ -0,0 +1 @@\n+hi\n"
        self.assertEqual(self.diff(self.FORGED), whole)
        self.assertEqual(self.diff(self.FORGED, "--raw"), whole)
        self.assertEqual(self.diff(self.FORGED, run=self.belljar).stdout, whole)
        self.assertIn(r'+++ "b/p/\"\\"', self.diff('"\\'))
        self.assertIn(r'+++ "b/p/a\342\200\256"', self.diff("a\u202e"))
        self.assertIn("+++ b/p/äöü €\n", self.diff("äöü €"))
        self.assertIn(r'"b/p/z\012--- a', self.diff(self.FORGED, content="a\0b"))

    def test_lines_of_a_diff_are_shown_at_a_terminal(self):
        self.assertIn("+a\t\\x1b[2K\\u009b\\u202e\n", self.diff("f", content="a\t\x1b[2K\x9b\u202e\n"))
        self.assertIn("+a\x1b[2K\x9b\u202e\n", self.diff("f", "--raw", content="a\x1b[2K\x9b\u202e\n"))
        self.assertIn("+a\x1b[2K\n", self.diff("f", content="a\x1b[2K\n", run=self.belljar).stdout)

    def test_other_names_of_changes_are_one_line_wherever_they_go(self):
        code = "import os\nos.mkdir('/p/d\\n\\x9b')\nos.symlink('\x1b[2J', '/p/l\\u202e')"
        (self.dir / "project").mkdir()
        args = ("run", "--dir", "project:/p:overlay", "--diff", "-e", code)
        whole = 'created directory "/p/d\\012\\302\\233"\ncreated link "/p/l\\342\\200\\256" -> "\\033[2J"\n'
        self.assertEqual(self.at_terminal(*args), whole)
        self.assertEqual(self.belljar(*args).stdout, whole)

    def test_the_question_is_seen_before_it_is_answered(self):
        (self.dir / "project").mkdir()
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        process = self.start("run", "--dir", "project:/p:overlay", "--diff", "--commit", "-e", "open('/p/f', 'w').write('hi')",
                             stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        seen = b""
        while b"[y/N] " not in seen:
            self.assertTrue(select.select([master], [], [], TIMEOUT)[0], seen)
            seen += os.read(master, 65536)
        self.assertIn(b"+hi", seen)
        os.write(master, b"n\n")
        self.assertEqual(process.wait(TIMEOUT), 0)
        self.assertFalse((self.dir / "project" / "f").exists())

    def test_file_lists_of_a_session_are_one_line_each(self):
        done = self.belljar("session", stdin="open('a\\n\\x1b\\u202e', 'w').close()\n:files\n")
        self.assertIn("a\\x0a\\x1b\\u202e\n", done.stdout)

    def test_messages_show_what_is_hidden(self):
        name = "no\n\x1b\x9b\u202e\u200b.py"
        done = self.belljar("run", name)
        self.assertIn("no\\x0a\\x1b\\u009b\\u202e\\u200b.py", done.stderr)


class PipedSession(CliTest):
    def test_values_are_printed_and_state_persists(self):
        self.prints("42\n'ab'\n", "session", stdin="x = 6\nx * 7\n'a' + 'b'\n")

    def test_no_prompts_and_no_banner(self):
        done = self.prints("1\n", "session", stdin="1\n")
        self.assertEqual(done.stderr, "")

    def test_a_statement_of_several_lines_ends_with_an_empty_one(self):
        self.prints("0\n1\n5\n", "session", stdin="for i in range(2):\n    print(i)\n\n5\n")
        self.prints("[1, 2]\n", "session", stdin="[1,\n2]\n")

    def test_the_end_of_the_input_completes_a_statement(self):
        self.prints("1\n", "session", stdin="if 1:\n  print(1)")
        done = self.belljar("session", stdin="(1 +\n")
        self.assertIn("SyntaxError", done.stderr)

    def test_a_last_line_without_newline_counts(self):
        self.prints("1\n", "session", stdin="1")
        self.prints("", "session", stdin="")
        self.prints("", "session", stdin="\n\n\n")

    def test_the_last_input_that_failed_makes_the_exit_status(self):
        done = self.belljar("session", stdin="1/0\n1\n")
        self.assertEqual((done.returncode, done.stdout), (1, "1\n"))
        self.assertIn("ZeroDivisionError", done.stderr)
        done = self.belljar("session", stdin="1/0\n:nonsense\n1\n")
        self.assertEqual((done.returncode, done.stdout), (FAILED, "1\n"))
        done = self.belljar("session", stdin=":nonsense\n1/0\n:quit\n1\n")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.prints("", "session", stdin="1/0\nexit(0)\n")

    def test_exit_ends_it_with_its_code(self):
        done = self.belljar("session", stdin="import sys\nsys.exit(3)\nprint('on')\n")
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.prints("", "session", stdin="import sys\nsys.exit(0)\nprint('on')\n")

    def test_typescript(self):
        done = self.belljar("session", "typescript", stdin="let x: number = 5\ninterface A {\n b: 1 }\nx as any\nenum E {\nA }\nE.A\n")
        self.assertEqual((done.stdout, done.stderr), ("5\n0\n", ""))

    def test_javascript(self):
        code = "var x = 6;\nx * 7\nfunction f() {\n  return 3\n}\nf()\n"
        for args in (["javascript"], ["--lang", "javascript"]):
            done = self.belljar("session", *args, stdin=code)
            self.assertEqual((done.returncode, done.stdout.split()[-1]), (0, "3"), done.stderr)
            self.assertIn("42\n", done.stdout)

    def test_a_file_runs_first(self):
        self.prints(
            "first\n2\n", "session", self.file("a.py", "print('first')\nx = 2"), stdin="x\n"
        )
        self.prints("2\n", "run", "-i", "-e", "x = 2", stdin="x\n")
        self.prints("first\n2\n", "run", "-i", "a.py", stdin="x\n")
        self.prints("['b.py', '7']\n", "session", self.file("b.py", "import sys"), "--", "7",
                    stdin="sys.argv\n")
        self.file("bad.py", "x = 3; 1/0")
        self.assertEqual(self.belljar("session", "bad.py", stdin="x\n").stdout, "3\n")
        self.assertEqual(self.belljar("session", "bad.py", stdin="x\n").returncode, 1)

    def test_after_a_limit_nothing_runs(self):
        done = self.belljar(
            "session", "--timeout", "1s", stdin="while True: pass\n\nprint('on')\nprint('on')\n"
        )
        self.assertEqual((done.returncode, done.stdout), (LIMIT, ""))
        self.assertIn("timeout of 1 s", done.stderr)
        self.assertEqual(done.stderr.count("the session has ended; ':rewind start'"), 1)

    def test_ctrl_c_ends_it(self):
        process = self.start("session")
        process.stdin.write(b"print('ready', flush=True); exec('while True: pass')\nprint('on')\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), b"ready\n")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(TIMEOUT), 130)

    def test_files_come_out_at_the_end(self):
        self.prints("", "session", "--out", "out", stdin="x = open('a', 'w').write('x')\n")
        self.assertEqual((self.dir / "out/a").read_text(), "x")

    def test_an_endless_line_is_refused(self):
        with open("/dev/zero", "rb") as zero:
            done = self.belljar("session", stdin=zero)
        self.assertEqual(done.returncode, FAILED)
        self.assertIn("16 MiB", done.stderr)

    def test_wrong_use_is_explained(self):
        self.refuses(FAILED, ["reads stdin itself"], "session", "-")
        self.refuses(FAILED, ["reads stdin itself"], "session", "--stdin", "-")
        self.refuses(FAILED, ["did you mean 'python'"], "session", "pyton")
        self.refuses(FAILED, ["nosuch.py"], "session", "nosuch.py")
        self.refuses(FAILED, ["a module just runs"], "session", "wasm")
        self.refuses(FAILED, ["a module just runs"], "session", self.file("a.wat", HELLO_WAT))
        self.refuses(FAILED, ["one language"], "session", "python", "--lang", "javascript")
        self.refuses(FAILED, ["one too many", "-- b"], "session", "python", "b")
        self.refuses(FAILED, ["choose one of: on off"], "session", "--undo", "perhaps")
        self.refuses(FAILED, ["no option --json"], "session", "--json")

    def test_a_command_that_does_not_exist_is_met_with_a_suggestion(self):
        for typed, word in ((":snpshot a", "did you mean ':snapshot'"), (":xyz", "':help'")):
            self.refuses(FAILED, [word], "session", stdin=typed + "\n")

    def test_commands_say_how_they_are_used(self):
        self.refuses(FAILED, [":save wants FILE"], "session", stdin=":save\n")
        self.refuses(FAILED, [":fork wants nothing"], "session", stdin=":fork a\n")
        self.refuses(FAILED, [":rewind wants [NAME]"], "session", stdin=":rewind a b\n")

    def test_a_colon_inside_a_statement_is_source(self):
        self.prints("'a\\n:help\\n'\n", "session", stdin="x = \'\'\'a\n:help\n\'\'\'\nx\n")

    def test_help_lists_the_commands_as_the_manual_does(self):
        listed = self.prints(mock.ANY, "session", stdin=":help\n").stdout
        help_text = self.prints(mock.ANY, "help", "session").stdout
        commands = re.findall(r"^:\w+", listed, re.MULTILINE)
        self.assertIn(":snapshot", commands)
        self.assertEqual(re.findall(r"^  (:\w+)", help_text, re.MULTILINE), commands)
        manual = self.prints(mock.ANY, "manual").stdout
        for command in commands:
            self.assertIn(f"\\fB{command}\\fR", manual)

    def test_limits_show_what_the_last_input_used(self):
        before = self.prints(mock.ANY, "session", "--timeout", "7s", stdin=":limits\n").stdout
        self.assertRegex(before, r"(?m)^timeout +7 s +-$")
        self.assertRegex(before, r"(?m)^cpu +not limited +-$")
        self.assertRegex(before, r"(?m)^fuel +not counted +-$")
        after = self.prints(
            mock.ANY, "session", "--fuel", "1e9", "--cpu", "5s", stdin="print('x' * 9)\n:limits\n"
        ).stdout
        self.assertRegex(after, r"(?m)^cpu +5 s +[\d.]+ (µs|ms|s)$")
        self.assertRegex(after, r"(?m)^timeout +30 s +[\d.]+ (µs|ms|s)$")
        self.assertRegex(after, r"(?m)^fuel +1,000,000,000 +[\d,]+$")
        self.assertRegex(after, r"(?m)^output-limit +10 MiB +10 bytes$")
        self.assertRegex(after, r"(?m)^descriptors +256 +-$")

    def test_files_show_what_became_of_them(self):
        lines = "import os\nn = open('a', 'w').write('hi')\nos.mkdir('d')\n:files\n"
        self.prints(
            "created   file          2 bytes  /work/a\ncreated   directory              /work/d\n",
            "session",
            stdin=lines,
        )
        self.prints("", "session", stdin=":files\n")

    def test_a_start_anew_needs_no_snapshot(self):
        done = self.belljar("session", stdin="x = 1\n:rewind start\n'x' in globals()\n:rewind\n")
        self.assertEqual((done.returncode, done.stdout), (FAILED, "False\n"))
        self.assertIn("--undo on", done.stderr)


class States(CliTest):
    """Snapshots, forks, and files of both."""

    def session(self, *lines):
        return "".join(line + "\n" for line in lines)

    def test_a_rewind_brings_back_globals_and_files(self):
        self.prints(
            "1\n['a']\n",
            "session",
            stdin=self.session(
                "import os",
                "x = 1",
                "n = open('a', 'w').write('hi')",
                ":snapshot one",
                "x = 2",
                "n = open('b', 'w').write('hi')",
                ":rewind one",
                "x",
                "os.listdir()",
            ),
        )

    def test_a_snapshot_can_be_gone_back_to_many_times_and_be_taken_anew(self):
        lines = ["x = []", ":snapshot s", "x.append(1)", ":rewind s", "x.append(2)", "x"]
        lines += [":snapshot s", "x.append(3)", ":rewind s", "x", ":rewind s", "x"]
        self.prints("[2]\n[2]\n[2]\n", "session", stdin=self.session(*lines))

    def test_a_fork_leaves_the_one_before_alone(self):
        lines = ["x = 1", ":fork", "x += 1", ":fork", "x += 1", "x", ":back", "x", ":back", "x"]
        done = self.belljar("session", stdin=self.session(*lines, ":back"))
        self.assertEqual((done.returncode, done.stdout), (FAILED, "3\n2\n1\n"))
        self.assertIn("nothing was forked", done.stderr)

    def test_an_end_in_a_twin_is_left_by_back(self):
        lines = ["x = 1", ":fork", "while True: pass", "", "x", ":back", "x"]
        done = self.belljar("session", "--timeout", "1s", stdin=self.session(*lines))
        self.assertEqual((done.returncode, done.stdout), (LIMIT, "1\n"))

    def test_after_a_limit_a_rewind_brings_it_back(self):
        lines = ["x = 1", ":snapshot s", "while True: pass", "", "x", ":rewind s", "x"]
        done = self.belljar("session", "--timeout", "1s", stdin=self.session(*lines))
        self.assertEqual((done.returncode, done.stdout), (LIMIT, "1\n"))
        self.assertIn("':rewind s' brings it back", done.stderr)

    def test_undo_keeps_the_state_before_the_last_input_that_did_not_follow_a_failure(self):
        lines = ["x = 1", "x = 2", ":rewind", "x", "x = 5; 1/0", "while True: pass", "", ":rewind"]
        done = self.belljar(
            "session", "--undo", "on", "--timeout", "1s", stdin=self.session(*lines, "x")
        )
        self.assertEqual((done.returncode, done.stdout), (LIMIT, "1\n1\n"))
        self.assertIn("':rewind last' brings it back", done.stderr)

    def test_names_of_the_session_itself_are_refused(self):
        for name in ("start", "last"):
            self.refuses(FAILED, ["choose another"], "session", stdin=f":snapshot {name}\n")

    def test_an_unknown_name_is_met_with_a_suggestion(self):
        self.refuses(FAILED, ["did you mean 'one'"], "session", stdin=":snapshot one\n:rewind onw\n")
        self.refuses(FAILED, ["':snapshot' lists"], "session", stdin=":rewind xyz\n")

    def test_snapshots_are_listed(self):
        done = self.prints(mock.ANY, "session", stdin="x = 1\n:snapshot a\n:snapshot b\n:snapshot\n")
        self.assertRegex(done.stdout, r"\A\d\S* \w+ +a\n\d\S* \w+ +b\n0 bytes +start\n\Z")

    def test_a_state_goes_through_a_file(self):
        home = {"HOME": str(self.dir)}
        for place in ("s.bj", "with a space.bj", "~/t.bj"):
            lines = ["x = 1", f":save {place}", "x = 2", f":load {place}", "x"]
            self.prints("1\n", "session", stdin=self.session(*lines), env=home)
        self.assertTrue((self.dir / "t.bj").exists())
        self.prints("1\n", "session", "--from", "s.bj", stdin="x\n")
        self.prints("1\n", "session", "--from", "s.bj", stdin="x = 3\n:rewind start\nx\n")
        self.prints("1\n", "run", "--from", "s.bj", self.file("a.py", "print(x)"))
        self.prints("1\n", "run", "--from", "s.bj", "-e", "print(x)")

    def test_a_run_is_saved_and_gone_on_from(self):
        setup = self.file("setup.py", "import json\nn = open('a', 'w').write('hi')")
        self.prints("", "run", "--save", "ready.bj", setup)
        script = self.file("a.py", "print(json.dumps(open('a').read()))")
        for _ in range(2):
            self.prints('"hi"\n', "run", "--from", "ready.bj", script)
        self.prints("", "run", "--from", "ready.bj", "--save", "ready.bj", "-e", "n += 40")
        self.prints("42\n", "run", "--from", "ready.bj", "-e", "print(n)")
        receipt = json.loads(self.belljar("run", "--from", "ready.bj", "--json", "-e", "n").stdout)
        self.assertEqual(receipt["outcome"], "ok")

    def test_javascript_has_states_too(self):
        self.prints("", "run", "--lang", "javascript", "--save", "s.bj", "-e", "globalThis.x = 42")
        self.prints("42\n", "run", "--lang", "javascript", "--from", "s.bj", "-e", "console.log(x)")
        self.refuses(NOT_RUNNABLE, ["s.bj"], "run", "--from", "s.bj", "-e", "1")

    def test_limits_and_grants_are_those_of_the_command_line(self):
        self.prints("", "run", "--save", "s.bj", "-e", "x = 1")
        done = self.belljar("run", "--from", "s.bj", "--timeout", "1s", "-e", "while x: pass")
        self.assertEqual(done.returncode, LIMIT)
        (self.dir / "data").mkdir()
        self.file("data/a", "hello")
        self.prints(
            "hello\n",
            *("run", "--from", "s.bj", "--dir", "data:/data", "-e", "print(open('/data/a').read())"),
        )
        self.prints("", "run", "--save", "d.bj", "--dir", "data:/data", "-e", "x = 1")
        self.refuses(FAILED, ["/data"], "run", "--from", "d.bj", "-e", "1")

    def test_a_signal_ends_a_save(self):
        session = self.start("session")
        session.stdin.write(b"import os; x = os.urandom(3 << 20) * 30\n:save big.bj\n")
        session.stdin.close()
        session.stdin = None
        deadline = time.monotonic() + 120
        while not list(self.dir.glob("big.bj.*")) and time.monotonic() < deadline:
            time.sleep(0.001)
        session.send_signal(signal.SIGINT)
        _, err = session.communicate(timeout=120)
        self.assertIn(b"big.bj was not saved: it was stopped", err)
        self.assertEqual(list(self.dir.glob("big.bj*")), [])

    def test_nothing_is_saved_after_a_failure(self):
        cases = [
            ("1/0", 1, "did not end well"),
            ("exit(3)", 3, "did not end well"),
            ("while True: pass", LIMIT, "did not end well"),
            ("exit(0)", FAILED, "the interpreter has ended"),
        ]
        self.prints("", "run", "--save", "old.bj", "-e", "x = 1")
        old = (self.dir / "old.bj").read_bytes()
        for code, status, words in cases:
            for place in ("new.bj", "old.bj"):
                done = self.belljar("run", "--timeout", "1s", "--save", place, "-e", code)
                self.assertEqual(done.returncode, status, code)
                self.assertIn("nothing was written to " + place, done.stderr)
                self.assertIn(words, done.stderr)
        self.assertFalse((self.dir / "new.bj").exists())
        self.assertEqual((self.dir / "old.bj").read_bytes(), old)

    def test_a_session_is_saved_at_its_end(self):
        self.prints("", "session", "--save", "s.bj", stdin="x = 1\n")
        self.prints("1\n", "session", "--from", "s.bj", stdin="x\n")
        done = self.belljar("session", "--save", "t.bj", stdin="1/0\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing was written to t.bj", done.stderr)

    def test_wrong_use_is_explained_before_anything_runs(self):
        self.prints("", "run", "--save", "s.bj", "-e", "1")
        run = ("run", "-e", "print('ran')")
        self.refuses(FAILED, ["missing/s.bj"], *run, "--save", "missing/s.bj")
        self.refuses(FAILED, ["no regular file"], *run, "--save", ".")
        self.refuses(FAILED, ["no regular file"], *run, "--save", "/dev/null")
        keep = (*run, "--from", "s.bj", "--keep-env")
        self.refuses(FAILED, ["--env"], *keep, "--env", "A=1")
        self.refuses(FAILED, ["arguments"], *keep, "--", "1")
        for option in ("--twin", "--keep-env"):
            self.refuses(FAILED, [option, "--from"], *run, option)
        self.refuses(FAILED, ["nosuch.bj"], *run, "--from", "nosuch.bj")
        self.refuses(NOT_RUNNABLE, ["no.bj"], *run, "--from", self.file("no.bj", "print(1)"))
        for option in ("--from", "--save"):
            self.refuses(FAILED, ["only python, javascript and typescript"], "run", option, "s.bj",
                         self.file("a.wat", HELLO_WAT))

    def test_variables_and_arguments_are_of_the_run_that_goes_on(self):
        seen = "import os, sys; print(os.environ.get('KEY'), os.environ.get('B'), sys.argv)"
        self.prints("", "run", "--save", "s.bj", "--env", "KEY=secret", "-e", "1", "--", "token")
        self.prints("None None ['-e']\n", "run", "--from", "s.bj", "-e", seen)
        self.prints("None 2 ['-e', 'x']\n", "run", "--from", "s.bj", "--env", "B=2", "-e", seen, "--", "x")
        self.prints("secret None ['-e', 'token']\n", "run", "--from", "s.bj", "--keep-env", "-e", seen)

    def test_runs_from_one_file_draw_their_own_numbers(self):
        self.prints("", "run", "--save", "s.bj", "-e", "import random; random.random()")
        draw = ("run", "--from", "s.bj", "-e", "print(random.random())")
        drawn = [self.belljar(*draw).stdout for _ in range(2)]
        twins = [self.belljar(*draw, "--twin").stdout for _ in range(2)]
        self.assertNotEqual(*drawn)
        self.assertEqual(*twins)

    def test_files_with_a_key(self):
        def key(name, content, mode=0o600):
            self.file(name, content)
            os.chmod(self.dir / name, mode)
            return name

        raw, other = key("raw", bytes(range(32))), key("other", bytes(32))
        digits = key("digits", bytes(range(32)).hex().encode() + b"\n")
        self.prints("", "run", "--save", "s.bj", "--key-file", raw, "-e", "x = 5")
        self.prints("5\n", "run", "--from", "s.bj", "--key-file", digits, "-e", "print(x)")
        self.prints("5\n", "session", "--from", "s.bj", "--key-file", raw, stdin="x\n:save t.bj\n")
        self.prints("5\n", "run", "--from", "t.bj", "--key-file", raw, "-e", "print(x)")
        run = ("run", "-e", "1", "--from", "s.bj")
        self.refuses(FAILED, ["encrypted"], *run)
        self.refuses(FAILED, ["another key"], *run, "--key-file", other)
        self.refuses(FAILED, ["no key"], *run, "--key-file", key("short", b"abc"))
        self.refuses(FAILED, ["no key"], *run, "--key-file", key("long", bytes(70)))
        self.refuses(FAILED, ["chmod"], *run, "--key-file", key("open", bytes(range(32)), 0o644))
        self.refuses(FAILED, ["nosuch"], *run, "--key-file", "nosuch")
        self.prints("", "run", "--save", "plain.bj", "-e", "1")
        self.refuses(NOT_RUNNABLE, ["not encrypted"], "run", "-e", "1", "--from", "plain.bj", "--key-file", raw)

    def test_a_file_that_cannot_be_loaded_leaves_the_session_as_it_was(self):
        self.file("no.bj", "print(1)")
        done = self.belljar("session", stdin="x = 1\n:load no.bj\n:load nosuch.bj\nx\n")
        self.assertEqual((done.returncode, done.stdout), (FAILED, "1\n"))
        done = self.belljar("session", stdin="x = 1\n:save missing/s.bj\nx\n")
        self.assertEqual((done.returncode, done.stdout), (FAILED, "1\n"))


class TerminalSession(CliTest):
    """A person at a terminal: stdin, stdout and stderr are one."""

    def open(self, *args):
        self.seen = ""
        env = {name: value for name, value in os.environ.items() if name != "XDG_STATE_HOME"}
        self.master, self.slave = pty.openpty()
        self.addCleanup(os.close, self.master)
        self.addCleanup(os.close, self.slave)
        self.before = termios.tcgetattr(self.slave)

        def take_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = self.start(
            *("session", *args),
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            preexec_fn=take_terminal,
            env={**env, "TERM": "xterm", "HOME": str(self.dir)},
        )

    def type(self, text):
        os.write(self.master, text.encode())

    def read(self):
        """What the terminal shows next, or "" when the command has ended."""
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None
            if select.select([self.master], [], [], 0 if ended else 0.2)[0]:
                return os.read(self.master, 4096).decode(errors="replace")
            if ended:
                return ""
        self.fail(f"nothing came after {self.seen!r}")

    def expect(self, text):
        """Reads until `text` appears, and forgets it and what was before it."""
        while text not in self.seen:
            more = self.read()
            self.assertTrue(more, f"it ended without {text!r}: {self.seen!r}")
            self.seen += more
        _, _, self.seen = self.seen.partition(text)

    def ends(self, status):
        while self.read():
            pass
        self.assertEqual(self.process.returncode, status)

    def test_a_prompt_and_an_answer(self):
        self.open()
        self.expect("python in a sandbox")
        self.expect(">>> ")
        self.type("6 * 7\n")
        self.expect("42\r\n")
        self.expect(">>> ")
        self.type("\x04")
        self.ends(0)

    def test_a_continuation_prompt(self):
        self.open()
        self.expect(">>> ")
        self.type("if 1:\n")
        self.expect("... ")
        self.type("  print(6 * 7)\n")
        self.expect("... ")
        self.type("\n")
        self.expect("42\r\n")
        self.expect(">>> ")
        self.type("\x04")
        self.ends(0)

    def test_arrow_up_brings_the_last_line_back(self):
        self.open()
        self.expect(">>> ")
        self.type("print(2 * 21)\n")
        self.expect("\n42\r\n")
        self.expect(">>> ")
        self.type("\x1b[A\n")
        self.expect("\n42\r\n")
        self.type("\x04")
        self.ends(0)

    def test_ctrl_c_drops_the_line(self):
        self.open()
        self.expect(">>> ")
        self.type("x = 'half")
        self.expect("half")
        self.type("\x03")
        self.expect(">>> ")
        self.type("6 * 7\n")
        self.expect("42\r\n")
        self.expect(">>> ")
        self.type("\x03")
        self.expect(">>> ")
        self.type("\x04")
        self.ends(0)

    def test_ctrl_c_ends_what_runs_and_a_rewind_brings_it_back(self):
        self.open()
        self.expect(">>> ")
        self.type("x = 1\n")
        self.expect(">>> ")
        self.type("print('rea' + 'dy'); exec('while True: pass')\n")
        self.expect("ready\r\n")
        self.type("\x03")
        self.expect("interrupted by Ctrl-C")
        self.expect("':rewind last' brings it back")
        self.expect("(ended) >>> ")
        self.type("x\n")
        self.expect("the session has ended")
        self.expect("(ended) >>> ")
        self.type(":rewind last\n")
        self.expect("back at last")
        self.expect(">>> ")
        self.type("x + 41\n")
        self.expect("42\r\n")
        self.expect(">>> ")
        self.type("\x04")
        self.ends(0)

    def test_a_fork_shows_its_depth(self):
        self.open()
        self.expect(">>> ")
        self.type(":fork\n")
        self.expect("[1] >>> ")
        self.type(":fork\n")
        self.expect("[2] >>> ")
        self.type("if 1:\n")
        self.expect("[2] ... ")
        self.type("\x03")
        self.expect("[2] >>> ")
        self.type(":back\n")
        self.expect("[1] >>> ")
        self.type(":back\n")
        self.expect("\r\n>>> ")
        self.type(":quit\n")
        self.ends(0)

    def test_tab_completes_commands_and_their_operands_and_indents_source(self):
        self.open()
        self.expect(">>> ")
        self.type(":sn\t")
        self.expect("apshot ")
        self.type("here\n")
        self.expect("snapshot 'here'")
        self.expect(">>> ")
        self.type(":r\th\t\n")
        self.expect("back at here")
        self.expect(">>> ")
        self.type(":s\t")
        self.expect("  :snapshot  :save\r\n")
        self.expect(">>> ")
        self.type("\x03")
        self.expect(">>> ")
        self.file("program-to-load", "")
        self.type(":load prog\t")
        self.expect("ram-to-load")
        self.type("\x03")
        self.expect(">>> ")
        self.type("if 1:\n")
        self.expect("... ")
        self.type("\tprint(6 * 7)\n")
        self.expect("... ")
        self.type("\n")
        self.expect("42\r\n")
        self.type("\x04")
        self.ends(0)

    def test_the_history_is_kept_in_a_private_file(self):
        path = self.dir / ".local/state/belljar/history"
        self.open()
        self.expect(">>> ")
        self.type("print(2 * 21)\n")
        self.expect("\n42\r\n")
        self.expect(">>> ")
        self.type("\x04")
        self.ends(0)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertEqual(path.parent.stat().st_mode & 0o777, 0o700)
        path.chmod(0o644)
        self.open()
        self.expect(">>> ")
        self.type("\x1b[A\n")
        self.expect("\n42\r\n")
        self.expect(">>> ")
        self.type("\x04")
        self.ends(0)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)

    def test_a_long_history_is_cut_to_its_newest_lines(self):
        path = self.dir / ".local/state/belljar/history"
        path.parent.mkdir(parents=True)
        lines = "".join(f"x={number}\n" for number in range(150000))
        path.write_text("_HiStOrY_V2_\n" + lines)
        self.assertGreater(path.stat().st_size, 1 << 20)
        self.open()
        self.expect(">>> ")
        self.type("\x1b[A\n")
        self.expect("x=149999")
        self.expect(">>> ")
        self.type("x\n")
        self.expect("149999\r\n")
        self.expect(">>> ")
        self.type("\x04")
        self.ends(0)
        kept = path.read_text().splitlines()
        self.assertEqual(kept[0], "_HiStOrY_V2_")
        self.assertEqual(kept[-1], "x\\012")
        self.assertLess(len(kept), 1010)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)

    def test_a_history_that_is_none_or_cannot_be_is_no_obstacle(self):
        self.file(".local", "a file")
        self.open()
        self.expect(">>> ")
        self.type("6 * 7\n")
        self.expect("42\r\n")
        self.type("\x04")
        self.ends(0)
        (self.dir / ".local").unlink()
        (self.dir / ".local/state/belljar").mkdir(parents=True)
        history = self.file(".local/state/belljar/history", b"\0\xff no history\n")
        self.open()
        self.expect(">>> ")
        self.type("6 * 7\n")
        self.expect("42\r\n")
        self.type("\x04")
        self.ends(0)
        self.assertEqual((self.dir / history).read_bytes(), b"\0\xff no history\n")

    def test_a_failure_is_not_the_exit_status_of_a_person(self):
        self.open()
        self.expect(">>> ")
        self.type("1/0\n")
        self.expect("ZeroDivisionError")
        self.expect(">>> ")
        self.type(":nonsense\n")
        self.expect("':help' lists them")
        self.expect(">>> ")
        self.type(":quit\n")
        self.ends(0)

    def test_sigterm_ends_what_runs_and_the_session(self):
        self.open()
        self.expect(">>> ")
        self.type("print('rea' + 'dy'); exec('while True: pass')\n")
        self.expect("ready\r\n")
        self.process.send_signal(signal.SIGTERM)
        self.ends(143)
        self.assertEqual(termios.tcgetattr(self.slave), self.before)

    def test_sigterm_ends_the_prompt(self):
        self.open()
        self.expect(">>> ")
        self.process.send_signal(signal.SIGTERM)
        self.ends(143)
        self.assertEqual(termios.tcgetattr(self.slave), self.before)

    def test_javascript_has_its_own_prompt(self):
        self.open("--lang", "javascript")
        self.expect("> ")
        self.type("6 * 7\n")
        self.expect("42\r\n")
        self.type("\x04")
        self.ends(0)

    def test_exit_ends_it_and_leaves_the_terminal_as_it_was(self):
        for code in (4, 0):
            self.open()
            self.expect(">>> ")
            self.assertNotEqual(termios.tcgetattr(self.slave), self.before)
            self.type(f"print('mo' + 'de'); exit({code})\n")
            self.expect("mode\r\n")
            self.ends(code)
            self.assertEqual(termios.tcgetattr(self.slave), self.before)

    def test_text_that_is_not_ascii_can_be_typed(self):
        self.open()
        self.expect(">>> ")
        self.type("print('h\u00e9' + 'llo \u20ac')\n")
        self.expect("h\u00e9llo \u20ac\r\n")
        self.type("\x04")
        self.ends(0)


class Inspect(CliTest):
    def test_imports_exports_and_memory_are_shown(self):
        done = self.belljar("inspect", self.file("a.wat", HELLO_WAT))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for part in (
            "a.wat: command",
            "memory: 64 KiB",
            "granted  wasi_snapshot_preview1.fd_write",
            "_start",
            "It would run",
        ):
            self.assertIn(part, done.stdout)

    def test_what_would_be_denied_is_shown(self):
        done = self.belljar("inspect", self.file("a.wat", DENIED_WAT))
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"DENIED +env\.system")
        self.assertIn("It would be refused", done.stdout)

    def test_a_module_of_nothing_to_start_is_a_library(self):
        done = self.belljar("inspect", self.file("a.wat", "(module)"))
        self.assertIn("no _start", done.stdout)
        self.assertIn("memory: none", done.stdout)

    def test_json(self):
        done = self.belljar("inspect", "--json", self.file("a.wat", DENIED_WAT))
        module = json.loads(done.stdout)
        self.assertEqual(
            [(i["module"], i["name"], i["granted"]) for i in module["imports"]],
            [("env", "system", False)],
        )
        self.assertEqual(module["memory"], {"min_bytes": 65536, "max_bytes": None})

    def test_names_from_the_module_cannot_reach_the_terminal(self):
        wat = DENIED_WAT.replace('"system"', '"sys\\1b[2Jtem"').replace('"_start"', '"\\07"')
        done = self.belljar("inspect", self.file("a.wat", wat))
        self.assertIn("sys\\x1b[2Jtem", done.stdout)
        self.assertNotRegex(done.stdout, r"[\x00-\x09\x0b-\x1f]")

    def test_a_module_that_no_compiler_comes_to_an_end_with_is_inspected_and_refused(self):
        depth = 2000
        wat = f'(module (func (export "_start") {"loop " * depth} {"end " * depth}))'
        done = self.belljar("inspect", self.file("bomb.wat", wat))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("It would be refused unless --compile-ms is given: bomb.wat", done.stdout)
        self.refuses(NOT_RUNNABLE, ["loops within each other, 2000; up to 1000"], "run", self.file("bomb.wat", wat))
        # In the time that is given; a thousandth of a second is too short for any machine.
        self.refuses(NOT_RUNNABLE, ["compile_ms", "1 ms"], "run", "--no-cache", "--compile-ms", "1ms", self.file("bomb.wat", wat))
        self.refuses(FAILED, ["--compile-bytes", "256M"], "run", "--compile-bytes", "none", self.file("bomb.wat", wat))

    def test_stdin(self):
        self.assertIn("command", self.belljar("inspect", "-", stdin=HELLO_WAT).stdout)

    def test_what_is_no_module_is_refused(self):
        self.refuses(NOT_RUNNABLE, ["a.wasm"], "inspect", self.file("a.wasm", EMPTY_WASM[:-1]))
        self.refuses(NOT_RUNNABLE, ["empty"], "inspect", self.file("a.wasm", b""))
        self.refuses(FAILED, ["missing.wasm"], "inspect", "missing.wasm")
        self.refuses(FAILED, ["directory"], "inspect", ".")

    def test_wrong_use_is_explained(self):
        self.refuses(FAILED, ["FILE.wasm"], "inspect")
        self.refuses(FAILED, ["FILE.wasm"], "inspect", "a", "b")


class Package(CliTest):
    def wheel(self, name, tag="py3-none-any"):
        path = os.path.join(self.dir, f"{name}-1.0-{tag}.whl")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"{name}.py", f"NAME = {name!r}")
            archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            archive.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
            archive.writestr(f"{name}-1.0.dist-info/RECORD", "")
        return path

    def store(self):
        return dict(os.environ, BELLJAR_STORE=os.path.join(self.dir, "store"), PIP_NO_INDEX="1", PIP_FIND_LINKS=self.dir)

    def with_store(self, *args):
        return self.belljar(*args, env=self.store())

    def test_a_package_is_imported_and_stays_in_a_snapshot(self):
        saved = os.path.join(self.dir, "s.bj")
        self.wheel("lower")
        done = self.with_store("run", "--package", "lower", "--save", saved, "-e", "import lower; print(lower.NAME)")
        self.assertEqual((done.returncode, done.stdout), (0, "lower\n"), done.stderr)
        done = self.with_store("run", "--package", "lower", "--from", saved, "-e", "print(lower.NAME)")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "lower\n", ""))

    def test_what_cannot_be_had_is_explained(self):
        self.wheel("native", "cp313-cp313-manylinux_2_17_x86_64")
        for wanted, why in (("nowhere", "no pure-Python wheel of nowhere"), ("--help", "no requirement")):
            done = self.with_store("run", "--package", wanted, "-e", "1")
            self.assertEqual(done.returncode, FAILED)
            self.assertIn(why, done.stderr)
        self.refuses(FAILED, ["written npm:x"], "run", "--package", "x", "--lang", "javascript", "-e", "1")
        self.refuses(FAILED, ["for JavaScript"], "run", "--package", "npm:x", "-e", "1")
        self.refuses(FAILED, ["python and javascript"], "run", "--package", "npm:x", self.file("a.wat", HELLO_WAT))

    def script(self, *lines, program="import lower; print(lower.NAME)"):
        return self.file("script.py", "\n".join(["# /// script", *(f"# {line}" for line in lines), "# ///", program, ""]))

    def test_a_program_says_which_packages_it_needs(self):
        self.wheel("lower")
        for lines in (['dependencies = ["lower"]'], ['requires-python = ">=3.11,<4"', "dependencies = [", '  "lower==1.0",', "]", "[tool.x]", "a = 1"]):
            done = self.with_store("run", self.script(*lines))
            self.assertEqual((done.returncode, done.stdout), (0, "lower\n"), done.stderr)
        crlf = self.dir / "crlf.py"
        crlf.write_bytes((self.dir / self.script('dependencies = ["lower"]')).read_bytes().replace(b"\n", b"\r\n"))
        with open(crlf) as crlf:
            done = self.belljar("run", "-", env=self.store(), stdin=crlf)
        self.assertEqual((done.returncode, done.stdout), (0, "lower\n"), done.stderr)
        done = self.with_store("run", "--no-script-packages", self.script('dependencies = ["lower"]'))
        self.assertIn("No module named 'lower'", done.stderr)

    def test_what_is_no_block_of_metadata_asks_for_nothing(self):
        for text in ("# /// script\n# dependencies = ['nowhere']\nprint(1)\n",  # does not end
                     "# /// script\n# dependencies = ['nowhere']\n\n# ///\nprint(1)\n",  # a gap
                     "# /// other\n# x\n# /// script\n# dependencies = ['nowhere']\n# ///\nprint(1)\n",  # inside another
                     "# /// script\n# ///\nprint(1)\n", "# /// script\n# a = 1\n# ///\nprint(1)\n",
                     "x = 1 # /// script\n# dependencies = ['nowhere']\n# ///\nprint(1)\n"):
            with self.subTest(text=text):
                done = self.with_store("run", self.file("none.py", text))
                self.assertEqual((done.returncode, done.stdout), (0, "1\n"), done.stderr)

    def test_a_program_s_metadata_that_is_wrong_is_explained(self):
        """The program is anybody's: it names no files of the host, no addresses, and options of pip's least of all."""
        wheel = self.wheel("lower")
        for lines, why in ((["dependencies = ["], "no TOML"), (["a = " + "[" * 20000], "no TOML"), (["x" * 70000], "64 KiB"),
                           (['dependencies = "lower"'], "no list of texts"), (["dependencies = [1]"], "no list of texts"),
                           ([f'dependencies = ["{wheel}"]'], "no requirement"), (['dependencies = ["npm:x"]'], "no requirement"),
                           (['dependencies = ["x @ file:///etc/passwd"]'], "no requirement"), (['dependencies = ["--index-url=x"]'], "no requirement"),
                           (['dependencies = ["nowhere"]'], "no pure-Python wheel of nowhere"), (["requires-python = 3"], "no text"),
                           (['requires-python = "three"'], "no set of versions"), (['requires-python = ">=3.14"'], "the sandbox has 3.13.5")):
            with self.subTest(lines=lines[0][:40]):
                done = self.with_store("run", self.script(*lines))
                self.assertEqual((done.returncode, done.stdout), (FAILED, ""))
                self.assertIn(why, done.stderr)
                self.assertIn("packages cannot be had", done.stderr)
        done = self.with_store("run", self.file("two.py", "# /// script\n# ///\n\n# /// script\n# ///\n"))
        self.assertIn("more than one block", done.stderr)
        self.prints("3.13.5\n", "run", "-e", "import platform; print(platform.python_version())")

    def test_many_beginnings_of_metadata_are_read_in_one_pass(self):
        done = self.with_store("run", self.file("many.py", "# /// script\n" * 200_000 + "print(1)\n"))
        self.assertEqual((done.returncode, done.stdout), (0, "1\n"), done.stderr)

    def test_a_package_of_npm_s_is_required_and_stays_in_a_snapshot(self):
        path, saved = os.path.join(self.dir, "lower.tgz"), os.path.join(self.dir, "s.bj")
        with tarfile.open(path, "w:gz") as archive:
            for name, text in (("package.json", '{"name": "lower", "version": "1.0.0"}'), ("index.js", "exports.name = 'lower'")):
                entry = tarfile.TarInfo(f"package/{name}")
                entry.size = len(text)
                archive.addfile(entry, io.BytesIO(text.encode()))
        code = "const { name } = require('lower'); console.log(name)"
        done = self.with_store("run", "--package", f"npm:{path}", "--lang", "javascript", "--save", saved, "-e", code)
        self.assertEqual((done.returncode, done.stdout), (0, "lower\n"), done.stderr)
        done = self.with_store("run", "--package", f"npm:{path}", "--lang", "javascript", "--from", saved, "-e", code)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "lower\n", ""))


class Freeze(CliTest):
    def guest(self, name):
        guests = os.environ.get("BELLJAR_GUESTS") or os.path.join(os.path.dirname(BELLJAR), "guests")
        return os.path.join(guests, name)

    def test_an_image_runs_as_the_guest_does_and_is_the_same_twice(self):
        images = [os.path.join(self.dir, name) for name in ("a.image.wasm", "b.image.wasm")]
        for image in images:
            done = self.belljar("freeze", self.guest("javascript.wasm"), "-o", image)
            self.assertEqual((done.returncode, done.stdout), (0, ""))
        with open(images[0], "rb") as one, open(images[1], "rb") as two:
            self.assertTrue(one.read() == two.read())
        os.rename(images[0], os.path.join(self.dir, "javascript.image.wasm"))
        done = self.belljar("run", "--guests", self.dir, "--lang", "javascript", "-e", "print(6 * 7)")
        self.assertEqual((done.returncode, done.stdout), (0, "42\n"))

    def test_what_is_no_interpreter_is_refused(self):
        self.refuses(NOT_RUNNABLE, ["cannot be frozen", "no interpreter"],
                     "freeze", self.file("a.wat", HELLO_WAT), "-o", os.path.join(self.dir, "x"))
        self.assertFalse(os.path.exists(os.path.join(self.dir, "x")))

    def test_wrong_use_is_explained(self):
        self.refuses(FAILED, ["belljar freeze FILE.wasm -o FILE"], "freeze")
        self.refuses(FAILED, ["nope.wasm"], "freeze", "nope.wasm", "-o", "x")
        self.refuses(FAILED, ["cannot write", "No such file"], "freeze",
                     self.guest("javascript.wasm"), "-o", os.path.join(self.dir, "no", "x"))


class Precompile(CliTest):
    def test_forms_are_written_and_nothing_else_is_taken_for_a_runtime(self):
        folder = os.path.join(self.dir, "compiled")
        done = self.belljar("precompile", self.file("a.wat", HELLO_WAT), "-o", folder)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(len([name for name in os.listdir(folder) if name.endswith(".cwasm")]), 2)
        done = self.belljar("precompile", self.file("a.wat", HELLO_WAT), "--pack", "3", "-o", folder)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual([name.partition(".")[2] for name in os.listdir(folder)], ["cwasm.zst"] * 2)
        for level in ("0", "20", "x", ""):
            self.refuses(FAILED, ["from 1 to 19"], "precompile", "a.wat", "--pack", level, "-o", folder)
        self.refuses(FAILED, ["belljar precompile python -o DIR"], "precompile", "python")
        self.refuses(FAILED, ["cannot be made"], "precompile", self.file("a.wat", HELLO_WAT), "-o",
                     os.path.join(self.dir, "no", "where"))


class Doctor(CliTest):
    def test_all_is_well(self):
        done = self.belljar("doctor")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        for part in (
            "Belljar",
            "Wasmtime",
            "allocation",
            "PAGEMAP_SCAN",
            "cache",
            "guests",
            "kernel",
        ):
            self.assertIn(part, done.stdout)
        for kind in ("module", "python", "javascript", "typescript"):
            self.assertRegex(done.stdout, rf"{kind} +works")
        self.assertIn("Everything works", done.stdout)

    def test_json(self):
        report = json.loads(self.prints(mock.ANY, "doctor", "--json").stdout)
        self.assertTrue(report["ok"])
        self.assertEqual(report["problems"], [])
        self.assertEqual(
            [t["name"] for t in report["trials"] if t["ok"]],
            ["module", "python", "javascript", "typescript"],
        )
        self.assertIn(report["engine"]["allocation"], ("pooling", "on demand"))

    def test_missing_guests_are_a_problem_with_advice(self):
        (self.dir / "empty").mkdir()
        done = self.belljar("doctor", "--guests", "empty")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"python +FAILS")
        self.assertIn("--guests DIR", done.stdout)
        done = self.belljar("doctor", "--json", env={"BELLJAR_GUESTS": str(self.dir / "empty")})
        self.assertEqual(
            [p["what"] for p in json.loads(done.stdout)["problems"]], ["python", "javascript"]
        )

    def test_guests_may_lie_in_several_folders(self):
        real = json.loads(self.belljar("doctor", "--json").stdout)["engine"]["guests"]["dir"]
        first = self.dir / "first"
        first.mkdir()
        folders = f"{first}:{real}"
        self.prints("42\n", "run", "--guests", folders, "-e", "print(42)")
        (first / "python.wasm").write_bytes(b"no module")
        (first / "python-packages.json").write_text('{"grid": {"version": "2.4.6", "metadata": ""}}')
        self.assertNotEqual(self.belljar("run", "--guests", folders, "-e", "print(42)").returncode, 0)
        self.prints("42\n", "run", "--guests", folders, "--lang", "python-lean", "-e", "print(42)")
        self.prints("42\n", "run", "--guests", folders, "--lang", "javascript", "-e", "console.log(42)")
        done = self.belljar("doctor", "--json", "--guests", folders)
        self.assertEqual(json.loads(done.stdout)["engine"]["guests"]["packages"], {"grid": "2.4.6"})
        self.assertRegex(self.belljar("doctor", "--guests", folders).stdout, r"packages +grid 2\.4\.6")

    def test_a_list_of_packages_may_be_anything(self):
        for text in ("", "[]", "{", '{"grid": 3}', '{"grid": {"version": ["x"]}}', '{"\\u001b[2J": {"version": "\\u001b[2J"}}'):
            with self.subTest(text):
                folder = self.dir / "guests"
                folder.mkdir(exist_ok=True)
                (folder / "python.wasm").write_bytes(b"no module")
                (folder / "python-packages.json").write_text(text)
                done = self.belljar("doctor", "--guests", str(folder))
                self.assertEqual(done.returncode, 1)
                self.assertNotIn("\x1b", done.stdout)

    def no_guests(self):
        """What spares a test without a cache the time to compile the interpreters."""
        (self.dir / "empty").mkdir()
        return "--guests", "empty"

    def test_a_cache_that_others_can_write_is_a_problem_with_advice(self):
        (self.dir / "cache").mkdir()
        os.chmod(self.dir / "cache", 0o777)
        done = self.belljar("doctor", "--cache", "cache", *self.no_guests())
        self.assertEqual(done.returncode, 1)
        self.assertIn("Problem with cache", done.stdout)
        self.assertIn("0700", done.stdout)
        self.assertEqual(os.listdir(self.dir / "cache"), [])

    def test_no_cache_is_no_problem(self):
        done = self.belljar("doctor", "--json", "--no-cache", *self.no_guests())
        report = json.loads(done.stdout)
        self.assertNotIn("cache", [p["what"] for p in report["problems"]])

    @unittest.skipIf(SANITIZED, "a sanitizer wants terabytes of address space itself")
    def test_too_little_address_space_is_said(self):
        done = subprocess.run(
            ["sh", "-c", 'ulimit -v 12000000; exec "$0" doctor --json', BELLJAR],
            stdout=subprocess.PIPE,
            timeout=TIMEOUT,
        )
        engine = json.loads(done.stdout)["engine"]
        self.assertEqual(engine["allocation"], "on demand")
        self.assertTrue(engine["allocation_reason"])

    def test_wrong_use_is_explained(self):
        self.refuses(FAILED, ["no arguments"], "doctor", "me")


class Direct(CliTest):
    """A program in place of a command, as interpreters have it."""

    def test_what_follows_the_file_is_the_programs(self):
        self.file("a.py", "import sys; print(sys.argv[1:])")
        self.prints("['x', '--timeout', '-h', '--']\n", "a.py", "x", "--timeout", "-h", "--")
        self.prints("['y']\n", "--timeout", "5s", "./a.py", "y")
        self.file("run", "print(1)")
        self.refuses(FAILED, ["nothing to run"], "run")

    def test_code(self):
        seen = "import sys; print(sys.argv)"
        self.prints("['-c', 'a', '-e']\n", "-c", seen, "a", "-e")
        self.prints("['-c']\n", "run", "-c", seen)
        self.prints("3\n", "--lang", "javascript", "-e", "console.log(1 + 2)")
        self.refuses(FAILED, ["a.py and -c"], "run", "a.py", "-c", "1")

    def test_a_shebang_takes_options(self):
        path = self.dir / "hello.py"
        path.write_text(f"#!/usr/bin/env -S {os.path.abspath(BELLJAR)} --timeout 20s\nimport sys; print('hi', sys.argv[1])\n")
        path.chmod(0o755)
        done = subprocess.run([path, "--you"], capture_output=True, text=True, timeout=TIMEOUT)
        self.assertEqual((done.stdout, done.stderr), ("hi --you\n", ""))

    def test_what_is_neither_is_refused(self):
        self.refuses(FAILED, ["there is no file missing.py"], "missing.py")
        self.refuses(FAILED, ["did you mean 'run'"], "rum")
        self.refuses(FAILED, ["no option --tmeout", "--timeout"], "--tmeout", "5s", "a.py")


class Generated(CliTest):
    """Help, completion and manual, made from the tables."""

    def setUp(self):
        super().setUp()
        overview = self.prints(mock.ANY, "help").stdout
        self.commands = re.findall(r"^  (\w+) {2,}[A-Z]", overview, re.MULTILINE)

    def options(self, command):
        """Names of its options, by its help."""
        return re.findall(
            r"^ +(?:-\w, )? *--([\w-]+)", self.belljar("help", command).stdout, re.MULTILINE
        )

    def test_help_lists_the_commands(self):
        done = self.prints(mock.ANY, "help")
        for command in ("run", "session", "inspect", "doctor", "help", "completion", "version"):
            self.assertIn(command, self.commands)
        self.assertEqual(self.belljar("--help").stdout, done.stdout)
        self.assertEqual(self.belljar("-h").stdout, done.stdout)

    def test_help_of_each_command_shows_usage_and_options(self):
        for command in self.commands:
            with self.subTest(command=command):
                done = self.prints(mock.ANY, "help", command)
                self.assertTrue(done.stdout.startswith(f"Usage: belljar {command}"))
                self.assertIn("help", self.options(command))
                self.assertLessEqual(max(map(len, done.stdout.splitlines())), 100)
                self.assertEqual(self.belljar(command, "--help").stdout, done.stdout)

    def test_help_of_run_shows_the_limits_with_their_defaults(self):
        text = " ".join(self.belljar("help", "run").stdout.split())
        for part in (
            "--timeout TIME",
            "(default 30 s)",
            "--memory SIZE",
            "(default 256 MiB)",
            "(default 10 MiB)",
            "Exit status: 0",
            "Examples:",
        ):
            self.assertIn(part, text)

    def test_help_of_a_command_that_does_not_exist_is_refused(self):
        self.refuses(FAILED, ["did you mean 'inspect'"], "help", "inspct")

    def test_the_version_is_shown(self):
        for args in (["--version"], ["version"], ["-V"]):
            self.assertRegex(self.prints(mock.ANY, *args).stdout, r"\Abelljar \d+\.\d+\.\d+\n\Z")
        self.refuses(FAILED, ["no arguments"], "version", "x")

    def test_completion_knows_every_command_and_option(self):
        for shell, form in (("bash", " --{}"), ("zsh", "--{}"), ("fish", " -l {}")):
            script = self.prints(mock.ANY, "completion", shell).stdout
            for command in ("run", "session", "inspect", "doctor"):
                self.assertIn(command, script)
                for option in self.options(command):
                    self.assertIn(form.format(option), script)

    def test_completion_of_an_unknown_shell_is_refused(self):
        self.refuses(FAILED, ["bash, zsh or fish"], "completion", "tcsh")
        self.refuses(FAILED, ["bash, zsh or fish"], "completion")

    def complete(self, *words):
        """What bash offers for the last of `words`."""
        self.file("completion.bash", self.belljar("completion", "bash").stdout)
        script = (
            'compopt() { :; }\n. ./completion.bash\nCOMP_WORDS=(belljar "$@")\nCOMP_CWORD=$#\n'
            '_belljar\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
        )
        done = subprocess.run(
            ["bash", "-c", script, "bash", *words],
            cwd=self.dir,
            stdout=subprocess.PIPE,
            timeout=TIMEOUT,
            text=True,
            check=True,
        )
        return done.stdout.split()

    def test_bash_completes(self):
        self.file("program.py", "")
        (self.dir / "place").mkdir()
        self.assertEqual(self.complete("ins"), ["inspect"])
        self.assertEqual(self.complete("run", "--time"), ["--timeout"])
        self.assertEqual(self.complete("run", "--lang", "py"), ["python", "python-lean"])
        self.assertEqual(self.complete("run", "pro"), ["program.py"])
        self.assertEqual(self.complete("run", "--out", "p"), ["place"])
        self.assertEqual(self.complete("completion", "z"), ["zsh"])
        self.assertEqual(set(self.complete("session", "p")), {"python", "python-lean", "program.py", "place"})
        self.assertEqual(self.complete("session", "--undo", "of"), ["off"])
        self.assertEqual(set(self.complete("help", "")), set(self.commands) - {"help", "version"})

    def test_the_manual_has_every_command_and_option(self):
        manual = self.prints(mock.ANY, "manual").stdout.replace("\\-", "-")
        for command in self.commands:
            self.assertIn(f".SS belljar {command}", manual)
            for option in self.options(command):
                self.assertIn(f"--{option}\\fR", manual)
        self.assertIn(".SH EXIT STATUS", manual)


def setUpModule():
    """A cache of compiled modules that all tests share and nobody else."""
    if "BELLJAR_CACHE" not in os.environ:
        folder = tempfile.TemporaryDirectory(prefix="belljar-cache-")
        unittest.addModuleCleanup(folder.cleanup)
        os.environ["BELLJAR_CACHE"] = folder.name


if __name__ == "__main__":
    unittest.main(verbosity=2)
