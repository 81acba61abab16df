"""Packages for a sandbox: pure-Python wheels, found and downloaded by pip on the host, and packages of npm's ("npm:NAME"), for which
the folder npm beside this file sees; mounted read-only.

Nothing of a package runs on the host: pip takes wheels alone, and a wheel is only read. They lie in a store by the SHA-256
of their bytes, and what a list of requirements was resolved to is kept beside them, so that the same list is
found again without pip or a network. Modules of wheels are compiled once, in a sandbox, and what is mounted is the wheel with its bytecode.

The command `belljar` runs this file as a program:

    python3 packages.py resolve --json 'attrs==25.3.0' sympy
    python3 packages.py resolve --json npm:zod npm:lodash@4
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import importlib
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
_GUEST_RELEASE = "3.13.5"
GUEST_FOLDER = "/lib/packages"
# The guest appends what stands here to sys.path; see thaw() in guest/python/lib/_belljar.py.
GUEST_VARIABLE = "BELLJAR_PACKAGES"
NPM = "npm:"

_MOST_WHEEL_BYTES = 256 << 20
_MOST_UNPACKED_BYTES = 1 << 30
_MOST_ENTRIES = 100_000
_NATIVE = re.compile(r"\.(so|pyd|dylib|dll|a|o)(\.\d+)*$", re.IGNORECASE)
_REQUIREMENT = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\s*(\[[A-Za-z0-9._,\s-]*\])?\s*([<>=!~;(].*)?", re.DOTALL)
_PURE_FACTS = b"Wheel-Version: 1.0\nGenerator: belljar\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_UNREADABLE = (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError)
# Wheels for machines that are looked through for what runs on none: those of Linux, which every package has.
_MACHINES = [
    option
    for platform in ("any", "manylinux1_x86_64", "manylinux2010_x86_64", "manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_28_x86_64")
    for option in ("--platform", platform)
]
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
    needed_by: str = ""
    """Another package that needs this one, where this one's native part was left out."""

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
    for name in ("wheels", "resolved", "compiled"):
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
    native = _native(match["name"])
    if not _is_pure(match):
        raise PackageError(native)
    if path.stat().st_size > _MOST_WHEEL_BYTES:
        raise PackageError(f"{path.name} is larger than {_MOST_WHEEL_BYTES >> 20} MiB")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            facts = next((archive.read(entry) for entry in entries if _is_facts(entry)), b"")
    except _UNREADABLE as error:
        raise PackageError(f"{path.name} is no zip file that can be read: {error}") from None
    _check_size(path, entries)
    for name in names:
        if name.startswith("/") or "\\" in name or ".." in name.split("/"):
            raise PackageError(f"{path.name} has an entry that leads out of it: {name!r}")
        if _NATIVE.search(name):
            raise PackageError(f"{native} ({name})")
    if b"root-is-purelib: false" in facts.lower():
        raise PackageError(native)
    if not facts:
        raise PackageError(f"{path.name} is no wheel: it lacks its WHEEL file")


def _is_pure(match: re.Match[str]) -> bool:
    return match["abi"] == "none" and match["platform"] == "any"


def _native(name: str, needed_by: str = "") -> str:
    subject = f"{needed_by} needs {name}, which needs" if needed_by else f"{name} needs"
    return f"{subject} native code, which cannot run in the sandbox: only pure-Python packages can"


def _check_size(path: pathlib.Path, entries: Sequence[zipfile.ZipInfo]) -> None:
    if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > _MOST_UNPACKED_BYTES:
        raise PackageError(f"{path.name} unpacks to more than a package has reason to be")


