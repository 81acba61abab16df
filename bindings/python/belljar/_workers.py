"""Threads of the binding: for the `a…` variants and for tools.

They are daemons, made on demand and kept: an interpreter that ends waits for none of them, and no other executor of the
program is used up.
"""

from __future__ import annotations

import os
import queue
import threading
import typing

if typing.TYPE_CHECKING:  # they take as long to import as all the rest, and most programs want neither
    import asyncio
    import concurrent.futures

MOST = 64

T = typing.TypeVar("T")


class Workers:
    def __init__(self) -> None:
        self._tasks: queue.SimpleQueue[typing.Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._pending = 0  # tasks that wait or run

    def submit(self, work: typing.Callable[[], T]) -> concurrent.futures.Future[T]:
        import concurrent.futures

        future: concurrent.futures.Future[T] = concurrent.futures.Future()
        with self._lock:
            self._pending += 1
            grow = self._pending > self._threads and self._threads < MOST
            self._threads += grow
            number = self._threads
        self._tasks.put(lambda: _do(future, work))
        if grow:
            threading.Thread(target=self._serve, name=f"belljar-{number}", daemon=True).start()
        return future

    def _serve(self) -> None:
        while True:
            task = self._tasks.get()
            task()
            del task  # what it holds is not kept while this thread waits
            with self._lock:
                self._pending -= 1


def _do(future: concurrent.futures.Future[T], work: typing.Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except BaseException as error:  # it is the caller's
        future.set_exception(error)


_workers = Workers()


def _start_anew() -> None:
    global _workers
    _workers = Workers()


os.register_at_fork(after_in_child=_start_anew)


def submit(work: typing.Callable[[], T]) -> concurrent.futures.Future[T]:
    """Runs `work` on a thread of the binding."""
    return _workers.submit(work)


async def wait_for(work: typing.Callable[[], T], interrupt: typing.Callable[[], None]) -> T:
    """Runs `work` off the event loop. Cancelling the task calls `interrupt`, and waits for `work` to see it: what it
    uses is free again when this is left."""
    import asyncio

    future = submit(work)
    waiting = asyncio.wrap_future(future)
    try:
        return await asyncio.shield(waiting)
    except asyncio.CancelledError:
        if not future.cancel():
            interrupt()
            await _settle(waiting)
        raise


async def _settle(waiting: asyncio.Future[typing.Any]) -> None:
    import asyncio

    while not waiting.done():
        try:
            await asyncio.wait([waiting])
        except asyncio.CancelledError:  # once more: the work ends in any case
            continue
    if not waiting.cancelled():
        waiting.exception()  # seen
