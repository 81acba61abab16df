"""What comes back from an eval or a run."""

from __future__ import annotations

import base64
import dataclasses
import functools
import json
import typing

from . import _core, values
from .displays import Display, displays_of
from .errors import Exited, GuestError, GuestException, Interrupted, LimitReached, Trapped


@dataclasses.dataclass(frozen=True)
class Error:
    """An uncaught exception of the guest, or a trap (``type`` is "trap" then)."""

    type: str
    message: str
    traceback: str


@dataclasses.dataclass(frozen=True)
class Limit:
    """The limit that ended it: its name as in :class:`Policy`, what it allowed and what was used."""

    name: str
    allowed: int
    used: int


@dataclasses.dataclass(frozen=True)
class Usage:
    """What it used. ``fuel`` is None where it was not counted. For ``queued_ns`` of ``wall_ns`` it could have gone on, but for a
    thread."""

    fuel: int | None
    wall_ns: int
    cpu_ns: int
    memory_peak_bytes: int
    output_bytes: int
    host_calls: int
    file_bytes_written: int
    queued_ns: int


@dataclasses.dataclass(frozen=True)
class FileChange:
    """A file that was ``created``, ``modified`` or ``deleted``. ``type`` is file, directory, symlink or other."""

    path: str
    change: str
    type: str
    size: int
    sha256: str | None


class Changes(list[FileChange]):
    """What has become of files, in order of their paths. `unfinished` says what of the list is incomplete, and why:
    {"files": "interrupt"}; usually {}."""

    def __init__(self, found: typing.Iterable[FileChange] = (), unfinished: dict[str, str] | None = None):
        super().__init__(found)
        self.unfinished = unfinished or {}


@dataclasses.dataclass(frozen=True)
class Denial:
    """An attempt at something that was not granted, and how often it was made."""

    call: str
    path: str
    reason: str
    times: int


@dataclasses.dataclass(frozen=True)
class ToolCall:
    """A call of a tool: ``outcome`` is returned, raised, refused, timed out or interrupted. ``arguments`` is JSON, cut where
    it is long; what stood beside its text or the result's is in ``argument_blobs`` and ``result_blobs``, by ``bytes`` and ``sha256``."""

    name: str
    outcome: str
    message: str
    arguments: str
    arguments_bytes: int
    result_bytes: int
    wall_ns: int
    argument_blobs: list[dict[str, typing.Any]] = dataclasses.field(default_factory=list)
    result_blobs: list[dict[str, typing.Any]] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Image:
    """A picture that the guest left in a file. ``format`` is png, jpeg, gif, webp or svg."""

    path: str
    format: str
    data: bytes

    def _repr_mimebundle_(self, include: typing.Any = None, exclude: typing.Any = None) -> dict[str, typing.Any]:
        """For notebooks. An SVG is shown as an image too, so that no script in it runs."""
        mime = "image/svg+xml" if self.format == "svg" else f"image/{self.format}"
        encoded = base64.b64encode(self.data).decode()
        return {"text/html": f'<img src="data:{mime};base64,{encoded}">', "text/plain": repr(self.path)}


