"""Every call on paths with every kind of path, each in a tree made anew, in the current directory: a line of JSON for each,
[call, path, what came of it, the tree afterwards]. Run by test_paths.py on Linux itself and in the sandbox."""
import errno
import json
import os
import shutil
import sys

BASE = os.getcwd()
TREE = "tree"

PATHS = [
    "", ".", "./", "..", "../tree", "../tree/f", "f", "f/", "f//", "f/.", "f/..", "./f", ".//f", "d/../f", "f/x", "f/x/y", "d", "d/", "d//", "d/.",
    "d/..", "d//x", "d/x", "d/x/", "e", "e/", "e/.", "e/..", "none", "none/", "none/.", "none/..", "none/x", "none/x/", "lf", "lf/", "lf/.",
    "ld", "ld/", "ld/.", "ld/..", "ld/x", "ln", "ln/", "ln/x", "ll", "ll/", "ll/x", "ls", "ls/", "lu", "lu/", "lu/x", "...", "d/...", " ",
    "n" * 255, "n" * 256, "n" * 255 + "/", "n" * 256 + "/x", "f/" + "n" * 256, "d/" * 2000, "d/../" * 800 + "f", "./" * 2000 + "f", "./" * 2050 + "f",
    "none/" * 819, "none/" * 820,
]


def opened(flags):
    def call(path):
        os.close(os.open(path, flags))
    return call


def copied(path):
    shutil.copyfile("f", path)


def moved(path):
    shutil.move("f", path)


def walked(path):
    return [[sorted(dirs), sorted(files)] for _, dirs, files in os.walk(path)]


def scanned(path):
    return sorted([entry.name, entry.is_dir(), entry.is_symlink()] for entry in os.scandir(path))


def where(path):
    os.chdir(path)
    return os.path.relpath(os.getcwd(), BASE)


def kind(stat):
    return [stat.st_mode >> 12, stat.st_size if stat.st_mode >> 12 == 8 else None]


# What rmtree does with others is another in each version of shutil.
REMOVED = {"", "f", "f/", "d", "d/", "d//", "d/x", "e", "e/", "none", "none/", "none/x"}

CALLS = {
    "stat": lambda path: kind(os.stat(path)),
    "lstat": lambda path: kind(os.lstat(path)),
    "exists": os.path.exists,
    "isdir": os.path.isdir,
    "isfile": os.path.isfile,
    "islink": os.path.islink,
    "access": lambda path: os.access(path, os.F_OK),
    "realpath": lambda path: os.path.relpath(os.path.realpath(path), BASE) if len(path) < 300 else None,
    "read": opened(os.O_RDONLY),
    "write": opened(os.O_WRONLY),
    "create": opened(os.O_WRONLY | os.O_CREAT),
    "truncate-open": opened(os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    "exclusive": opened(os.O_WRONLY | os.O_CREAT | os.O_EXCL),
    "directory": opened(os.O_RDONLY | os.O_DIRECTORY),
    "nofollow": opened(os.O_RDONLY | os.O_NOFOLLOW),
    "listdir": lambda path: sorted(os.listdir(path)),
    "scandir": scanned,
    "walk": walked,
    "mkdir": os.mkdir,
    "makedirs": lambda path: os.makedirs(path) if len(path) < 300 else None,
    "rmdir": os.rmdir,
    "unlink": os.unlink,
    "rmtree": lambda path: shutil.rmtree(path) if path in REMOVED else None,
    "readlink": os.readlink,
    "utime": lambda path: os.utime(path, (1, 2)),
    "truncate": lambda path: os.truncate(path, 1),
    "chdir": where,
    "rename-from": lambda path: os.rename(path, "new"),
    "rename-file-to": lambda path: os.rename("f", path),
    "rename-dir-to": lambda path: os.rename("d", path),
    "rename-empty-to": lambda path: os.rename("e", path),
    "rename-link-to": lambda path: os.rename("lf", path),
    "link-from": lambda path: os.link(path, "new", follow_symlinks=False),
    "link-to": lambda path: os.link("f", path),
    "symlink-at": lambda path: os.symlink("f", path),
    "symlink-to": lambda path: os.symlink(path, "new"),
    "copy-to": copied,
    "move-to": moved,
}


def make_tree():
    os.chdir(BASE)
    shutil.rmtree(TREE, ignore_errors=True)
    os.makedirs(TREE + "/d")
    os.chdir(TREE)
    os.mkdir("e")
    for name in ("f", "d/x"):
        with open(name, "w") as file:
            file.write("content")
    for name, target in (("lf", "f"), ("ld", "d"), ("ln", "none"), ("ll", "ll"), ("ls", "f/"), ("lu", "d//./")):
        os.symlink(target, name)


def shown_tree():
    os.chdir(BASE)
    found = []
    for where_, dirs, files in os.walk(TREE):
        for name in dirs + files:
            path = where_ + "/" + name
            what = "@" + os.readlink(path)[:40] if os.path.islink(path) else "/" if os.path.isdir(path) else ":%d" % os.path.getsize(path)
            found.append(path[len(TREE) + 1:][:40] + what)
    return sorted(found)


def attempt(call, path):
    try:
        return call(path)
    except shutil.Error:
        return "shutil.Error"
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))


for name, call in CALLS.items():
    for number, path in enumerate(PATHS):
        make_tree()
        outcome = attempt(call, path)
        print(json.dumps([name, number, path[:40], outcome, shown_tree()]))
os.chdir(BASE)
shutil.rmtree(TREE)
