"""Exceptions.

Two families, as in the library: :class:`BelljarError` is the host's or the caller's fault and is raised where it
happens. What the *guest* did wrong is told by a receipt, and raised as :class:`GuestError` only by
:meth:`Receipt.raise_for_outcome`.
"""

from __future__ import annotations

import typing

if typing.TYPE_CHECKING:
    from .receipt import Receipt


class BelljarError(Exception):
    """Something that the host or the caller did. ``code`` is the library's name for it, ``sys_errno`` the number of the
    system call's error, or 0."""

    code = "engine"
    sys_errno = 0


class ArgumentError(BelljarError, ValueError):
    """An argument that cannot be right: a limit out of range, a mount that is none."""

    code = "argument"


class ModuleError(BelljarError):
    """Not a WebAssembly module that can run here, or a file that is no snapshot."""

    code = "module"


class SandboxEnded(BelljarError):
    """The sandbox has ended (a limit, a trap, an exit, an interrupt) or has been closed."""

    code = "ended"


class BusyError(BelljarError):
    """The sandbox is in use: by another thread, or by the eval that waits for the tool that asks."""

    code = "busy"


class StoppedError(BelljarError):
    """What was done to a sandbox's files from outside was ended on the way, by interrupt(). The message says how far it got."""

    code = "stopped"


class UnsupportedError(BelljarError):
    """Valid, but not something that this build or this kind of sandbox does."""

    code = "unsupported"


class OutOfMemory(BelljarError, MemoryError):
    """The host is out of memory or address space, or there are as many sandboxes as may be."""

    code = "memory"


class IOFailure(BelljarError, OSError):
    """A system call failed. ``errno`` says how, where the system said so."""

    code = "io"


class GuestBroken(BelljarError):
    """An interpreter inside a sandbox did not keep to its interface: its memory is not to be trusted."""

    code = "guest"


class EngineError(BelljarError):
    """The engine failed in a way that it should not."""

    code = "engine"


# By bj_error_code.
_CLASSES: tuple[type[BelljarError], ...] = (
    EngineError,
    ArgumentError,
    OutOfMemory,
    IOFailure,
    ModuleError,
    ModuleError,
    UnsupportedError,
    SandboxEnded,
    GuestBroken,
    EngineError,
    BusyError,
    StoppedError,
)


def make_error(code: int, sys_errno: int, message: str) -> BelljarError:
    """The exception for an error of the C library."""
    kind = _CLASSES[code] if code < len(_CLASSES) else EngineError
    error = kind(message)
    error.sys_errno = sys_errno
    if isinstance(error, OSError) and sys_errno:
        error.errno = sys_errno
        error.strerror = message  # which says more than os.strerror()
    return error


class GuestError(Exception):
    """The guest's code did not end well. ``receipt`` tells all."""

    def __init__(self, message: str, receipt: Receipt):
        super().__init__(message)
        self.receipt = receipt


class GuestException(GuestError):
    """An exception that the guest's code did not catch."""


class LimitReached(GuestError):
    """A limit of the policy ended it."""


class Trapped(GuestError):
    """WebAssembly trapped."""


class Interrupted(GuestError):
    """It was interrupted."""


class Exited(GuestError):
    """It asked to end with a code other than 0."""
