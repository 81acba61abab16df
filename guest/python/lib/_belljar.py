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

import _belljar_threads

# Imported while the image is made, so that an import costs a program nothing. Left out: what only makes
# sense with a network, processes or a terminal, and what tools for developers want.
PRELOADED = """
    abc argparse array ast asyncio base64 belljar_display belljar_tools binascii bisect bz2 calendar cmath codecs codeop collections
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


LIBRARY = os.path.dirname(os.__file__)


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

    def get_terminal_size(fd=1, /):
        raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))

    def getlogin():
        raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))

    for function in (get_terminal_size, getlogin):
        function.__module__ = "os"
        setattr(os, function.__name__, function)
    absent = {"fork", "forkpty", "execv", "execve", "execvp", "execvpe", "execl", "execlp", "execle",
              "spawnv", "spawnl", "posix_spawn", "kill", "wait", "waitpid", "pipe", "setsid", "WNOHANG"}

    def __getattr__(name):
        if name in absent:
            raise AttributeError(f"os.{name} is not available in this sandbox: it has no processes")
        raise AttributeError(f"module 'os' has no attribute {name!r}", name=name, obj=os)

    os.__getattr__ = __getattr__

    mask = 0o022

    def umask(new, /):
        """The former mask. Files have no permissions in WASI: nothing is masked."""
        nonlocal mask
        old, mask = mask, new & 0o777
        return old

    umask.__module__ = "os"
    os.umask = umask
    os.getuid = lambda: 0  # as stat has it for every file; pytest's tmp_path compares. No geteuid: tarfile would want chown


def _complete_home():
    """Has "~" be the working directory where no variable HOME says otherwise: there is no module pwd to ask."""
    import functools

    expand, work = os.path.expanduser, os.getcwd()

    @functools.wraps(expand)
    def expanduser(path):
        path = expand(path)
        home, rest = ("~", "~/") if isinstance(path, str) else (b"~", b"~/")
        if "HOME" in os.environ or path != home and not path.startswith(rest):
            return path
        return (work if isinstance(path, str) else os.fsencode(work)) + path[1:]

    os.path.expanduser = expanduser


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


def _preload_packages():
    """Imports packages that are linked in, and makes what their first calls make. Only the full Python (guest/data) has some."""
    try:
        import _belljar_packages
    except ModuleNotFoundError:
        return
    _belljar_packages.warm_up()


# What an interpreter has imported before it runs a program: nothing that lies beside that can take its place.
STARTUP = frozenset("""
    __main__ abc builtins codecs encodings genericpath io linecache marshal os posix posixpath site stat sys time zipimport
""".split())

# The modules as the image has them, by name: for our own use, whatever a program puts in their place.
_own = {}
# Of them those that an interpreter would look for when a program imports them.
_ahead = frozenset()
# When the directories that come before the library were last looked at.
_looked = {}


def _drop(name, kept):
    """Has the next import of a module look for it, unless the program has imported it."""
    module = sys.modules.get(name)
    if module is None or module is not _own[name] or any(value is module for value in kept):
        return
    for each in [each for each in sys.modules if each == name or each.startswith(name + ".")]:
        del sys.modules[each]


def make_way(variables):
    """Has modules of the program come before those of the library that the image has imported ahead (`json.py` beside the
    script). Called for sources that import something."""
    for folder in sys.path:
        if folder == LIBRARY:
            return
        try:
            changed = os.stat(folder).st_mtime_ns
            if _looked.get(folder) == changed:
                continue
            names = os.listdir(folder)
        except (OSError, TypeError, ValueError):
            continue
        _looked[folder] = changed
        for name in names:
            module, dot, kind = name.partition(".")
            if module in _ahead and (kind in ("py", "pyc") or not dot and os.path.exists(f"{folder}/{name}/__init__.py")):
                _drop(module, variables.values())


_sources = None


def library_source(path):
    """The source of a module of the library by its path there, or None. It lies in one file (pack.py)."""
    global _sources
    known = _own or sys.modules  # packages ask before there is a program
    bz2, json = known["bz2"], known["json"]

    with open(LIBRARY + "/sources.bin", "rb") as file:
        size = file.readline()
        if _sources is None:
            _sources = json.loads(file.read(int(size)))
        place = _sources.get(path.removeprefix(LIBRARY + "/"))
        if place is None:
            return None
        file.seek(len(size) + int(size) + place[0])
        return bz2.decompress(file.read(place[1]))


def _show_library():
    """Has tracebacks and the module inspect find the library's sources, which lie apart from its modules."""
    from importlib.machinery import SourcelessFileLoader
    from importlib.util import decode_source

    def get_source(self, fullname):
        if not self.path.startswith(LIBRARY + "/"):
            return None
        source = library_source(self.path.removesuffix("c"))
        return None if source is None else decode_source(source)

    SourcelessFileLoader.get_source = get_source


