"""What can be wrong with packages."""

from __future__ import annotations


class NpmError(ValueError):
    """Packages that cannot be had; the message says what to do."""


class Impure(NpmError):
    """A package that has native code, or is for some machines only."""


class Missing(NpmError):
    """The registry has no such package or version."""
