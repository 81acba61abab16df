#!/usr/bin/env python3
"""Writes docs/reference.md from the comments of include/belljar.h:

    python3 scripts/reference.py            # to standard output
    python3 scripts/reference.py --write
    python3 scripts/reference.py --check    # exit status 1 where the page is another one

A page that reads well where the sources are read, without anything installed; doxygen (docs/Doxyfile) holds the comments to
being complete, and makes HTML of them.
"""
import difflib
import html
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADER = ROOT / "include" / "belljar.h"
PAGE = ROOT / "docs" / "reference.md"

# The marks of a function, in the order and by the names that the page has for them.
MARKS = {"thread": "Thread", "life": "Lifetime", "inside": "In the callback", "errors": "Errors"}

COMMENT = re.compile(r"^/\*\*(?!<)(.*?)\*/\n", re.S | re.M)


def lines_of(comment: str) -> list[str]:
    return [re.sub(r"^\s*\* ?", "", line).rstrip() for line in comment.strip().splitlines()]


def link(text: str, known: set[str]) -> str:
    """Names of the interface, and of pages, as links; nothing in code is touched."""
    parts = re.split(r"(`[^`]*`)", text)
    for i in range(0, len(parts), 2):
        part = re.sub(r"\bdocs/([\w-]+\.md)\b", r"[\1](\1)", parts[i])
        part = re.sub(r"\bbj_\w+(?:\.\w+)?(?:\(\))?", lambda match: anchor(match[0], known), part)
        parts[i] = re.sub(r"(?<![\w\[`_])(BJ_[A-Z_]+)\b(?!…)", r"`\1`", part)
    return "".join(parts)


def anchor(name: str, known: set[str]) -> str:
    bare = re.split(r"[.(]", name)[0]
    return f"[`{name}`](#{bare})" if bare in known else f"`{name}`"


def body(lines: list[str], known: set[str]) -> tuple[list[str], dict[str, str]]:
    """The text of a comment, as Markdown, and its marks."""
    text, marks, code, mark = [], {}, False, None
    for line in lines:
        if line.startswith("@code"):
            code = True
            text.append("```c")
        elif line.startswith("@endcode"):
            code = False
            text.append("```")
        elif code:
            text.append(line)
        elif found := re.match(r"@(\w+) (.*)", line):
            mark = found[1]
            marks[mark] = found[2]
        elif mark and line:
            marks[mark] += " " + line
        else:
            mark = None
            text.append(link(line, known))
    return text, {name: link(value, known) for name, value in marks.items()}


def declaration_after(text: str, end: int) -> str:
    """What the comment is about: up to its end, a macro's without its lines."""
    rest = text[end:]
    if rest.startswith("#define"):
        first = rest.split("\n", 1)[0]
        return first.rstrip("\\ ").rstrip()
    if rest.startswith(("typedef struct", "typedef enum")) and re.match(r"typedef (struct|enum) \w+ \{", rest):
        return re.match(r".*?\n\} \w+;", rest, re.S)[0]
    return re.match(r"[^;{]*", rest)[0].strip() + ";"


def name_of(declaration: str) -> str:
    for pattern in (r"^#define (\w+)", r"^typedef (?:struct|enum) \w+ \{.*\} (\w+);$", r"\(\*(bj_\w+_fn)\)", r"\b(bj_\w+)\(", r"(\w+);$"):
        if found := re.search(pattern, declaration, re.S):
            return found[1]
    raise SystemExit(f"reference.py: no name in {declaration}")


def fields_of(declaration: str) -> list[tuple[str, str, str]]:
    """(type, name, text) of a struct's fields, ("", name, text) of an enum's constants."""
    found = []
    inside = declaration[declaration.index("{") + 1 : declaration.rindex("}")]
    end = ";" if declaration.startswith("typedef struct") else ","
    field = rf"(?:/\*\*(?!<)(.*?)\*/\s*)?([^/{end}]+){end}?[ ]*(?:/\*\*<(.*?)\*/)?"
    for above, what, behind in re.findall(field, inside, re.S):
        what = " ".join(what.split())
        if not what:
            continue
        text = " ".join(lines_of(above or behind)).strip()
        if function := re.match(r"(.*)\(\*(\w+)\)(.*)", what):
            found.append((f"{function[1]}(*){function[3]}", function[2], text))
        elif plain := re.match(r"(.*?[\s*])(\w+(?:\[\d+\])?)$", what):
            found.append((plain[1].strip(), plain[2], text))
        else:
            found.append(("", what.split(" =")[0], text))
    return found


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def table(declaration: str, known: set[str]) -> list[str]:
    rows = fields_of(declaration)
    if declaration.startswith("typedef enum"):
        return ["| | |", "| --- | --- |"] + [f"| `{name}` | {cell(link(text, known))} |" for _, name, text in rows]
    return ["| field | type | |", "| --- | --- | --- |"] + [f"| `{name}` | `{cell(type_)}` | {cell(link(text, known))} |" for type_, name, text in rows]


