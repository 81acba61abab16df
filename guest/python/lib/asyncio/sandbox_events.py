"""The event loop of a sandbox without sockets, signals or threads.

Only timers and the loop's own callbacks can wake a task here, so that waiting is sleeping until the next
timer. Where nothing is due any more and the loop still waits, nothing could ever wake it: that is an
error at once instead of a run that ends by its time limit. What asks for a thread
(`asyncio.to_thread`, `loop.run_in_executor`) runs where it is asked for, blocking the loop meanwhile.
"""

import time

from . import base_events
from . import events

__all__ = ("SelectorEventLoop", "DefaultEventLoopPolicy", "EventLoop")


class _Timer:
    """What the loop takes for its selector: it knows no files and sleeps."""

    def select(self, timeout):
        if timeout is None:
            raise RuntimeError("deadlock: every task waits for something that nothing here can bring about")
        if timeout > 0:
            time.sleep(timeout)
        return ()

    def close(self):
        pass


class SandboxEventLoop(base_events.BaseEventLoop):
    def __init__(self, selector=None):
        super().__init__()
        self._selector = _Timer()

    def _process_events(self, event_list):
        pass

    def _write_to_self(self):
        # Only another thread would have to wake the loop.
        pass

    def run_in_executor(self, executor, func, *args):
        if executor is not None:
            return super().run_in_executor(executor, func, *args)
        self._check_closed()
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            future.set_exception(error)
        return future

    async def create_connection(self, *args, **kwargs):
        raise OSError("sockets are not available in this sandbox")

    create_server = create_datagram_endpoint = create_connection
    create_unix_connection = create_unix_server = create_connection

    async def _make_subprocess_transport(self, *args, **kwargs):
        raise OSError("processes are not available in this sandbox")


class SandboxEventLoopPolicy(events.BaseDefaultEventLoopPolicy):
    _loop_factory = SandboxEventLoop


SelectorEventLoop = SandboxEventLoop
DefaultEventLoopPolicy = SandboxEventLoopPolicy
EventLoop = SandboxEventLoop
