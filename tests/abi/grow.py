#!/usr/bin/env python3
"""grow.py HEADER OUTPUT: belljar.h as a later release may have it: another version, a limit more in the middle of their table, and fields
more at the end of every struct that says its size. tests/abi builds a library by it, and runs old programs with that."""
import re
import sys

LIMIT = '    X(grown_limit, "grown", BJ_UNIT_COUNT, 7, 1, 100, "a limit of a later release") \\\n'
FIELDS = "    uint64_t grown[4];\n"


def grown_struct(match):
    body, name = match[1], match[2]
    if not re.search(r"\bsize_t size;", body):
        return match[0]
    fields = ("    uint64_t grown_limit;\n" if name == "bj_policy" else "") + FIELDS
    return f"typedef struct {name} {{{body}{fields}}} {name};"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    text, limits = re.subn(r"^(    X\(memory_bytes,)", lambda match: LIMIT + match[1], text, flags=re.M)
    text, structs = re.subn(r"typedef struct \w+ \{(.*?)\} (\w+);", grown_struct, text, flags=re.S)
    text, versions = re.subn(r"(#define BJ_VERSION_NUMBER) \d+", r"\1 9900", text)
    count = text.count(FIELDS)
    if limits != 1 or versions != 1 or count < 14:
        sys.exit(f"grow.py: {limits} places for a limit, {versions} for a version, {count} sized structs of {structs} in {sys.argv[1]}")
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
