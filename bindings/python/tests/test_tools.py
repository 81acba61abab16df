"""Functions of the host that guests call."""

import asyncio
import contextvars
import dataclasses
import enum
import gc
import os
import threading
import time
import typing

import pytest

import belljar
from belljar import Policy, Sandbox, Tool, tool, tools

variable = contextvars.ContextVar("variable", default="unset")


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


class Options(typing.TypedDict, total=False):
    deep: typing.Required[bool] if hasattr(typing, "Required") else bool
    note: str


@tool
def search(query: str, limit: int = 5) -> list:
    """Searches."""
    return [query] * limit


def test_schema():
    def fn(
        a: str,
        b: int,
        c: float = 1.0,
        d: typing.Optional[bool] = None,
        e: typing.List[int] = (),
        f: typing.Dict[str, float] = {},
        g: typing.Literal["x", 1] = "x",
        h: typing.Any = None,
        i: "str | None" = None,
        j: Point = Point(1),
        k: Colour = Colour.RED,
        m: Options = {},
        n=None,
        q: int = None,
        o: typing.Annotated[str, "what"] = "",
        p: typing.Sequence[Point] = (),
    ):
        pass

    schema = tools.schema_of(fn)
    assert schema["required"] == ["a", "b"] and schema["additionalProperties"] is False
    kinds = {name: {k: v for k, v in s.items() if k != "default"} for name, s in schema["properties"].items()}
    point = {
        "type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}, "required": ["x"],
        "additionalProperties": False,
    }  # fmt: skip
    assert kinds.pop("m")["properties"]["note"] == {"type": "string"}
    assert kinds == {
        "a": {"type": "string"},
        "b": {"type": "integer"},
        "c": {"type": "number"},
        "d": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
        "e": {"type": "array", "items": {"type": "integer"}},
        "f": {"type": "object", "additionalProperties": {"type": "number"}},
        "g": {"enum": ["x", 1]},
        "h": {},
        "i": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "j": point,
        "k": {"enum": ["red"]},
        "n": {},
        "o": {"type": "string", "description": "what"},
        "p": {"type": "array", "items": point},
        "q": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    }
    assert tools.schema_of(lambda **more: 1)["additionalProperties"] is True


def test_a_tool_is_called():
    with Sandbox(tools=[search]) as box:
        receipt = box.eval("tools.search(query='a', limit=2)")
        assert receipt.value == ["a", "a"]
        (call,) = receipt.tool_calls
        assert (call.name, call.outcome, call.arguments) == ("search", "returned", '{"query":"a","limit":2}')
        assert box.eval("tools.search.description, tools.search.schema['required']").value == ("Searches.", ["query"])
        refused = box.eval("tools.search(query=5)")
        assert refused.error.type.endswith("ToolRefused") and refused.tool_calls[0].outcome == "refused"
        assert box.eval("tools.nothing()").error.type == "AttributeError"


def test_rich_arguments_and_results():
    def echo(value: typing.Any):
        return value, Point(1, 2)

    with Sandbox(tools=[echo]) as box:
        assert box.eval("tools.echo(value={1: (b'x', {2})})").value == ({1: (b"x", {2})}, {"x": 1, "y": 2})


def test_arguments_become_what_the_annotation_says():
    def see(point: Point, colour: Colour, points: typing.List[Point]):
        return repr((point, colour, points))

    with Sandbox(tools=[see]) as box:
        value = box.eval("tools.see(point={'x': 1}, colour='red', points=[{'x': 2}])").value
        assert value == repr((Point(1), Colour.RED, [Point(2)]))


def test_an_exception_crosses_without_the_hosts_traceback():
    def fail(secret: str = "hidden"):
        raise ValueError("no luck\0")

    with Sandbox(tools=[fail]) as box:
        receipt = box.eval("tools.fail()")
        assert "ValueError: no luck?" in receipt.error.message and receipt.error.type.endswith("ToolError")
        assert __file__ not in receipt.stderr and receipt.tool_calls[0].outcome == "raised"
        assert box.eval("try:\n  tools.fail()\nexcept Exception as e:\n  x = e.type\nx").value == "ValueError"


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit, RecursionError])
def test_whatever_a_tool_raises_is_the_guests(error):
    def fail():
        raise error("x")

    with Sandbox(tools=[fail]) as box:
        assert error.__name__ in box.eval("tools.fail()").error.message
        assert box.eval("1").ok


def test_a_result_that_has_no_value():
    def give():
        return object()

    with Sandbox(tools=[give]) as box:
        assert "does not go into a sandbox" in box.eval("tools.give()").error.message


def test_limits_of_a_tool():
    slow = Tool(lambda: time.sleep(5), name="slow", timeout=0.1)
    few = Tool(lambda: 1, name="few", max_calls=2)
    small = Tool(lambda x: "y" * 200, name="small", max_bytes=100)
    with Sandbox(tools=[slow, few, small]) as box:
        assert box.eval("tools.slow()").error.type.endswith("ToolTimeout")
        assert box.eval("[tools.few() for _ in range(3)]").error.type.endswith("ToolRefused")
        assert box.eval("tools.few()").value == 1
        assert "longer" in box.eval("tools.small(x=1)").error.message
        assert not box.eval("tools.small(x='z' * 200)").ok


