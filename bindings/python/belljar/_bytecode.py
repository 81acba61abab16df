"""The compiler of packages.py: a sandbox of this package."""

from __future__ import annotations

import json
import typing

from . import _core, _engine
from .packages import COMPILE_LIMITS, CompileError, Wheel
from .policy import Archive, Policy
from .sandbox import Sandbox

_digests: dict[_core.Runtime, str] = {}


class Sandboxed:
    """Compiles in a sandbox that sees the wheel and nothing else."""

    def __init__(self, program: str) -> None:
        self._program = program
        runtime = _engine.runtime(program)
        if runtime not in _digests:
            _digests[runtime] = json.loads(runtime.describe())["sha256"]
        self.guest = _digests[runtime]

    def run(self, wheel: Wheel, program: str) -> tuple[bytes, bytes]:
        limits: dict[str, typing.Any] = COMPILE_LIMITS
        with Sandbox(self._program, policy=Policy(**limits), mounts={wheel.path: Archive(wheel.file)}) as box:
            receipt = box.eval(program)
            if not receipt.ok:
                raise CompileError(repr(receipt))
            try:
                return box.files.read("/work/index.json", "64M"), box.files.read("/work/code.bin", "1G")
            except (OSError, ValueError) as error:
                raise CompileError(str(error)) from None
