"""Functions of the host that a guest may call.

A tool runs on a thread of the binding, never on the guest's stack, while the guest waits: until the answer comes, its time is
up, or it is interrupted. An answer that comes later is dropped. What an async tool returns is awaited on the caller's event loop,
or on one for all callers that have none: it holds no thread.

Threads are made as they are needed, 4,096 at most; beyond that calls are refused. How many unanswered calls of one sandbox there may
be, those among them that it has given up, is a limit of its policy: ``open_calls``.
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
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence

from . import _core, _native, values
from .errors import ArgumentError
from .policy import size_of

if typing.TYPE_CHECKING:  # it takes as long to import as all the rest, and most programs do not want it
    import asyncio

_UNLIMITED = (1 << 64) - 1
_LOOK_UP_SECONDS = 0.5  # how often a call of an async tool looks whether it is still wanted


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
    if (origin is list or kind is list) and isinstance(value, (list, tuple)):
        return [_converted(args[0], item) for item in value] if args else list(value)
    if kind is int and type(value) is float and value.is_integer():
        return int(value)  # 1.0, which is an integer for a schema
    if isinstance(kind, type) and issubclass(kind, enum.Enum) and value in [member.value for member in kind]:
        return kind(value)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind) and isinstance(value, dict):
        hints = _hints(kind)
        return kind(**{name: _converted(hints.get(name), item) for name, item in value.items()})
    return value


# ---------------------------------------------------------------------- callers


class Caller:
    """Who runs the guest: what its tools see of context variables, and the event loop for those that are async."""

    __slots__ = ("context", "loop", "tasks")

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None):
        self.context = contextvars.copy_context()
        self.loop = loop
        self.tasks: dict[asyncio.Task[None], asyncio.AbstractEventLoop] = {}
        """Async tools that its guests wait for, each with the loop that it runs on."""

    def end(self) -> None:
        """Nobody waits for its tools any more."""
        for task, loop in list(self.tasks.items()):
            if loop is self.loop:
                task.cancel()
            else:
                loop.call_soon_threadsafe(task.cancel)


_NOBODY = contextvars.Context().run(Caller)


# ---------------------------------------------------------------------- calls


granted: dict[int, tuple[Tool, Caller]] = {}
"""The tools that any guest may call, by number."""


class _Desk:
    """The tools that have been granted, and who runs guests, both by number."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._callers_numbers = itertools.count(1)
        self.tools = granted
        self._callers: dict[int, Caller] = {}

    def grant(self, to: _core.Policy | _core.Sandbox, tool: Tool, caller: Caller) -> None:
        number = next(self._numbers)
        self.tools[number] = tool, caller
        if _core.want_thread():
            _start_thread()
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
        caller = self._callers.pop(number, None)
        if caller is not None and caller.tasks:  # None: it is of a parent process
            caller.end()

    def find(self, number: int, caller: int) -> tuple[Tool | None, Caller]:
        tool, granter = self.tools.get(number, (None, _NOBODY))
        return tool, self._callers.get(caller, granter)

    @property
    def granted(self) -> int:
        return len(self.tools)


_desk = _Desk()
_background: list[asyncio.AbstractEventLoop] = []
_starting = _native.Lock()


def _start_anew() -> None:
    global _desk, _starting
    granted.clear()
    _desk = _Desk()
    _background.clear()
    _starting = _native.Lock()


os.register_at_fork(after_in_child=_start_anew)


def grant(to: _core.Policy | _core.Sandbox, tool: AnyTool, caller: Caller = _NOBODY) -> None:
    """Lets the guests of a policy, or of one sandbox, call a tool. ``caller`` is for guests of whom nobody says who runs them."""
    _desk.grant(to, tool if isinstance(tool, Tool) else Tool(tool), caller)


class caller:
    """A number for who is about to run a guest, by which its tools find context variables and event loop."""

    __slots__ = ("_caller", "_number")

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None):
        self._caller = Caller(loop)

    def __enter__(self) -> int:
        self._number = _desk.enter(self._caller)
        return self._number

    def __exit__(self, *error: object) -> None:
        _desk.leave(self._number)


# ---------------------------------------------------------------------- the threads that call


