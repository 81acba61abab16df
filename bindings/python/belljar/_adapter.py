"""What the adapters to agent frameworks share: a session that a model talks to in text."""

from __future__ import annotations

import dataclasses
import threading
import typing

from .displays import Display, is_fit, outline
from .errors import SandboxEnded
from .receipt import Receipt
from .sandbox import Sandbox, Snapshot

DESCRIPTION = (
    "Runs Python in a sandbox and returns what it printed and the value of its last expression. Variables, imports and the files in "
    "/work stay from call to call. There is no network, no shell and no package with native code."
)


# What the makers of models take: eight pictures are a long answer, and five megabytes of base64 the most of one.
MOST_PICTURES = 8
MOST_PICTURE_BYTES = 3_750_000
MOST_PICTURE_SIDE = 8_000


def pictures_of(receipt: Receipt) -> list[tuple[str, bytes]]:
    """The pictures that can be sent to a model, as (MIME type, bytes): the last ones, where there are many."""
    found = [each.picture for each in receipt.displays if each.picture]
    return [each for each in found if is_fit(*each, MOST_PICTURE_BYTES, MOST_PICTURE_SIDE)][-MOST_PICTURES:]


def _shown(display: Display, receipt: Receipt) -> str:
    """What was shown, in text: a picture in a few words, the last expression's value but once."""
    if display.picture:
        return outline(*display.picture)
    if display.text is None:
        return " ".join(outline(mime, form) for mime, form in display.data.items())
    return "" if display is receipt.displays[-1] and display.text == receipt.repr else display.text


def shown_of(receipt: Receipt) -> list[str]:
    """What it showed, in text."""
    parts = [_shown(display, receipt) for display in receipt.displays]
    if receipt.displays_truncated:
        parts.append(f"({receipt.displays_more} more displays were left out)")
    return parts


def told(receipt: Receipt, most: int) -> str:
    """A receipt as a model reads it."""
    parts = [receipt.stdout.rstrip("\n"), *shown_of(receipt)]
    if receipt.repr not in (None, "None"):
        parts.append(str(receipt.repr))
    if receipt.error:
        parts.append(receipt.error.traceback.rstrip("\n") or f"{receipt.error.type}: {receipt.error.message}")
    elif receipt.limit:
        parts.append(f"stopped: the limit {receipt.limit.name} ({receipt.limit.allowed}) was reached")
    elif not receipt.ok:
        parts.append(f"stopped: {receipt.outcome}, exit code {receipt.exit_code}")
    changed = [f"{change.change} {change.path}" for change in receipt.files if change.type == "file"][:20]
    if changed:
        parts.append("files: " + ", ".join(changed))
    text = "\n".join(part for part in parts if part) or "(no output)"
    return text if len(text) <= most else f"{text[: most // 2]}\n… {len(text) - most} characters left out …\n{text[-most // 2 :]}"


_LOOK_UP_SECONDS = 0.01


@dataclasses.dataclass(frozen=True)
class Reply:
    """What a call is answered with."""

    text: str
    pictures: list[tuple[str, bytes]] = dataclasses.field(default_factory=list)


class Session:
    """One sandbox for all calls of one tool. What ends it takes it back to where it stood before that call."""

    def __init__(self, box: Sandbox | None = None, *, max_output: int = 20_000, **options: typing.Any):
        self.box = box or Sandbox("python", **options)
        self._most = max_output
        self._turn = threading.Lock()  # frameworks call tools from several threads

    def _before(self) -> Snapshot:
        if self.box.ended:
            raise SandboxEnded("the sandbox of this tool has ended")
        return self.box.snapshot()

    def _after(self, before: Snapshot, receipt: Receipt) -> Reply:
        text = told(receipt, self._most)
        if self.box.ended:
            self.box.rewind(before)
            text += "\nThe variables and files are as they were before this call."
        return Reply(text, pictures_of(receipt))

    def run(self, code: str) -> str:
        """What it came to, in text alone."""
        return self.ask(code).text

    async def arun(self, code: str) -> str:
        return (await self.aask(code)).text

    def ask(self, code: str) -> Reply:
        with self._turn:
            before = self._before()
            return self._after(before, self.box.eval(code))

    async def aask(self, code: str) -> Reply:
        import asyncio

        while not self._turn.acquire(blocking=False):  # of threads and of event loops: there is no lock for both
            await asyncio.sleep(_LOOK_UP_SECONDS)
        try:
            before = self._before()
            return self._after(before, await self.box.aeval(code))
        finally:
            self._turn.release()
