"""Packages from npm for JavaScript in a sandbox: found and downloaded on the host, and mounted read-only as one archive.

Nothing of a package runs on the host, no install script either: a tarball is only read. Tarballs lie in a store by the SHA-512 that the
registry gives, which is compared whenever one is read; what a list was resolved to is kept, so that the same list is found again without a
network. Only the standard library is used, and no npm but for its configuration.
"""

from __future__ import annotations

import base64
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import tempfile
import typing
import zipfile
from collections.abc import Callable, Iterable, Sequence

from . import tarball
from .errors import Impure, Missing, NpmError
from .registry import MOST_TARBALL, Registry, kept, sha512_of
from .settings import Settings, load
from .tree import Node, Tree, Wanted, check_facts, drop, read_wanted

__all__ = ["GUEST_FOLDER", "Modules", "NpmError", "resolve"]

GUEST_FOLDER = "/lib/node_modules"
_FORM = "1"
_AT_ONCE = 8
_MOST_FILES = 200_000
_MOST_BYTES = 2 << 30

Log = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Modules:
    """A folder node_modules as an archive in the store. ``packages`` are name and version of all that lies in it."""

    file: str
    sha256: str
    packages: tuple[tuple[str, str], ...]


def resolve(
    wanted: Iterable[str],
    store: pathlib.Path,
    *,
    refresh: bool = False,
    offline: bool = False,
    log: Log | None = None,
) -> Modules:
    """The packages of a list (NAME, NAME@RANGE, @SCOPE/NAME@TAG, a .tgz file) and all that they depend on.

    The same list gives the same packages again, until `refresh` asks the registry anew. `offline` (or npm's own setting of that
    name) takes what the store has.
    """
    found = sorted(set(one.strip() for one in wanted))
    for name in ("tarballs", "trees", "resolved", "known"):
        (store / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    files = {one: _bytes_of(one) for one in found if one.endswith((".tgz", ".tar.gz"))}
    record = store / "resolved" / f"{_key(found, files)}.json"
    modules = None if refresh else _recall(record)
    if modules is None:
        modules = _fetch(found, files, _Store(store), offline, log or (lambda line: None))
        _write(record, json.dumps({"wanted": found, **dataclasses.asdict(modules)}, indent=1))
    return modules


def _bytes_of(file: str) -> bytes:
    try:
        with open(file, "rb") as opened:
            data = opened.read(MOST_TARBALL + 1)
    except OSError as error:
        raise NpmError(f"{file} cannot be read: {error.strerror}") from None
    if len(data) > MOST_TARBALL:
        raise NpmError(f"{file} is larger than {MOST_TARBALL >> 20} MiB")
    return data


def _key(wanted: Sequence[str], files: dict[str, bytes]) -> str:
    parts = [hashlib.sha512(files[one]).hexdigest() if one in files else one for one in wanted]
    return hashlib.sha256("\n".join([_FORM, *parts]).encode()).hexdigest()


def _digest(file: str) -> str:
    digest = hashlib.sha256()
    with open(file, "rb") as opened:
        while block := opened.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _recall(record: pathlib.Path) -> Modules | None:
    """What was resolved before; None where there is nothing, or the archive is gone."""
    try:
        told = json.loads(record.read_text())
        modules = Modules(told["file"], told["sha256"], tuple((name, version) for name, version in told["packages"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not os.path.exists(modules.file):
        return None
    if _digest(modules.file) != modules.sha256:
        raise NpmError(f"{modules.file} is not what was made of the packages: somebody changed it. Remove it, and it is made again")
    return modules


def _write(file: pathlib.Path, text: str) -> None:
    handle, beside = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "w") as opened:
        opened.write(text)
    os.replace(beside, file)


# ---------------------------------------------------------------------- the store


class _Store:
    """Tarballs by their SHA-512, and what is known of each."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder

    def tarball(self, digest: bytes) -> bytes | None:
        """The bytes, which are those of the digest."""
        try:
            data = (self.folder / "tarballs" / f"{digest.hex()}.tgz").read_bytes()
        except OSError:
            return None
        return data if hashlib.sha512(data).digest() == digest else None

    def has(self, digest: bytes) -> bool:
        return (self.folder / "tarballs" / f"{digest.hex()}.tgz").exists()

    def keep(self, digest: bytes, data: bytes, name: str, facts: dict[str, typing.Any]) -> None:
        handle, beside = tempfile.mkstemp(dir=self.folder / "tarballs")
        with os.fdopen(handle, "wb") as opened:
            opened.write(data)
        os.chmod(beside, 0o444)
        os.replace(beside, self.folder / "tarballs" / f"{digest.hex()}.tgz")
        text = json.dumps({"package": name, "facts": facts})
        _write(self.folder / "known" / f"{digest.hex()}.json", text)

    def known(self) -> dict[str, dict[str, typing.Any]]:
        """All that the store has, as a registry would tell of it."""
        found: dict[str, dict[str, typing.Any]] = {}
        for file in (self.folder / "known").glob("*.json"):
            try:
                told = json.loads(file.read_text())
                name, facts = told["package"], told["facts"]
                found.setdefault(name, {"versions": {}, "dist-tags": {}})["versions"][facts["version"]] = facts
            except (OSError, ValueError, KeyError, TypeError):
                continue
        return found


class _Offline(Registry):
    """A registry of what the store has."""

    def __init__(self, store: _Store):
        self._known = store.known()

    def describe(self, name: str) -> dict[str, typing.Any]:
        if name not in self._known:
            raise Missing(f"the store has no package {name}, and no registry is asked: npm is set to offline")
        return self._known[name]

    def describe_one(self, name: str, version: str) -> dict[str, typing.Any] | None:
        return None

    def tarball(self, name: str, address: object) -> bytes:
        raise NpmError(f"the store has lost {name}, and no registry is asked: npm is set to offline")


# ---------------------------------------------------------------------- finding and downloading


def _fetch(wanted: Sequence[str], files: dict[str, bytes], store: _Store, offline: bool, log: Log) -> Modules:
    settings = load()
    log(f"resolving {', '.join(wanted)}")
    registry = _Offline(store) if offline or settings.offline else Registry(settings)
    given = dict(_given(file, data, store) for file, data in files.items())
    asked = [Wanted(name, name, "") for name in given] + [read_wanted(one) for one in wanted if one not in files]
    with concurrent.futures.ThreadPoolExecutor(_AT_ONCE) as threads:
        tree = Tree(registry, given, lambda names: _ahead(threads, registry, names))
        tree.add(asked)
        archive = _download(tree, registry, store, threads)
    packages = sorted({(node.name, node.version) for node in tree.root.all()})
    log(f"resolved to {', '.join(f'{name} {version}' for name, version in packages)}")
    return Modules(str(archive), _digest(str(archive)), tuple(packages))


def _ahead(threads: concurrent.futures.Executor, registry: Registry, names: Iterable[str]) -> None:
    """Asks for many at once; what fails is asked for again by who needs it."""

    def ask(name: str) -> None:
        try:
            registry.describe(name)
        except NpmError:
            pass

    list(threads.map(ask, set(names)))


def _given(file: str, data: bytes, store: _Store) -> tuple[str, dict[str, typing.Any]]:
    """A tarball of the user's own."""
    found = tarball.files(data, file)
    tarball.check_pure(found, file)
    facts = kept(tarball.facts(found, file))
    name, version = facts.get("name"), facts.get("version")
    if not isinstance(name, str) or not isinstance(version, str):
        raise NpmError(f"package.json of {file} has no name and version")
    digest = hashlib.sha512(data).digest()
    facts["dist"] = {"integrity": "sha512-" + base64.b64encode(digest).decode()}
    read_wanted(name)
    check_facts(name, version, facts)
    store.keep(digest, data, name, facts)
    return name, facts


def _digest_of(node: Node) -> bytes:
    digest = sha512_of(node.facts["dist"]["integrity"])
    if digest is None:
        raise NpmError(f"the registry gives no SHA-512 of {node.name}@{node.version}: it is not taken without")
    return digest


def _files_of(node: Node, registry: Registry, store: _Store) -> dict[str, bytes]:
    """The files of a package, downloaded where the store lacks it, and checked."""
    what = f"{node.name}@{node.version}"
    digest = _digest_of(node)
    data = store.tarball(digest)
    fresh = data is None
    if data is None:
        data = registry.tarball(node.name, node.facts["dist"].get("tarball"))
        if hashlib.sha512(data).digest() != digest:
            raise NpmError(f"{what} is not what the registry says it is: the tarball has another SHA-512. It was not kept")
    found = tarball.files(data, what)
    tarball.check_pure(found, what)
    facts = tarball.facts(found, what)
    if facts.get("name") != node.name or str(facts.get("version", "")).lstrip("v=") != node.version.partition("+")[0]:
        raise NpmError(f"{what} has a package.json of another package: {facts.get('name')}@{facts.get('version')}")
    if fresh:
        store.keep(digest, data, node.name, kept(node.facts))
    return found


def _download(tree: Tree, registry: Registry, store: _Store, threads: concurrent.futures.Executor) -> pathlib.Path:
    """The archive of the whole tree, which is made where there is none yet."""
    _check_optional(tree, registry, store)
    nodes = sorted(tree.root.all(), key=lambda node: node.place)
    missing = [node for node in _once(nodes) if not store.has(_digest_of(node))]
    list(threads.map(lambda node: _files_of(node, registry, store), missing))
    layout = "\n".join([_FORM, *(f"{node.place} {_digest_of(node).hex()}" for node in nodes)])
    archive = store.folder / "trees" / hashlib.sha256(layout.encode()).hexdigest() / "node_modules.zip"
    if not archive.exists():
        _pack(archive, nodes, registry, store)
    return archive


def _once(nodes: Iterable[Node]) -> list[Node]:
    return list({_digest_of(node): node for node in nodes}.values())


def _check_optional(tree: Tree, registry: Registry, store: _Store) -> None:
    """What the rest can do without, and is native, is taken away."""
    for node in list(tree.root.all()):
        try:
            if node.optional:
                _files_of(node, registry, store)
        except (Impure, Missing):
            drop(node)


def _pack(archive: pathlib.Path, nodes: Sequence[Node], registry: Registry, store: _Store) -> None:
    beside = pathlib.Path(tempfile.mkdtemp(dir=archive.parent.parent))
    places = {node.place for node in nodes}
    count = size = 0
    try:
        with zipfile.ZipFile(beside / archive.name, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
            for node in nodes:
                for name, data in sorted(_files_of(node, registry, store).items()):
                    count += 1
                    size += len(data)
                    if count > _MOST_FILES or size > _MOST_BYTES:
                        raise NpmError(f"these packages have more than {_MOST_FILES} files or {_MOST_BYTES >> 30} GiB")
                    if not _is_elsewhere(name, node.place, places):
                        target.writestr(zipfile.ZipInfo(f"{node.place}/{name}"), data, zipfile.ZIP_DEFLATED)
        os.chmod(beside / archive.name, 0o444)
        os.rename(beside, archive.parent)
    except OSError:
        shutil.rmtree(beside, ignore_errors=True)
        if not archive.exists():  # no other process was first
            raise
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _is_elsewhere(name: str, place: str, places: set[str]) -> bool:
    """Whether a file that a package brings in its own node_modules lies where another package was placed."""
    match = re.match(r"node_modules/(@[^/]+/)?[^/]+", name)
    return match is not None and f"{place}/{match[0]}" in places
