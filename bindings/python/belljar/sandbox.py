"""Sandboxes, their files and their snapshots."""

from __future__ import annotations

import dataclasses
import functools
import json
import keyword
import os
import typing
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence

from . import _core, _engine, arrow, tools as _tools, values
from .errors import ArgumentError
from .policy import Mount, PolicyLike, build, plain, size_of
from .receipt import Changes, FileChange, Image, Receipt

_RICH: int = _core.EVAL_RICH | _core.EVAL_BLOBS

# Pictures that one receipt holds.
_MOST_IMAGES = 32
_MOST_IMAGE_BYTES = 16 << 20

_FORMATS = (
    ("png", b"\x89PNG\r\n\x1a\n"),
    ("jpeg", b"\xff\xd8\xff"),
    ("gif", b"GIF8"),
    ("webp", b"RIFF"),
)
_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg")


@dataclasses.dataclass(frozen=True)
class File:
    """What lies in a directory of a sandbox. ``type`` is file, directory, symlink or other."""

    name: str
    path: str
    type: str
    size: int


class Files:
    """The files of a sandbox, from outside. Paths are the guest's, and what is written counts against its limits."""

    def __init__(self, box: Sandbox):
        self._box = weakref.proxy(box)

    @property
    def _raw(self) -> _core.Sandbox:
        raw: _core.Sandbox = self._box._raw
        return raw

    def write(self, path: str, data: bytes | str) -> None:
        """Writes a file; directories that lead to it are made."""
        self._raw.write_file(_absolute(path), data.encode() if isinstance(data, str) else bytes(data))

    def read(self, path: str, most: int | str = "256M") -> bytes:
        """The bytes of a file. ArgumentError: there are more than `most`."""
        data: bytes = self._raw.read_file(_absolute(path), size_of(most))
        return data

    def read_text(self, path: str, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The text of a file."""
        return self.read(path).decode(encoding, errors)

    def list(self, path: str = "/work") -> list[File]:
        """What lies in a directory, in order of the names."""
        path = _absolute(path)
        found = json.loads(self._raw.list_files(path))
        return [File(f["name"], f"{path.rstrip('/')}/{f['name']}", f["type"], f["bytes"]) for f in found]

    def remove(self, path: str) -> None:
        """Removes a file, a link or an empty directory."""
        self._raw.remove_file(_absolute(path))

    def exists(self, path: str) -> bool:
        """Whether there is something at this path."""
        parent, _, name = _absolute(path).rstrip("/").rpartition("/")
        try:
            return not name or any(file.name == name for file in self.list(parent or "/"))
        except OSError:
            return False

    def copy_out(self, guest: str, host: str | os.PathLike[str]) -> int:
        """Copies the tree below a directory of the guest's into one of the host's; the number of files."""
        copied: int = self._raw.copy_out(_absolute(guest), host)
        return copied


def _absolute(path: str) -> str:
    """Relative paths are below /work, as for the guest when it starts."""
    path = os.fspath(path)
    return path if path.startswith("/") else f"/work/{path}"


class Sandbox:
    """Code of others, under glass.

    ``program`` is ``"python"``, ``"python-lean"``, ``"javascript"``, ``"typescript"``, a .wasm or .wat file, or the bytes of a module. ``mounts`` shows
    directories of the host: ``{"/data": "dir"}`` read-only, ``("dir", "rw")``, ``("dir", "overlay")`` (the guest sees its
    changes, the host's files stay), :class:`Memory` or :class:`Archive`. ``tools`` are functions of the host that the guest
    may call; see :class:`Tool`. ``packages`` are what pip takes, for Python (``"sympy"``), and npm's, for JavaScript (``"npm:zod@3"``).

    Globals stay from one eval to the next. One thread at a time may use a sandbox, and :meth:`interrupt` any.

    >>> with Sandbox("python", policy=Policy(timeout=10, memory="256M")) as box:
    ...     _ = box.eval("x = 6")
    ...     box.eval("x * 7").value
    42
    """

    def __init__(
        self,
        program: str | os.PathLike[str] | bytes = "python",
        *,
        policy: PolicyLike | None = None,
        tools: Iterable[_tools.AnyTool] = (),
        mounts: Mapping[str, Mount] | None = None,
        env: Mapping[str, str] | None = None,
        args: Sequence[str] = (),
        stdin: bytes | str | int | typing.IO[typing.Any] = b"",
        packages: Sequence[str] = (),
    ):
        # As plain as it is, for what is run after a guest is cold: each function more that is called costs a microsecond.
        self._runtime = runtime = _engine.opened(program) or _engine.runtime(program)
        self._lang = lang = "python" if program == "python" else _lang_of(program)
        if tools or mounts or env or args or packages or stdin:
            built = _grants(policy, tools, mounts, env, args, stdin, packages, lang)
        else:
            built = plain(policy)
        self._raw = _core.Sandbox(runtime, built)

    @functools.cached_property
    def files(self) -> Files:
        """Its files: ``read``, ``write``, ``list``, ``remove``, ``copy_out``."""
        return Files(self)

    @classmethod
    def _of(cls, raw: _core.Sandbox, runtime: _core.Runtime, lang: str) -> Sandbox:
        box = cls.__new__(cls)
        box._raw, box._runtime, box._lang = raw, runtime, lang
        return box

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *error: object) -> None:
        self._raw.close()

    async def __aenter__(self) -> Sandbox:
        return self

    async def __aexit__(self, *error: object) -> None:
        self.close()

    # ------------------------------------------------------------------ running

    def eval(self, source: str | bytes, *, module: bool = False, interactive: bool = False) -> Receipt:
        """Runs source, and tells how it ended; raises only for what is no fault of the guest's.

        ``module`` takes JavaScript as a module; ``interactive`` prints values, as a prompt does.

        In the main thread Ctrl-C interrupts the guest and raises KeyboardInterrupt here; the sandbox has ended then, and
        :meth:`rewind` revives it. Handlers of other signals run while the guest does: it goes on, unless one raises, which interrupts it too.
        Python runs no handlers in other threads; what runs in one is left alone by Ctrl-C, and :meth:`interrupt` ends it.
        """
        flags = _flags(module, interactive) if module or interactive else _RICH
        if not _tools.granted:
            raw = self._raw.eval(source, flags, 0)
            return Receipt(raw, self._images(raw)) if raw.file_count else Receipt(raw)
        with _tools.caller() as caller:
            return self._receipt(self._raw.eval(source, flags, caller))

    def run(self) -> Receipt:
        """Runs a WASI command to its end. A sandbox runs one once."""
        with _tools.caller() as caller:
            return self._receipt(self._raw.run(caller))

    async def aeval(self, source: str | bytes, *, module: bool = False, interactive: bool = False) -> Receipt:
        """:meth:`eval`, awaited. What is short is done on the spot, in a slice of 0.2 ms on the event loop's own thread; the rest runs on
        threads of the library's, and on none while it waits for a tool or sleeps, so that any number may be under way
        (:func:`configure`). Cancelling the task interrupts the sandbox, and ends it."""
        return await self._await(source, _flags(module, interactive) if module or interactive else _RICH)

    async def arun(self) -> Receipt:
        """:meth:`run`, awaited as :meth:`aeval`."""
        return await self._await(None, 0)

    async def _await(self, source: str | bytes | None, flags: int) -> Receipt:
        import asyncio  # which who awaits nothing need not import

        from . import _front

        loop = asyncio.get_running_loop()
        if not _tools.granted:
            return self._receipt(await _front.run(self._raw, source, flags, 0, loop))
        with _tools.caller(loop) as caller:
            return self._receipt(await _front.run(self._raw, source, flags, caller, loop))

    def _receipt(self, raw: _core.Receipt) -> Receipt:
        return Receipt(raw, self._images(raw) if raw.file_count else ())

    def _images(self, raw: _core.Receipt) -> tuple[Image, ...]:
        """Read now: later evals may change them."""
        found: list[Image] = []
        for path, change, kind, size, _ in raw.files:
            if change == "deleted" or kind != "file" or size > _MOST_IMAGE_BYTES or not path.lower().endswith(_ENDINGS):
                continue
            try:
                data = self._raw.read_file(path, _MOST_IMAGE_BYTES)
            except (OSError, ValueError):
                continue
            form = _format_of(path, data)
            if form:
                found.append(Image(path, form, data))
            if len(found) == _MOST_IMAGES:
                break
        return tuple(found)

    def interrupt(self) -> None:
        """Ends what runs, or the next eval. From any thread. The sandbox has ended then; :meth:`rewind` revives it."""
        self._raw.interrupt()

    @property
    def ended(self) -> bool:
        """Whether nothing can run in it any more."""
        ended: bool = self._raw.ended
        return ended

    def close(self) -> None:
        """Frees it. BusyError: another thread is using it; interrupt it first."""
        self._raw.close()

    # ------------------------------------------------------------------ values

    def set(self, **variables: typing.Any) -> None:
        """Sets global variables to values of the host's: JSON, bytes, dates, tuples, sets and so on (docs/values.md).

        >>> with Sandbox() as box:
        ...     box.set(pair=(1, b"2"))
        ...     box.get("pair")
        (1, b'2')
        """
        for name, value in variables.items():
            _check_name(name)
            self._set(name, value).raise_for_outcome()

    def _set(self, name: str, value: typing.Any) -> Receipt:
        setter = _SETTERS[self._lang.removesuffix("-lean")]
        blobs: list[bytes] = []
        text = values.encode(value, blobs=blobs)
        if not blobs:
            return self.eval(setter(name, text))
        try:
            with _tools.caller() as caller:
                return self._receipt(self._raw.eval_with(setter(name, text), _RICH, caller, blobs))
        except ArgumentError:  # more than the limit value_bytes: what is short enough goes in the text
            if sum(map(len, blobs)) > values.SIZE or arrow.TYPE in text:
                raise
        return self.eval(setter(name, values.encode(value)))

    def get(self, name: str) -> typing.Any:
        """The value of a global variable. KeyError: there is none; ValueError: its value cannot leave the sandbox."""
        _check_name(name)
        receipt = self.eval(name)
        if receipt.error and receipt.error.type in ("NameError", "ReferenceError"):
            raise KeyError(name)
        if not receipt.raise_for_outcome().has_value:
            raise ValueError(f"{name} cannot leave the sandbox: {self._why_not(name) or (receipt.repr or 'undefined')[:200]}")
        return receipt.value

    def _why_not(self, name: str) -> str | None:
        """What keeps a table back: a column of it. Else its repr says enough."""
        if self._lang == "javascript":
            return None
        error = self.eval(_WHY_NOT.format(name)).error
        return error.message[:200] if error and error.type == "TypeError" else None

    # ------------------------------------------------------------------ tools

    def add_tool(self, tool: _tools.AnyTool) -> None:
        """Lets the guest call a tool from its next eval on, in place of one of the same name."""
        _tools.grant(self._raw, tool)

    def remove_tool(self, name: str) -> None:
        """Takes a tool away."""
        self._raw.revoke_tool(name)

    # ------------------------------------------------------------------ files of the host

    def changes(self, path: str = "/") -> Changes:
        """What has become of files below `path` since the sandbox was made: a list. interrupt() from another thread ends
        the search early; `unfinished` of the list says so."""
        found = self._raw.changes(path)
        return Changes((FileChange(*change) for change in found.list()), found.unfinished())

    def commit(self, path: str) -> int:
        """Applies what the guest changed in a mount of mode "overlay" to the host's directory. The last thing to do with a
        sandbox. The number of changes."""
        applied: int = self._raw.commit(path)
        return applied

    # ------------------------------------------------------------------ states

    def snapshot(self) -> Snapshot:
        """The whole state, as a value: memory, globals, files."""
        return Snapshot(self._raw.snapshot(), self._runtime, self._lang)

    def fork(self, *, twin: bool = False) -> Sandbox:
        """Another one that goes on from here. Its random numbers are its own: `random` (unless the program seeded it),
        `random.Random()`, `tempfile`, `Math.random()`. A `twin` draws those that this one draws."""
        return Sandbox._of(self._raw.fork(_TWIN if twin else 0), self._runtime, self._lang)

    def rewind(self, snapshot: Snapshot, *, twin: bool = False) -> None:
        """Takes it back to a snapshot of it, or of a fork; also one that has ended. It keeps its own variables and
        arguments. Random numbers are new ones, unless `twin`: see :meth:`fork`."""
        self._raw.rewind(snapshot._raw, _TWIN if twin else 0)


# BJ_SPAWN_… of belljar.h.
_TWIN = 1
_KEEP_ENVIRONMENT = 2


def _key(key: bytes | None) -> bytes | None:
    if key is None or isinstance(key, bytes):
        return key
    raise TypeError(f"a key is 32 bytes, not {type(key).__name__}")


def _milliseconds(timeout: float | None) -> int:
    """0 stands for none."""
    if timeout is None:
        return 0
    if not 0 < timeout < 2**53 / 1000:
        raise ArgumentError("timeout: seconds, more than 0")
    return max(1, round(timeout * 1000))


def _callable(stops: Callable[[], typing.Any] | None) -> Callable[[], typing.Any] | None:
    if stops is None or callable(stops):
        return stops
    raise TypeError(f"stops is a function, not {type(stops).__name__}")


class Snapshot:
    """A state of a sandbox. It never changes, and any number of sandboxes can go on from it.

    >>> with Sandbox() as box:
    ...     _ = box.eval("x = 1")
    ...     snapshot = box.snapshot()
    >>> with snapshot.spawn() as twin:
    ...     twin.eval("x").value
    1
    """

    def __init__(self, raw: _core.Snapshot, runtime: _core.Runtime, lang: str, grants: typing.Any = None):
        self._raw = raw
        self._runtime = runtime
        self._lang = lang
        self._grants = grants

    def spawn(
        self,
        *,
        policy: PolicyLike | None = None,
        tools: Iterable[_tools.AnyTool] = (),
        mounts: Mapping[str, Mount] | None = None,
        env: Mapping[str, str] | None = None,
        args: Sequence[str] = (),
        stdin: bytes | str | int | typing.IO[typing.Any] = b"",
        packages: Sequence[str] = (),
        twin: bool = False,
        keep_env: bool = False,
    ) -> Sandbox:
        """A sandbox that goes on from here. Without arguments all is granted as it was; with any, all that the snapshot was
        taken with must be granted again, at the same paths, and variables and arguments are those given here: the ones that
        were granted before are gone, unless `keep_env`. Random numbers are its own, unless `twin`: see :meth:`Sandbox.fork`."""
        tools = tuple(tools)
        if policy is None and not (tools or mounts or env or args or stdin or packages):
            grants = self._grants
        else:
            grants = _grants(policy, tools, mounts, env, args, stdin, packages, self._lang)
        flags = (_TWIN if twin else 0) | (_KEEP_ENVIRONMENT if keep_env else 0)
        return Sandbox._of(self._raw.spawn(grants, flags), self._runtime, self._lang)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        key: bytes | None = None,
        timeout: float | None = None,
        stops: Callable[[], typing.Any] | None = None,
    ) -> None:
        """Writes it to a file: treat that as you treat the data that the guest held, variables and arguments among it. A
        `key` of 32 random bytes encrypts and authenticates it. After `timeout` seconds, or when `stops`, which is asked every
        10 ms or so, says something true, it is a StoppedError, and the file is as it was."""
        self._raw.save(path, _key(key), _milliseconds(timeout), _callable(stops))

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        lang: str = "python",
        policy: PolicyLike | None = None,
        tools: Iterable[_tools.AnyTool] = (),
        mounts: Mapping[str, Mount] | None = None,
        env: Mapping[str, str] | None = None,
        args: Sequence[str] = (),
        packages: Sequence[str] = (),
        most: int | str = 0,
        key: bytes | None = None,
        timeout: float | None = None,
        stops: Callable[[], typing.Any] | None = None,
    ) -> Snapshot:
        """Reads a snapshot, from anybody: it can do no more than a guest. Its sandboxes get these grants. It may unpack to `most`
        bytes and take as many of memory, by default 1G. A file that was saved with a `key` needs it; with a key none is read that
        was saved without. `timeout`, in seconds, and `stops` are of reading it, as in :meth:`save`."""
        runtime = _engine.runtime(lang)
        raw = _core.load_snapshot(
            runtime, path, size_of(most), _key(key), _milliseconds(timeout), _callable(stops)
        )
        grants = _grants(policy, tools, mounts, env, args, b"", packages, _lang_of(lang))
        return cls(raw, runtime, _lang_of(lang), grants)

    def describe(self) -> dict[str, typing.Any]:
        """What it holds: memory, files, mounts."""
        told: dict[str, typing.Any] = json.loads(self._raw.describe())
        return told


def _grants(
    policy: PolicyLike | None,
    tools: Iterable[_tools.AnyTool],
    mounts: Mapping[str, Mount] | None,
    env: Mapping[str, str] | None,
    args: Sequence[str],
    stdin: typing.Any,
    packages: Sequence[str],
    lang: str,
    caller: _tools.Caller = _tools._NOBODY,
) -> _core.Policy:
    """The library's policy."""
    if not (tools or mounts or env or args or packages) and (stdin == b"" or stdin == ""):
        return plain(policy)
    if packages:
        from . import packages as _packages  # needs more of the standard library than the rest

        added, variables = _packages.grants(packages, lang)
        mounts = {**(mounts or {}), **added}
        env = {**(env or {}), **variables}
    built = build(policy, mounts=mounts or {}, env=env, args=args, stdin=stdin)
    for tool in tools:
        _tools.grant(built, tool, caller)
    return built


def _lang_of(program: typing.Any) -> str:
    """The language whose values and packages it has: TypeScript's are those of JavaScript, the lean Python's packages are others."""
    if program in ("javascript", "js", "typescript", "ts"):
        return "javascript"
    return "python-lean" if program == "python-lean" else "python"


def _check_name(name: str) -> None:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ArgumentError(f"{name!r} is no name of a variable")


def _format_of(path: str, data: bytes) -> str | None:
    for form, magic in _FORMATS:
        if data.startswith(magic):
            return form
    return "svg" if path.lower().endswith(".svg") and b"<svg" in data[:4096] else None


_WHY_NOT = "if __import__('belljar_values')._is_frame({0}): __import__('belljar_values').pack({0}, [])"

# A text in JSON that is ASCII is a literal of both languages.
_SETTERS: dict[str, typing.Callable[[str, str], str]] = {
    "python": lambda name, text: f"{name} = __import__('belljar_values').unpack({json.dumps(text)})",
    "javascript": lambda name, text: f'{name} = globalThis[Symbol.for("belljar.unpack")]({json.dumps(text)}); void 0',
}


def _flags(module: bool, interactive: bool) -> int:
    return _RICH | _core.EVAL_MODULE * module | _core.EVAL_INTERACTIVE * interactive
