#!/usr/bin/env python3
"""Directories at "/" and at "/work": what the guest sees, what the receipt tells, diff, commit and snapshots, and attacks.

    BELLJAR=build/belljar python3 tests/cli/test_places.py [Class[.method]]
"""
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

BELLJAR = os.path.abspath(os.environ.get("BELLJAR", "build/belljar"))
LAYERS = ("ro", "overlay", "rw")

LOOK = """
import os
def told(call, *args):
    try:
        return call(*args)
    except OSError as error:
        return os.strerror(error.errno)
"""

# (import "…" …) of a command that writes "new" by a relative path and by an absolute one.
WRITER = """
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "new")
  (func (export "_start")
    (call $exit (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 1)
      (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 100)))))
"""


class PlaceTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="belljar-places-")
        self.addCleanup(folder.cleanup)
        self.dir = Path(folder.name)
        self.host = self.dir / "host"
        for name in ("sub", "lib", "dev"):
            (self.host / name).mkdir(parents=True)
        (self.host / "a.txt").write_text("a")
        (self.host / "sub/b.txt").write_text("b")
        (self.host / "dev/own").write_text("hidden")
        (self.dir / "secret").write_text("secret")

    def run_it(self, *args):
        return subprocess.run([BELLJAR, "run", *map(str, args)], cwd=self.dir, capture_output=True, text=True, timeout=120)

    def python(self, source, *args):
        (self.dir / "main.py").write_text(LOOK + source)
        done = self.run_it(*args, "main.py")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split("\n")[:-1]

    def on_host(self):
        return sorted(str(path.relative_to(self.host)) for path in self.host.rglob("*"))


class Root(PlaceTest):
    def at(self, layer):
        return "--dir", f"{self.host}:/:{layer}"

    def test_the_directory_is_the_root_and_the_guest_s_own_lie_over_it(self):
        for layer in LAYERS:
            with self.subTest(layer):
                said = self.python("""
print(open("/a.txt").read(), open("/sub/b.txt").read(), os.getcwd())
print(sorted(os.listdir("/")))
print(sorted(os.listdir("/dev")), os.listdir("/lib"), told(os.stat, "/dev/own"))
print(sorted(entry.name for entry in os.scandir("/") if entry.is_dir()))
open("/work/here", "w").write("x")
print(os.listdir("/work"))
""", *self.at(layer))
                self.assertEqual(said, ["a b /work", "['a.txt', 'dev', 'lib', 'sub', 'work']",
                                        "['null', 'urandom', 'zero'] ['belljar'] No such file or directory",
                                        "['dev', 'lib', 'sub', 'work']", "['here']"])
                self.assertNotIn("work", self.on_host())

    def test_nothing_leads_out_of_it(self):
        (self.host / "up").symlink_to("../secret")
        (self.host / "sub/up").symlink_to("../../secret")
        (self.host / "absolute").symlink_to(self.dir / "secret")
        (self.host / "null").symlink_to("dev/null")
        for layer in LAYERS:
            with self.subTest(layer):
                said = self.python("""
for path in ("/up", "/sub/up", "/absolute", "/../secret", "/sub/../../secret", "/work/../../secret", "/dev/../../secret", "../../secret"):
    print(told(lambda: open(path).read()))
print(repr(open("/null").read()))
for call in (os.readlink, os.stat):
    told(call, "/up")
print(told(os.symlink, "../secret", "/new-up"), told(lambda: open("/new-up").read()))
""", *self.at(layer))
                self.assertNotIn("secret", said)
                self.assertEqual(said[8], "''")

    def test_what_lies_over_it_stays(self):
        for layer in ("overlay", "rw"):
            with self.subTest(layer):
                said = self.python("""
for call in ((os.rename, "/work", "/moved"), (os.rmdir, "/dev"), (os.rename, "/sub", "/dev"), (os.rename, "/lib", "/moved"),
             (os.mkdir, "/work"), (os.symlink, "sub", "/dev"), (os.unlink, "/lib")):
    print(told(*call))
""", *self.at(layer))
                self.assertEqual(said, ["Device or resource busy"] * 4 + ["File exists"] * 2 + ["Device or resource busy"])
                self.assertIn("dev/own", self.on_host())

    def test_read_only_is_read_only_and_work_is_not(self):
        said = self.python("""
for call in ((os.mkdir, "/new"), (os.unlink, "/a.txt"), (os.rename, "/a.txt", "/b"), (os.utime, "/a.txt", (1, 1)), (os.utime, "/", (1, 1)),
             (os.truncate, "/a.txt", 0), (os.link, "/a.txt", "/b"), (os.open, "/a.txt", os.O_RDWR), (os.open, "/n", os.O_CREAT)):
    print(told(*call))
open("/work/new", "w").close()
""", *self.at("ro"))
        self.assertEqual(set(said), {"Read-only file system"})

    def test_the_receipt_names_what_was_done(self):
        for layer in ("overlay", "rw"):
            with self.subTest(layer):
                (self.host / "a.txt").write_text("a")
                self.python('open("/a.txt", "w").write("changed"); open("/sub/new", "w").write("n"); open("/work/w", "w").write("w")',
                            *self.at(layer), "--receipt", self.dir / "receipt")
                files = json.loads((self.dir / "receipt").read_text())["files"]
                self.assertEqual([(each["path"], each["change"]) for each in files],
                                 [("/a.txt", "modified"), ("/sub/new", "created"), ("/work/w", "created")])
                self.assertEqual((self.host / "sub/new").exists(), layer == "rw")

    def test_an_overlay_is_shown_and_applied(self):
        source = LOOK + 'open("/a.txt", "w").write("changed\\n"); os.mkdir("/new"); open("/new/f", "w").write("f"); os.unlink("/sub/b.txt")'
        (self.dir / "main.py").write_text(source)
        done = self.run_it(*self.at("overlay"), "--diff", "main.py")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("+changed", done.stdout)
        self.assertEqual((self.host / "a.txt").read_text(), "a")
        done = self.run_it(*self.at("overlay"), "--commit", "main.py")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.host / "a.txt").read_text(), "changed\n")
        self.assertEqual((self.host / "new/f").read_text(), "f")
        self.assertFalse((self.host / "sub/b.txt").exists())
        self.assertNotIn("work", self.on_host())

    def test_a_snapshot_goes_on_with_it(self):
        for layer in LAYERS:
            with self.subTest(layer):
                self.python("f = open('/sub/b.txt'); f.read(0)\nif %r == 'overlay': open('/kept', 'w').write('kept')" % layer,
                            *self.at(layer), "--save", "state.bj")
                said = self.python("print(f.read(), open('/kept').read() if os.path.exists('/kept') else '', os.path.exists('/work'))",
                                   *self.at(layer), "--from", "state.bj")
                self.assertEqual(said, ["b kept True" if layer == "overlay" else "b  True"])

    def test_other_directories_lie_over_it(self):
        other = self.dir / "other"
        other.mkdir()
        (other / "c").write_text("c")
        for order in ((0, 1), (1, 0)):
            grants = [("--dir", f"{self.host}:/"), ("--dir", f"{other}:/data/deep")]
            said = self.python("print(open('/data/deep/c').read(), 'data' in os.listdir('/'), open('/a.txt').read())",
                               *grants[order[0]], *grants[order[1]])
            self.assertEqual(said, ["c True a"])

    def test_twice_is_refused(self):
        done = self.run_it(*self.at("ro"), *self.at("rw"), "-e", "1")
        self.assertIn("/ is mounted twice", done.stderr)
        self.assertNotEqual(done.returncode, 0)

    def test_a_command_begins_there(self):
        (self.dir / "writer.wat").write_text(WRITER)
        done = self.run_it(*self.at("rw"), "writer.wat")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue((self.host / "new").exists())