def _is_facts(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.endswith(".dist-info/WHEEL") and entry.file_size < 1 << 16


# ---------------------------------------------------------------------- wheels whose native part is only for speed


def _without_native(file: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """A wheel for machines without what is for machines in it, as a wheel of pure Python in `folder`. Whether it works so is
    found out in a sandbox, when its modules are compiled."""
    match = _parts(file.name)
    made = folder / f"{match['name']}-{match['version']}-py3-none-any.whl"
    try:
        with zipfile.ZipFile(file) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
            entries = source.infolist()
            _check_size(file, entries)
            for entry in entries:
                if entry.is_dir() or _NATIVE.search(entry.filename):
                    continue
                data = _PURE_FACTS if _is_facts(entry) else source.read(entry)
                if entry.filename.endswith(".dist-info/RECORD"):
                    data = b"".join(line for line in data.splitlines(True) if not _NATIVE.search(line.decode(errors="replace").partition(",")[0]))
                target.writestr(zipfile.ZipInfo(entry.filename), data, zipfile.ZIP_DEFLATED)
    except _UNREADABLE as error:
        raise PackageError(f"{file.name} is no zip file that can be read: {error}") from None
    return made


def _requirers(files: Iterable[pathlib.Path], name: str) -> list[str]:
    """Which of these wheels say that they need `name`."""
    found = []
    for file in files:
        with zipfile.ZipFile(file) as archive:
            entry = next((each for each in archive.infolist() if each.filename.endswith(".dist-info/METADATA") and each.file_size < 1 << 22), None)
            lines = archive.read(entry).decode(errors="replace").splitlines() if entry else []
        needed = (re.match(r"Requires-Dist:\s*([A-Za-z0-9._-]+)", line) for line in lines)
        own = _parts(file.name)["name"]
        if _plain(own) != _plain(name) and any(each and _plain(each[1]) == _plain(name) for each in needed):  # extras name their own package
            found.append(own)
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


# ---------------------------------------------------------------------- packages that are linked into the guest


@dataclasses.dataclass(frozen=True)
class Linked:
    """A package that a guest has inside. ``metadata`` is what a wheel of it would say."""

    name: str
    version: str
    metadata: str


def linked_into(folder: str | os.PathLike[str]) -> dict[str, Linked]:
    """What the Python in a folder of guests has linked in, by plain names; nothing for the lean one."""
    try:
        listed = json.loads((pathlib.Path(folder) / "python-packages.json").read_text())
    except FileNotFoundError:
        return {}
    return {_plain(name): Linked(name, facts["version"], facts["metadata"]) for name, facts in listed.items()}


def _stand_ins(linked: dict[str, Linked], folder: pathlib.Path) -> list[str]:
    """Options that have pip take what is linked in for installed, in these versions and no others: a wheel of each with its metadata alone."""
    if not linked:
        return []
    folder.mkdir()
    for one in linked.values():
        stem = f"{one.name.replace('-', '_')}-{one.version}"
        with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as archive:
            archive.writestr(f"{stem}.dist-info/METADATA", one.metadata)
            archive.writestr(f"{stem}.dist-info/WHEEL", _PURE_FACTS)
            archive.writestr(f"{stem}.dist-info/RECORD", "")
    constraints = folder / "constraints.txt"
    constraints.write_text("".join(f"{one.name}=={one.version}\n" for one in linked.values()))
    return ["--find-links", str(folder), "--constraint", str(constraints)]


def _not_linked(requirements: Sequence[str], linked: dict[str, Linked]) -> list[str]:
    """Without those that name nothing but what is linked in: pip need not be asked for them."""
    return [one for one in requirements if _plain(one) not in linked]


def _is_linked(requirement: str, linked: dict[str, Linked]) -> bool:
    """Whether it names what is linked in, in whatever version, and nothing that comes with an extra."""
    name = re.match(r"[A-Za-z0-9._-]*", requirement)
    return name is not None and _plain(name[0]) in linked and "[" not in requirement


def _clash(said: str) -> str | None:
    """What pip says where a version that is linked in does not do."""
    fixed = re.search(r"The user requested \(constraint\) (\S+)==(\S+)", said)
    if not fixed:
        return None
    who = [line.strip() for line in said.splitlines() if re.search(r"( depends on |The user requested )", line) and "(constraint)" not in line]
    wants = "; ".join(line.replace("The user requested", "wanted is") for line in who if _plain(fixed[1]) in _plain(line)) or "another version is wanted"
    return f"{fixed[1]} {fixed[2]} is linked into this Python, and no other version can be had: {wants}. The lean Python (python-lean) has none"


# ---------------------------------------------------------------------- pip


def _pip(arguments: Sequence[str], cwd: str) -> subprocess.CompletedProcess[str]:
    # -I: no modules from the current folder or PYTHONPATH. Where packages come from is the user's own configuration.
    command = [sys.executable, "-I", "-m", "pip", *arguments]
    settings = {name: value for name, value in os.environ.items() if name not in ("PIP_TARGET", "PIP_PREFIX", "PIP_USER")}
    settings |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    return subprocess.run(command, env=settings, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def _ask_pip(folder: str, options: Sequence[str], requirements: Sequence[str]) -> subprocess.CompletedProcess[str]:
    common = ["download", "--dest", folder, "--only-binary", ":all:", "--python-version", GUEST_PYTHON]
    return _pip([*common, *options, "--", *requirements], folder)


_PURE = ["--platform", "any", "--implementation", "py", "--abi", "none"]


def _download(requirements: Sequence[str], folder: str, linked: dict[str, Linked]) -> list[pathlib.Path]:
    """The wheels that pip finds: pure ones, and where there are none of a package, one for machines without its native part. None of
    what is linked in."""
    stand_ins = _stand_ins(linked, pathlib.Path(folder) / "linked")
    if all(_is_linked(one, linked) for one in requirements):
        stand_ins += ["--no-index"]  # only whether the version will do
    return [file for file in _downloaded(requirements, folder, stand_ins) if _plain(_parts(file.name)["name"]) not in linked]


def _downloaded(requirements: Sequence[str], folder: str, options: Sequence[str]) -> list[pathlib.Path]:
    pure = pathlib.Path(folder) / "pure"
    pure.mkdir()
    done = _ask_pip(str(pure), [*options, *_PURE], requirements)
    if done.returncode == 0:
        return sorted(pure.glob("*.whl"))
    if clash := _clash(done.stdout):
        raise PackageError(clash)
    every = pathlib.Path(folder) / "every"
    every.mkdir()
    machines = [*options, *_MACHINES, "--implementation", "cp", "--abi", "cp313", "--abi", "abi3", "--abi", "none"]
    if _ask_pip(str(every), machines, requirements).returncode != 0:
        raise PackageError(_reason(done.stderr, folder))
    return [_pure_form(file, pathlib.Path(folder)) for file in sorted(every.glob("*.whl"))]


def _pure_form(file: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """The pure wheel of the same version if there is one, else this one without its native part."""
    match = _parts(file.name)
    if _is_pure(match):
        return file
    alone = folder / "alone" / match["name"]
    alone.mkdir(parents=True)
    if _ask_pip(str(alone), ["--no-deps", *_PURE], [f"{match['name']}=={match['version']}"]).returncode == 0:
        return next(alone.glob("*.whl"))
    return _without_native(file, alone)


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
        return _native(wanted)
    return f"there is no pure-Python wheel of {wanted} for Python {GUEST_PYTHON}: look at name and version, and at your pip's index"


# ---------------------------------------------------------------------- bytecode

# Runs in a sandbox that has the wheel at ROOT and nothing else. compile() runs nothing of what it reads. What has no bytecode is
# compiled when it is imported, as ever.
_COMPILE = """
import importlib.util, json, os, warnings
from importlib._bootstrap_external import _code_to_hash_pyc

warnings.simplefilter("ignore")
index = []
with open("/work/code.bin", "wb") as out:
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(set(folders) - {"tests", "__pycache__"})
        for path in (os.path.join(folder, name) for name in sorted(files) if name.endswith(".py")):
            try:
                with open(path, "rb") as file:
                    source = file.read()
                code = compile(source, path, "exec", dont_inherit=True)
            except Exception:
                continue
            # Not looked at again (PEP 552): nobody can change an archive's source.
            data = _code_to_hash_pyc(code, importlib.util.source_hash(source), False)
            out.write(data)
            index.append([os.path.relpath(path, ROOT), len(data)])
with open("/work/index.json", "w") as out:
    json.dump(index, out)
"""
_CACHE = "__pycache__/{}.cpython-313.pyc"

# The same sandbox imports the modules of a wheel whose native part was left out: what that part was for is known by what fails.
# Modules of other packages are not there; what fails for lack of those says nothing.
_TRY = """
import importlib, json, os, sys, warnings

warnings.simplefilter("ignore")
sys.path.insert(0, ROOT)
names = []
for folder, folders, files in os.walk(ROOT):
    folders[:] = sorted(name for name in folders if name.isidentifier() and name not in ("tests", "test", "__pycache__"))
    inside = os.path.relpath(folder, ROOT).replace("/", ".").lstrip(".")
    for name in sorted(files):
        if name.endswith(".py") and name[:-3].isidentifier() and name != "__main__.py":
            names.append(".".join(filter(None, (inside, name[:-3].removesuffix("__init__")))).strip("."))
own = {name.partition(".")[0] for name in names}
failed = {}
for name in filter(None, names):
    try:
        importlib.import_module(name)
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in own or missing.startswith("_") or not isinstance(error, ModuleNotFoundError):
            failed[name] = str(error)
    except BaseException:
        pass
first = [name for name in failed if "." not in name]
works = bool(own) and not first and 2 * len(failed) <= len(names)
with open("/work/index.json", "w") as out:
    json.dump(works, out)
open("/work/code.bin", "wb").close()
"""
COMPILE_LIMITS = {"memory": "1G", "file_bytes": "768M", "timeout": 300}


class Compiler(typing.Protocol):
    """A way into a sandbox. ``guest`` is the digest of its Python, in hexadecimal."""

    guest: str

    def run(self, wheel: Wheel, program: str) -> tuple[bytes, bytes]:
        """Runs a program under COMPILE_LIMITS with the wheel at its path; the bytes of /work/index.json and /work/code.bin."""


class CompileError(Exception):
    """The sandbox gave no bytecode."""


def _with_bytecode(wheel: Wheel, store: pathlib.Path, compiler: Compiler, log: Callable[[str], None] | None) -> Wheel:
    """The archive of a wheel and its bytecode, which is made once for each guest; or the wheel, where there is no bytecode to be had."""
    folder = store / "compiled" / f"{wheel.sha256}-{compiler.guest}"
    archive = folder / os.path.basename(wheel.file)
    try:
        digest = json.loads((folder / "record.json").read_text())["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        _compile_into(folder, _checked_wheel(wheel), compiler, log)
        digest = json.loads((folder / "record.json").read_text())["sha256"]
    if digest is None:
        return _checked_wheel(wheel)
    if not archive.exists() or _digest(archive) != digest:
        raise PackageError(f"{archive} is not what was compiled: somebody changed it. Remove {folder}, and it is made again")
    return dataclasses.replace(wheel, file=str(archive))


def _compile_into(folder: pathlib.Path, wheel: Wheel, compiler: Compiler, log: Callable[[str], None] | None) -> None:
    if log:
        log(f"compiling {wheel.name} {wheel.version}")
    _check_works(wheel, compiler)
    beside = pathlib.Path(tempfile.mkdtemp(dir=folder.parent))
    archive = beside / os.path.basename(wheel.file)
    digest = None
    try:
        index, code = compiler.run(wheel, _COMPILE.replace("ROOT", repr(wheel.path)))
        _join(wheel, _pieces(index, code), archive)
        digest = _digest(archive)
        os.chmod(archive, 0o444)
    except (CompileError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        archive.unlink(missing_ok=True)
        if log:
            log(f"{wheel.name} stays as it is: {error}")
    (beside / "record.json").write_text(json.dumps({"sha256": digest}))
    shutil.rmtree(folder, ignore_errors=True)  # one without a record
    try:
        os.rename(beside, folder)
    except OSError:  # another process was first
        shutil.rmtree(beside)


def _check_works(wheel: Wheel, compiler: Compiler) -> None:
    """PackageError: its native part was left out, and it does not work without."""
    with zipfile.ZipFile(wheel.file) as archive:
        left_out = any(_is_facts(entry) and archive.read(entry) == _PURE_FACTS for entry in archive.infolist())
    if not left_out:
        return
    try:
        works = compiler.run(wheel, _TRY.replace("ROOT", repr(wheel.path)))[0] == b"true"
    except CompileError:
        works = False
    if not works:
        raise PackageError(_native(wheel.name, wheel.needed_by))


def _pieces(index: bytes, code: bytes) -> dict[str, bytes]:
    """The bytecode of each source, by its name in the wheel. A guest's word: CompileError for what is not of the form."""
    try:
        listed = json.loads(index)
        pieces = {}
        at = 0
        for name, size in listed:
            if not isinstance(name, str) or type(size) is not int or not 0 < size <= len(code) - at:
                raise ValueError
            pieces[name] = code[at : at + size]
            at += size
        return pieces
    except (ValueError, TypeError, RecursionError):
        raise CompileError("what the sandbox answered is no bytecode") from None


def _join(wheel: Wheel, pieces: dict[str, bytes], archive: pathlib.Path) -> None:
    """Only sources that the wheel has get bytecode, each at its own place."""
    with zipfile.ZipFile(wheel.file) as source, zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        names = [entry.filename for entry in source.infolist() if not entry.is_dir()]
        if len(set(names)) < len(names):
            raise CompileError("it has two entries of one name")
        for name in names:
            target.writestr(zipfile.ZipInfo(name), source.read(name), zipfile.ZIP_DEFLATED)
        for name in names:
            parent, _, base = name.rpartition("/")
            cached = "/".join(filter(None, (parent, _CACHE.format(base.removesuffix(".py")))))
            if name.endswith(".py") and name in pieces and cached not in names:
                target.writestr(zipfile.ZipInfo(cached), pieces[name], zipfile.ZIP_DEFLATED)


class _Command:
    """The command `belljar` as a compiler. This file lies beside the guests then, of which the first may be the full Python: what works
    there, may not in the lean one."""

    def __init__(self, command: Sequence[str], lean: bool):
        self._command = [*command, "--lang", "python-lean" if lean else "python"]
        self.guest = _digest(pathlib.Path(__file__).with_name("python.image.wasm")) + ("-lean" if lean else "")

    def run(self, wheel: Wheel, program: str) -> tuple[bytes, bytes]:
        with tempfile.TemporaryDirectory(prefix="belljar-") as out:
            limits = [f"--{name.replace('_', '-')}={value}" for name, value in COMPILE_LIMITS.items()]
            command, options = self._command[0], self._command[1:]
            try:
                done = subprocess.run(
                    [command, "run", *options, *limits, "--archive", f"{wheel.file}:{wheel.path}", "--out", out, "-e", program],
                    stdin=subprocess.DEVNULL, capture_output=True,
                )  # fmt: skip
                if done.returncode != 0:
                    raise CompileError(done.stderr.decode(errors="replace").strip()[-200:] or f"exit status {done.returncode}")
                return (pathlib.Path(out) / "index.json").read_bytes(), (pathlib.Path(out) / "code.bin").read_bytes()
            except OSError as error:
                raise CompileError(str(error)) from None


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


def _key(requirements: Sequence[str], linked: dict[str, Linked]) -> str:
    parts = [f"{r} {_digest(pathlib.Path(r))}" if r.endswith(".whl") else r for r in requirements]
    inside = [f"linked {name}=={linked[name].version}" for name in sorted(linked)]
    return hashlib.sha256("\n".join([GUEST_PYTHON, *inside, *parts]).encode()).hexdigest()


def _recall(record: pathlib.Path) -> list[Wheel] | None:
    """What was resolved before; None where there is nothing, or a wheel is gone."""
    try:
        wheels = [Wheel(**each) for each in json.loads(record.read_text())["wheels"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return wheels if all(os.path.exists(wheel.file) for wheel in wheels) else None


def _checked_wheel(wheel: Wheel) -> Wheel:
    """PackageError: it was changed since it was downloaded."""
    if _digest(pathlib.Path(wheel.file)) != wheel.sha256:
        raise PackageError(f"{wheel.file} is not what was downloaded: somebody changed it. Remove it, and it is fetched again")
    return wheel


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
    compiler: Compiler | None = None,
    linked: dict[str, Linked] | None = None,
) -> list[Wheel]:
    """The wheels of requirements and of what they depend on, in order of their names; with a compiler, archives of them that hold their
    bytecode too.

    The same requirements give the same wheels again, until `refresh` asks pip anew. Environment markers of dependencies are
    those of the host's Python, which is how pip has them. What is `linked` into the guest meets requirements by its version, and is not
    among the wheels.
    """
    linked = linked or {}
    wanted = _not_linked(_checked(requirements), linked)
    if not wanted:
        return []
    folder = _open_store(pathlib.Path(store) if store else store_folder())
    record = folder / "resolved" / f"{_key(wanted, linked)}.json"
    wheels = None if refresh else _recall(record)
    if wheels is None:
        wheels = _fetch(wanted, folder, log, linked)
        _record(record, wanted, wheels)
    return [_with_bytecode(wheel, folder, compiler, log) if compiler else _checked_wheel(wheel) for wheel in wheels]


def _fetch(wanted: Sequence[str], folder: pathlib.Path, log: Callable[[str], None] | None, linked: dict[str, Linked]) -> list[Wheel]:
    if log:
        log(f"resolving {', '.join(wanted)}")
    with tempfile.TemporaryDirectory(prefix="belljar-") as fresh:
        files = _download(wanted, fresh, linked)
        for file in files:
            check_wheel(file)
        wheels = [dataclasses.replace(_keep(folder, file), needed_by=_needed_by(file, files, wanted)) for file in files]
    if log:
        log(f"resolved to {', '.join(f'{wheel.name} {wheel.version}' for wheel in wheels)}")
    return wheels


def _needed_by(file: pathlib.Path, files: Sequence[pathlib.Path], wanted: Sequence[str]) -> str:
    """Who is to be named beside a package that was not asked for, if it cannot run."""
    name = _parts(file.name)["name"]
    asked = {_plain(re.match(r"[A-Za-z0-9._-]*", requirement)[0]) for requirement in wanted}  # type: ignore[index]
    return "" if _plain(name) in asked else next(iter(_requirers(files, name)), "")


def resolve_npm(
    wanted: Iterable[str],
    *,
    store: str | os.PathLike[str] | None = None,
    refresh: bool = False,
    offline: bool = False,
    log: Callable[[str], None] | None = None,
) -> dict[str, str]:
    """The archives of packages from npm, without "npm:" before their names, by where a JavaScript guest finds them."""
    if not __package__:  # the command runs this file by itself: the folder npm lies beside it
        sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    npm = importlib.import_module(f"{__package__}.npm" if __package__ else "npm")
    folder = _open_store(pathlib.Path(store) if store else store_folder()) / "npm"
    try:
        modules = npm.resolve(wanted, folder, refresh=refresh, offline=offline, log=log)
    except npm.NpmError as error:
        raise PackageError(str(error)) from None
    return {npm.GUEST_FOLDER: modules.file}


def divided(requirements: Iterable[str]) -> tuple[list[str], list[str]]:
    """Requirements of pip's, and those of npm's without the "npm:" before them."""
    found = list(requirements)
    return [one for one in found if not one.startswith(NPM)], [one[len(NPM) :] for one in found if one.startswith(NPM)]


def variable(wheels: Iterable[Wheel]) -> str:
    """The value of GUEST_VARIABLE for wheels that are mounted at their paths."""
    return ":".join(wheel.path for wheel in wheels)


def grants(requirements: Iterable[str], lang: str) -> tuple[dict[str, typing.Any], dict[str, str]]:
    """Mounts and variables that give a sandbox these packages. PackageError: some are for another language."""
    from . import _engine
    from ._bytecode import Sandboxed
    from .policy import Archive

    pip, npm = divided(requirements)
    if pip and lang == "javascript":
        raise PackageError(f"{pip[0]!r} is a requirement of pip's, for Python; a package of npm's is written npm:NAME")
    if npm and lang != "javascript":
        raise PackageError(f"npm:{npm[0]} is a package for JavaScript, which this sandbox does not run")
    if npm:
        return {path: Archive(file) for path, file in resolve_npm(npm).items()}, {}
    lean = lang == "python-lean"
    wheels = resolve(pip, compiler=Sandboxed("python-lean" if lean else "python"), linked={} if lean else linked_into(_engine.python_folder()))
    return {wheel.path: Archive(wheel.file) for wheel in wheels}, {GUEST_VARIABLE: variable(wheels)}


# ---------------------------------------------------------------------- programs that say what they need (PEP 723)

_BLOCK_BEGINS = re.compile(r"# /// ([A-Za-z0-9-]+)")
_MOST_BLOCK = 1 << 16


def _blocks(source: str, kind: str) -> list[str]:
    """What stands in the blocks of comments `# /// KIND` … `# ///`. A block ends with the last such line of the comments without a gap, and
    one that does not end is none. In one pass: the source is anybody's."""
    found = []
    lines = source.replace("\r\n", "\n").split("\n")
    at = 0
    while at < len(lines):
        begins = _BLOCK_BEGINS.fullmatch(lines[at])
        at += 1
        if not begins:
            continue
        first, last = at, 0
        while at < len(lines) and (lines[at] == "#" or lines[at].startswith("# ")):
            if lines[at] == "# ///":
                last = at
            at += 1
        if last and begins[1] == kind:
            found.append("\n".join(line[2:] for line in lines[first:last]))
        at = last + 1 if last else at
    return found


def _metadata(source: str) -> dict[str, typing.Any]:
    blocks = _blocks(source, "script")
    if len(blocks) > 1:
        raise PackageError("the program has more than one block '# /// script'")
    if not blocks:
        return {}
    if len(blocks[0]) > _MOST_BLOCK:
        raise PackageError(f"the program's block '# /// script' has more than {_MOST_BLOCK >> 10} KiB")
    try:
        toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "pip._vendor.tomli")
    except ImportError:
        raise PackageError(f"{sys.executable} cannot read the program's block '# /// script': it takes Python 3.11") from None
    try:
        return typing.cast("dict[str, typing.Any]", toml.loads(blocks[0]))
    except (ValueError, RecursionError) as error:
        raise PackageError(f"the program's block '# /// script' is no TOML: {error}") from None


def _check_python(wanted: object) -> None:
    if not isinstance(wanted, str):
        raise PackageError("requires-python of the program's block '# /// script' is no text such as \">=3.11\"")
    try:
        specifiers = importlib.import_module("pip._vendor.packaging.specifiers")
    except ImportError:
        raise PackageError(f"{sys.executable} has no pip, which finds packages: install it") from None
    try:
        fits = _GUEST_RELEASE in specifiers.SpecifierSet(wanted)
    except ValueError as error:
        raise PackageError(f"requires-python of the program's block '# /// script' is no set of versions: {error}") from None
    if not fits:
        raise PackageError(f"the program requires Python {wanted}, and the sandbox has {_GUEST_RELEASE}")


def script_requirements(source: str) -> list[str]:
    """What a program says it needs in a block `# /// script` (PEP 723). Names and versions alone: the program is anybody's, and files of the
    host are not for it to name."""
    metadata = _metadata(source)
    if "requires-python" in metadata:
        _check_python(metadata["requires-python"])
    needed = metadata.get("dependencies", [])
    if not isinstance(needed, list) or not all(isinstance(one, str) for one in needed):
        raise PackageError("dependencies of the program's block '# /// script' are no list of texts")
    for one in needed:
        if not _REQUIREMENT.fullmatch(one.strip()) or "://" in one or one.strip().endswith(".whl"):
            raise PackageError(f"{one!r} of the program's block '# /// script' is no requirement: write name, or name==version")
    return needed


# ---------------------------------------------------------------------- the program


def _shown(text: object) -> str:
    """On one line, with what a terminal would obey or hide as escapes: names in wheels and what pip says are anybody's."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))


def _found(arguments: argparse.Namespace) -> dict[str, typing.Any]:
    """Archives by where they are mounted, and variables, for programs."""

    def log(line: str) -> None:
        print(_shown(line), file=sys.stderr, flush=True)

    pip, npm = divided(arguments.requirements)
    if arguments.script:
        pip += script_requirements(sys.stdin.buffer.read().decode(errors="replace"))
    options: dict[str, typing.Any] = {"store": arguments.store, "refresh": arguments.refresh, "log": log}
    found: dict[str, typing.Any] = {"archives": [], "variables": {}}
    if pip:
        linked = {} if arguments.lean else linked_into(pathlib.Path(__file__).parent)
        wheels = resolve(pip, compiler=_Command(arguments.belljar, arguments.lean) if arguments.belljar else None, linked=linked, **options)
        found["archives"] += [{"file": wheel.file, "path": wheel.path} for wheel in wheels]
        found["variables"][GUEST_VARIABLE] = variable(wheels)
    if npm:
        archives = resolve_npm(npm, offline=arguments.offline, **options)
        found["archives"] += [{"file": file, "path": path} for path, file in archives.items()]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="packages.py", description="Finds packages for a sandbox: pure-Python wheels, pure JavaScript of npm's.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("resolve", help="download what is missing, and tell where it lies")
    command.add_argument("requirements", nargs="*", help="attrs, attrs==25.3.0, a .whl file; npm:zod, npm:zod@3")
    command.add_argument("--store", help="folder of packages (else $BELLJAR_STORE, else ~/.local/share/belljar/packages)")
    command.add_argument("--refresh", action="store_true", help="ask pip, or npm's registry, again")
    command.add_argument("--offline", action="store_true", help="packages of npm's: take what the store has, and ask no registry")
    command.add_argument("--belljar", action="append", help="the command, which compiles modules in a sandbox; then options of its `run`")
    command.add_argument("--lean", action="store_true", help="for a Python that has nothing linked in")
    command.add_argument("--script", action="store_true", help="and what the program on stdin says it needs (PEP 723)")
    command.add_argument("--json", action="store_true", help="for programs")
    arguments = parser.parse_args()
    if not arguments.requirements and not arguments.script:
        parser.error("name at least one package")
    try:
        found = _found(arguments)
    except (PackageError, OSError) as error:
        print(_shown(error), file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(found))
    else:
        for one in found["archives"]:
            print(_shown(f"{one['path']}  {one['file']}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