def test_the_deadline_holds_while_a_tool_runs():
    may_end = threading.Event()
    with Sandbox(tools=[Tool(lambda: may_end.wait(), name="slow")], policy=Policy(timeout=0.3)) as box:
        assert box.eval("tools.slow()").limit.name == "timeout"
        may_end.set()


def test_interrupt_while_a_tool_runs():
    with Sandbox(tools=[Tool(lambda: time.sleep(2), name="slow")]) as box:
        threading.Timer(0.1, box.interrupt).start()
        assert box.eval("tools.slow()").outcome == "interrupted"


def test_a_tool_cannot_use_the_sandbox_that_waits_for_it():
    def again():
        return box.eval("1").value

    with Sandbox(tools=[again]) as box:
        assert "BusyError" in box.eval("tools.again()").error.message
        assert box.eval("1").ok


def test_a_tool_may_use_another_sandbox():
    def inner(code: str):
        return belljar.run(code).value

    with Sandbox(tools=[inner]) as box:
        assert box.eval("tools.inner(code='6 * 7')").value == 42


def test_tools_run_side_by_side():
    barrier = threading.Barrier(10, timeout=10)

    def meet():
        return barrier.wait() >= 0

    async def main():
        assert all(r.value for r in await asyncio.gather(*(belljar.arun("tools.meet()", tools=[meet]) for _ in range(10))))

    asyncio.run(main())


def test_context_variables_and_loops():
    async def where():
        return [variable.get(), id(asyncio.get_running_loop()), threading.current_thread() is threading.main_thread()]

    def value():
        return variable.get()

    async def main():
        variable.set("async")
        with Sandbox(tools=[where, value]) as box:
            told = (await box.aeval("tools.where()")).value
            assert told == ["async", id(asyncio.get_running_loop()), True]
            assert (await box.aeval("tools.value()")).value == "async"

    asyncio.run(main())
    token = variable.set("sync")
    with Sandbox(tools=[where, value]) as box:
        assert box.eval("tools.where()").value[0] == "sync" and box.eval("tools.value()").value == "sync"
    variable.reset(token)


def test_cancelling_cancels_an_async_tool():
    cancelled = threading.Event()

    async def slow():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def main():
        with Sandbox(tools=[slow]) as box:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(box.aeval("tools.slow()"), 0.3)
            for _ in range(50):
                await asyncio.sleep(0.02)

    asyncio.run(main())
    assert cancelled.is_set()


def test_adding_and_removing(box):
    box.add_tool(search)
    assert box.eval("tools.search(query='x', limit=1)").value == ["x"]
    box.add_tool(Tool(lambda: 7, name="plain", as_global=True))
    assert box.eval("plain()").value == 7
    box.remove_tool("search")
    assert box.eval("hasattr(tools, 'search')").value is False
    with pytest.raises(belljar.ArgumentError):
        box.remove_tool("search")
    with pytest.raises(belljar.ArgumentError):
        box.add_tool(Tool(lambda: 1, name="no name"))
    with pytest.raises(belljar.ArgumentError):
        box.add_tool(Tool(lambda: 1, name="bad", schema={"type": 5}))


def test_tools_in_javascript():
    def fail():
        raise ValueError("no luck")

    with Sandbox("javascript", tools=[search, fail, Tool(lambda: 7, name="plain", as_global=True)]) as box:
        assert box.eval("tools.search({query: 'a', limit: 1})").value == ["a"]
        assert box.eval("(async () => { globalThis.found = await tools.search({query: 'b', limit: 2}) })()").ok
        assert box.eval("found").value == ["b", "b"] and box.eval("plain()").value == 7
        for call, why in (("tools.search({query: 5})", "is not of type"), ("tools.fail()", "no luck"), ("tools.none()", "not a function")):
            receipt = box.eval(call)
            assert receipt.outcome == "error" and why in receipt.error.message and __file__ not in receipt.stderr


def test_tools_that_nobody_can_call_are_let_go():
    before = tools._desk.granted
    for _ in range(20):
        belljar.run("1", tools=[search])
    gc.collect()
    for _ in range(100):
        if tools._desk.granted <= before:
            break
        time.sleep(0.02)
    assert tools._desk.granted <= before


def test_tools_in_map_and_forks():
    assert [r.value for r in belljar.map(["tools.search(query='q', limit=1)"] * 4, workers=2, tools=[search])] == [["q"]] * 4
    with Sandbox(tools=[search]) as box, box.fork() as twin:
        assert twin.eval("tools.search(query='q', limit=1)").value == ["q"]


def test_callers_that_are_gone_are_forgotten():
    async def main():
        with Sandbox(tools=[search]) as box:
            task = asyncio.create_task(box.aeval("1"))
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    belljar.run("1", tools=[search])
    assert not tools._desk._callers


def threads():
    """Of the process, Python's and others."""
    return len(os.listdir("/proc/self/task"))


