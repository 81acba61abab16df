"""Sandboxes that are made ahead."""

from __future__ import annotations

import os
import typing
from collections.abc import Iterable, Mapping, Sequence

from . import _core, _engine, tools as _tools
from .policy import Mount, PolicyLike
from .receipt import Receipt
from .sandbox import Sandbox, _grants, _lang_of


class Pool:
    """Fresh sandboxes that are there at once: threads of the library make them ahead, started up to their first eval, and take
    them apart when they are closed. ``warm`` are kept ready (they count as alive, and hold a quarter of a megabyte each); ``workers`` threads make
    them. The other arguments are those of :class:`Sandbox`, and hold for all.

    It saves whoever uses a sandbox what making and closing it costs, as long as a processor is free for the threads and sandboxes
    are taken no faster than they are made; else one is made on the spot, as by :class:`Sandbox`. On a machine with no processor to
    spare there is nothing to gain. Nothing is used twice.

    >>> with Pool(policy=Policy(timeout=5)) as pool:
    ...     with pool.acquire() as box:
    ...         box.eval("6 * 7").value
    ...     pool.run("print(1)").stdout
    42
    '1\\n'
    """

    def __init__(
        self,
        program: str | os.PathLike[str] | bytes = "python",
        *,
        warm: int = 8,
        workers: int = 1,
        policy: PolicyLike | None = None,
        tools: Iterable[_tools.AnyTool] = (),
        mounts: Mapping[str, Mount] | None = None,
        env: Mapping[str, str] | None = None,
        args: Sequence[str] = (),
        stdin: bytes | str | int | typing.IO[typing.Any] = b"",
        packages: Sequence[str] = (),
    ):
        self._runtime = _engine.runtime(program)
        self._lang = _lang_of(program)
        built = _grants(policy, tools, mounts, env, args, stdin, packages, self._lang)
        self._raw = _core.Pool(self._runtime, built, workers, warm, 0, 0)

    def acquire(self) -> Sandbox:
        """A fresh sandbox, the caller's own. From any thread. Closing it (or leaving its ``with``) hands it back to be deleted."""
        return Sandbox._of(self._raw.take(), self._runtime, self._lang)

    def run(self, source: str | bytes) -> Receipt:
        """Runs source in a sandbox of its own."""
        with self.acquire() as box:
            return box.eval(source)

    async def arun(self, source: str | bytes) -> Receipt:
        """:meth:`run` off the event loop. Cancelling the task interrupts it."""
        with self.acquire() as box:
            return await box.aeval(source)

    def close(self) -> None:
        """Ends the threads and deletes what is ready. Sandboxes that were acquired go on."""
        self._raw.close()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
