"""Reading tarballs of packages, from anybody: a small reader of tar, for which names, sizes and lengths are only claims.

Links, devices and other special entries are left out, as npm leaves them out. Nothing is ever unpacked to the host's files.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import typing
import zlib
from collections.abc import Iterator

from .errors import Impure, NpmError

MOST_UNPACKED = 512 << 20
MOST_ENTRIES = 50_000
_MOST_NAME = 1 << 16
_BLOCK = 512
_NATIVE = re.compile(r"\.node$", re.IGNORECASE)


class _Bounded:
    """Reads a gzip stream, up to so many bytes."""

    def __init__(self, data: bytes, what: str):
        self._file = gzip.GzipFile(fileobj=io.BytesIO(data))
        self._left = MOST_UNPACKED
        self._what = what

    def read(self, size: int) -> bytes:
        if size > self._left:
            raise NpmError(f"{self._what} unpacks to more than {MOST_UNPACKED >> 20} MiB")
        self._left -= size
        pieces = []
        while size:
            piece = self._file.read(min(size, 1 << 20))
            if not piece:
                break
            size -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def exactly(self, size: int) -> bytes:
        data = self.read(size)
        if len(data) < size:
            raise NpmError(f"{self._what} is cut short")
        return data


def _number(field: bytes, what: str) -> int:
    """A number of a header: octal, or binary where the first bit is set."""
    if field[0] & 0x80:
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    text = field.strip(b" \0")
    if not re.fullmatch(rb"[0-7]*", text):
        raise NpmError(f"{what} is no tarball: a header is wrong")
    return int(text, 8) if text else 0


def _text(field: bytes) -> str:
    return field.split(b"\0")[0].decode("utf-8", "replace")


def _is_header(block: bytes) -> bool:
    stored = block[148:156].split(b"\0")[0].strip()
    total = sum(block[:148]) + sum(block[156:]) + 8 * 32
    return re.fullmatch(rb"[0-7]+", stored) is not None and int(stored, 8) == total


def _pax(data: bytes) -> dict[str, str]:
    """The records of an extended header."""
    found: dict[str, str] = {}
    while data:
        digits, _, _ = data[:20].partition(b" ")
        if not digits.isdigit() or not len(digits) < int(digits) <= len(data):
            break
        record, data = data[len(digits) + 1 : int(digits)], data[int(digits) :]
        name, _, value = record.rstrip(b"\n").partition(b"=")
        found[name.decode("utf-8", "replace")] = value.decode("utf-8", "replace")
    return found


def _entries(stream: _Bounded, what: str) -> Iterator[tuple[str, bytes]]:
    """The name and bytes of each plain file."""
    extended: dict[str, str] = {}
    for count in range(MOST_ENTRIES + 1):
        block = stream.read(_BLOCK)
        if len(block) < _BLOCK or not block.strip(b"\0"):
            return
        if count == MOST_ENTRIES:
            break
        if not _is_header(block):
            raise NpmError(f"{what} is no tarball: a header is wrong")
        kind = block[156:157]
        size = _number(block[124:136], what)
        if kind in b"xL" and size > _MOST_NAME:
            raise NpmError(f"{what} has a name of {size} bytes")
        if kind not in b"xLg" and extended.get("size", "").isdecimal():
            size = int(extended["size"])
        data = stream.exactly(size)
        stream.read(-size % _BLOCK)
        if kind == b"x":
            extended.update(_pax(data))
        elif kind == b"L":
            extended["path"] = _text(data)
        elif kind != b"g":
            prefix = _text(block[345:500]) if block[257:262] == b"ustar" else ""
            name = extended.get("path") or "/".join(filter(None, (prefix, _text(block[:100]))))
            extended = {}
            if kind in (b"0", b"\0", b"7") and not name.endswith("/"):
                yield name, data
    raise NpmError(f"{what} has more than {MOST_ENTRIES} entries")


def _inside(name: str, what: str) -> str:
    """The name without its first folder, which npm drops."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or "\\" in name or "\0" in name or ".." in parts:
        raise NpmError(f"{what} has an entry that leads out of it: {name!r}")
    if any(len(part.encode("utf-8", "replace")) > 255 for part in parts) or len(name) > 4000:
        raise NpmError(f"{what} has an entry whose name is too long")
    return "/".join(parts[1:])


def files(data: bytes, what: str) -> dict[str, bytes]:
    """The files of a tarball by their names. NpmError: it is none, or larger than a package has reason to be."""
    found: dict[str, bytes] = {}
    try:
        for name, content in _entries(_Bounded(data, what), what):
            inside = _inside(name, what)
            if inside:
                found.pop(inside, None)
                found[inside] = content
    except (OSError, EOFError, zlib.error) as error:
        raise NpmError(f"{what} is no tarball: {error}") from None
    folders = {name[:at] for name in found for at in range(len(name)) if name[at] == "/"}
    both = folders & set(found)
    if both:
        raise NpmError(f"{what} has a file and a folder of one name: {min(both)!r}")
    return found


def check_pure(found: dict[str, bytes], what: str) -> None:
    """Impure: it has native code."""
    for name in found:
        if _NATIVE.search(name) or name == "binding.gyp":
            raise Impure(f"{what} needs native code, which cannot run in the sandbox ({name}): only pure JavaScript packages can")


def facts(found: dict[str, bytes], what: str) -> dict[str, typing.Any]:
    """Its package.json."""
    try:
        told = json.loads(found["package.json"].decode("utf-8-sig"))
    except KeyError:
        raise NpmError(f"{what} is no package: it has no package.json") from None
    except (ValueError, RecursionError):
        raise NpmError(f"package.json of {what} is no JSON") from None
    if not isinstance(told, dict):
        raise NpmError(f"package.json of {what} is not of npm's form")
    return told
