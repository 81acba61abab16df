"""Guests that are awaited: the library's scheduler in an event loop."""

import asyncio
import gc
import os
import sys
import threading
import time
import weakref

import pytest

import belljar
from belljar import Policy, Sandbox, _scheduler, tool

LONG = "n = 0\nwhile True: n += 1"


@pytest.fixture
def four_threads():
    """Also where the machine has fewer processors."""
    before = _scheduler._settings
    belljar.configure(threads=4)
    yield
    _scheduler._settings = before


# ---------------------------------------------------------------------- many that wait


def test_a_thousand_wait_for_tools_on_four_threads(program):
    """In a process of their own: there are no more than a thousand sandboxes in one."""
    ended = program(
        """
import asyncio, os, belljar
from belljar import Policy, Sandbox
MANY = 1000
here = 0
async def meet(n: int) -> int:
    global here
    here += 1
    if here == MANY:
        go.set()
    await go.wait()
    return n * 2
async def one(n):
    with Sandbox(tools=[meet], policy=Policy(timeout=300)) as box:
        return (await box.aeval(f"tools.meet(n={n})")).value
async def main():
    global go
    go = asyncio.Event()
    told = asyncio.gather(*(one(n) for n in range(MANY)))
    await go.wait()
    during = len(os.listdir("/proc/self/task"))
    parked = belljar.counters()["parked"]
    assert await told == [n * 2 for n in range(MANY)]
    print(during - belljar.counters()["threads"], parked)
belljar.configure(threads=4)
asyncio.run(main())
""",
        timeout=200,
    )
    assert ended.returncode == 0, ended
    others, parked = map(int, ended.stdout.split())
    assert others < 50 and parked > 500


def test_evals_in_tools_of_evals_are_deeper_than_there_are_threads(four_threads):
    @tool
    async def deeper(n: int) -> int:
        return n if n == 40 else (await belljar.arun(f"tools.deeper(n={n + 1})", tools=[deeper])).value

    async def main():
        return await asyncio.gather(*(belljar.arun("tools.deeper(n=0)", tools=[deeper]) for _ in range(5)))

    assert [r.value for r in asyncio.run(main())] == [40] * 5


def test_evals_in_tools_that_are_not_async(four_threads):
    @tool
    def deeper(n: int) -> int:
        return n if n == 20 else belljar.run(f"tools.deeper(n={n + 1})", tools=[deeper]).value

    async def main():
        return await asyncio.gather(*(belljar.arun("tools.deeper(n=0)", tools=[deeper]) for _ in range(10)))

    assert [r.value for r in asyncio.run(main())] == [20] * 10


# ---------------------------------------------------------------------- clocks


# How many at load, how long each computes, and its timeout: BELLJAR_AT_LOAD=full has the numbers of the promise.
AT_LOAD, SECONDS, TIMEOUT = (300, 0.3, 5) if os.environ.get("BELLJAR_AT_LOAD") == "full" else (60, 0.05, 2)


def busy():
    """A program that computes for SECONDS of a processor, whatever else the machine does."""
    tries = (belljar.run("for i in range(1_000_000): pass").usage.cpu_ns for _ in range(3))
    return f"for i in range({int(1e15 * SECONDS / min(tries))}): pass\n5"


def test_timeouts_do_not_count_the_wait_for_a_thread():
    """Together they run longer than each of them may."""
    policy, program = Policy(timeout=TIMEOUT), busy()
    receipts = list(belljar.map([program] * AT_LOAD, workers=1, policy=policy))
    assert [r.value for r in receipts] == [5] * AT_LOAD
    assert sum(r.usage.cpu_ns for r in receipts) > TIMEOUT * 1e9
    receipts = asyncio.run(belljar.amap([program] * AT_LOAD, workers=1, policy=policy))
    assert [r.value for r in receipts] == [5] * AT_LOAD

    async def main():
        return await asyncio.gather(*(belljar.arun(program, policy=policy) for _ in range(AT_LOAD)))

    assert [r.value for r in asyncio.run(main())] == [5] * AT_LOAD


# ---------------------------------------------------------------------- the loop


def test_what_is_short_takes_no_other_thread():
    async def main():
        async with Sandbox() as box:
            await box.aeval("x = 0")
            before = belljar.counters()
            for _ in range(100):
                await box.aeval("x += 1")
            after = belljar.counters()
            return (await box.aeval("x")).value, after["done_here"] - before["done_here"]

    value, here = asyncio.run(main())
    assert value == 100 and here > 20  # on a busy machine some take longer than a slice


