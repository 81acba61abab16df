"""One engine a process. It keeps the programs that it opened: each is compiled once, and shared by all sandboxes."""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import typing

from . import _core, _native
from .errors import ArgumentError

_NAMES = {"py": "python", "js": "javascript", "ts": "typescript"}


class _Engines:
    def __init__(self, options: dict[str, int] | None = None) -> None:
        self.lock = _native.Lock()
        self.engine: _core.Engine | None = None
        self.interpreters: dict[typing.Any, _core.Runtime] = {}
        self.options = options or {}

    def get(self) -> _core.Engine:
        with self.lock:
            if self.engine is None:
                self.engine = _core.Engine(_guest_dir(), None, **self.options)
            return self.engine

    def interpreter(self, name: str) -> _core.Runtime:
        """Kept, so that nothing is asked of the library or the file system for the next one."""
        found = self.interpreters.get(name)
        return found or self.interpreters.setdefault(name, _core.Runtime(self.get(), name))


def _guest_dir() -> str | None:
    """The guests in this package, after those of belljar-data where that is installed; None where the library finds them itself, or
    $BELLJAR_GUESTS says."""
    own = pathlib.Path(__file__).with_name("guests")
    if os.environ.get("BELLJAR_GUESTS") or not own.is_dir():
        return None
    data = importlib.util.find_spec("belljar_data")
    full = [os.path.join(place, "guests") for place in (data.submodule_search_locations or [])] if data else []
    return ":".join([*full, str(own)])


def python_folder() -> str:
    """The folder that "python" is taken from."""
    folders = str(json.loads(describe())["guests"]["dir"]).split(":")
    return next((folder for folder in folders if os.path.exists(os.path.join(folder, "python.wasm"))), folders[0])


_engines = _Engines()
opened = _engines.interpreters.get  # of a program's name; None: it is no interpreter, or not open yet


def _start_anew() -> None:
    """After os.fork(): the parent's engine has no threads here, and its lock may be held by nobody."""
    global _engines, opened
    _engines = _Engines(_engines.options)
    opened = _engines.interpreters.get


os.register_at_fork(after_in_child=_start_anew)


_MOST = {"host_descriptors": 1 << 32, "compile_ms": 1 << 32, "compile_bytes": 1 << 48}


def limit(**options: int | None) -> None:
    """Options of the engine that are limits, where they are not None. Before it is made."""
    given = {name: value for name, value in options.items() if value is not None}
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < _MOST[name]:
            raise ArgumentError(f"{name}: a whole number from 1")
    if not given:
        return
    with _engines.lock:
        if _engines.engine is not None:
            raise ArgumentError(f"{', '.join(given)}: to be configured before the first sandbox of the process")
        _engines.options = {**_engines.options, **given}


def runtime(program: str | os.PathLike[str] | bytes) -> _core.Runtime:
    """The runtime of "python", "python-lean", "javascript", "typescript", a .wasm or .wat file, or the bytes of one."""
    if isinstance(program, bytes):
        return _core.Runtime(_engines.get(), "module", program)
    name = os.fspath(program)
    name = _NAMES.get(name, name)
    if name in ("python", "python-lean", "javascript", "typescript"):
        return _engines.interpreter(name)
    return _core.Runtime(_engines.get(), name)


def is_open(program: str | os.PathLike[str] | bytes) -> bool:
    """Whether it is an interpreter whose runtime is there already: opening one may take seconds, where it is to be compiled."""
    return type(program) is str and _NAMES.get(program, program) in _engines.interpreters


def describe() -> str:
    """What this machine supports and what was chosen, as JSON."""
    return _engines.get().describe()
