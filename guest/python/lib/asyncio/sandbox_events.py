"""The event loop of a sandbox without sockets, signals or threads of the system.

Only timers, the loop's own callbacks and threads that have not run yet (_belljar_threads) can wake a task here. So waiting is
running such a thread, and then sleeping until the next timer. Where nothing is due any more and the loop still waits, nothing
could ever wake it: that is an error at once instead of a run that ends by its time limit.
"""

import time

import _belljar_threads as threads

from . import base_events
from . import events

__all__ = ("SelectorEventLoop", "DefaultEventLoopPolicy", "EventLoop")


class _Timer:
    """What the loop takes for its selector: it knows no files and sleeps."""

    def __init__(self, loop):
        self._loop = loop

    def select(self, timeout):
        if threads.any_waiting() or timeout is None:
            threads.stand_still(self._loop)
            try:
                ran = threads.run_next(False) if timeout is None else threads.run_worker()
            finally:
                threads.go_on(self._loop)
            if ran:
                return ()
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
        self._selector = _Timer(self)

    def _process_events(self, event_list):
        pass

    def _write_to_self(self):
        # Who could call this runs in our own call of select().
        pass

    # What _belljar_threads asks of a loop that stands still.

    @property
    def thread_ident(self):
        return self._thread_id

    def has_work(self):
        return bool(self._ready or self._scheduled)

    def step(self):
        events._set_running_loop(self)
        self._run_once()

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
