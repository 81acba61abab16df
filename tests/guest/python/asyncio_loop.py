# asyncio without sockets, signals and threads: tasks, timers, queues, cancellation, and what cannot be.
import asyncio
import contextlib
import time


async def gathering():
    async def work(n):
        await asyncio.sleep(0.01 * n)
        return n

    began = time.monotonic()
    assert await asyncio.gather(*(work(n) for n in (3, 1, 2))) == [3, 1, 2]
    assert 0.025 < time.monotonic() - began < 1
    done, pending = await asyncio.wait([asyncio.create_task(work(n)) for n in (1, 9)],
                                       return_when=asyncio.FIRST_COMPLETED)
    assert len(done) == len(pending) == 1
    for task in pending:
        task.cancel()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work(n)) for n in range(3)]
    assert [task.result() for task in tasks] == [0, 1, 2]
    assert [await each for each in asyncio.as_completed([work(2), work(1)])] == [1, 2]


async def timeouts():
    try:
        await asyncio.wait_for(asyncio.sleep(30), 0.01)
    except TimeoutError:
        pass
    else:
        raise AssertionError("wait_for did not time out")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.01):
            await asyncio.Event().wait()


async def queues():
    queue, got = asyncio.Queue(maxsize=2), []

    async def produce():
        for n in range(6):
            await queue.put(n)
        await queue.put(None)

    async def consume():
        while (item := await queue.get()) is not None:
            got.append(item)

    await asyncio.gather(produce(), consume())
    assert got == list(range(6))
    lock, order = asyncio.Lock(), []

    async def hold(name):
        async with lock:
            order.append(name)
            await asyncio.sleep(0)
            order.append(name)

    await asyncio.gather(hold("a"), hold("b"))
    assert order == ["a", "a", "b", "b"]


async def callbacks():
    loop, called = asyncio.get_running_loop(), []
    loop.call_soon(called.append, 1)
    loop.call_later(0.01, called.append, 2)
    loop.call_soon_threadsafe(called.append, 3)
    await asyncio.sleep(0.03)
    assert called == [1, 3, 2]
    assert await asyncio.to_thread(sum, [1, 2]) == 3
    assert await loop.run_in_executor(None, lambda: 4) == 4

    async def count():
        for n in range(3):
            await asyncio.sleep(0)
            yield n

    assert [n async for n in count()] == [0, 1, 2]


async def impossible():
    for attempt in (asyncio.open_connection("example.com", 80), asyncio.start_server(print, port=80),
                    asyncio.create_subprocess_exec("ls"), asyncio.create_subprocess_shell("ls")):
        try:
            await attempt
        except OSError as error:
            assert "not available in this sandbox" in str(error), error
        else:
            raise AssertionError("that cannot be")


for subject in (gathering, timeouts, queues, callbacks, impossible):
    asyncio.run(subject())

try:
    asyncio.run(asyncio.Event().wait())
except RuntimeError as error:
    assert "deadlock" in str(error)
else:
    raise AssertionError("a deadlock was not seen")

loop = asyncio.new_event_loop()
assert loop.run_until_complete(asyncio.sleep(0, "x")) == "x"
loop.close()
print("ok")
