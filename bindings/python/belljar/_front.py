"""What runs guests for event loops: the library's scheduler, and for each loop the mailbox that tells it what is done.

A guest that is not done in its first turn, on the loop's own thread, goes on on the scheduler's threads, and on none while it waits
for a tool or sleeps.
"""

from __future__ import annotations

import asyncio
import os
import time
import typing
import weakref

from . import _core, _native, _scheduler

# For so long guests may have first turns on the loop's thread, one after the other, before the loop goes round.
_LOOP_TURN_SECONDS = 0.002

T = typing.TypeVar("T")


class Front:
    """Of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop):
        self.mailbox = _core.Mailbox()
        self._began: float | None = None
        loop.add_reader(self.mailbox.fileno(), self._deliver)

    def _deliver(self) -> None:
        for future, receipt, error in self.mailbox.drain():
            if future is None or future.done():  # the loop was closed meanwhile, say
                continue
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(receipt)

    def has_time(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether another guest may have its first turn here, before the loop goes round."""
        now = time.monotonic()
        if self._began is None:
            self._began = now
            loop.call_soon(self._went_round)
        return now - self._began < _LOOP_TURN_SECONDS

    def _went_round(self) -> None:
        self._began = None


# The loop alone holds its front, which may lead back to it: so a loop that nobody has goes, and what nobody awaits ends.
_fronts: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, weakref.ref[Front]] = weakref.WeakKeyDictionary()


def _front_of(loop: asyncio.AbstractEventLoop) -> Front:
    known = _fronts.get(loop)
    front = known() if known is not None else None
    if front is None:
        front = Front(loop)
        _fronts[loop] = weakref.ref(front)
    return front


os.register_at_fork(after_in_child=_fronts.clear)


async def run(box: _core.Sandbox, source: str | bytes | None, flags: int, caller: int, loop: asyncio.AbstractEventLoop) -> _core.Receipt:
    """Evaluates source, or runs a command. Cancelling the task interrupts the guest, and waits until it is out of the way."""
    front = _front_of(loop)
    here = front.has_time(loop)
    submitted = box.submit(_scheduler.get(), front.mailbox, loop.create_future, source, flags, caller, here)
    if type(submitted) is _core.Receipt:
        if not front.has_time(loop):
            await asyncio.sleep(0)
        return submitted
    try:
        return await asyncio.shield(submitted)
    except asyncio.CancelledError:
        box.interrupt()
        await settle(submitted)
        raise


async def aside(work: typing.Callable[[], T]) -> T:
    """Runs what may block on a thread of its own."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(typing.cast("T", result))

    def serve() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:  # it is the caller's
            error = raised
        try:
            loop.call_soon_threadsafe(tell, result, error)
        except RuntimeError:  # the loop has been closed
            pass

    _native.start(serve)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await settle(future)
        raise


async def settle(waiting: asyncio.Future[typing.Any]) -> None:
    """Waits for what ends in any case, whoever cancels."""
    while not waiting.done():
        try:
            await asyncio.wait([waiting])
        except asyncio.CancelledError:  # once more
            continue
    if not waiting.cancelled():
        waiting.exception()  # seen
