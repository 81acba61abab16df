"""Functions of the host that a guest may call.

A tool runs on a thread of the binding, never on the guest's stack, while the guest waits: until the answer comes, its time is
up, or it is interrupted. An answer that comes later is dropped.
"""

from __future__ import annotations

import contextvars
import dataclasses
import enum
import functools
import inspect
import itertools
import json
import os
import threading
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence

from . import _core, values
from .errors import ArgumentError
from .policy import size_of

if typing.TYPE_CHECKING:  # see _workers.py
    import asyncio
    import concurrent.futures

_UNLIMITED = (1 << 64) - 1
_MOST_THREADS = 64
_LOOK_UP_SECONDS = 0.1  # how often a call of an async tool looks whether it is still wanted


class Tool:
    """A function as a tool. Name, description and the JSON Schema of its arguments come from the function, unless they are
    given. ``as_global`` makes it a global function too, besides ``tools.NAME``. ``max_calls`` is of one eval, ``max_bytes`` of
    the arguments and of the result of one call, ``timeout`` in seconds of one call. ``async def`` works.

    >>> def add(a: int, b: int = 1) -> int:
    ...     "Adds."
    ...     return a + b
    >>> Tool(add).schema["required"]
    ['a']
    """

    def __init__(
        self,
        fn: Callable[..., typing.Any],
        *,
        name: str | None = None,
        description: str | None = None,
        schema: Mapping[str, typing.Any] | None = None,
        as_global: bool = False,
        max_calls: int | None = None,
        max_bytes: int | str | None = None,
        timeout: float | None = None,
    ):
        self.fn = fn
        self.name: str = name or str(getattr(fn, "__name__", type(fn).__name__))
        self.description = description if description is not None else inspect.getdoc(fn) or ""
        self.schema = dict(schema) if schema is not None else schema_of(fn)
        self.as_global = as_global
        self.max_calls = max_calls
        self.max_bytes = size_of(max_bytes) if max_bytes is not None else values.SIZE
        self.timeout = timeout
        functools.update_wrapper(self, fn, updated=())

    def __call__(self, *args: typing.Any, **kwargs: typing.Any) -> typing.Any:
        return self.fn(*args, **kwargs)

    def __repr__(self) -> str:
        return f"Tool({self.name!r})"


AnyTool = typing.Union[Tool, Callable[..., typing.Any]]


@typing.overload
def tool(fn: Callable[..., typing.Any]) -> Tool: ...
@typing.overload
def tool(**options: typing.Any) -> Callable[[Callable[..., typing.Any]], Tool]: ...
def tool(fn: Callable[..., typing.Any] | None = None, **options: typing.Any) -> typing.Any:
    """Makes a function a :class:`Tool`; with options or without.

    >>> @tool
    ... def double(x: int) -> int:
    ...     "Twice x."
    ...     return 2 * x
    >>> with __import__("belljar").Sandbox(tools=[double]) as box:
    ...     box.eval("tools.double(x=21)").value
    42
    """
    return Tool(fn, **options) if fn is not None else lambda fn: Tool(fn, **options)


# ---------------------------------------------------------------------- schema


def schema_of(fn: Callable[..., typing.Any]) -> dict[str, typing.Any]:
    """The JSON Schema of a function's arguments, from its annotations. What it does not know fits any value."""
    hints = _hints(fn)
    properties: dict[str, typing.Any] = {}
    required: list[str] = []
    more = False
    for name, parameter in inspect.signature(fn).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            more = True
        elif parameter.kind is parameter.POSITIONAL_ONLY:
            raise ArgumentError(f"tools are called with names: {name} cannot be given by name")
        elif parameter.kind is not parameter.VAR_POSITIONAL:
            hint = hints.get(name, typing.Any)
            properties[name] = _schema(typing.Optional[hint] if parameter.default is None else hint)
            if parameter.default is parameter.empty:
                required.append(name)
            else:
                _add_default(properties[name], parameter.default)
    return _object(properties, required, more)


