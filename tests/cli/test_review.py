"""What a guest did to files, told four ways, is one and the same: the receipt of `--json`, the lines of `--diff`, the directory
after `--commit` (also where half of it was done before `--save` and the rest after `--from`), and full walks from inside and
from outside, over random programs with names that try to be something else.

    BELLJAR=build/belljar BELLJAR_PROGRAMS=1000 BELLJAR_FIRST=1 python3 tests/cli/test_review.py
"""

import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

BELLJAR = os.path.abspath(os.environ.get("BELLJAR", "build/belljar"))
PROGRAMS = int(os.environ.get("BELLJAR_PROGRAMS", "10"))
FIRST = int(os.environ.get("BELLJAR_FIRST", "1"))
TIMEOUT = 300

NAMES = [
    # Pairs have one hash without a key.
    "a-name-that-has-more-than-thirty-three-bytes.py",
    "ot4yw32f1jen74jwwl)@~,fF>p!Cb6+x-three-bytes.py",
    "name-of-a-file-here.py",
    "72p1nrhd6x2:nBhrj.1+OjY?mDle-here.py",
    "b (deleted)",
    "new\nline \x1b[2K \u202e",
    "f\n+++ b/d/b",
    'quo"ted\\012',
    "one -> other",
    "b file, of the same bytes, /d/b",
    "\\ No newline at end of file",
    ".belljar-0000000000000000.tmp",
    "x" * 255,
]
PLACES = ["", "dir/", "dir/dir/", "other/"]
TEXTS = ["", "one line\n", "a\nb\nc\n", "no newline", "--- a/d/b\n+++ b/d/b\n@@ -1 +1 @@\n-a\n+b\n", "\r\n\x1b[2K\n",
         "zero\0zero", "x\n" * 3000]

# Carries out a list of calls, and tells all there is before and after.
GUEST = """
import hashlib, json, os, stat

def walk(top, found):
    for name in os.listdir(top):
        path = top + '/' + name
        st = os.lstat(path)
        if stat.S_ISDIR(st.st_mode):
            found[path] = ['directory', '', 0]
            walk(path, found)
        elif stat.S_ISLNK(st.st_mode):
            found[path] = ['symlink', hashlib.sha256(os.readlink(path).encode()).hexdigest(), st.st_mtime_ns]
        else:
            with open(path, 'rb') as file:
                found[path] = ['file', hashlib.sha256(file.read()).hexdigest(), st.st_mtime_ns]
    return found

def all_there_is():
    return {path: item for top in ('/work', '/d', '/h') for path, item in walk(top, {}).items()}

def put(path, text, mode):
    with open(path, mode) as file:
        file.write(text.encode())

def exchange(a, b):
    between = a[:a.index('/', 1)] + '/between'
    os.rename(a, between)
    os.rename(b, a)
    os.rename(between, b)

CALLS = {'put': put, 'mkdir': os.mkdir, 'rmdir': os.rmdir, 'remove': os.remove, 'rename': os.rename, 'link': os.link,
         'symlink': os.symlink, 'truncate': os.truncate, 'exchange': exchange,
         'utime': lambda path, ns: os.utime(path, ns=(1, ns), follow_symlinks=False)}
for each in ('mkdir', 'rmdir'):
    CALLS[each] = (lambda call: lambda path: call(path))(CALLS[each])

before = all_there_is()
for name, *args in json.loads(PROGRAM):
    try:
        CALLS[name](*args)
    except OSError:
        pass
"""
TELL = "print(json.dumps([before, all_there_is()]))\n"


def draw_program(rng, count, links):
    """`links`: whether files of the host get several names, of which a receipt cannot know all."""
    draw_path = lambda top: top + rng.choice(PLACES) + rng.choice([*NAMES, "b", "b", "dir", "dir"])
    for _ in range(count):
        top = rng.choice(["/work/", "/d/", "/h/"])
        one, other = draw_path(top), draw_path(top)
        kind = rng.choice(
            ["put", "put", "put", "mkdir", "mkdir", "rmdir", "remove", "rename", "rename", "rename", "link", "symlink",
             "truncate", "exchange", "utime"]
        )
        if kind == "put":
            yield ["put", one, rng.choice(TEXTS), rng.choice(["wb", "ab", "r+b"])]
        elif kind == "symlink":
            yield ["symlink", rng.choice(["b", "dir/b", "x -> y", "new\nline"]), one]
        elif kind in ("rename", "exchange") or (kind == "link" and (links or top != "/h/")):
            yield [kind, one, other]
        elif kind == "truncate":
            yield ["truncate", one, rng.choice([0, 3, 5000])]
        elif kind == "utime":
            yield ["utime", one, rng.choice([1, 10**9])]
        elif kind != "link":
            yield [kind, one]