class Stuck:
    """A tool that does not answer before it is let go."""

    def __init__(self):
        self.go = threading.Event()
        self.tool = Tool(self.wait, name="stuck", timeout=0.05, schema={})
        self.calls = 0

    def wait(self):
        self.calls += 1
        self.go.wait(60)


def test_tools_that_never_answer_hold_up_no_other():
    stuck = Stuck()
    before = threads()
    try:
        receipts = belljar.map(["tools.stuck()"] * 150, workers=2, tools=[stuck.tool], policy=Policy(timeout=20))
        assert {r.error.type for r in receipts} == {"belljar_tools.ToolTimeout"} and stuck.calls == 150
        assert belljar.run("tools.search(query='q', limit=1)", tools=[search]).value == ["q"]
    finally:
        stuck.go.set()
    for _ in range(3000):  # and those that are too many end
        if threads() - before < 50:
            break
        time.sleep(0.02)
    assert threads() - before < 50


def test_one_sandbox_cannot_take_many_threads():
    stuck = Stuck()
    source = """
refused = 0
for _ in range(20):
    try:
        tools.stuck()
    except Exception as error:
        refused += type(error).__name__ == "ToolRefused" and "open-calls" in str(error)
refused
"""
    try:
        with Sandbox(tools=[stuck.tool], policy=Policy(open_calls=3)) as box:
            assert box.eval(source).value == 17 and stuck.calls == 3
            with box.fork() as twin:  # which has none
                assert twin.eval(source).value == 17 and stuck.calls == 6
    finally:
        stuck.go.set()


def test_calls_are_refused_where_no_thread_can_be_had(program):
    ended = program("""
import threading, belljar
from belljar import Sandbox, Tool, _native
go, entered = threading.Event(), threading.Event()
def slow():
    entered.set()
    go.wait(20)
    return "slow"
def box(): return Sandbox(tools=[Tool(slow, name="slow"), Tool(lambda: 1, name="quick")])
start = _native.start
def no_more(serve): raise RuntimeError("can't start new thread")
with box() as first, box() as second:
    assert first.eval("tools.quick()").value == 1
    _native.start = no_more
    # the threads that wait already take as many
    boxes = [box() for _ in range(3)]
    told = []
    running = [threading.Thread(target=lambda b=b: told.append(b.eval("tools.slow()").value)) for b in boxes]
    for thread in running: thread.start()
    entered.wait()
    receipt = second.eval("tools.quick()")
    while receipt.ok: receipt = second.eval("tools.quick()")
    print(receipt.error.message)
    go.set()
    for thread in running: thread.join()
    while not second.eval("tools.quick()").ok: pass
    print("served again", "slow" in told)
""")
    assert ended.stdout == "BusyError: as many tools are at work in this process as there can be: try again later\nserved again True\n", ended


def test_async_tools_hold_no_thread():
    waiting = 0
    most = 0
    go = None

    async def meet():
        nonlocal waiting, most, go
        go = go or asyncio.Event()
        waiting += 1
        most = max(most, threads())
        if waiting == 150:
            go.set()
        await go.wait()
        return waiting

    before = threads()
    assert [r.value for r in belljar.map(["tools.meet()"] * 150, workers=2, tools=[meet])] == [150] * 150
    assert most - before < 50


def test_async_tools_of_map_end_with_their_programs():
    entered, cancelled = threading.Event(), threading.Event()

    async def slow():
        entered.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    while not entered.is_set():  # on a busy machine the guest's time may be up before that
        (receipt,) = belljar.map(["tools.slow()"], workers=1, tools=[slow], policy=Policy(timeout=0.3))
        assert receipt.limit.name == "timeout"
    assert cancelled.wait(20)
    entered.clear(), cancelled.clear()
    with Sandbox(tools=[Tool(slow, timeout=0.3)]) as box:
        while not entered.is_set():
            assert box.eval("tools.slow()").error.type.endswith("ToolTimeout")
    assert cancelled.wait(20)


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, ZeroDivisionError, asyncio.CancelledError])
def test_whatever_an_async_tool_raises_is_the_guests(error):
    async def fail():
        await asyncio.sleep(0)
        raise error("x")

    async def main():
        with Sandbox(tools=[fail]) as box:
            return (await box.aeval("tools.fail()")).error.message

    assert error.__name__ in asyncio.run(main())
    with Sandbox(tools=[fail]) as box:
        assert error.__name__ in box.eval("tools.fail()").error.message and box.eval("1").ok


def test_context_variables_of_who_maps():
    token = variable.set("mapping")
    try:
        values = [r.value for r in belljar.map(["tools.value()"] * 3, workers=1, tools=[Tool(lambda: variable.get(), name="value")])]
    finally:
        variable.reset(token)
    assert values == ["mapping"] * 3


def test_threads_for_tools_are_as_many_as_are_needed(program):
    ended = program(
        "import threading, belljar\nboxes = [belljar.Sandbox(tools=[belljar.Tool(lambda: 1, name='one')]) for _ in range(30)]\n"
        "print([b.eval('tools.one()').value for b in boxes] == [1] * 30, threading.active_count() < 6)"
    )
    assert ended.stdout == "True True\n", ended