def _hints(fn: Callable[..., typing.Any]) -> dict[str, typing.Any]:
    target = fn if inspect.isroutine(fn) or isinstance(fn, type) else fn.__call__  # type: ignore[operator]
    try:
        return typing.get_type_hints(inspect.unwrap(target), include_extras=True)
    except (NameError, TypeError):  # a name that is not there at run time
        return {}


def _add_default(schema: dict[str, typing.Any], default: typing.Any) -> None:
    if isinstance(default, (str, int, float, bool, type(None))) and default == default:
        schema["default"] = default


def _object(properties: dict[str, typing.Any], required: list[str], more: bool = False) -> dict[str, typing.Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": more}


_SIMPLE: dict[typing.Any, dict[str, typing.Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    None: {"type": "null"},
    type(None): {"type": "null"},
    list: {"type": "array"},
    dict: {"type": "object"},
}


def _schema(kind: typing.Any) -> dict[str, typing.Any]:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if kind in _SIMPLE:
        return dict(_SIMPLE[kind])
    if origin is typing.Annotated:
        return _annotated(args)
    if origin in (typing.Union, types.UnionType):
        return {} if typing.Any in args else {"anyOf": [_schema(arg) for arg in args]}
    if origin is typing.Literal:
        return {"enum": list(args)}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema(args[1])}
    if origin in _SEQUENCES:
        return {"type": "array", "items": _schema(args[0])}
    return _schema_of_class(kind) if isinstance(kind, type) else {}


_SEQUENCES = (list, Sequence, Iterable)


def _annotated(args: tuple[typing.Any, ...]) -> dict[str, typing.Any]:
    """Of Annotated[T, "what it is"] the text is the description."""
    schema = _schema(args[0])
    for note in args[1:]:
        if isinstance(note, str):
            schema["description"] = note
    return schema


def _schema_of_class(kind: type) -> dict[str, typing.Any]:
    if issubclass(kind, enum.Enum):
        return {"enum": [member.value for member in kind]}
    if dataclasses.is_dataclass(kind):
        hints = _hints(kind)
        fields = dataclasses.fields(kind)
        needed = [f.name for f in fields if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING]
        return _object({f.name: _schema(hints.get(f.name, typing.Any)) for f in fields}, needed)
    if hasattr(kind, "__required_keys__"):  # a TypedDict
        return _object({k: _schema(v) for k, v in _hints(kind).items()}, sorted(kind.__required_keys__))
    return {}


def _converted(kind: typing.Any, value: typing.Any) -> typing.Any:
    """An argument as its annotation wants it, where JSON has no such thing: a dataclass, an Enum."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _converted(args[0], value)
    if origin in (typing.Union, types.UnionType):
        return functools.reduce(lambda told, arm: _converted(arm, told), () if value is None else args, value)
    if origin is list and isinstance(value, list):
        return [_converted(args[0], item) for item in value]
    if isinstance(kind, type) and issubclass(kind, enum.Enum) and value in [member.value for member in kind]:
        return kind(value)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind) and isinstance(value, dict):
        hints = _hints(kind)
        return kind(**{name: _converted(hints.get(name), item) for name, item in value.items()})
    return value


# ---------------------------------------------------------------------- callers


class Caller(typing.NamedTuple):
    """Who runs the guest: what its tools see of context variables, and the event loop for those that are async."""

    context: contextvars.Context
    loop: asyncio.AbstractEventLoop | None


_NOBODY = Caller(contextvars.Context(), None)


# ---------------------------------------------------------------------- calls


class _Desk:
    """The tools that have been granted, by number, and the threads that serve them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._callers_numbers = itertools.count(1)
        self.tools: dict[int, Tool] = {}
        self._callers: dict[int, Caller] = {}
        self._threads = 0

    def grant(self, to: _core.Policy | _core.Sandbox, tool: Tool) -> None:
        with self._lock:
            number = next(self._numbers)
            self.tools[number] = tool
            if not self._threads:
                self._grow()
        try:
            to.grant_tool(
                number,
                tool.name,
                tool.description or None,
                json.dumps(tool.schema),
                tool.as_global,
                _UNLIMITED if tool.max_calls is None else tool.max_calls,
                tool.max_bytes,
                _UNLIMITED if tool.timeout is None else max(1, round(tool.timeout * 1000)),
            )
        except BaseException:
            del self.tools[number]
            raise

    def enter(self, caller: Caller) -> int:
        number = next(self._callers_numbers)
        self._callers[number] = caller
        return number

    def leave(self, number: int) -> None:
        self._callers.pop(number, None)  # it may be of a parent process

    def _grow(self) -> None:
        """One more thread: with the first tool, and whenever the last that waited has got work."""
        if self._threads < _MOST_THREADS:
            self._threads += 1
            threading.Thread(target=self._serve, name=f"belljar-tools-{self._threads}", daemon=True).start()

    def _serve(self) -> None:
        while True:
            number, caller, call, idle = _core.take_call()
            if call is None:
                self.tools.pop(number, None)
                continue
            if not idle:
                with self._lock:
                    self._grow()
            _answer(call, self.tools.get(number), self._callers.get(caller, _NOBODY))
            del call

    @property
    def granted(self) -> int:
        return len(self.tools)


_desk = _Desk()


def _start_anew() -> None:
    global _desk
    _desk = _Desk()


os.register_at_fork(after_in_child=_start_anew)


def grant(to: _core.Policy | _core.Sandbox, tool: AnyTool) -> None:
    """Lets the guests of a policy, or of one sandbox, call a tool."""
    _desk.grant(to, tool if isinstance(tool, Tool) else Tool(tool))


def are_granted() -> bool:
    """Whether there is a tool that any guest may call."""
    return bool(_desk.tools)


class caller:
    """A number for who is about to run a guest, by which its tools find context variables and event loop."""

    __slots__ = ("_caller", "_number")

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None):
        self._caller = Caller(contextvars.copy_context(), loop)

    def __enter__(self) -> int:
        self._number = _desk.enter(self._caller)
        return self._number

    def __exit__(self, *error: object) -> None:
        _desk.leave(self._number)