def make_tree(top):
    (top / "dir/dir").mkdir(parents=True)
    (top / "other").mkdir()
    (top / "b").write_text("a\nb\nc\n")
    (top / "dir/b").write_text("one line\n")
    (top / "dir/dir" / NAMES[5]).write_text("x\n" * 100)
    (top / "other" / NAMES[2]).write_text("text\n")
    os.symlink("b", top / "dir/link")


def walk_host(top, name):
    """Of each path below: its type, its bytes or target, its time."""
    found = {}
    for above, directories, files in os.walk(top):
        for each in directories + files:
            path = Path(above) / each
            shown = name + str(path)[len(str(top)) :]
            if path.is_symlink():
                found[shown] = ("symlink", os.readlink(path).encode(), path.lstat().st_mtime_ns)
            elif path.is_dir():
                found[shown] = ("directory", b"", 0)
            else:
                found[shown] = ("file", path.read_bytes(), path.stat().st_mtime_ns)
    return found


def digested(walk):
    return {
        path: [kind, hashlib.sha256(held).hexdigest() if kind != "directory" else "", time]
        for path, (kind, held, time) in walk.items()
    }


def changes_between(before, after):
    """As (path, change, type), of two walks."""
    changes = set()
    for path in before.keys() | after.keys():
        was, now = before.get(path), after.get(path)
        if was and now and was[0] == now[0]:
            if was[1:] != now[1:]:
                changes.add((path, "modified", now[0]))
            continue
        if was:
            changes.add((path, "deleted", was[0]))
        if now:
            changes.add((path, "created", now[0]))
    return changes


def unquoted(name):
    if not name.startswith('"'):
        return name
    assert name.endswith('"')
    plain = re.sub(rb"\\(\d{3}|.)", lambda m: bytes([int(m[1], 8)]) if len(m[1]) == 3 else m[1], name[1:-1].encode())
    return plain.decode()


