"""Packages for Python in a sandbox: pure-Python wheels, found and downloaded by pip on the host, mounted read-only.

Nothing of a package runs on the host: pip takes wheels alone, and a wheel is only read. They lie in a store by the SHA-256
of their bytes, and what a list of requirements was resolved to is kept beside them, so that the same list is
found again without pip or a network.

The command `belljar` runs this file as a program:

    python3 packages.py resolve --json 'attrs==25.3.0' sympy
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import typing
import zipfile
from collections.abc import Callable, Iterable, Sequence

GUEST_PYTHON = "3.13"
GUEST_FOLDER = "/lib/packages"
# The guest appends what stands here to sys.path; see thaw() in guest/python/lib/_belljar.py.
GUEST_VARIABLE = "BELLJAR_PACKAGES"

_MOST_WHEEL_BYTES = 256 << 20
_MOST_UNPACKED_BYTES = 1 << 30
_MOST_ENTRIES = 100_000
_NATIVE = re.compile(r"\.(so|pyd|dylib|dll|a|o)(\.\d+)*$", re.IGNORECASE)
_REQUIREMENT = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\s*(\[[A-Za-z0-9._,\s-]*\])?\s*([<>=!~;(].*)?", re.DOTALL)
_WHEEL = re.compile(r"(?P<name>[A-Za-z0-9._]+)-(?P<version>[A-Za-z0-9._!+]+)(-\d[^-]*)?-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<platform>[^-]+)\.whl")


class PackageError(ValueError):
    """Requirements that cannot be had, or a wheel that cannot run in a sandbox; the message says what to do."""


@dataclasses.dataclass(frozen=True)
class Wheel:
    """A wheel in the store. ``path`` is where the guest finds it."""

    name: str
    version: str
    file: str
    sha256: str

    @property
    def path(self) -> str:
        return f"{GUEST_FOLDER}/{self.name}-{self.version}"


# ---------------------------------------------------------------------- the store


def store_folder() -> pathlib.Path:
    """$BELLJAR_STORE, else below $XDG_DATA_HOME, else below ~/.local/share."""
    named = os.environ.get("BELLJAR_STORE")
    if named:
        return pathlib.Path(named)
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return pathlib.Path(data) / "belljar" / "packages"


def _open_store(folder: pathlib.Path) -> pathlib.Path:
    """The folder, which is made; it must be the user's own: what lies in it is handed to guests."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise PackageError(f"{folder} belongs to somebody else or can be written by others: chmod go-w it, or set BELLJAR_STORE")
    for name in ("wheels", "resolved"):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    return folder


def _digest(file: pathlib.Path) -> str:
    digest = hashlib.sha256()
    with open(file, "rb") as opened:
        while block := opened.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _keep(store: pathlib.Path, file: pathlib.Path) -> Wheel:
    """Moves a wheel that has been checked into the store."""
    match = _parts(file.name)
    digest = _digest(file)
    folder = store / "wheels" / digest
    kept = folder / file.name
    if not (kept.exists() and _digest(kept) == digest):
        beside = pathlib.Path(tempfile.mkdtemp(dir=store / "wheels"))
        shutil.copyfile(file, beside / file.name)
        os.chmod(beside / file.name, 0o444)
        if folder.exists():
            shutil.rmtree(folder)
        try:
            os.rename(beside, folder)
        except OSError:  # another process was first
            shutil.rmtree(beside)
    return Wheel(match["name"], match["version"], str(kept), digest)


# ---------------------------------------------------------------------- wheels


def _parts(name: str) -> re.Match[str]:
    match = _WHEEL.fullmatch(name)
    if not match:
        raise PackageError(f"{name} is not the name of a wheel")
    return match