def test_the_first_slice_can_be_switched_off():
    before = _scheduler._settings
    belljar.configure(threads=2, first_slice=0)
    try:

        async def main():
            async with Sandbox() as box:
                return [(await box.aeval("1 + 1")).value for _ in range(20)]

        assert asyncio.run(main()) == [2] * 20
        assert belljar.counters()["done_here"] == 0 and belljar.counters()["done"] == 20
    finally:
        _scheduler._settings = before
    with pytest.raises(belljar.ArgumentError):
        belljar.configure(threads=10**6)
    assert _scheduler._settings is before


def test_evals_in_a_row_leave_the_loop_its_turns():
    async def main():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        ticker = asyncio.create_task(tick())
        async with Sandbox() as box:
            until = time.monotonic() + 0.2
            while time.monotonic() < until:
                await box.aeval("1")
        ticker.cancel()
        return ticks

    assert asyncio.run(main()) > 10


def test_loops_forget_what_is_over():
    async def main():
        async with Sandbox() as box:
            assert (await box.aeval("import time; time.sleep(0.01); 5")).value == 5

    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
    descriptors = len(os.listdir("/proc/self/fd"))
    loop.close()
    gone = weakref.ref(loop)
    del loop
    gc.collect()
    assert gone() is None and len(os.listdir("/proc/self/fd")) < descriptors


def test_several_loops_at_once():
    told = []

    def serve(n):
        async def main():
            receipts = await asyncio.gather(*(belljar.arun(f"import time; time.sleep(0.01); {n}") for _ in range(20)))
            told.extend(r.value for r in receipts)

        asyncio.run(main())

    all_threads = [threading.Thread(target=serve, args=(n,)) for n in range(4)]
    for thread in all_threads:
        thread.start()
    for thread in all_threads:
        thread.join()
    assert sorted(told) == sorted([0, 1, 2, 3] * 20)


# ---------------------------------------------------------------------- ends


@pytest.mark.parametrize("source", [LONG, "import time; time.sleep(3600)", "tools.never()"])
@pytest.mark.parametrize("way", ["cancel", "interrupt"])
def test_what_is_under_way_can_be_ended_in_any_state(source, way):
    async def never():
        await asyncio.Event().wait()

    async def main():
        with Sandbox(tools=[never], policy=Policy(timeout=3600)) as box:
            task = asyncio.create_task(box.aeval(source))
            await asyncio.sleep(0.1)
            with pytest.raises(belljar.BusyError):
                box.close()
            if way == "interrupt":
                box.interrupt()
                assert (await task).outcome == "interrupted"
            else:
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            assert box.ended

    asyncio.run(main())


def test_what_was_cancelled_before_it_began_leaves_its_sandbox_as_it_was():
    async def main():
        with Sandbox() as box:
            task = asyncio.create_task(box.aeval("1"))
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return (await box.aeval("2")).value

    assert asyncio.run(main()) == 2


def test_a_loop_that_is_closed_while_a_guest_runs(program):
    ended = program("""
import asyncio, time, belljar
box = belljar.Sandbox(policy=belljar.Policy(timeout=0.3))
loop = asyncio.new_event_loop()
async def main():
    task = asyncio.ensure_future(box.aeval("while True: pass"))
    await asyncio.sleep(0.1)
    asyncio.all_tasks().discard(task)
loop.run_until_complete(main())
loop.close()
time.sleep(0.5)
print("fine", asyncio.run(belljar.arun("5")).value)
""")
    assert ended.stdout == "fine 5\n" and ended.returncode == 0, ended


def test_amap_that_is_cancelled_or_fails_leaves_nothing_running():
    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(belljar.amap([LONG] * 8, workers=2), 0.3)

        def sources():
            yield LONG
            raise RuntimeError("no more")

        with pytest.raises(RuntimeError, match="no more"):
            await belljar.amap(sources(), workers=1)
        with pytest.raises(belljar.ModuleError):
            await belljar.amap(["1"], lang=b"no module")  # type: ignore[arg-type]
        return [r.value for r in await belljar.amap(map(str, range(500)), workers=2)]

    descriptors = len(os.listdir("/proc/self/fd"))
    assert asyncio.run(main()) == list(range(500))
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= descriptors + 2


def test_awaiting_after_a_fork(program):
    ended = program("""
import asyncio, os, belljar
async def main(): return (await belljar.arun("import time; time.sleep(0.01); 5")).value
assert asyncio.run(main()) == 5
if os.fork() == 0:
    os._exit(0 if asyncio.run(main()) == 5 else 1)
print(os.waitstatus_to_exitcode(os.wait()[1]), asyncio.run(main()))
""")
    assert ended.stdout == "0 5\n", ended


def test_the_interpreter_ends_while_guests_are_awaited(program):
    ended = program("""
import asyncio, os, threading, time, belljar
async def main(): await asyncio.gather(*(belljar.arun("while True: pass") for _ in range(8)))
threading.Thread(target=lambda: asyncio.run(main()), daemon=True).start()
time.sleep(0.3)
""")
    assert ended.returncode == 0, ended