def _start_thread() -> None:
    """One that the library has counted already: with the first tool, and whenever none is left that waits for calls."""
    try:
        _native.start(_serve)
    except RuntimeError:  # calls are refused until a thread comes back
        _core.lack_thread()


def _serve() -> None:
    while True:
        try:
            taken = _core.take_call()
        except MemoryError:
            continue
        if taken is None:
            return
        number, caller, call, grow = taken
        if grow:
            _start_thread()
        if call is None:
            _desk.tools.pop(number, None)
        else:
            _answer(call, *_desk.find(number, caller))
        del call, taken  # what they hold is not kept while this thread waits


def _answer(call: _core.Call, tool: Tool | None, caller: Caller) -> None:
    try:
        if tool is None:
            raise LookupError("the tool is gone")
        context = caller.context.copy()
        result = context.run(_run, call, tool)
        if inspect.isawaitable(result):
            loop = caller.loop or _background_loop()
            loop.call_soon_threadsafe(_await, call, tool, caller, context, loop, result)
        else:
            _answer_as(call, tool, result)
    except BaseException as error:  # of the tool, whatever it is: the guest's to know
        _fail(call, error)


def _run(call: _core.Call, tool: Tool) -> typing.Any:
    arguments = values.decode(call.arguments, tool.max_bytes, call.blobs)
    hints = _hints(tool.fn)
    return tool.fn(**{name: _converted(hints.get(name), value) for name, value in arguments.items()})


def _answer_as(call: _core.Call, tool: Tool, result: typing.Any) -> None:
    blobs: list[bytes] = []
    text = values.encode(result, tool.max_bytes, blobs)
    call.answer(text, blobs)


def _fail(call: _core.Call, error: BaseException) -> None:
    call.fail(_c_text(type(error).__name__), _c_text(_message(error)))


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "(its message cannot be told)"


def _c_text(text: str) -> bytes:
    return text.encode(errors="replace").replace(b"\0", b"?")


# ---------------------------------------------------------------------- async tools


def _background_loop() -> asyncio.AbstractEventLoop:
    """The loop for async tools of guests that no event loop waits for. There is one, on a thread of its own."""
    with _starting:
        if not _background:
            made = _native.Lock()
            made.acquire()
            _native.start(lambda: _serve_loop(made))
            made.acquire()
        return _background[0]


def _serve_loop(made: typing.Any) -> None:
    """It is made on the thread that it runs on: gevent's selectors wait for what was registered on their own thread alone."""
    import asyncio

    try:
        loop = asyncio.new_event_loop()
        _background.append(loop)
    finally:
        made.release()
    loop.run_forever()


def _await(
    call: _core.Call,
    tool: Tool,
    caller: Caller,
    context: contextvars.Context,
    loop: asyncio.AbstractEventLoop,
    result: typing.Awaitable[typing.Any],
) -> None:
    """On the loop: has it answer when the result is there. No thread waits for that."""
    if not call.wanted:
        _close(result)
        return
    task = context.run(loop.create_task, _answer_with(call, tool, result))
    timers: dict[str, asyncio.TimerHandle] = {}

    def look_up() -> None:
        """Cancels it when the guest waits no longer, for whatever reason. Where an eval ends, Caller.end is quicker."""
        if call.wanted:
            timers["look up"] = loop.call_later(_LOOK_UP_SECONDS, look_up)
        else:
            task.cancel()

    def end(task: asyncio.Task[None]) -> None:
        caller.tasks.pop(task, None)
        _close(result)
        for timer in timers.values():
            timer.cancel()
        timers.clear()

    caller.tasks[task] = loop
    task.add_done_callback(end)
    timers["look up"] = loop.call_later(_LOOK_UP_SECONDS, look_up)
    if tool.timeout is not None:  # that it is up the library says, and the guest is told so: this only looks soon after
        timers["timeout"] = loop.call_later(tool.timeout + 0.02, look_up)


async def _answer_with(call: _core.Call, tool: Tool, result: typing.Awaitable[typing.Any]) -> None:
    import asyncio

    try:
        _answer_as(call, tool, await result)
    except asyncio.CancelledError as error:
        _fail(call, error)
        raise
    except BaseException as error:
        _fail(call, error)


def _close(result: typing.Any) -> None:
    """A coroutine that was never begun would complain."""
    if inspect.iscoroutine(result):
        result.close()