UNITS = {"BJ_UNIT_MILLISECONDS": "ms", "BJ_UNIT_BYTES": "bytes", "BJ_UNIT_COUNT": ""}


def limits(text: str) -> list[str]:
    """BJ_LIMITS as a table."""
    rows = re.findall(r'X\((\w+), "([\w-]+)", (\w+), (\d+), (\d+), (\d+),[\s\\]*"(.*?)"\)', text)
    out = ["| name | field | default | range | what it bounds |", "| --- | --- | --- | --- | --- |"]
    for field, name, unit, default, least, most, what in rows:
        numbers = [f"{int(number):,}" for number in (default, least, most)]
        out.append(f"| {name} | `{field}` | {numbers[0]} {UNITS[unit]} | {numbers[1]} to {numbers[2]} | {what} |".replace("  ", " "))
    return [*out, ""]


def check_marks(name: str, declaration: str, marks: dict[str, str]) -> None:
    """A function says from which threads it may be called, since when it is there and, if it fails, how."""
    if not declaration.startswith(("BJ_API", "static inline")):
        return
    wanted = {"thread", "since"} | ({"errors"} if "bj_error *err" in declaration else set())
    if missing := wanted - marks.keys():
        raise SystemExit(f"include/belljar.h: the comment of {name} lacks @{', @'.join(sorted(missing))}")


def entry(comment: str, declaration: str, known: set[str]) -> list[str]:
    name = name_of(declaration)
    text, marks = body(lines_of(comment), known)
    check_marks(name, declaration, marks)
    out = [f'### <a id="{name}"></a>`{name}`', ""]
    has_fields = bool(re.match(r"typedef (struct|enum) \w+ \{", declaration))
    if not has_fields and not re.match(r"typedef struct \w+ \w+;", declaration):
        shown = re.sub(r"^BJ_API (BJ_CHECKED )?|^static inline ", "", declaration)
        shown = shown.replace("\n" + " " * (len(declaration) - len(shown)), "\n")
        out += ["```c", shown, "```", ""]
    out += [*text, ""] if text and text[-1] else text
    if has_fields:
        out += [*table(declaration, known), ""]
    if marks:
        out += [f"- *{title}:* {marks[mark]}" for mark, title in MARKS.items() if mark in marks]
        out += [f"- *Since* {marks['since']}", ""] if "since" in marks else [""]
    return out


def page(text: str) -> str:
    known = set(re.findall(r"\b(bj_\w+)\b", re.sub(r"/\*.*?\*/", "", text, flags=re.S)))
    known -= {name for name in known if name.endswith(("_error_code",))} - {"bj_error_code"}
    out = [
        "# The C interface",
        "",
        "Generated from [include/belljar.h](../include/belljar.h) by `scripts/reference.py --write`. Programs: [examples](../examples).",
        "",
    ]
    groups, start = [], []
    for match in COMMENT.finditer(text):
        comment = match[1]
        if "@file" in comment:
            intro = [re.sub(r"^@brief ", "", line) for line in lines_of(comment) if not line.startswith("@file")]
            start = body(intro, known)[0]
        elif group := re.search(r"@defgroup (\w+) (.*)", comment):
            lines = [line for line in lines_of(comment) if not line.startswith(("@defgroup", "@{", "@}"))]
            groups.append((group[2], body(lines, known)[0], []))
        elif comment.strip() not in ("@}", "@{"):
            declaration = declaration_after(text, match.end())
            groups[-1][2].append(entry(comment, declaration, known))
            if name_of(declaration) == "BJ_LIMITS":
                groups[-1][2][-1] += limits(text)
    out += start + [""]
    out += ["| | |", "| --- | --- |"]
    for title, _, entries in groups:
        names = [re.search(r'id="(\w+)"', each[0])[1] for each in entries]
        out.append(f"| [{title}](#{title.lower().replace(' ', '-')}) | " + ", ".join(f"[{name}](#{name})" for name in names if name[:3] == "bj_") + " |")
    out.append("")
    for title, intro, entries in groups:
        out += [f"## {title}", "", *intro, ""]
        for each in entries:
            out += each
    return re.sub(r"\n{3,}", "\n\n", html.unescape("\n".join(out))).rstrip() + "\n"


def main() -> int:
    made = page(HEADER.read_text(encoding="utf-8"))
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(made, encoding="utf-8")
    elif sys.argv[1:] == ["--check"]:
        now = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        difference = list(difflib.unified_diff(now.splitlines(), made.splitlines(), "docs/reference.md", "belljar.h", lineterm="", n=1))
        print("\n".join(difference[:40]) or "docs/reference.md is current")
        return bool(difference)
    else:
        sys.stdout.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
