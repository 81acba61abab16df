#!/usr/bin/env python3
"""coverage.py SUMMARY [--core]: what llvm-cov has counted, as docs/coverage.md: a line a folder, and the ten files that are covered least."""
import collections
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ALL = """Written by `make coverage`: lines and branches of the library and the command that the C tests and the command's tests reach, by
clang's counters. Suites that run inside of guests, and the Python and Node packages' own, are not among them. Processes that end by a signal
count nothing, so the true figures are a little higher."""
CORE = """Written by `scripts/coverage.sh --core`: lines and branches that the tests of the preset `core` reach, by clang's counters. What is used by
src/sandbox alone (sealing, tools, files from outside) is reached by the tests of that folder, which are not among them: `make coverage` runs them all."""
LEAST = 10
SMALL = 20  # lines: a file below that says nothing by its percentage


def percent(covered: int, count: int) -> str:
    return f"{100 * covered / count:.1f} %" if count else "–"


def row(name: str, lines: list[int], branches: list[int]) -> str:
    return f"| {name} | {percent(*lines)} of {lines[1]:,} | {percent(*branches)} of {branches[1]:,} |"


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        files = json.load(file)["data"][0]["files"]
    folders = collections.defaultdict(lambda: ([0, 0], [0, 0]))
    rows = []
    for each in files:
        name = pathlib.Path(each["filename"]).relative_to(ROOT)
        counts = [[each["summary"][what][key] for key in ("covered", "count")] for what in ("lines", "branches")]
        rows.append((str(name), *counts))
        folder = "/".join(name.parts[: 2 if name.parts[0] == "src" else 1])
        for key in (folder, "all"):
            for total, count in zip(folders[key], counts):
                total[0] += count[0]
                total[1] += count[1]
    print("# Coverage")
    print()
    print(CORE if sys.argv[2:] == ["--core"] else ALL)
    print()
    print("| folder | lines | branches |\n| --- | --- | --- |")
    for name in sorted(folders, key=lambda name: (name == "all", name)):
        print(row(f"**{name}**" if name == "all" else name, *folders[name]))
    print()
    print(f"## The {LEAST} files that are covered least")
    print()
    print("| file | lines | branches |\n| --- | --- | --- |")
    large = [each for each in rows if each[1][1] >= SMALL]
    for name, lines, branches in sorted(large, key=lambda each: each[1][0] / each[1][1])[:LEAST]:
        print(row(f"[{name}](../{name})", lines, branches))


if __name__ == "__main__":
    main()