def check_wheel(file: str | os.PathLike[str]) -> None:
    """PackageError: it is no wheel, or has native code, or is larger than a package has reason to be."""
    path = pathlib.Path(file)
    match = _parts(path.name)
    native = f"{match['name']} needs native code, which cannot run in the sandbox: only pure-Python packages can"
    if match["abi"] != "none" or match["platform"] != "any":
        raise PackageError(native)
    if path.stat().st_size > _MOST_WHEEL_BYTES:
        raise PackageError(f"{path.name} is larger than {_MOST_WHEEL_BYTES >> 20} MiB")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            facts = next((archive.read(entry) for entry in entries if _is_facts(entry)), b"")
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise PackageError(f"{path.name} is no zip file that can be read: {error}") from None
    if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > _MOST_UNPACKED_BYTES:
        raise PackageError(f"{path.name} unpacks to more than a package has reason to be")
    for name in names:
        if name.startswith("/") or "\\" in name or ".." in name.split("/"):
            raise PackageError(f"{path.name} has an entry that leads out of it: {name!r}")
        if _NATIVE.search(name):
            raise PackageError(f"{native} ({name})")
    if b"root-is-purelib: false" in facts.lower():
        raise PackageError(native)
    if not facts:
        raise PackageError(f"{path.name} is no wheel: it lacks its WHEEL file")