class Receipt:
    """How an eval or a run ended, and what it did. Reading it never raises, whatever the guest did.

    >>> import belljar
    >>> r = belljar.run("print('hello'); 6 * 7")
    >>> r.ok, r.value, r.stdout
    (True, 42, 'hello\\n')
    """

    images: tuple[Image, ...] = ()
    """Pictures among the files that were created or modified: PNG, JPEG, GIF, WebP and SVG."""

    def __init__(self, raw: _core.Receipt, images: tuple[Image, ...] = ()):
        self._raw = raw
        if images:
            self.images = images

    def __repr__(self) -> str:
        told = [repr(self.outcome)]
        if self.error:
            told.append(f"{self.error.type}: {self.error.message}"[:80])
        elif self.limit:
            told.append(f"limit={self.limit.name!r}")
        elif self.repr is not None:
            told.append(f"value={self.repr[:60]}")
        return f"<Receipt {' '.join(told)}>"

    @functools.cached_property
    def outcome(self) -> str:
        """``ok``, ``exit``, ``error``, ``limit``, ``trap``, ``interrupted`` or ``incomplete``."""
        return self._raw.outcome

    @property
    def ok(self) -> bool:
        """Whether it ran to its end."""
        return self.outcome == "ok"

    @functools.cached_property
    def _decoded(self) -> tuple[typing.Any, ...]:
        """The value, or nothing."""
        text = self._raw.value
        try:
            return () if text is None else (values.decode(text, blobs=self._raw.blobs),)
        except ValueError:
            return ()

    @property
    def value(self) -> typing.Any:
        """The value of the last expression, if the source ends with one and its value can leave the sandbox; else None."""
        return self._decoded[0] if self._decoded else None

    @property
    def has_value(self) -> bool:
        """Whether there is a value: tells a value that is None from no value. What cannot leave the sandbox has its `repr`."""
        return bool(self._decoded)

    @functools.cached_property
    def repr(self) -> str | None:
        """The value as a person reads it: what ``repr`` gave inside. None: there is none."""
        return self._raw.repr

    @functools.cached_property
    def stdout(self) -> str:
        """What it printed; U+FFFD for what is no UTF-8. ``stdout_bytes`` has the bytes."""
        return self._raw.stdout

    @functools.cached_property
    def stderr(self) -> str:
        """What it wrote to standard error, tracebacks too."""
        return self._raw.stderr

    @property
    def stdout_bytes(self) -> bytes:
        return self._raw.stdout_bytes

    @property
    def stderr_bytes(self) -> bytes:
        return self._raw.stderr_bytes

    @property
    def exit_code(self) -> int:
        """What it asked to exit with; 1 for an uncaught exception; else 0."""
        return self._raw.exit_code

    @functools.cached_property
    def error(self) -> Error | None:
        """The uncaught exception or the trap."""
        error = self._raw.error
        return Error(*(part or "" for part in error)) if error else None

    @functools.cached_property
    def displays(self) -> tuple[Display, ...]:
        """What it showed, in order: pictures, tables, open figures, and a last expression's value that has more to it than its `repr`."""
        return tuple(displays_of(self._raw.displays))

    @property
    def displays_more(self) -> int:
        """How much it showed beyond that; `unfinished` says why."""
        return self._raw.more_displays

    @property
    def displays_truncated(self) -> bool:
        return self.displays_more > 0

    def _repr_mimebundle_(self, include: typing.Any = None, exclude: typing.Any = None) -> tuple[dict[str, typing.Any], dict[str, typing.Any]]:
        """For notebooks: the receipt in a line, and what the guest showed."""
        told: dict[str, typing.Any] = {"text/plain": repr(self)}
        sizes: dict[str, typing.Any] = {}
        if len(self.displays) == 1:
            shown, sizes = self.displays[0]._repr_mimebundle_()
            told = {**shown, **told}
        elif self.displays:
            told["text/html"] = "\n".join(f"<div>{each.calm_html()}</div>" for each in self.displays)
        return told, sizes

    @functools.cached_property
    def limit(self) -> Limit | None:
        """The limit that ended it."""
        limit = self._raw.limit
        return Limit(*limit) if limit else None

    @functools.cached_property
    def usage(self) -> Usage:
        """What it used."""
        return Usage(*self._raw.usage)

    @functools.cached_property
    def files(self) -> list[FileChange]:
        """What became of files, in order of their paths."""
        return [FileChange(*change) for change in self._raw.files]

    @property
    def files_truncated(self) -> bool:
        """Whether there may be more than are listed; `unfinished` says why."""
        return self._raw.more_files

    @property
    def unfinished(self) -> dict[str, str]:
        """What of the receipt is incomplete, and why: {"files": "deadline"}; usually {}."""
        return self._raw.unfinished

    @functools.cached_property
    def denied(self) -> list[Denial]:
        """Attempts at what was not granted."""
        return [Denial(*denial) for denial in self._raw.denied]

    @property
    def denied_more(self) -> int:
        """Attempts beyond those that are listed."""
        return self._raw.more_denials

    @functools.cached_property
    def tool_calls(self) -> list[ToolCall]:
        """The calls of tools, in order; at most 1,000."""
        return [ToolCall(*call[:7], *map(json.loads, call[7:])) for call in self._raw.tool_calls]

    @property
    def tool_calls_more(self) -> int:
        """Calls of tools beyond those that are listed."""
        return self._raw.more_tool_calls

    @property
    def digest(self) -> str | None:
        """Of a deterministic sandbox: the SHA-256 over program, input and all that the receipt tells."""
        return self._raw.digest

    def to_json(self) -> str:
        """The receipt as a JSON object: docs/receipt.md says what is in it."""
        return self._raw.describe()

    def to_dict(self) -> dict[str, typing.Any]:
        """The same as a dict."""
        result: dict[str, typing.Any] = json.loads(self.to_json())
        return result

    def raise_for_outcome(self) -> Receipt:
        """Raises a :class:`GuestError` unless it ran to its end; else returns the receipt itself.

        >>> import belljar
        >>> belljar.run("1 / 0").raise_for_outcome()
        Traceback (most recent call last):
            ...
        belljar.errors.GuestException: ZeroDivisionError: division by zero
        """
        if self.ok:
            return self
        kind = _ERRORS.get(self.outcome, GuestError)
        raise kind(self._reason(), self)

    def _reason(self) -> str:
        if self.limit:
            return f"limit {self.limit.name} of {self.limit.allowed} reached"
        if self.error:
            return f"{self.error.type}: {self.error.message}"
        return f"exit code {self.exit_code}" if self.outcome == "exit" else self.outcome


_ERRORS: dict[str, type[GuestError]] = {
    "error": GuestException,
    "limit": LimitReached,
    "trap": Trapped,
    "interrupted": Interrupted,
    "exit": Exited,
}
