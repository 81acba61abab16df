#!/usr/bin/env python3
"""offsets.py FROZEN OUTPUT: a C program that prints where each field of the frozen header's structs lies and what each of its constants is.
Compiled with the frozen header and with today's it must print the same: abidiff takes two fields of one type that change places for
two new names."""
import re
import sys


def structs(text):
    for body, name in re.findall(r"typedef struct \w+ \{(.*?)\} (\w+);", text, re.S):
        for declaration in re.sub(r"/\*.*?\*/", "", body, flags=re.S).split(";"):
            declaration = declaration.strip()
            function = re.search(r"\(\*(\w+)\)", declaration)
            plain = re.search(r"(\w+)(\[\d+\])?$", declaration)
            if declaration:
                yield name, (function or plain)[1]


def constants(text):
    for body in re.findall(r"typedef enum \w+ \{(.*?)\} \w+;", text, re.S):
        yield from re.findall(r"\b(BJ_\w+)\b(?=\s*(?:=|,|$))", re.sub(r"/\*.*?\*/", "", body, flags=re.S))
    yield from re.findall(r"^#define (BJ_(?:EVAL|SPAWN|TURN|LANE)_\w+)", text, re.M)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    lines = [f'    printf("{name}.{field} %zu\\n", offsetof({name}, {field}));' for name, field in structs(text)]
    lines += [f'    printf("{name} %llu\\n", (unsigned long long){name});' for name in constants(text)]
    if len(lines) < 150:
        sys.exit(f"offsets.py: {len(lines)} fields and constants are all that it finds in {sys.argv[1]}")
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        print("#include HEADER\n#include <stdio.h>\n\nint main(void)\n{", *lines, "    return 0;\n}", sep="\n", file=file)


if __name__ == "__main__":
    main()