class Diff:
    """Reads what --diff wrote, as a reader would, and knows what the directory is then."""

    OTHER = re.compile(r'(created|modified|deleted) (directory|empty file|file, of the same bytes,) (.*)')
    LINK = re.compile(r'(created|modified|deleted) link ("(?:[^"\\]|\\.)*"|.*?)(?: -> (.*))?')

    def __init__(self, text, before):
        self.lines = text.split("\n")
        assert self.lines.pop() == ""
        self.before = before
        self.changes = set()
        self.held = {}  # the bytes or the target of what there is
        while self.lines:
            self.read_one()

    def tell(self, path, change, kind, held):
        self.changes.add((path, change, kind))
        if change != "deleted":
            self.held[path] = held

    def read_one(self):
        line = self.lines.pop(0)
        if line.startswith("--- "):
            return self.read_file(line[4:])
        if line.startswith("Binary files "):
            names = re.fullmatch(r'Binary files ("(?:[^"\\]|\\.)*"|.*?) and ("(?:[^"\\]|\\.)*"|.*?) differ', line)
            return self.tell(*self.sides(names[1], names[2]), "file", None)
        other = self.OTHER.fullmatch(line)
        if other:
            path = unquoted(other[3])
            if other[2] == "directory":
                return self.tell(path, other[1], "directory", b"")
            held = b"" if other[2] == "empty file" else self.before[path][1]
            return self.tell(path, other[1], "file", held)
        link = self.LINK.fullmatch(line)
        self.tell(unquoted(link[2]), link[1], "symlink", unquoted(link[3]).encode() if link[3] else None)

    def sides(self, old, new):
        old, new = unquoted(old), unquoted(new)
        change = "created" if old == "/dev/null" else "deleted" if new == "/dev/null" else "modified"
        assert change != "modified" or old[1:] == new[1:]
        return (old if change == "deleted" else new)[1:], change

    def read_file(self, old):
        path, change = self.sides(old, self.lines.pop(0)[4:])
        was = [] if change == "created" else re.findall(r"[^\n]*\n|[^\n]+", self.before[path][1].decode())
        now, at = [], 0
        while self.lines and (hunk := re.fullmatch(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", self.lines[0])):
            self.lines.pop(0)
            left, right = (1 if hunk[i] is None else int(hunk[i]) for i in (2, 4))
            begin = int(hunk[1]) - (left > 0)
            now += was[at:begin]
            assert len(now) == int(hunk[3]) - (right > 0)
            at = begin
            while left or right:
                mark, text = self.lines[0][0], self.lines.pop(0)[1:]
                if self.lines and self.lines[0] == "\\ No newline at end of file":
                    self.lines.pop(0)
                else:
                    text += "\n"
                if mark in " -":
                    assert was[at] == text
                    at += 1
                    left -= 1
                if mark in " +":
                    now.append(text)
                    right -= 1
        self.tell(path, change, "file", "".join(now + was[at:]).encode())


class Review(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="belljar-review-")
        self.addCleanup(folder.cleanup)
        self.dir = Path(folder.name)

    def belljar(self, *args):
        done = subprocess.run(
            [BELLJAR, "run", *args], cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode()

    def run_on(self, world, program, *options, tell="", guest=GUEST):
        code = f"PROGRAM = {json.dumps(program)!r}\n{guest}{tell}"
        (self.dir / "program.py").write_text(code)
        return self.belljar(
            *options, "--dir", f"{world}/d:/d:overlay", "--dir", f"{world}/h:/h:rw", "program.py"
        )

    def make_world(self, name):
        for top in ("d", "h"):
            make_tree(self.dir / name / top)

    def check_receipt(self, program):
        """The tree of the host that it leaves in /d."""
        self.make_world("told")
        kept = walk_host(self.dir / "told/d", "/d")
        receipt = json.loads(self.run_on("told", program, "--json", tell=TELL))
        before, after = json.loads(receipt["stdout"])
        told = {(f["path"], f["change"], f["type"]) for f in receipt["files"]}
        self.assertEqual(len(told), len(receipt["files"]))
        if receipt["files_truncated"]:
            self.assertEqual(receipt["unfinished"], {"files": "links"})
            self.assertLessEqual(told, changes_between(before, after))
        else:
            found = changes_between(before, after)
            self.assertLessEqual(found, told)
            for path, change, kind in told - found:  # written to, with the same bytes in the same moment
                self.assertEqual((change, before[path][:2]), ("modified", after[path][:2]))
        for each in receipt["files"]:
            if each["change"] != "deleted" and each["type"] != "directory":
                self.assertEqual(each["sha256"], after[each["path"]][1])
        self.assertEqual(walk_host(self.dir / "told/d", "/d"), kept)
        outside = digested(walk_host(self.dir / "told/h", "/h"))
        self.assertEqual(outside, {path: item for path, item in after.items() if path.startswith("/h/")})
        return {path: item[:2] for path, item in after.items() if path.startswith("/d/")}

    def check_review(self, world, expected, before, text):
        after = walk_host(self.dir / world / "d", "/d")
        self.assertEqual({path: item[:2] for path, item in digested(after).items()}, expected)
        diff = Diff(text, before)
        found = changes_between(before, after)
        self.assertLessEqual(found, diff.changes)
        for path, change, kind in diff.changes - found:
            self.assertEqual((change, before[path][:2]), ("modified", after[path][:2]))
        for path, held in diff.held.items():
            if held is not None:
                self.assertEqual(held, after[path][1], path)

    def check(self, seed):
        rng = random.Random(seed)
        program = list(draw_program(rng, rng.randrange(5, 60), seed % 4 == 0))
        expected = self.check_receipt(program)
        self.make_world("shown")
        before = walk_host(self.dir / "shown/d", "/d")
        text = self.run_on("shown", program, "--diff", "--commit")
        self.check_review("shown", expected, before, text)
        self.make_world("saved")
        before = walk_host(self.dir / "saved/d", "/d")
        half = rng.randrange(len(program))
        self.run_on("saved", program[:half], "--save", "half")
        text = self.run_on("saved", program[half:], "--from", "half", "--diff", "--commit")
        self.check_review("saved", expected, before, text)
        for world in ("told", "shown", "saved"):
            shutil.rmtree(self.dir / world)

    def test_what_is_told_is_what_is_there(self):
        for seed in range(FIRST, FIRST + PROGRAMS):
            with self.subTest(seed=seed):
                self.check(seed)


if __name__ == "__main__":
    unittest.main(verbosity=2)
