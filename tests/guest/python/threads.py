# Threads: calls that are made when somebody waits. What programs and libraries build on them works; what can never happen is
# an error that says so.
import asyncio
import concurrent.futures
import contextvars
import itertools
import multiprocessing.dummy
import multiprocessing.pool
import queue
import threading
import time


def stuck(call):
    """The call waits for what nothing can bring about."""
    try:
        call()
    except RuntimeError as error:
        assert "deadlock" in str(error) and "thread" in str(error), error
    else:
        raise AssertionError("it came to an end")


# ---- Every primitive that blocks ----
lock = threading.Lock()
lock.acquire()
stuck(lock.acquire)
stuck(lock.__enter__)
assert lock.acquire(False) is False and lock.acquire(timeout=0.01) is False
lock.release()
stuck(threading.Event().wait)
assert threading.Event().wait(0.01) is False
stuck(queue.Queue().get)
stuck(queue.SimpleQueue().get)
stuck(queue.LifoQueue().get)
stuck(queue.PriorityQueue().get)
full = queue.Queue(1)
full.put(1)
stuck(lambda: full.put(2))
stuck(full.join)
for call in (lambda: full.put(2, timeout=0.01), lambda: full.put_nowait(2)):
    try:
        call()
    except queue.Full:
        pass
try:
    queue.SimpleQueue().get(timeout=0.01)
except queue.Empty:
    pass
stuck(threading.Semaphore(0).acquire)
stuck(threading.Barrier(2).wait)
condition = threading.Condition()
with condition:
    stuck(condition.wait)
    stuck(lambda: condition.wait_for(lambda: False))
    assert condition.wait(0.01) is False
stuck(concurrent.futures.Future().result)
stuck(lambda: concurrent.futures.wait([concurrent.futures.Future()]))
held = threading.Thread(target=lock.acquire)
held.start()
held.join()  # it holds the lock now, and has ended
stuck(lock.acquire)
lock.release()

# ---- Threads ----
seen = []
threads = [threading.Thread(target=seen.append, args=(n,), name=f"t{n}") for n in range(5)]
for thread in threads:
    assert not thread.is_alive()
    thread.start()
    assert thread.is_alive() and thread.ident != threading.get_ident()
assert threading.active_count() == 6 and threading.enumerate()[0] is threading.main_thread()
for thread in threads:
    thread.join()
    assert not thread.is_alive()
assert seen == [0, 1, 2, 3, 4] and threading.active_count() == 1

local = threading.local()
local.name = "main"
variable = contextvars.ContextVar("variable", default="unset")
variable.set("main")


def inside():
    seen.append((threading.current_thread().name, hasattr(local, "name"), variable.get(), threading.current_thread() is threading.main_thread()))
    local.name = "inside"


seen.clear()
threading.Thread(target=inside, name="worker").start()
time.sleep(0)  # whoever sleeps lets others run
assert seen == [("worker", False, "unset", False)] and local.name == "main", seen

# Producer and consumer, in either order of starts, with a sentinel and with daemons.
for first in (0, 1):
    work, done = queue.Queue(), []

    def produce():
        for n in range(10):
            work.put(n)
        work.put(None)

    def consume():
        while (item := work.get()) is not None:
            done.append(item)

    pair = [threading.Thread(target=produce), threading.Thread(target=consume)]
    pair[first].start()
    pair[1 - first].start()
    for thread in pair:
        thread.join()
    assert done == list(range(10)), done

jobs, results = queue.Queue(), []


def worker():
    while True:
        results.append(jobs.get() ** 2)
        jobs.task_done()


threading.Thread(target=worker, daemon=True).start()
for n in range(20):
    jobs.put(n)
jobs.join()
assert results == [n * n for n in range(20)]

event = threading.Event()
threading.Thread(target=event.set).start()
assert event.wait()
reply = queue.Queue()
threading.Thread(target=lambda: reply.put("hello")).start()
assert reply.get() == "hello" and reply.empty()

caught = []
threading.excepthook, before = caught.append, threading.excepthook
broken = threading.Thread(target=lambda: 1 / 0)
broken.start()
broken.join()
threading.excepthook = before
assert caught[0].exc_type is ZeroDivisionError and caught[0].thread is broken

timer = threading.Timer(0.01, seen.append, ("timer",))
timer.start()
timer.join()
assert seen[-1] == "timer"
late = threading.Timer(30, seen.append, ("never",))
late.start()
late.cancel()
late.join()
assert seen[-1] == "timer"

