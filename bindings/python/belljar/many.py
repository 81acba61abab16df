"""One snippet, or many, each in a fresh sandbox."""

from __future__ import annotations

import collections
import sys
import threading
import typing
from collections.abc import Iterable, Iterator

from . import _core, _engine, _workers, tools as _tools
from .receipt import Receipt
from .sandbox import Sandbox, _flags, _grants

if typing.TYPE_CHECKING:
    import asyncio


def run(source: str | bytes, *, lang: str = "python", **options: typing.Any) -> Receipt:
    """Runs source in a sandbox of its own; `options` are those of :class:`Sandbox`.

    >>> run("print(1)").stdout
    '1\\n'
    """
    with Sandbox(lang, **options) as box:
        return box.eval(source)


async def arun(source: str | bytes, *, lang: str = "python", **options: typing.Any) -> Receipt:
    """:func:`run` off the event loop."""
    box = await _workers.wait_for(lambda: Sandbox(lang, **options), lambda: None)
    with box:
        return await box.aeval(source)


def imap(
    sources: Iterable[str],
    *,
    workers: int | None = None,
    progress: bool = False,
    lang: str = "python",
    **options: typing.Any,
) -> Iterator[Receipt]:
    """Runs many snippets, `workers` at a time, each in a fresh sandbox; their receipts, in order. Sources are taken as there is
    room for them, so that there may be any number. Leaving the iterator cancels what has not run."""
    yield from _imap(sources, threading.Event(), workers, progress, lang, options)


def _imap(
    sources: Iterable[str],
    stopped: threading.Event,
    workers: int | None,
    progress: bool,
    lang: str,
    options: dict[str, typing.Any],
    loop: asyncio.AbstractEventLoop | None = None,
) -> Iterator[Receipt]:
    """Ends early where another thread sets `stopped`."""
    options = {"policy": None, "tools": (), "mounts": None, "env": None, "args": (), "stdin": b"", "packages": ()} | options
    caller = _tools.Caller(loop)
    policy = _grants(**options, caller=caller)
    pool = _core.Pool(_engine.runtime(lang), policy, workers or 0, 0, 0, _flags(False, False))
    jobs: collections.deque[_core.Job] = collections.deque()
    bar = _Bar(len(sources) if progress and isinstance(sources, typing.Sized) else None, progress)
    try:
        for source in sources:
            job = pool.submit(0, source)
            while job is None:  # no room: the oldest has to go first
                if jobs:
                    yield bar.tell(_wait(jobs.popleft(), stopped))
                job = pool.submit(0, source)
            jobs.append(job)
            while jobs and jobs[0].done:
                yield bar.tell(_wait(jobs.popleft(), stopped))
        while jobs:
            yield bar.tell(_wait(jobs.popleft(), stopped))
    finally:
        for job in jobs:
            job.cancel()
        caller.end()
        bar.end()


def map(sources: Iterable[str], **options: typing.Any) -> list[Receipt]:
    """:func:`imap` as a list. ``progress=True`` draws a bar on standard error.

    >>> [r.value for r in map(["1 + 1", "'a' * 3"], workers=2)]
    [2, 'aaa']
    """
    return list(imap(sources, **options))


async def amap(
    sources: Iterable[str],
    *,
    workers: int | None = None,
    progress: bool = False,
    lang: str = "python",
    **options: typing.Any,
) -> list[Receipt]:
    """:func:`map` off the event loop. Cancelling the task cancels the jobs."""
    import asyncio

    stopped = threading.Event()
    loop = asyncio.get_running_loop()
    return await _workers.wait_for(
        lambda: list(_imap(sources, stopped, workers, progress, lang, options, loop)), stopped.set
    )


def _wait(job: _core.Job, stopped: threading.Event) -> Receipt:
    """In turns, so that Python sees to signals in between."""
    while not stopped.is_set():
        raw = job.wait()
        if raw is not None:
            return Receipt(raw)
    import asyncio

    raise asyncio.CancelledError


class _Bar:
    """How far it is, on standard error."""

    WIDTH = 30

    def __init__(self, total: int | None, shown: bool):
        self.total = total
        self.shown = shown
        self.done = 0
        self.bad = 0

    def tell(self, receipt: Receipt) -> Receipt:
        self.done += 1
        self.bad += not receipt.ok
        if self.shown:
            print(f"\r{self._line()}", end="", file=sys.stderr, flush=True)
        return receipt

    def _line(self) -> str:
        bad = f", {self.bad} not ok" if self.bad else ""
        if self.total is None:
            return f"{self.done} done{bad}"
        filled = self.WIDTH * self.done // max(self.total, 1)
        return f"[{'#' * filled:{self.WIDTH}}] {self.done}/{self.total}{bad}"

    def end(self) -> None:
        if self.shown and self.done:
            print(file=sys.stderr)
