"""Threads in a system that has none: a thread is a call that is made when somebody waits.

A thread that was started lies in a queue. Whoever waits (for a lock, and so for a condition, an event, a queue, a future or another
thread; or sleeps in the main thread) has the threads of the queue run meanwhile, each from its beginning to its end, in the order of
their starts; daemons only where nothing else can end the wait. What still lies there when an evaluation ends runs then, but for
daemons. A thread that waits in its turn has others run inside its own call, since there is one stack. So a wait
ends as it does elsewhere wherever those that it waits for need nothing of the ones that lie below them on the stack. Where
they do, and nothing is left to run, the wait is a RuntimeError (of a daemon: its end).

The variable BELLJAR_THREADS says when a thread runs: "wait" (as above, and without the variable), "start" (in its start()) or
"off" (start() raises RuntimeError, as CPython does where there are no threads).

An event loop runs threads where it has nothing else to do. It is stepped from here where one of them waits for it.
C has its part in core-threads.patch: _run_as gives a call another thread's identity, local data and context.
"""

import _thread
import os
from collections import deque

loops = []  # event loops that stand still while a thread runs, the innermost last
_queue = deque()  # handles of threads that have not run yet
_last_ident = 1  # of the main thread
_depth = 0


class ThreadHandle:
    """What threading.Thread knows of its thread, in the place of _thread._ThreadHandle."""

    def __init__(self, ident=None):
        self.ident = ident
        self._done = _thread.allocate_lock()  # held until it has ended
        self._done.acquire()
        self.function = None
        self.daemon = False

    def is_done(self):
        return not self._done.locked()

    def _set_done(self):
        if self._done.locked():
            self._done.release()

    def join(self, timeout=None):
        if self.ident == _thread.get_ident():
            raise RuntimeError("Cannot join current thread")
        while timeout != 0 and self in _queue:
            _run(_next_worker(before=self) or self)
        if self._done.acquire(timeout=-1 if timeout is None else timeout):
            self._done.release()

    def __repr__(self):
        return f"<ThreadHandle ident={self.ident}>"


def _next_worker(before=None):
    """The first thread that is no daemon; with `before`, only of those that were started before that one."""
    for handle in _queue:
        if handle is before:
            return None
        if not handle.daemon:
            return handle
    return None


def _run(handle):
    """Runs a thread of the queue to its end. It reports what it raises itself."""
    global _depth
    _queue.remove(handle)
    if not _queue and not loops:
        _thread._set_runner(None)
    _depth += 1
    try:
        _thread._run_as(handle.ident, handle.daemon, handle.function)
    finally:
        _depth -= 1
        handle._set_done()


def _step_loop():
    """Has the innermost event loop that stands still do what it can. Whether there was anything."""
    for loop in reversed(loops):
        if loop.has_work():
            _thread._run_as(loop.thread_ident, False, loop.step)
            return True
    return False


def run_next(sleeping):
    """What C calls where something waits: runs a thread, or a step of an event loop. Whether it did."""
    if sleeping and _depth:
        return False
    handle = _next_worker()
    if handle is None and _queue and not sleeping:
        handle = _queue[0]
    if handle is not None:
        _run(handle)
        return True
    return not sleeping and _step_loop()


def run_worker():
    """For an event loop that has something to do later: runs a thread that is no daemon. Whether there was one."""
    handle = _next_worker()
    if handle is not None:
        _run(handle)
    return handle is not None


def finish():
    """The evaluation has ended: threads that are no daemons run now."""
    while (handle := _next_worker()) is not None:
        _run(handle)


def any_waiting():
    return bool(_queue)


def stand_still(loop):
    loops.append(loop)
    _thread._set_runner(run_next)


def go_on(loop):
    loops.remove(loop)
    if not _queue and not loops:
        _thread._set_runner(None)


def start_joinable_thread(function, handle=None, daemon=True):
    global _last_ident
    mode = os.environ.get("BELLJAR_THREADS", "wait")
    if mode == "off":
        raise RuntimeError("can't start new thread: this sandbox has none (BELLJAR_THREADS=off)")
    if mode not in ("wait", "start"):
        raise RuntimeError(f"BELLJAR_THREADS is {mode!r}; it can be wait, start or off")
    if handle is None:
        handle = ThreadHandle()
    _last_ident += 1
    handle.ident = _last_ident
    handle.function = function
    handle.daemon = daemon
    _queue.append(handle)
    _thread._set_runner(run_next)
    if mode == "start":
        _run(handle)
    return handle


def start_new_thread(function, args, kwargs={}, /):
    if not callable(function):
        raise TypeError("first arg must be callable")
    if not isinstance(args, tuple):
        raise TypeError("2nd arg must be a tuple")
    if not isinstance(kwargs, dict):
        raise TypeError("optional 3rd arg must be a dictionary")

    def call():
        try:
            function(*args, **kwargs)
        except SystemExit:
            pass
        except BaseException:
            import sys
            import threading

            threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), None)))

    return start_joinable_thread(call).ident


def install():
    """Puts all this in the place of what cannot work. Before the module threading is imported."""
    _thread.start_joinable_thread = start_joinable_thread
    _thread.start_new_thread = _thread.start_new = start_new_thread
    _thread._ThreadHandle = ThreadHandle
    _thread._make_thread_handle = ThreadHandle
