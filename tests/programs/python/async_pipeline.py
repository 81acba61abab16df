"""asyncio: queues, task groups, timeouts, cancellation, semaphores, async generators."""
import asyncio
from contextlib import asynccontextmanager


async def produce(queue, count):
    for i in range(count):
        await queue.put(i)
        await asyncio.sleep(0)
    await queue.put(None)


async def work(name, source, sink):
    while (item := await source.get()) is not None:
        await asyncio.sleep(0.001 * (item % 3))
        await sink.put((item, item * item))
    await source.put(None)
    return name


async def ticks(n):
    try:
        for i in range(n):
            yield i
            await asyncio.sleep(0)
    finally:
        print("ticks closed")


@asynccontextmanager
async def resource(name):
    print("open", name)
    try:
        yield name.upper()
    finally:
        await asyncio.sleep(0)
        print("close", name)


async def limited(gate, i, peak, running):
    async with gate:
        running.add(i)
        peak.append(len(running))
        await asyncio.sleep(0.002)
        running.discard(i)


async def fail(after):
    await asyncio.sleep(after)
    raise ValueError(f"after {after}")


async def main():
    source, sink = asyncio.Queue(maxsize=2), asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        group.create_task(produce(source, 10))
        workers = [group.create_task(work(f"w{i}", source, sink)) for i in range(3)]
    print(sorted(task.result() for task in workers), sorted(sink.get_nowait() for _ in range(sink.qsize())))

    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(10)
    except TimeoutError:
        print("timeout")
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail(0.001))
            slow = group.create_task(asyncio.sleep(10))
    except* ValueError as errors:
        print("group:", [str(e) for e in errors.exceptions], slow.cancelled())
    print(await asyncio.gather(fail(0), asyncio.sleep(0, "fine"), return_exceptions=True))

    gate, peak, running = asyncio.Semaphore(2), [], set()
    await asyncio.gather(*(limited(gate, i, peak, running) for i in range(6)))
    print("at most", max(peak), "at once")

    async for i in ticks(2):
        print("tick", i)
    async with resource("db") as db:
        print("with", db)
    done, pending = await asyncio.wait([asyncio.create_task(asyncio.sleep(d, d)) for d in (0, 5)], return_when=asyncio.FIRST_COMPLETED)
    print([t.result() for t in done], len(pending))
    for task in pending:
        task.cancel()
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(0.001, event.set)
    print(await asyncio.wait_for(event.wait(), 1), await asyncio.to_thread(sum, [1, 2, 3]))
    print([x async for x in ticks(3) if x])


asyncio.run(main())
