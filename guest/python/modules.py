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
    "`to_thread` as threads below; waiting for what can never happen is a RuntimeError",
    "cProfile": "works; times are as fine as the host's clock",
    "concurrent": "`ThreadPoolExecutor` as threads below; no `ProcessPoolExecutor`",
    "dbm": "`dbm.dumb` and `dbm.sqlite3` alone",
    "faulthandler": "imports; a crash of the guest is the host's to report (outcome `trap`)",
    "ftplib": "imports; no network",
    "getpass": "reads standard input; `getuser` wants a variable such as USER",
    "hashlib": "md5, sha1, sha2, sha3, shake, blake2, pbkdf2_hmac (in Python: half a million "
    "iterations a second); no scrypt, no ripemd160",
    "http": "imports; no network",
    "imaplib": "imports; no network",
    "locale": "the C locale with UTF-8; any other is `locale.Error`",
    "multiprocessing": "`dummy` and `pool.ThreadPool` as threads below; `cpu_count()` is 1; processes, their pools and locks raise",
    "os": "files, paths, environment; `symlink` to relative targets alone; no processes (`system` and `popen` raise "
    "OSError, `fork`, `exec*`, `kill` are absent), no users (`~` is /work where no variable HOME says otherwise), no `chmod` and no `umask` that does anything",
    "platform": "says wasi and wasm32",
    "poplib": "imports; no network",
    "posix": "as os",
    "queue": "works; a `get` that nothing can end is a RuntimeError",
    "select": "`select` and `poll` on files",
    "selectors": "as select",
    "signal": "handlers can be set and `raise_signal` calls them; nothing else sends signals, no alarms",
    "smtplib": "imports; no network",
    "socket": "imports; every socket and every name look-up raises OSError",
    "socketserver": "imports; no network",
    "sqlite3": "SQLite with FTS5, R*Tree, JSON and math functions; connections of a guest share files by its usual rules, another "
    "guest waits (`DATABASE.lock` beside the file); no loadable extensions, no write-ahead log",
    "subprocess": "imports; starting a process raises OSError",
    "tempfile": "in /tmp where there is one, else in the working directory",
    "threading": "threads run one after the other, when somebody waits: see below",
    "time": "the host's clocks; `sleep` counts against the run's time; UTC alone (use zoneinfo); `strftime` as glibc has it",
    "_thread": "as threading",
    "urllib": "`parse` works; `request` imports; no network",
    "webbrowser": "imports; finds no browser",
    "wsgiref": "imports; no network",
    "xmlrpc": "imports; no network",
    "zoneinfo": "with its data (the tzdata package), no PYTHONTZPATH needed",
}

ABSENT = {
    "no TLS (and no network); `http.client.HTTPSConnection` is there to be imported and subclassed, and says so when it connects": "ssl _ssl _hashlib",
    "no processes and no shared memory": "_interpchannels _interpqueues _interpreters _multiprocessing "
    "_posixshmem _posixsubprocess mmap",
    "no code that is loaded at run time; ctypes has the simple types and their sizes, for packages that ask for those": "_ctypes",
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

CPython {version} with Debian's security patches up to 3.13.5-2+deb13u5 (a build says so where Debian no longer has that revision, and goes on without), compiled to WebAssembly from
unchanged sources but for the patches in guest/python/patches. This page is generated, by

    belljar run guest/python/modules.py > docs/python.md

{works} modules of the standard library import, {absent} do not. There is no network and there are no processes;
what asks for them raises an ordinary exception that says so. Threads are calls. What of CPython's own tests runs, and what fails
for which reason: [python-conformance.md](python-conformance.md).

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

- `__name__` is `"__main__"`, `sys.argv` and `__file__` are the script's, the working directory is /work, and `sys.path` is: the
  script's directory, where the guest has it (`belljar run --dir src:/src src/main.py`), /work, the directories of PYTHONPATH, /lib/belljar (the
  standard library) and packages.
- `belljar run -m MODULE ARGUMENTS` runs a module as a program, as `python -m` does: `belljar run --package pytest -m pytest tests -q`. It is shown
  the directories among its arguments that stand before an option (or `--`), as overlays in /work. A plain name (`tests`) stays as it is, since it may be a
  word as well; another path becomes its name there.
