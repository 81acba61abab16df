"""What a sandbox may use."""

from __future__ import annotations

import dataclasses
import os
import typing
from collections.abc import Mapping, Sequence

from . import _core
from .errors import ArgumentError


def size_of(size: int | str) -> int:
    """A number of bytes, given as such or as text, as the command reads it: K, M and G are powers of 1,024, kB, MB and GB of 1,000.

    >>> size_of("64K"), size_of("1.5GiB"), size_of("1MB"), size_of(7)
    (65536, 1610612736, 1000000, 7)
    """
    return size if isinstance(size, int) else _core.read_quantity("bytes", size)


@dataclasses.dataclass(frozen=True)
class Policy:
    """Limits of a sandbox. ``None`` stands for the library's default.

    ``timeout`` is in seconds, or text such as ``"500ms"``, of one eval: while it runs, sleeps, or waits for tools or input, not while it waits for a
    thread. ``cpu``, in seconds too, is processor time; 0, the default, does not limit it. Sizes are bytes or text such
    as ``"256M"``; text is read as the command reads it. ``fuel`` counts WebAssembly instructions. Time, processor time, fuel, stack, output and host calls
    end the eval that crosses them; memory, table, files, file bytes and descriptors are refused to the guest, which may
    go on; ``host_descriptors`` is files of the host that are open. So are calls of tools while ``open_calls`` of them (16)
    are unanswered, those among them that the guest has given up. What the guest shows beyond ``displays`` (100) and
    ``display_bytes`` (32 MiB) is left out of the receipt, which counts it. ``value_bytes`` (128 MiB) is what values may have in long
    bytes and arrays. With ``deterministic`` two runs of the same code with
    the same ``seed`` give the same, down to the receipt's ``digest``. ``exceptions`` lets a WebAssembly module throw and
    catch (compiled with ``-fwasm-exceptions``), which is refused otherwise. ``devices`` shows a WebAssembly module /dev with null, zero and
    urandom; interpreters see it in any case.

    ``base`` is a preset (``"strict"``, ``"default"``, ``"roomy"``) or a policy file of TOML or JSON (docs/policy.md), with limits and grants; what is
    given besides it stands over it. Wherever a policy is taken, such a name alone stands for ``Policy(base=name)``. Each ``Policy`` reads its file once.

    >>> Policy(timeout=10, memory="256M")
    Policy(timeout=10, memory='256M')
    """

    timeout: float | str | None = None
    cpu: float | str | None = None
    fuel: int | str | None = None
    memory: int | str | None = None
    stack: int | str | None = None
    table_elements: int | None = None
    output: int | str | None = None
    host_calls: int | None = None
    files: int | None = None
    file_bytes: int | str | None = None
    descriptors: int | None = None
    open_calls: int | None = None
    displays: int | None = None
    display_bytes: int | str | None = None
    value_bytes: int | str | None = None
    host_descriptors: int | None = None
    deterministic: bool = False
    seed: int = 0
    exceptions: bool = False
    devices: bool = False
    base: str | os.PathLike[str] | None = None

    def __repr__(self) -> str:
        given = (
            f"{field.name}={getattr(self, field.name)!r}"
            for field in dataclasses.fields(self)
            if getattr(self, field.name) != field.default
        )
        return f"Policy({', '.join(given)})"

    def __getstate__(self) -> dict[str, typing.Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_built"}

    def limits(self) -> dict[str, int]:
        """The limits that are set, by the library's names and in its units."""
        limits = {}
        for name, unit, *_ in _core.LIMITS:
            value = getattr(self, _FIELDS.get(name, name.replace("-", "_")))
            if value is not None:
                limits[name] = _in_unit(name, value, unit)
        return limits


# Where a field is not called as the library's limit.
_FIELDS = {"output-limit": "output"}


def _in_unit(name: str, value: typing.Any, unit: str) -> int:
    try:
        if isinstance(value, str):
            return _core.read_quantity(unit, value)
        number = size_of(value) if unit == "bytes" else round(value * 1000) if unit == "milliseconds" else int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentError(f"{name}: {error}") from None
    if not 0 <= number < 1 << 64:
        raise ArgumentError(f"{name}: {value!r} is out of range")
    return number


@dataclasses.dataclass(frozen=True)
class Memory:
    """A mount: an empty directory in memory, which holds up to ``size``."""

    size: int | str = "16M"


@dataclasses.dataclass(frozen=True)
class Archive:
    """A mount: a zip file of the host (a wheel, say) as a directory, read-only."""

    file: str | os.PathLike[str]


# Where a policy is taken: a name is that of a preset or a file.
PolicyLike = typing.Union[Policy, str, "os.PathLike[str]"]


def policy_of(policy: PolicyLike | None) -> Policy | None:
    return Policy(base=policy) if isinstance(policy, (str, os.PathLike)) else policy


HostPath = typing.Union[str, "os.PathLike[str]"]
Mount = typing.Union[HostPath, "tuple[HostPath, str]", Memory, Archive]

_MODES = {"ro": _core.READ_ONLY, "rw": _core.READ_WRITE, "overlay": _core.OVERLAY}


def _grant_mount(policy: _core.Policy, guest: str, mount: Mount) -> None:
    if isinstance(mount, Memory):
        policy.grant_tmp(guest, size_of(mount.size))
    elif isinstance(mount, Archive):
        policy.grant_archive(mount.file, guest)
    elif isinstance(mount, tuple):
        host, mode = mount
        if mode not in _MODES:
            raise ArgumentError(f"{guest}: a mount is 'ro', 'rw' or 'overlay', not {mode!r}")
        policy.grant_dir(host, guest, _MODES[mode])
    else:
        policy.grant_dir(mount, guest, _core.READ_ONLY)


def build(
    policy: PolicyLike | None,
    *,
    mounts: Mapping[str, Mount] | None = None,
    env: Mapping[str, str] | None = None,
    args: Sequence[str] = (),
    stdin: bytes | str | int | typing.IO[typing.Any] = b"",
) -> _core.Policy:
    """Limits and grants as the library takes them."""
    policy = policy_of(policy) or Policy()
    if not 0 <= policy.seed < 1 << 64:
        raise ArgumentError("a seed is a number of 64 bits, from 0")
    built = _core.Policy(policy.limits(), policy.deterministic, policy.seed, policy.exceptions, policy.base)
    if policy.devices:
        built.grant_devices()
    for guest, mount in (mounts or {}).items():
        _grant_mount(built, guest, mount)
    for name, value in (env or {}).items():
        built.grant_env(name, value)
    for arg in args:
        built.grant_arg(arg)
    if isinstance(stdin, (bytes, str)):
        if stdin:  # it is empty in any case
            built.grant_stdin(stdin.encode() if isinstance(stdin, str) else stdin)
    else:
        built.grant_stdin_fd(stdin if isinstance(stdin, int) else stdin.fileno())
    return built


# Each Policy keeps in itself what it was built into: the library copies that into each sandbox.
_default = Policy()


def plain(policy: PolicyLike | None) -> _core.Policy:
    """Limits without any grant but the policy's own. Nobody may add one."""
    policy = policy_of(policy)
    built: _core.Policy | None = (policy or _default).__dict__.get("_built")
    if built is None:
        built = build(policy)
        (policy or _default).__dict__["_built"] = built
    return built