def test_the_loop_goes_round_between_first_turns(monkeypatch):
    """What all guests together have of its thread is bounded, also where they are awaited together."""

    async def done_here(seconds: float) -> int:
        monkeypatch.setattr("belljar._front._LOOP_TURN_SECONDS", seconds)
        before = belljar._scheduler.counters()["done_here"]
        await asyncio.gather(*(box.aeval("1") for box in boxes))
        return belljar._scheduler.counters()["done_here"] - before

    boxes = [belljar.Sandbox() for _ in range(20)]
    for box in boxes:
        box.eval("1")
    belljar.configure(threads=2, first_slice=0.5)
    try:
        assert asyncio.run(done_here(60)) > 0
        assert asyncio.run(done_here(0)) == 0
    finally:
        belljar.configure(threads=4)
        for box in boxes:
            box.close()


def loop_that_is_closed_during(box: belljar.Sandbox, source: str) -> None:
    """Begins an eval, and closes its event loop by force."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(box.aeval(source))
    for _ in range(3):
        loop.call_soon(loop.stop)
        loop.run_forever()
    assert box._raw.busy
    loop.close()
    task._log_destroy_pending = False


def test_a_sandbox_whose_loop_was_closed_can_be_used_again():
    with belljar.Sandbox() as box:
        loop_that_is_closed_during(box, "import time; time.sleep(0.3); x = 5")
        with pytest.raises(belljar.BusyError):
            box.eval("1")
        while True:
            try:
                assert box.eval("x").value == 5
                break
            except belljar.BusyError:
                time.sleep(0.01)
        assert asyncio.run(box.aeval("x + 1")).value == 6


def test_a_sandbox_whose_loop_was_closed_can_be_closed():
    for source in ("while True: pass", "import time; time.sleep(1000)"):
        box = belljar.Sandbox()
        loop_that_is_closed_during(box, source)
        box.close()
        assert box.ended and not box._raw.busy
        gc.collect()
        references = sys.getrefcount(box._raw)
        assert references == 2  # the mailbox and the task hold it no longer


@pytest.mark.parametrize("closes", [True, False])
@pytest.mark.parametrize("source", ["while True: pass", "import time; time.sleep(1000)"])
def test_a_loop_and_a_sandbox_that_are_forgotten_leave_nothing(program, closes, source):
    ended = program(f"""
import asyncio, gc, os, time, warnings, weakref, belljar
warnings.simplefilter("ignore")
def forget():
    box = belljar.Sandbox()
    loop = asyncio.new_event_loop()
    task = loop.create_task(box.aeval({source!r}))
    for _ in range(3):
        loop.call_soon(loop.stop)
        loop.run_forever()
    assert box._raw.busy
    if {closes}:
        loop.close()
    task._log_destroy_pending = False
    return weakref.ref(box)
forget()() # the engine, the scheduler
gc.collect()
descriptors = len(os.listdir("/proc/self/fd"))
boxes = [forget() for _ in range(5)]
gc.collect()
assert not any(box() for box in boxes)
counters = belljar.counters()
assert counters["submitted"] == counters["done"] == 6, counters
assert counters["running"] == counters["parked"] == counters["lanes"] == 0, counters
assert len(os.listdir("/proc/self/fd")) == descriptors
print("fine", asyncio.run(belljar.arun("5")).value)
""")
    assert ended.stdout == "fine 5\n" and ended.returncode == 0, ended


def test_a_loop_and_a_sandbox_that_are_forgotten_in_the_child_of_a_fork(program):
    ended = program("""
import asyncio, gc, os, belljar
box = belljar.Sandbox()
loop = asyncio.new_event_loop()
task = loop.create_task(box.aeval("import time; time.sleep(1000)"))
for _ in range(3):
    loop.call_soon(loop.stop)
    loop.run_forever()
task._log_destroy_pending = False
child = os.fork()
if child == 0:
    loop.close()
    del box, loop, task
    gc.collect()
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert box._raw.busy
loop.close()
box.close()
print("fine")
""")
    assert ended.stdout == "fine\n" and ended.returncode == 0, ended


def test_what_is_awaited_survives_garbage_collection():
    async def main():
        task = asyncio.ensure_future(belljar.arun("import time; time.sleep(0.2); 5"))
        for _ in range(10):
            gc.collect()
            await asyncio.sleep(0.02)
        return (await task).value

    assert asyncio.run(main()) == 5


def test_a_sandbox_that_a_living_loop_waits_for_cannot_be_closed():
    async def main():
        box = belljar.Sandbox()
        task = asyncio.ensure_future(box.aeval("while True: pass"))
        await asyncio.sleep(0.05)
        with pytest.raises(belljar.BusyError):
            box.close()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        box.close()

    asyncio.run(main())