class Work(PlaceTest):
    def at(self, layer):
        return "--dir", f"{self.host}:/work:{layer}"

    def test_it_takes_the_place_of_the_directory_in_memory(self):
        (self.host / "helper.py").write_text("X = 5")
        for layer in LAYERS:
            for path in ("/work", "//work/"):
                with self.subTest(layer, path=path):
                    said = self.python("import helper\nprint(helper.X, os.getcwd(), open('a.txt').read(), told(os.mkdir, 'made'))",
                                       "--dir", f"{self.host}:{path}:{layer}")
                    self.assertEqual(said, ["5 /work a " + ("Read-only file system" if layer == "ro" else "None")])
                    self.assertEqual((self.host / "made").exists(), layer == "rw")
                    if layer == "rw":
                        (self.host / "made").rmdir()

    def test_the_receipt_and_the_copy_know_it(self):
        self.python("open('made', 'w').write('x')", *self.at("overlay"), "--receipt", self.dir / "receipt", "--out", self.dir / "out")
        files = json.loads((self.dir / "receipt").read_text())["files"]
        self.assertEqual([(each["path"], each["change"]) for each in files], [("/work/made", "created")])
        self.assertEqual((self.dir / "out/made").read_text(), "x")
        self.assertFalse((self.host / "made").exists())

    def test_a_snapshot_and_a_commit_know_it(self):
        self.python("open('made', 'w').write('x')", *self.at("overlay"), "--save", "state.bj")
        said = self.python("print(open('made').read()); open('later', 'w').write('y')", *self.at("overlay"), "--from", "state.bj", "--commit")
        self.assertEqual(said[0], "x")
        self.assertEqual((self.host / "later").read_text(), "y")

    def test_nothing_leads_out_of_it(self):
        (self.host / "up").symlink_to("../secret")
        for layer in LAYERS:
            said = self.python("for path in ('up', '../secret', '../../secret', '/work/../secret'): print(told(lambda: open(path).read()))",
                               *self.at(layer))
            self.assertNotIn("secret", said)

    def test_a_command_begins_there(self):
        (self.dir / "writer.wat").write_text(WRITER)
        done = self.run_it(*self.at("rw"), "writer.wat")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue((self.host / "new").exists())


if __name__ == "__main__":
    unittest.main()