def _is_facts(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.endswith(".dist-info/WHEEL") and entry.file_size < 1 << 16


# ---------------------------------------------------------------------- pip


def _pip(arguments: Sequence[str], cwd: str) -> subprocess.CompletedProcess[str]:
    # -I: no modules from the current folder or PYTHONPATH. Where packages come from is the user's own configuration.
    command = [sys.executable, "-I", "-m", "pip", *arguments]
    settings = {name: value for name, value in os.environ.items() if name not in ("PIP_TARGET", "PIP_PREFIX", "PIP_USER")}
    settings |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    return subprocess.run(command, env=settings, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def _download(requirements: Sequence[str], folder: str) -> None:
    done = _pip(
        [
            "download", "--quiet", "--dest", folder, "--only-binary", ":all:", "--platform", "any", "--python-version", GUEST_PYTHON,
            "--implementation", "py", "--abi", "none", "--", *requirements,
        ],
        folder,
    )  # fmt: skip
    if done.returncode != 0:
        raise PackageError(_reason(done.stderr, folder))


def _reason(said: str, folder: str) -> str:
    """What pip's refusal means for a sandbox."""
    if "No module named pip" in said:
        return f"{sys.executable} has no pip, which finds packages: install it"
    missing = re.search(r"No matching distribution found for (\S+)", said)
    if not missing:
        lines = [line for line in said.strip().splitlines() if line.startswith("ERROR")] or said.strip().splitlines()
        return f"pip could not get the packages: {lines[-1] if lines else 'it said nothing'}"
    wanted = missing[1]
    here = _pip(["install", "--quiet", "--dry-run", "--ignore-installed", "--no-deps", "--only-binary", ":all:", "--", wanted], folder)
    if here.returncode == 0:
        return f"{wanted} needs native code, which cannot run in the sandbox: only pure-Python packages can"
    return f"there is no pure-Python wheel of {wanted} for Python {GUEST_PYTHON}: look at name and version, and at your pip's index"


# ---------------------------------------------------------------------- resolving


def _checked(requirements: Iterable[str]) -> list[str]:
    """The requirements, as pip will take them: names with versions, and files of wheels."""
    found = []
    for requirement in requirements:
        text = requirement.strip()
        if text.endswith(".whl") and os.path.exists(text):
            found.append(os.path.abspath(text))
        elif _REQUIREMENT.fullmatch(text) and "://" not in text and not text.endswith(".whl"):
            found.append(text)
        else:
            raise PackageError(f"{requirement!r} is no requirement: write name, name==version, or the path of a .whl file")
    return sorted(set(found))


def _key(requirements: Sequence[str]) -> str:
    parts = [f"{r} {_digest(pathlib.Path(r))}" if r.endswith(".whl") else r for r in requirements]
    return hashlib.sha256("\n".join([GUEST_PYTHON, *parts]).encode()).hexdigest()


def _recall(record: pathlib.Path) -> list[Wheel] | None:
    """What was resolved before; None where there is nothing, or a wheel is gone. One that was changed is an error."""
    try:
        wheels = [Wheel(**each) for each in json.loads(record.read_text())["wheels"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    for wheel in wheels:
        if not os.path.exists(wheel.file):
            return None
        if _digest(pathlib.Path(wheel.file)) != wheel.sha256:
            raise PackageError(f"{wheel.file} is not what was downloaded: somebody changed it. Remove it, and it is fetched again")
    return wheels


def _record(record: pathlib.Path, requirements: Sequence[str], wheels: Sequence[Wheel]) -> None:
    text = json.dumps({"requirements": requirements, "wheels": [dataclasses.asdict(wheel) for wheel in wheels]}, indent=1)
    handle, beside = tempfile.mkstemp(dir=record.parent)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    os.replace(beside, record)


def resolve(
    requirements: Iterable[str],
    *,
    store: str | os.PathLike[str] | None = None,
    refresh: bool = False,
    log: Callable[[str], None] | None = None,
) -> list[Wheel]:
    """The wheels of requirements and of what they depend on, in order of their names.

    The same requirements give the same wheels again, until `refresh` asks pip anew. Environment markers of dependencies are
    those of the host's Python, which is how pip has them.
    """
    wanted = _checked(requirements)
    if not wanted:
        return []
    folder = _open_store(pathlib.Path(store) if store else store_folder())
    record = folder / "resolved" / f"{_key(wanted)}.json"
    known = None if refresh else _recall(record)
    if known is not None:
        return known
    if log:
        log(f"resolving {', '.join(wanted)}")
    with tempfile.TemporaryDirectory(prefix="belljar-") as fresh:
        _download(wanted, fresh)
        files = sorted(pathlib.Path(fresh).glob("*.whl"))
        for file in files:
            check_wheel(file)
        wheels = [_keep(folder, file) for file in files]
    _record(record, wanted, wheels)
    if log:
        log(f"resolved to {', '.join(f'{wheel.name} {wheel.version}' for wheel in wheels)}")
    return wheels


def variable(wheels: Iterable[Wheel]) -> str:
    """The value of GUEST_VARIABLE for wheels that are mounted at their paths."""
    return ":".join(wheel.path for wheel in wheels)


def grants(requirements: Iterable[str]) -> tuple[dict[str, typing.Any], dict[str, str]]:
    """Mounts and variables that give a sandbox these packages."""
    from .policy import Archive

    wheels = resolve(requirements)
    return {wheel.path: Archive(wheel.file) for wheel in wheels}, {GUEST_VARIABLE: variable(wheels)}


# ---------------------------------------------------------------------- the program


def main() -> int:
    parser = argparse.ArgumentParser(prog="packages.py", description="Finds pure-Python wheels for Python in a sandbox.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("resolve", help="download what is missing, and tell where it lies")
    command.add_argument("requirements", nargs="+", help="attrs, attrs==25.3.0, a .whl file")
    command.add_argument("--store", help="folder of wheels (else $BELLJAR_STORE, else ~/.local/share/belljar/packages)")
    command.add_argument("--refresh", action="store_true", help="ask pip again")
    command.add_argument("--json", action="store_true", help="for programs")
    arguments = parser.parse_args()
    try:
        wheels = resolve(
            arguments.requirements,
            store=arguments.store,
            refresh=arguments.refresh,
            log=lambda line: print(line, file=sys.stderr, flush=True),
        )
    except (PackageError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps({"variable": [GUEST_VARIABLE, variable(wheels)], "wheels": [{"file": w.file, "path": w.path} for w in wheels]}))
    else:
        for wheel in wheels:
            print(f"{wheel.name} {wheel.version}  sha256:{wheel.sha256}  {wheel.file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
