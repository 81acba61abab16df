#!/usr/bin/env python3
"""Finds circles of files that call each other, and of rooms that do: exit status 1, and each circle with the symbols that make it.

A file calls another where its object has an undefined symbol that the other's defines. A room is a folder below a part of
src/ (src/vfs/host), a part the folder above it; both must be in an order that calls go down.

    circles.py BUILD                        the objects of src/ and cli/ in a build tree (CMake's compile_commands.json)
    circles.py --compile FOLDER CC FLAG...  the sources of a folder, compiled for this alone
"""

import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
Calls = dict[str, dict[str, set[str]]]  # who calls whom, by which symbols


def symbols(item: Path) -> tuple[set[str], set[str]]:
    """What an object defines for others, and what it wants of them."""
    defined, wanted = set(), set()
    listed = subprocess.run(["nm", str(item)], check=True, capture_output=True, text=True).stdout
    for line in listed.splitlines():
        *_, kind, name = line.split()
        if kind == "U":
            wanted.add(name)
        elif kind.isupper():
            defined.add(name)
    return defined, wanted


def calls_of(objects: dict[str, Path]) -> Calls:
    table = {name: symbols(path) for name, path in objects.items()}
    owner = {symbol: name for name, (defined, _) in table.items() for symbol in defined}
    calls: Calls = {name: {} for name in table}
    for name, (_, wanted) in table.items():
        for symbol in wanted:
            if symbol in owner and owner[symbol] != name:
                calls[name].setdefault(owner[symbol], set()).add(symbol)
    return calls


def of_folders(calls: Calls, folder) -> Calls:
    """The same between folders."""
    merged: Calls = {folder(name): {} for name in calls}
    for name, called in calls.items():
        for other, made in called.items():
            if folder(name) != folder(other):
                merged[folder(name)].setdefault(folder(other), set()).update(made)
    return merged


def reach(calls: Calls, start: str) -> set[str]:
    seen, left = set(), [start]
    while left:
        for other in calls[left.pop()]:
            if other not in seen:
                seen.add(other)
                left.append(other)
    return seen


def circles(calls: Calls) -> list[list[str]]:
    """Those in which everybody reaches everybody, of more than one."""
    far = {name: reach(calls, name) for name in calls}
    found: list[list[str]] = []
    for name in sorted(calls):
        together = sorted(other for other in far[name] if name in far[other])
        if len(together) > 1 and together not in found:
            found.append(together)
    return found


def tell(calls: Calls, what: str) -> bool:
    found = circles(calls)
    for circle in found:
        print(f"a circle of {len(circle)} {what} that call each other:")
        for name in circle:
            for other in sorted(calls[name].keys() & set(circle)):
                print(f"  {name} calls {other}: {' '.join(sorted(calls[name][other]))}")
    return not found


def part(source: str) -> str:
    """src/vfs/host/read.c: src/vfs; cli/run.c: cli."""
    return "/".join(source.split("/")[: 2 if source.startswith("src/") else 1])


def check(objects: dict[str, Path]) -> bool:
    if len(objects) < 2:
        sys.exit("there are no objects to look at: build first")
    calls = calls_of(objects)
    well = tell(calls, "files")
    well &= tell(of_folders(calls, os.path.dirname), "rooms")
    return tell(of_folders(calls, part), "parts") and well


def built(build: Path) -> dict[str, Path]:
    """Of a library and a program, each source once: a test may build it again with other names."""
    objects = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = Path(entry["directory"], entry["file"]).resolve()
        words = shlex.split(entry["command"])
        made = Path(entry["directory"], words[words.index("-o") + 1])
        if made.is_file() and any(source.is_relative_to(ROOT / folder) for folder in ("src", "cli")):
            name = str(source.relative_to(ROOT))
            if made.resolve().is_relative_to(build / part(name)):
                objects[name] = made
    return objects


def compiled(folder: Path, command: list[str], into: Path) -> dict[str, Path]:
    objects = {}
    for source in sorted(folder.glob("*.c")):
        made = into / (source.stem + ".o")
        subprocess.run([*command, "-c", str(source), "-o", str(made)], check=True)
        objects[str(source.relative_to(ROOT))] = made
    return objects


def main() -> int:
    if sys.argv[1:2] == ["--compile"]:
        with tempfile.TemporaryDirectory() as into:
            well = check(compiled(Path(sys.argv[2]).resolve(), sys.argv[3:], Path(into)))
    else:
        well = check(built(Path(sys.argv[1]).resolve()))
    if well:
        print("no circles")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
