#!/usr/bin/env python3
"""Draws docs/map.svg: the rooms of src/ on their floors, and the arrows of inclusion between them, from the real includes.

    map.py           writes docs/map.svg
    map.py --check   status 1 where it is not as it would be written; or where docs/MAP.md names a file that is not there
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DRAWING = ROOT / "docs" / "map.svg"
TEXT = ROOT / "docs" / "MAP.md"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)

# What lies in src/, from the top; cli and bindings stand above belljar.h.
PARTS = ("sandbox", "settings", "engine", "schedule", "wasi", "vfs", "policy", "base")
ROOM, GAP, ROW, MARGIN, LABEL = (104, 30), 22, 62, 20, 96
COLOURS = {
    "sandbox": "#dbe7f5", "engine": "#f5e3d3", "schedule": "#f3d9e4", "settings": "#d9eef0", "wasi": "#d9efe2",
    "vfs": "#e9e2f5", "policy": "#f4f0cf", "base": "#e4e4e4",
}

Graph = dict[str, set[str]]


def includes() -> Graph:
    """Which folders of src/ a folder includes headers of."""
    graph: Graph = {}
    for source in sorted((ROOT / "src").rglob("*.[ch]")):
        room = str(source.parent.relative_to(ROOT / "src"))
        if room == "." or "wasmtime" in room:
            continue
        graph.setdefault(room, set())
        for target in INCLUDE.findall(source.read_text()):
            other = str(Path(target).parent)
            if (ROOT / "src" / target).is_file() and other != room:
                graph[room].add(other)
    return {room: others & graph.keys() for room, others in graph.items()}


def height(graph: Graph, room: str) -> int:
    """On which floor of its part a room lies: above all of that part that it includes."""
    own = [other for other in graph[room] if part(other) == part(room)]
    return 1 + max((height(graph, other) for other in own), default=-1)


def part(room: str) -> str:
    return room.split("/")[0]


def reach(graph: Graph, room: str, but: str) -> set[str]:
    """All that a room includes by way of others than `but`."""
    seen: set[str] = set()
    left = [other for other in graph[room] if other != but]
    while left:
        other = left.pop()
        if other not in seen:
            seen.add(other)
            left.extend(graph[other])
    return seen


def needed(graph: Graph) -> list[tuple[str, str]]:
    """The arrows that no way of several arrows stands for."""
    return [
        (room, other)
        for room in sorted(graph)
        for other in sorted(graph[room])
        if other not in reach(graph, room, other)
    ]


def rows(graph: Graph) -> list[tuple[str, list[str]]]:
    found = []
    for name in PARTS:
        rooms = [room for room in sorted(graph) if part(room) == name]
        floors = sorted({height(graph, room) for room in rooms}, reverse=True)
        for floor in floors:
            found.append((name, [room for room in rooms if height(graph, room) == floor]))
    return found


def files(room: str) -> int:
    return len(list((ROOT / "src" / room).glob("*.[ch]")))


def draw(graph: Graph) -> str:
    lines = rows(graph)
    width = LABEL + max(len(rooms) for _, rooms in lines) * (ROOM[0] + GAP) + 2 * MARGIN + 76
    tall = len(lines) * ROW + 2 * MARGIN
    place, out = {}, []
    for row, (name, rooms) in enumerate(lines):
        top = MARGIN + row * ROW
        left = LABEL + MARGIN + (width - LABEL - 2 * MARGIN - len(rooms) * (ROOM[0] + GAP)) // 2
        left += 38 if row % 2 else -38  # arrows over several floors pass beside the rooms
        if row == 0 or lines[row - 1][0] != name:
            floors = sum(1 for other, _ in lines if other == name)
            out.append(
                f'<rect x="{MARGIN / 2}" y="{top - 10}" width="{width - MARGIN}" '
                f'height="{floors * ROW - 12}" rx="6" fill="{COLOURS[name]}"/>'
                f'<text x="{MARGIN}" y="{top + 12}" class="part">src/{name}</text>'
            )
        for room in rooms:
            place[room] = (left, top)
            left += ROOM[0] + GAP
    for room, other in needed(graph):
        x, y = place[room][0] + ROOM[0] / 2, place[room][1] + ROOM[1]
        to_x, to_y = place[other][0] + ROOM[0] / 2, place[other][1]
        bend = (to_y - y) / 2
        out.append(
            f'<path d="M{x:g} {y:g} C{x:g} {y + bend:g} {to_x:g} {to_y - bend:g} {to_x:g} {to_y - 3:g}"/>'
        )
    for room, (left, top) in place.items():
        name = room.split("/")[-1]
        out.append(
            f'<a href="../src/{room}"><rect x="{left}" y="{top}" width="{ROOM[0]}" height="{ROOM[1]}" rx="4" '
            f'class="room"/><text x="{left + ROOM[0] / 2:g}" y="{top + 13}" class="name">{name}</text>'
            f'<text x="{left + ROOM[0] / 2:g}" y="{top + 25}" class="files">{files(room)} files</text></a>'
        )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {tall}" width="{width}" height="{tall}">',
            "<title>The rooms of src/ and what includes what; an arrow that follows from others is left out</title>",
            "<!-- Made by scripts/map.py from the includes. -->",
            "<style>text{font:12px sans-serif;fill:#222}.part{font-weight:bold}.name,.files{text-anchor:middle}"
            ".files{font-size:9px;fill:#666}.room{fill:#fff;stroke:#666}"
            "path{fill:none;stroke:#555;stroke-opacity:.6;marker-end:url(#tip)}</style>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            '<path d="M0 0L8 4L0 8z" style="fill:#555;stroke:none;marker-end:none"/></marker></defs>',
            f'<rect width="{width}" height="{tall}" fill="#fff"/>',
            *out,
            "</svg>",
            "",
        ]
    )


def missing_files() -> list[str]:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", TEXT.read_text())
    return [link for link in links if not (TEXT.parent / link).exists()]


def main() -> int:
    drawing = draw(includes())
    if sys.argv[1:] != ["--check"]:
        DRAWING.write_text(drawing)
        return 0
    stale = not DRAWING.is_file() or DRAWING.read_text() != drawing
    if stale:
        print("docs/map.svg is not what the includes say: scripts/map.py draws it")
    missing = missing_files()
    for link in missing:
        print(f"docs/MAP.md: {link} is not there")
    return 1 if stale or missing else 0


if __name__ == "__main__":
    sys.exit(main())