# ---- Executors ----
with concurrent.futures.ThreadPoolExecutor(3, thread_name_prefix="pool") as pool:
    assert list(pool.map(pow, [1, 2, 3], [2, 2, 2])) == [1, 4, 9]
    futures = [pool.submit(lambda n=n: (n, threading.current_thread().name)) for n in range(4)]
    assert {f.result()[0] for f in concurrent.futures.as_completed(futures)} == {0, 1, 2, 3}
    assert futures[0].result()[1].startswith("pool_")
    nested = pool.submit(lambda: pool.submit(lambda: 5).result() + 1)
    assert nested.result() == 6
    failing = pool.submit(lambda: {}["key"])
    assert isinstance(failing.exception(), KeyError)
    waiting = pool.submit(queue.Queue().get)
    stuck(waiting.result)
assert pool.submit  # and after its end:
try:
    pool.submit(print)
except RuntimeError as error:
    assert "shutdown" in str(error)
ready = []
with concurrent.futures.ThreadPoolExecutor(2, initializer=ready.append, initargs=(1,)) as pool:
    assert sum(pool.map(abs, range(-5, 0))) == 15
assert 1 <= len(ready) <= 2
local = threading.local()
with concurrent.futures.ThreadPoolExecutor(4, initializer=setattr, initargs=(local, "name", "here")) as pool:
    assert list(pool.map(lambda _: local.name, range(9))) == ["here"] * 9
    assert pool.submit(lambda: pool.submit(lambda: local.name).result()).result() == "here"

# ---- multiprocessing's threads ----
with multiprocessing.dummy.Pool(3) as pool:
    assert pool.map(lambda n: n * n, range(20)) == [n * n for n in range(20)]
    assert pool.starmap(pow, [(2, 3), (3, 2)]) == [8, 9]
    assert list(pool.imap(str, range(7), chunksize=3)) == list("0123456")
    assert sorted(pool.imap_unordered(str, range(7))) == list("0123456")
    assert pool.apply(lambda: pool.apply(abs, (-5,)) + 1) == 6
    both = threading.Barrier(2)
    assert sorted(pool.map(lambda n: both.wait(), range(2), chunksize=1)) == [0, 1]
    told = []
    pool.apply_async(abs, (-1,), callback=told.append).wait()
    pool.apply_async(abs, ("",), error_callback=told.append).wait()
    assert told[0] == 1 and isinstance(told[1], TypeError)
    assert pool.map(abs, []) == list(pool.imap(abs, [])) == []
    for failing in (lambda: pool.map(abs, [1, ""]), lambda: list(pool.imap(abs, (x for x in [1, ""])))):
        try:
            failing()
        except TypeError:
            pass
        else:
            raise AssertionError("no error")
    stuck(pool.apply_async(queue.Queue().get).get)
    never = pool.apply_async(told.append, ("never",))
stuck(never.get)
assert len(told) == 2
with multiprocessing.dummy.Pool() as pool:
    assert next(pool.imap(str, itertools.count())) == "0"
local = threading.local()
pool = multiprocessing.pool.ThreadPool(2, initializer=setattr, initargs=(local, "name", "here"))
found = pool.map_async(lambda _: local.name, range(5))
pool.close()
pool.join()
assert found.get() == ["here"] * 5
try:
    pool.apply(print)
except ValueError as error:
    assert "not running" in str(error)
else:
    raise AssertionError("a closed pool works")
worker = multiprocessing.dummy.Process(target=told.append, args=("process",))
worker.start()
worker.join()
assert told[-1] == "process" and worker.exitcode == 0


# ---- asyncio ----
async def job():
    await asyncio.sleep(0.001)
    return 42


async def main():
    loop = asyncio.get_running_loop()
    assert await asyncio.to_thread(lambda: asyncio.run_coroutine_threadsafe(job(), loop).result()) == 42
    assert await asyncio.to_thread(lambda: asyncio.run(job())) == 42
    with concurrent.futures.ThreadPoolExecutor() as pool:
        assert await loop.run_in_executor(pool, threading.current_thread) is not threading.main_thread()
    assert pool.submit is not None
    order = []
    await asyncio.gather(asyncio.to_thread(order.append, 1), asyncio.sleep(0.001), asyncio.to_thread(order.append, 2))
    assert sorted(order) == [1, 2]
    told = asyncio.Event()
    threading.Thread(target=lambda: loop.call_soon_threadsafe(told.set)).start()
    await told.wait()
    try:
        await asyncio.to_thread(threading.Event().wait)
    except RuntimeError as error:
        assert "deadlock" in str(error)


asyncio.run(main())

# A thread that nobody waits for runs when the program has ended, and its output is the program's.
threading.Thread(target=print, args=("ok",)).start()
