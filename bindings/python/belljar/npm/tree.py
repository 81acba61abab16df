"""Which packages there must be, and in which folder each lies, as npm lays them out.

A package looks for what it depends on in its own node_modules, then in those above. Everything lies as high as it can without
being in somebody's way: two versions of one package are two folders.
"""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Callable, Iterable

from . import versions
from .errors import Impure, Missing, NpmError
from .registry import Registry, is_name, sha512_of

MOST_PACKAGES = 2_000
_MOST_DEEP = 40
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A package as somebody asks for it: ``folder`` is what it is imported by."""

    folder: str
    name: str
    spec: str


def read_wanted(text: str) -> Wanted:
    """NAME, NAME@RANGE, @SCOPE/NAME@TAG. NpmError: it is none of these."""
    name, at, spec = text.strip().rpartition("@")
    if not name:
        name, spec = text.strip(), ""
    elif not at:
        spec = ""
    if not is_name(name):
        raise NpmError(f"{text!r} is no package of npm's: write NAME, NAME@VERSION or @SCOPE/NAME@RANGE")
    return _wanted(name, spec, "")


def _wanted(folder: str, spec: str, asker: str) -> Wanted:
    """A dependency: the spec may name another package ("npm:other@1")."""
    by = f" that {asker} depends on" if asker else ""
    spec = spec.strip()
    if spec.startswith("npm:"):
        inner = spec[4:]
        name, _, rest = inner.rpartition("@") if "@" in inner[1:] else (inner, "", "")
        if not is_name(name):
            raise NpmError(f"{folder}@{spec}{by} is no package of npm's")
        return Wanted(folder, name, rest.strip())
    if not _TAG.fullmatch(spec):
        try:
            versions.Range(spec)
        except ValueError:
            raise NpmError(f"{folder}@{spec}{by} is no version of the registry's: only those can be had") from None
    return Wanted(folder, folder, spec)


class Node:
    """A package in its folder; the root is none. ``optional``: the rest can do without it."""

    def __init__(self, wanted: Wanted, facts: dict[str, typing.Any], above: Node | None, optional: bool):
        self.folder = wanted.folder
        self.name = wanted.name
        self.version = str(facts.get("version", ""))
        self.facts = facts
        self.above = above
        self.optional = optional
        self.below: dict[str, Node] = {}
        # What packages at and below this one find above it: nothing of these names may be put here.
        self.looked_through: set[str] = set()

    @property
    def place(self) -> str:
        """Its folder, from the outermost node_modules."""
        return f"{self.above.place}/node_modules/{self.folder}" if self.above and self.above.above else self.folder

    @property
    def depth(self) -> int:
        return self.above.depth + 1 if self.above else 0

    def all(self) -> Iterable[Node]:
        for child in self.below.values():
            yield child
            yield from child.all()


def _names(value: object) -> dict[str, str]:
    """Dependencies, of which the registry says what it likes."""
    if not isinstance(value, dict):
        return {}
    return {name: spec for name, spec in value.items() if is_name(name) and isinstance(spec, str)}


@dataclasses.dataclass(frozen=True)
class _Edge:
    asker: Node
    wanted: Wanted
    kind: str  # "", "optional", "peer"


def _edges(node: Node) -> list[_Edge]:
    """What a package depends on, without what it has in itself."""
    facts = node.facts
    bundled = facts.get("bundleDependencies", facts.get("bundledDependencies"))
    optional = _names(facts.get("optionalDependencies"))
    needed = {name: spec for name, spec in _names(facts.get("dependencies")).items() if name not in optional}
    meta = facts.get("peerDependenciesMeta")
    meta = meta if isinstance(meta, dict) else {}
    peers = {
        name: spec for name, spec in _names(facts.get("peerDependencies")).items()
        if name not in needed and not (isinstance(meta.get(name), dict) and meta[name].get("optional"))
    }  # fmt: skip
    found = []
    for kind, names in (("", needed), ("optional", optional), ("peer", peers)):
        for name, spec in names.items():
            if bundled is True or isinstance(bundled, list) and name in bundled:
                continue
            try:
                found.append(_Edge(node, _wanted(name, spec, f"{node.name}@{node.version}"), kind))
            except NpmError:
                if kind != "optional":
                    raise
    return found


def _fits(node: Node, wanted: Wanted) -> bool:
    if node.name != wanted.name:
        return False
    version = versions.parse(node.version)
    try:
        return version is not None and version in versions.Range(wanted.spec)
    except ValueError:  # a tag: whatever there is was chosen by somebody
        return True


class Tree:
    """Finds the packages of a list. ``given`` are packages that need no registry, by name."""

    def __init__(self, registry: Registry, given: dict[str, dict[str, typing.Any]], ahead: Callable[[Iterable[str]], None]):
        self._registry = registry
        self._given = given
        self._ahead = ahead
        self.root = Node(Wanted("", "", ""), {}, None, False)
        self._count = 0

    def add(self, wanted: Iterable[Wanted]) -> None:
        """Places these and all that they depend on, level by level."""
        edges = [_Edge(self.root, one, "") for one in wanted]
        while edges:
            self._ahead(edge.wanted.name for edge in edges if edge.wanted.name not in self._given and not versions.parse(edge.wanted.spec))
            fresh = [node for node in map(self._follow, edges) if node]
            edges = [edge for node in fresh for edge in _edges(node)]

    def _follow(self, edge: _Edge) -> Node | None:
        """The node that was made for an edge; None: there is one, or it can be done without."""
        start = edge.asker.above if edge.kind == "peer" and edge.asker.above else edge.asker
        found = _look_up(start, edge.wanted.folder)
        if found and _fits(found, edge.wanted):
            _mark(start, found)
            return None
        if found and edge.kind == "peer" and found.above is start:
            raise NpmError(
                f"{edge.asker.name}@{edge.asker.version} wants {edge.wanted.folder}@{edge.wanted.spec} beside it, and there is {found.version}: "
                f"ask for a version of either that goes with the other"
            )
        optional = edge.kind == "optional" or edge.asker.optional
        try:
            facts = self.choose(edge.wanted)
        except (Missing, Impure) as error:
            if edge.kind == "optional":
                return None
            by = f" ({edge.asker.name}@{edge.asker.version} depends on it)" if edge.asker.above else ""
            raise type(error)(f"{error}{by}") from None
        return self._place(start, edge.wanted, facts, optional)

    def _place(self, start: Node, wanted: Wanted, facts: dict[str, typing.Any], optional: bool) -> Node:
        self._count += 1
        if self._count > MOST_PACKAGES:
            raise NpmError(f"these are more than {MOST_PACKAGES} packages")
        at = start
        while at.above and wanted.folder not in at.above.below and wanted.folder not in at.above.looked_through:
            at = at.above
        if at.depth > _MOST_DEEP:
            raise NpmError(f"{wanted.name} lies deeper than {_MOST_DEEP} packages below another")
        node = at.below[wanted.folder] = Node(wanted, facts, at, optional)
        _mark(start, node)
        return node

    def choose(self, wanted: Wanted) -> dict[str, typing.Any]:
        """The version that npm would take."""
        if wanted.name in self._given:
            return self._given[wanted.name]
        exact = versions.parse(wanted.spec)
        alone = self._registry.describe_one(wanted.name, repr(exact)) if exact else None
        if exact and alone:
            check_facts(wanted.name, repr(exact), alone)
            return alone
        told = self._registry.describe(wanted.name)
        tags, known = told["dist-tags"], told["versions"]
        version = _version_of(wanted, tags, known)
        facts = known.get(version) if version else None
        if not facts:
            there = f"; its latest is {tags['latest']}" if tags.get("latest") in known else ""
            raise Missing(f"there is no {wanted.name}@{wanted.spec or 'latest'}{there}")
        check_facts(wanted.name, str(version), facts)
        return dict(facts, version=version)


def check_facts(name: str, version: str, facts: dict[str, typing.Any]) -> None:
    """Impure: what the registry says of it shows native code. NpmError: it has no hash that counts."""
    what = f"{name}@{version}"
    anywhere = all(not facts.get(field) or "any" in facts[field] for field in ("os", "cpu", "libc") if isinstance(facts.get(field), list))
    if facts.get("gypfile") or not anywhere:
        raise Impure(f"{what} needs native code, which cannot run in the sandbox: only pure JavaScript packages can")
    dist = facts.get("dist")
    if sha512_of(dist.get("integrity") if isinstance(dist, dict) else None) is None:
        raise NpmError(f"the registry gives no SHA-512 of {what}: it is not taken without")


def _version_of(wanted: Wanted, tags: dict[str, str], known: dict[str, dict[str, typing.Any]]) -> str | None:
    if wanted.spec in tags:
        return tags[wanted.spec]
    if _TAG.fullmatch(wanted.spec) and wanted.spec not in ("x", "X"):
        return None
    exact = versions.parse(wanted.spec)
    if exact and repr(exact) in known:
        return repr(exact)
    within = versions.Range(wanted.spec)
    latest = tags.get("latest")
    if latest in known:
        parsed = versions.parse(str(latest))
        if (parsed and parsed in within) or wanted.spec in ("", "*"):
            return latest
    usable = [version for version, facts in known.items() if not facts.get("deprecated")]
    return versions.highest(within, usable) or versions.highest(within, known)


def _look_up(start: Node, folder: str) -> Node | None:
    at: Node | None = start
    while at:
        if folder in at.below:
            return at.below[folder]
        at = at.above
    return None


def _mark(start: Node, found: Node) -> None:
    """Notes that `start` finds `found` above it."""
    at: Node | None = start
    while at and at is not found.above:
        at.looked_through.add(found.folder)
        at = at.above


def drop(node: Node) -> None:
    """Takes a package that the rest can do without away, with what lies in it."""
    if node.above:
        del node.above.below[node.folder]