def _answer(call: _core.Call, tool: Tool | None, caller: Caller) -> None:
    try:
        if tool is None:
            raise LookupError("the tool is gone")
        result = caller.context.copy().run(_run, call, tool, caller.loop)
        call.answer(values.encode(result, tool.max_bytes))
    except BaseException as error:  # of the tool, whatever it is: the guest's to know
        call.fail(_c_text(type(error).__name__), _c_text(_message(error)))


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "(its message cannot be told)"


def _c_text(text: str) -> bytes:
    return text.encode(errors="replace").replace(b"\0", b"?")


def _run(call: _core.Call, tool: Tool, loop: asyncio.AbstractEventLoop | None) -> typing.Any:
    arguments = values.decode(call.arguments, tool.max_bytes)
    hints = _hints(tool.fn)
    result = tool.fn(**{name: _converted(hints.get(name), value) for name, value in arguments.items()})
    if not inspect.isawaitable(result):
        return result
    import asyncio

    if loop is None:
        return asyncio.run(_waiting(result))
    return _result_of(asyncio.run_coroutine_threadsafe(_waiting(result), loop), call)


async def _waiting(result: typing.Awaitable[typing.Any]) -> typing.Any:
    return await result


def _result_of(future: concurrent.futures.Future[typing.Any], call: _core.Call) -> typing.Any:
    """Cancels it when the guest waits no longer."""
    import concurrent.futures

    while call.wanted:
        done, _ = concurrent.futures.wait([future], _LOOK_UP_SECONDS)
        if done:
            return future.result()
    future.cancel()
    return None