- `await`, `async for` and `async with` may stand outside functions. Such a source runs in the sandbox's event loop, which it keeps: tasks
  that are left go on with the next source that awaits.
- The library lies there as .pyc files; tracebacks and the module inspect find its sources all the same.
- Globals stay from one evaluation to the next, and so does `from __future__ import …`. The first evaluation
  carries the script's name, later ones are `<eval 2>`, `<eval 3>`, and so on.
- Standard output is line-buffered: a line reaches the host when it is complete. Files that a program leaves
  open are flushed when an evaluation ends. `atexit` functions run when the program ends itself (`sys.exit`).
- The module random is seeded anew for every sandbox, forks and those that go on from a snapshot among them, and so are every
  `random.Random()` without a seed, `tempfile` and SQLite's `random()`. A generator that the program seeded (`random.seed(7)`, `setstate`) goes on with its
  sequence in forks: that is what the program asked for. CPython's own `os.fork()` seeds the module's anew even then. Twins (`fork(twin=True)`)
  draw the same numbers, but for a generator that has not given any yet: it seeds itself when it is first used. Hashes of str are the
  same in all sandboxes that start from one frozen image.
- Most modules that scripts import are loaded already when a sandbox starts: an import costs nothing. A module of the program still comes first
  where it would elsewhere (`random.py` beside the script, or in /work for what is evaluated): what stands ahead of the library on `sys.path` is
  looked at before each source that imports something.

## Threads

There is one thread, and one stack. `Thread.start()` puts a thread into a queue; whoever waits has those of the queue run meanwhile, each from its
beginning to its end, in the order of their starts: a wait for a lock, and so for a condition, an event, a semaphore, a barrier, a queue, a future or another
thread; and a sleep of the main thread. Daemons run only where nothing else can end the wait. What nobody waited for runs when the evaluation
ends, but for daemons. A thread that waits in its turn has others run inside its own wait. So producers and consumers, pools, timers, `asyncio.to_thread` and
`run_coroutine_threadsafe` give what they give elsewhere, one after the other.

- A wait that nothing is left to end is a RuntimeError ("deadlock: …"), in every primitive that blocks; a wait with a timeout times out. A daemon ends there.
- A thread that waits for the one below it on the stack (two that take turns) is such a wait: it cannot go on before its own wait has ended.
- Each has its identity, its `threading.local`, its context and its limit of recursion; C's stack is shared.
- The variable BELLJAR_THREADS says when threads run: `wait`, as above; `start`, in `start()`, before it returns; `off`: `start()` raises RuntimeError, as
  in CPython without threads (`--env BELLJAR_THREADS=start`).

## Limits

- Recursion through Python functions: `sys.setrecursionlimit`, 1000 unless set, as far as memory reaches.
  Recursion through C (nested lists in `json` or `repr`): 6,000 levels, 2,000 where it goes through Python
  each time (a key function that sorts, `functools.cache`), then RecursionError. So end chains that C walks, too, where CPython elsewhere would crash (`map` of `map` of …, hashes of nested
  tuples, methods of methods, generators that delegate). Freed chains are freed at any length. Nested source: as deep as elsewhere (sums of
  9,900 terms, 5,900 levels of `not`), then RecursionError or MemoryError. The guest has 4 MiB of memory for its stack, and looks at what is left of it.
- Memory: what the policy allows, at most 4 GiB. Beyond it, MemoryError.
- `int` is 32 bits in C's eyes: `sys.maxsize` is 2147483647, and so is the length of anything.
  `len(range(2**31))` is an OverflowError, `struct` and `array` have 4 bytes for `l` and `L` without a sign of size (`<l`, `q` are as ever),
  `sys.getsizeof` says about half, `decimal.MAX_PREC` is 425000000, and `hash()` gives other numbers, so that sets of floats, tuples or large integers may
  have another order. Seeds of the module random give the numbers that they give with 64 bits.
- `math` is musl's: a last digit may differ from glibc's (`erfc`, `cbrt`).
- Files have no permissions: `stat` says 0644, and 0755 of directories, whatever `chmod` was told.
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