def renew_streams():
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


def _keep_modules():
    global _ahead
    _own.update(sys.modules)
    _ahead = frozenset(name for name in _own if not ("." in name or name in STARTUP or name in sys.builtin_module_names
                                                     or name.startswith(("_", "belljar"))))


def init():
    _belljar_threads.install()
    for name in PRELOADED:
        __import__(name)
    _preload_packages()
    _complete_os()
    _complete_home()
    _complete_socket()
    _complete_time()
    _complete_builtins()
    sys.modules["belljar_display"].install()
    _show_library()
    # As they are without arguments; a sandbox that has some sets them.
    sys.argv[:] = sys.orig_argv[:] = [""]
    sys.path.insert(0, os.getcwd())
    posix.environ.clear()
    _keep_modules()
    gc.collect()


def freeze():
    """What there is now is never looked at by the collector."""
    gc.freeze()


def _places(variable):
    return [place for place in os.fsdecode(variable or b"").split(":") if place and place not in sys.path]


_script_folder = None


def find_script(name):
    """Looks for modules where the script lies first, if that is a directory here."""
    global _script_folder
    if _script_folder in sys.path:
        sys.path.remove(_script_folder)
    _script_folder = os.path.dirname(name)
    if _script_folder not in sys.path[:1] and os.path.isdir(_script_folder):
        sys.path.insert(0, _script_folder)
    else:
        _script_folder = None


def find_packages(environment):
    """Looks for modules where variables say: PYTHONPATH ahead of the library, as ever, and BELLJAR_PACKAGES, which no
    program sees, after it."""
    ahead = sys.path.index(LIBRARY) if LIBRARY in sys.path else len(sys.path)
    sys.path[ahead:ahead] = _places(environment.get(b"PYTHONPATH"))
    sys.path.extend(_places(environment.pop(b"BELLJAR_PACKAGES", None)))


_loop = None


def run_coroutine(coroutine):
    """The result of a source that awaits. Its event loop is the sandbox's: tasks that it leaves go on with the next."""
    global _loop
    asyncio, contextvars = _own["asyncio"], _own["contextvars"]
    if _loop is None or _loop.is_closed():
        _loop = asyncio.new_event_loop()
    asyncio.set_event_loop(_loop)
    context = contextvars.copy_context()
    task = _loop.create_task(coroutine, context=context)
    try:
        return _loop.run_until_complete(task)
    except BaseException:
        if not task.done():
            task.cancel()
            _loop.run_until_complete(asyncio.wait([task]))
        raise
    finally:
        for variable, value in context.items():
            if variable.get(context) is not value:
                variable.set(value)


def finish_threads():
    _belljar_threads.finish()


def run_module(name):
    """What `python -m NAME` does."""
    import runpy

    runpy._run_module_as_main(name)


def tell_tools():
    """Which tools there are has changed."""
    _own["belljar_tools"].tell()


_BASE64_MOST = 786432  # what 1 MiB of text holds


def packed(value, beside):
    """The value as tagged JSON (bytes), or None where it has no form. `beside`: the host takes bytes beside the text."""
    pack, blobs = _own["belljar_values"].pack, []
    try:
        if beside:
            text = pack(value, blobs)
            if not blobs or _own["_belljar_host"].give(blobs) == 0:
                return text
        return pack(value) if sum(blob.nbytes for blob in blobs) <= _BASE64_MOST else None
    except Exception:
        return None


def traceback_text(error):
    """What CPython prints for an uncaught exception."""
    return "".join(_own["traceback"].TracebackException.from_exception(error).format(colorize=False))


_console = None


def interactive(source, name):
    """Code for one statement as at a prompt, or None where more lines are needed."""
    global _console
    if _console is None:
        _console = _own["codeop"].CommandCompiler()
        _console.compiler.flags |= _own["ast"].PyCF_ALLOW_TOP_LEVEL_AWAIT
    return _console(source.decode("utf-8"), name, "single")
