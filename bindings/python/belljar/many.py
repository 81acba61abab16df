"""One snippet, or many, each in a fresh sandbox."""

from __future__ import annotations

import collections
import os
import sys
import typing
from collections.abc import Iterable, Iterator

from . import _core, _engine, tools as _tools
from .receipt import Receipt
from .sandbox import Sandbox, _flags, _grants, _lang_of

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
    """:func:`run`, awaited as :meth:`Sandbox.aeval`."""
    async with await _amade(lang, **options) as box:
        return await box.aeval(source)


async def _amade(lang: str, **options: typing.Any) -> Sandbox:
    """A sandbox; what may take long for it is done off the event loop."""
    if _engine.is_open(lang) and not options.get("packages"):
        return Sandbox(lang, **options)
    from . import _front

    return await _front.aside(lambda: Sandbox(lang, **options))


_DEFAULTS: dict[str, typing.Any] = {
    "policy": None, "tools": (), "mounts": None, "env": None, "args": (), "stdin": b"", "packages": ()
}  # fmt: skip


def imap(
    sources: Iterable[str],
    *,
    workers: int | None = None,
    progress: bool = False,
    lang: str = "python",
    **options: typing.Any,
) -> Iterator[Receipt]:
    """Runs many snippets, each in a fresh sandbox, on ``workers`` threads; their receipts, in order. No more are begun than there are
    workers, but for those that wait for a tool or sleep. Sources are taken as there is room for them, so that there may be any number. Leaving
    the iterator cancels what has not run."""
    caller = _tools.Caller()
    pool = _pool(caller, workers, lang, options)
    jobs: collections.deque[_core.Job] = collections.deque()
    bar = _Bar(sources, progress)
    try:
        for source in sources:
            job = pool.submit(0, source)
            while job is None:  # no room: the oldest has to go first
                if jobs:
                    yield bar.tell(_wait(jobs.popleft()))
                job = pool.submit(0, source)
            jobs.append(job)
            while jobs and jobs[0].done:
                yield bar.tell(_wait(jobs.popleft()))
        while jobs:
            yield bar.tell(_wait(jobs.popleft()))
    finally:
        for job in jobs:
            job.cancel()
        caller.end()
        bar.end()


def _pool(caller: _tools.Caller, workers: int | None, lang: str, options: dict[str, typing.Any], done_fd: int = -1) -> _core.Pool:
    policy = _grants(**(_DEFAULTS | options), lang=_lang_of(lang), caller=caller)
    return _core.Pool(_engine.runtime(lang), policy, workers or 0, 0, 0, _flags(False, False), done_fd)


def _wait(job: _core.Job) -> Receipt:
    """In turns, so that Python sees to signals in between."""
    while True:
        raw = job.wait()
        if raw is not None:
            return Receipt(raw)


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
    """:func:`map`, awaited: no thread of Python's waits. Cancelling the task cancels the jobs."""
    import asyncio

    from . import _front

    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
    caller = _tools.Caller(loop)
    pool: _core.Pool | None = None

    def tell() -> None:
        os.eventfd_read(fd)
        done.set()

    try:
        pool = await _front.aside(lambda: _pool(caller, workers, lang, options, fd))
        loop.add_reader(fd, tell)
        return await _Batch(pool, done, _Bar(sources, progress)).run(sources)
    finally:
        loop.remove_reader(fd)
        caller.end()
        if pool is not None:
            await _front.aside(pool.close)  # which waits for what still runs
        os.close(fd)


class _Batch:
    """The jobs of one amap. `done` is set whenever one of them is."""

    def __init__(self, pool: _core.Pool, done: asyncio.Event, bar: _Bar):
        self._pool = pool
        self._done = done
        self._bar = bar
        self._jobs: collections.deque[_core.Job] = collections.deque()
        self._receipts: list[Receipt] = []

    async def run(self, sources: Iterable[str]) -> list[Receipt]:
        try:
            for source in sources:
                while (job := self._pool.submit(0, source, False)) is None:
                    await self._progress()
                self._jobs.append(job)
            while self._jobs:
                await self._progress()
            return self._receipts
        finally:
            for job in self._jobs:
                job.cancel()
            self._bar.end()

    async def _progress(self) -> None:
        """Takes what is done, in order; waits where nothing is."""
        self._done.clear()
        if self._jobs and not self._jobs[0].done:
            await self._done.wait()
        while self._jobs and self._jobs[0].done:
            self._receipts.append(self._bar.tell(_wait(self._jobs.popleft())))


class _Bar:
    """How far it is, on standard error."""

    WIDTH = 30

    def __init__(self, sources: Iterable[str], shown: bool):
        self.total = len(sources) if shown and isinstance(sources, typing.Sized) else None
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
