"""The library's scheduler for guests that are awaited: one a process, made with the first of them."""

from __future__ import annotations

import os

from . import _core, _engine, _native


class _Settings:
    def __init__(self, threads: int = 0, first_slice: float = 0.0002) -> None:
        self.threads = threads
        self.first_slice = first_slice
        self.scheduler: _core.Scheduler | None = None
        self.lock = _native.Lock()

    def get(self) -> _core.Scheduler:
        with self.lock:
            if self.scheduler is None:
                self.scheduler = _core.Scheduler(self.threads, round(self.first_slice * 1e6))
            return self.scheduler


_settings = _Settings()


def get() -> _core.Scheduler:
    return _settings.scheduler or _settings.get()


def _start_anew() -> None:
    """After os.fork(): the parent's threads are not here."""
    global _settings
    _settings = _Settings(_settings.threads, _settings.first_slice)


os.register_at_fork(after_in_child=_start_anew)


def configure(
    *,
    threads: int | None = None,
    first_slice: float = 0.0002,
    host_descriptors: int | None = None,
    compile_ms: int | None = None,
    compile_bytes: int | None = None,
) -> None:
    """How guests run that are awaited (``aeval``, ``arun``): on so many ``threads``, one per processor if none are given, and for
    ``first_slice`` seconds on the event loop's own thread, before they move to those if they are not done; 0: not at all. What is under
    way already goes on as it was.

    ``host_descriptors`` is how many files and directories of the host all guests of the process may have open together, by default half of
    RLIMIT_NOFILE. Beyond it they get ENFILE. ``compile_ms`` and ``compile_bytes`` are what compiling one module may take: milliseconds of the
    processor's time, and memory; by default it goes with the module's size (docs/limits.md). These three are given before the first sandbox
    is made."""
    global _settings
    _engine.limit(host_descriptors=host_descriptors, compile_ms=compile_ms, compile_bytes=compile_bytes)
    settings = _Settings(threads or 0, first_slice)
    settings.get()  # raises what is wrong with it
    _settings = settings


def counters() -> dict[str, int]:
    """What the scheduler of awaited guests does and has done: tasks ``submitted``, ``done``, ``cancelled`` and ``done_here`` (in their first
    turn, on the loop's own thread), ``turns``, ``turn_us``, ``wait_us``, ``longest_wait_us``, and now: ``waiting``, ``ready``, ``running``,
    ``parked`` (they wait, on no thread), ``lanes``, ``threads``, ``idle``, ``spares``."""
    counted: dict[str, int] = get().count()
    return counted
