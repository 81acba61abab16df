"""Versions and ranges of them, as npm's documentation of semver has them."""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Iterable

_MOST_TEXT = 256
_MOST_NUMBER = 2**53 - 1
_MOST_RANGE = 4096

_IDENTIFIERS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(rf"[v=\s]*(\d+)\.(\d+)\.(\d+)(?:-({_IDENTIFIERS}))?(?:\+{_IDENTIFIERS})?\s*")
_PART = r"(\d+|[xX*])"
_PARTIAL = rf"[v=\s]*{_PART}(?:\.{_PART}(?:\.{_PART}(?:-({_IDENTIFIERS}))?(?:\+{_IDENTIFIERS})?)?)?"
_COMPARATOR = re.compile(rf"(\^|~>|~|>=|<=|>|<|=|){_PARTIAL}")
_HYPHEN = re.compile(rf"\s*{_PARTIAL}\s+-\s+{_PARTIAL}\s*")


@functools.total_ordering
class Version:
    """A version. ``pre`` is empty for a release."""

    __slots__ = ("_key", "numbers", "pre")

    def __init__(self, major: int, minor: int, patch: int, pre: str = ""):
        self.numbers = (major, minor, patch)
        self.pre = pre
        parts = [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in pre.split(".")] if pre else []
        self._key = (self.numbers, not pre, parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._key == other._key

    def __lt__(self, other: Version) -> bool:
        return self._key < other._key

    def __hash__(self) -> int:
        return hash((self.numbers, self.pre))

    def __repr__(self) -> str:
        return ".".join(map(str, self.numbers)) + (f"-{self.pre}" if self.pre else "")


def parse(text: str) -> Version | None:
    """None: it is no version."""
    match = _VERSION.fullmatch(text) if len(text) <= _MOST_TEXT else None
    if not match or any(int(part) > _MOST_NUMBER for part in match.groups()[:3]):
        return None
    return Version(int(match[1]), int(match[2]), int(match[3]), match[4] or "")


# A comparator: an operator, and what it compares with.
_Bound = tuple[str, Version]
_NONE: list[_Bound] = [("<", Version(0, 0, 0, "0"))]


def _numbers(parts: tuple[str | None, ...]) -> list[int]:
    """The numbers before the first that is left open."""
    found: list[int] = []
    for part in parts:
        if part is None or part in "xX*":
            break
        found.append(int(part))
    return found


def _least(numbers: list[int], pre: str = "") -> Version:
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    return Version(major, minor, patch, pre)


def _behind(numbers: list[int], place: int) -> _Bound:
    """Below the next version at that place, its own pre-releases left out."""
    raised = [*numbers[:place], numbers[place] + 1]
    return ("<", _least(raised, "0"))


def _caret(numbers: list[int], pre: str) -> list[_Bound]:
    place = next((i for i, number in enumerate(numbers) if number), len(numbers) - 1)
    return [(">=", _least(numbers, pre)), _behind(numbers, place)]


def _one(sign: str, parts: tuple[str | None, ...], pre: str) -> list[_Bound]:
    """What one comparator stands for."""
    numbers = _numbers(parts)
    pre = pre if len(numbers) == 3 else ""
    if not numbers:
        return _NONE if sign in ("<", ">") else []
    if sign == "^":
        return _caret(numbers, pre)
    if sign in ("~", "~>"):
        return [(">=", _least(numbers, pre)), _behind(numbers, min(1, len(numbers) - 1))]
    if len(numbers) == 3:
        return [(sign or "=", _least(numbers, pre))]
    last = len(numbers) - 1
    if sign == ">":
        return [(">=", _least([*numbers[:last], numbers[last] + 1]))]
    if sign == "<=":
        return [_behind(numbers, last)]
    if sign == "<":
        return [("<", _least(numbers, "0"))]
    least: _Bound = (">=", _least(numbers))
    return [least] if sign == ">=" else [least, _behind(numbers, last)]


def _set(text: str) -> list[_Bound] | None:
    """Comparators that all must hold; None: it is no range."""
    match = _HYPHEN.fullmatch(text)
    if match:
        groups = match.groups()
        bounds = _one(">=", groups[:3], groups[3] or "")
        return bounds + _one("<=", groups[4:7], groups[7] or "")
    # Spaces behind an operator mean nothing.
    text = re.sub(r"(\^|~>|~|>=|<=|>|<|=)\s+", r"\1", text.strip())
    bounds = []
    for word in text.split():
        match = _COMPARATOR.fullmatch(word)
        if not match or any(part and part.isdecimal() and int(part) > _MOST_NUMBER for part in match.groups()[1:4]):
            return None
        bounds += _one(match[1], match.groups()[1:4], match[5] or "")
    return bounds


class Range:
    """Which versions will do. ValueError: the text is no range."""

    def __init__(self, text: str):
        if len(text) > _MOST_RANGE:
            raise ValueError("a range of that length")
        sets = [_set(part) for part in text.split("||")]
        if any(one is None for one in sets):
            raise ValueError(f"{text!r} is no range of versions")
        self._sets: list[list[_Bound]] = [one for one in sets if one is not None]

    def __contains__(self, version: Version) -> bool:
        return any(_holds(bounds, version) for bounds in self._sets)


_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq}


def _holds(bounds: list[_Bound], version: Version) -> bool:
    if not all(_COMPARE[sign](version, wanted) for sign, wanted in bounds):
        return False
    # A pre-release only where its own release was named with one.
    return not version.pre or any(wanted.pre and wanted.numbers == version.numbers for _, wanted in bounds)


def highest(wanted: Range, versions: Iterable[str]) -> str | None:
    """The highest of them in the range."""
    parsed = ((parse(text), text) for text in versions)
    fitting = [(version, text) for version, text in parsed if version is not None and version in wanted]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None
