"""What makes a CPython Belljar's: the part of the guest that can be said in Python.

The shim calls in here; programs have no business with it. `init` runs once and what it leaves in memory
may be frozen into an image that every sandbox starts from; shim_thaw.c makes that memory one sandbox's own.
"""

import builtins
import errno
import gc
import io
import os
import posix
import sys

# Imported while the image is made, so that an import costs a program nothing. Left out: what only makes
# sense with a network, processes or a terminal, and what tools for developers want.
PRELOADED = """
    abc argparse array ast asyncio base64 belljar_tools binascii bisect bz2 calendar cmath codecs codeop collections
    collections.abc colorsys concurrent.futures configparser contextlib contextvars copy copyreg csv
    dataclasses datetime decimal difflib dis email.utils encodings.ascii encodings.idna encodings.latin_1
    encodings.utf_16 encodings.utf_8_sig enum errno fnmatch fractions functools getopt glob
    graphlib gzip hashlib heapq hmac html html.parser importlib.metadata importlib.resources
    importlib.util inspect io ipaddress itertools json keyword linecache locale logging lzma math
    mimetypes numbers opcode operator os pathlib pickle platform pprint queue quopri random re reprlib
    sched secrets select shlex shutil signal socket sqlite3 stat statistics string stringprep struct
    subprocess sys sysconfig tarfile tempfile textwrap threading time timeit token tokenize tomllib
    traceback types typing unicodedata unittest urllib.error urllib.parse uuid warnings weakref
    xml.dom.minidom xml.etree.ElementTree zipfile zlib zoneinfo
""".split()


def _unavailable(name):
    def unavailable(*args, **kwargs):
        raise OSError(errno.ENOTSUP, f"{name} is not available in this sandbox: it has no processes")

    unavailable.__name__ = unavailable.__qualname__ = name.rpartition(".")[2]
    unavailable.__module__ = "os"
    return unavailable


def _complete_os():
    """Adds what programs call and WASI lacks, as functions that say so.

    Not os.fork and its kin: the library asks with hasattr() whether they are there. Asking for those
    raises AttributeError, as ever, with a better reason.
    """
    for name in ("system", "popen"):
        setattr(os, name, _unavailable("os." + name))
    absent = {"fork", "forkpty", "execv", "execve", "execvp", "execvpe", "execl", "execlp", "execle",
              "spawnv", "spawnl", "posix_spawn", "kill", "wait", "waitpid", "pipe", "setsid"}

    def __getattr__(name):
        if name in absent:
            raise AttributeError(f"os.{name} is not available in this sandbox: it has no processes")
        raise AttributeError(f"module 'os' has no attribute {name!r}", name=name, obj=os)

    os.__getattr__ = __getattr__


def _complete_socket():
    """Has every way to the network say why it is closed; WASI's own sockets fail without a word."""
    import socket

    def unavailable(*args, **kwargs):
        raise OSError(errno.ENOTSUP, "sockets are not available in this sandbox")

    def unresolved(*args, **kwargs):
        raise socket.gaierror(errno.ENOTSUP, "host names and sockets are not available in this sandbox")

    socket.socket.__init__ = unavailable
    socket.socket.__del__ = lambda self: None
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo"):
        setattr(socket, name, unresolved)
    socket.gethostname = lambda: "localhost"


def _complete_time():
    """Adds the clock of the thread: there is one."""
    import time

    time.thread_time, time.thread_time_ns = time.process_time, time.process_time_ns


def _complete_builtins():
    """Adds what the module site adds to an interpreter that runs it."""
    import _sitebuiltins

    builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D (i.e. EOF)")
    builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D (i.e. EOF)")
    builtins.help = _sitebuiltins._Helper()


def _renew_streams():
    """Makes stdout and stderr anew: as the interpreter makes them, but line-buffered, and last.

    Each line reaches the host as it is written, and what was printed is not lost if the run is ended. Last, because what every
    program writes to should lie where its own first objects will: on pages that it has to copy anyway.
    """
    for name in ("stdout", "stderr"):
        old = getattr(sys, name)
        raw = io.FileIO(old.fileno(), "wb", closefd=False)
        raw.name = old.name
        new = io.TextIOWrapper(io.BufferedWriter(raw), encoding=old.encoding, errors=old.errors, newline="\n", line_buffering=True)
        new.mode = "w"
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)


def init():
    for name in PRELOADED:
        __import__(name)
    _complete_os()
    _complete_socket()
    _complete_time()
    _complete_builtins()
    # As they are without arguments; a sandbox that has some sets them.
    sys.argv[:] = sys.orig_argv[:] = [""]
    sys.path.insert(0, os.getcwd())
    posix.environ.clear()
    _renew_streams()
    gc.collect()


def freeze():
    """What there is now is never looked at by the collector."""
    gc.freeze()


def find_packages(environment):
    """Looks for modules where the variable BELLJAR_PACKAGES says, which no program sees."""
    packages = environment.pop(b"BELLJAR_PACKAGES", None)
    if packages:
        sys.path.extend(place for place in os.fsdecode(packages).split(":") if place not in sys.path)


def tell_tools():
    """Which tools there are has changed."""
    sys.modules["belljar_tools"].tell()


def packed(value):
    """The value as tagged JSON (bytes), or None where it has no form."""
    try:
        return sys.modules["belljar_values"].pack(value)
    except Exception:
        return None


def traceback_text(error):
    """What CPython prints for an uncaught exception."""
    import traceback

    return "".join(traceback.TracebackException.from_exception(error).format(colorize=False))


_console = None


def interactive(source, name):
    """Code for one statement as at a prompt, or None where more lines are needed."""
    global _console
    if _console is None:
        import codeop

        _console = codeop.CommandCompiler()
    return _console(source.decode("utf-8"), name, "single")
