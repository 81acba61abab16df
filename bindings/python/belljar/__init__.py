"""Run code that nobody has read, under glass: Python, JavaScript and WebAssembly, in sandboxes inside this process.

>>> from belljar import Sandbox
>>> with Sandbox("python") as box:
...     box.eval("sum(range(10))").value
45
"""

from . import _core
from ._engine import describe
from ._scheduler import configure, counters
from .arrow import ArrowData
from .displays import Display
from .errors import (
    ArgumentError,
    BelljarError,
    BusyError,
    EngineError,
    Exited,
    GuestBroken,
    GuestError,
    GuestException,
    Interrupted,
    IOFailure,
    LimitReached,
    ModuleError,
    OutOfMemory,
    SandboxEnded,
    StoppedError,
    Trapped,
    UnsupportedError,
)
from .many import amap, arun, imap, map, run
from .policy import Archive, Memory, Policy
from .pool import Pool
from .receipt import Changes, Denial, Error, FileChange, Image, Limit, Receipt, ToolCall, Usage
from .sandbox import File, Files, Sandbox, Snapshot
from .tools import Tool, tool

__version__: str = _core.VERSION

__all__ = [
    "Archive", "ArgumentError", "ArrowData", "BelljarError", "BusyError", "Changes", "Denial", "Display", "EngineError", "Error", "Exited", "File",
    "FileChange", "Files", "GuestBroken", "GuestError", "GuestException", "IOFailure", "Image", "Interrupted", "Limit",
    "LimitReached", "Memory", "ModuleError", "OutOfMemory", "Policy", "Pool", "Receipt", "Sandbox", "SandboxEnded", "Snapshot",
    "StoppedError", "Tool", "ToolCall", "Trapped", "UnsupportedError", "Usage", "amap", "arun", "configure", "counters", "describe", "imap", "map",
    "run", "tool",
]  # fmt: skip
