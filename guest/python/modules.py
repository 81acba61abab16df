"""Writes docs/python.md: what of Python's standard library is in the guest, what is not, and its limits.

Run it inside the guest, since it imports every module there is:

    belljar run guest/python/modules.py > docs/python.md

Modules that are neither here nor explained below make it fail, so that the page cannot fall behind.
"""

import importlib
import sys
import warnings

LIMITED = {
    "_socket": "as socket",
    "asyncio": "own event loop: tasks, timers, queues, locks; no connections, servers or subprocesses; "
    "`to_thread` runs in place; waiting for what can never happen is a RuntimeError",
    "cProfile": "works; times are as fine as the host's clock",
    "concurrent": "`concurrent.futures` imports, its executors cannot start threads or processes",
    "dbm": "`dbm.dumb` and `dbm.sqlite3` alone",
    "faulthandler": "imports; a crash of the guest is the host's to report (outcome `trap`)",
    "ftplib": "imports; no network",
    "getpass": "reads standard input; `getuser` wants a variable such as USER",
    "hashlib": "md5, sha1, sha2, sha3, shake, blake2, pbkdf2_hmac (in Python: half a million "
    "iterations a second); no scrypt, no ripemd160",
    "http": "imports; no network",
    "imaplib": "imports; no network",
    "locale": "the C locale with UTF-8",
    "multiprocessing": "imports, `cpu_count()` is 1; processes, pools and locks raise",
    "os": "files, paths, environment; `symlink` to relative targets alone; no processes (`system` and `popen` raise "
    "OSError, `fork`, `exec*`, `kill` are absent), no users, no `chmod` that does anything",
    "platform": "says wasi and wasm32",
    "poplib": "imports; no network",
    "posix": "as os",
    "queue": "works; a `get` that would block waits for ever, that is for the run's time limit",
    "select": "`select` and `poll` on files",
    "selectors": "as select",
    "signal": "handlers can be set and `raise_signal` calls them; nothing else sends signals, no alarms",
    "smtplib": "imports; no network",
    "socket": "imports; every socket and every name look-up raises OSError",
    "socketserver": "imports; no network",
    "sqlite3": "SQLite with FTS5, R*Tree, JSON and math functions; no loadable extensions, no write-ahead log",
    "subprocess": "imports; starting a process raises OSError",
    "tempfile": "in /tmp where there is one, else in the working directory",
    "threading": "locks and `local` work; `Thread.start` raises RuntimeError",
    "time": "the host's clocks; `sleep` counts against the run's time; UTC alone (use zoneinfo)",
    "_thread": "as threading",
    "urllib": "`parse` works; `request` imports; no network",
    "webbrowser": "imports; finds no browser",
    "wsgiref": "imports; no network",
    "xmlrpc": "imports; no network",
    "zoneinfo": "with its data (the tzdata package), no PYTHONTZPATH needed",
}

ABSENT = {
    "no TLS (and no network)": "ssl _ssl _hashlib",
    "no processes, threads or shared memory": "_interpchannels _interpqueues _interpreters _multiprocessing "
    "_posixshmem _posixsubprocess mmap",
    "no code that is loaded at run time": "ctypes _ctypes",
    "no terminal": "curses _curses _curses_panel pty readline termios tty",
    "no windows": "tkinter _tkinter idlelib turtle turtledemo",
    "no users, no system calls beyond WASI's": "fcntl grp pwd resource syslog",
    "nothing can be installed from within": "ensurepip venv",
    "libraries that are not in the guest": "_dbm _gdbm _uuid",
    "other operating systems": "_aix_support _android_support _apple_support _ios_support _osx_support "
    "_overlapped _scproxy _winapi _wmi msvcrt nt winreg winsound",
    "left out for size": "pydoc_data",
}

# These print or open something when they are imported.
SPOKEN = {"this", "antigravity"}

PAGE = """\
# Python in Belljar

CPython {version}, compiled to WebAssembly from unchanged sources but for the patches in
guest/python/patches. This page is generated, by

    belljar run guest/python/modules.py > docs/python.md

{works} modules of the standard library import, {absent} do not. There is no network, there are no processes
and no threads; what asks for them raises an ordinary exception that says so.

## Works with limits

| module | limits |
| --- | --- |
{limited}

## Works

{plain}

Private modules: {private}.

## Is not there

| modules | why |
| --- | --- |
{missing}

## How it runs

- `__name__` is `"__main__"`, `sys.argv` and `__file__` are the script's, the working directory is /work, and
  `sys.path` is /work and /lib/belljar (the standard library, as .pyc files: a traceback shows the lines of
  your code, not of the library's).
- Globals stay from one evaluation to the next, and so does `from __future__ import …`. The first evaluation
  carries the script's name, later ones are `<eval 2>`, `<eval 3>`, and so on.
- Standard output is line-buffered: a line reaches the host when it is complete. Files that a program leaves
  open are flushed when an evaluation ends. `atexit` functions run when the program ends itself (`sys.exit`).
- The module random is seeded anew for every sandbox. Hashes of str are the same in all sandboxes that
  start from one frozen image.
- Most modules that scripts import are loaded already when a sandbox starts: an import costs nothing.

## Limits

- Recursion through Python functions: `sys.setrecursionlimit`, 1000 unless set, as far as memory reaches.
  Recursion through C (a key function that sorts, nested lists in `json` or `repr`, `functools.cache`): 3000
  levels, then RecursionError. Nested source: as CPython elsewhere. The host gives 4 MiB of stack for that
  (`max_wasm_stack`). Chains of iterators (`map` of `map` of …) and hashes of tuples nested tens of
  thousands deep end as the outcome `trap`, where CPython elsewhere would crash.
- Memory: what the policy allows, at most 4 GiB. Beyond it, MemoryError.
- `int` is 32 bits in C's eyes: `sys.maxsize` is 2147483647, and so is the length of anything.
"""


def importable(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            importlib.import_module(name)
        except ImportError:
            return False
    return True


def listed(names):
    return ", ".join(names)


def main():
    names = sorted(name for name in sys.stdlib_module_names if name not in SPOKEN)
    works = [name for name in names if importable(name)]
    absent = [name for name in names if name not in works]
    explained = {name for group in ABSENT.values() for name in group.split()}
    unexplained = (set(absent) - explained) | (explained & set(works)) | (set(LIMITED) - set(works))
    if unexplained:
        sys.exit(f"modules.py says nothing, or something wrong, about: {listed(sorted(unexplained))}")
    plain = [name for name in works if name not in LIMITED]
    print(PAGE.format(
        version=sys.version.split()[0],
        works=len(works),
        absent=len(absent),
        limited="\n".join(f"| {name} | {LIMITED[name]} |" for name in sorted(LIMITED) if name[0] != "_"),
        plain=listed(name for name in plain if name[0] != "_"),
        private=listed(name for name in plain if name[0] == "_"),
        missing="\n".join(f"| {listed(group.split())} | {reason} |" for reason, group in ABSENT.items()),
    ), end="")


main()
