"""JSON: flattening, patches between two documents, lines of JSON, encoders of one's own."""
import json
from datetime import date
from functools import reduce
from pathlib import Path


def flatten(value, prefix=""):
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from flatten(inner, f"{prefix}.{key}" if prefix else key)
    elif isinstance(value, list) and value:
        for i, inner in enumerate(value):
            yield from flatten(inner, f"{prefix}[{i}]")
    else:
        yield prefix, value


def difference(before, after):
    before, after = dict(flatten(before)), dict(flatten(after))
    for path in sorted(before.keys() | after.keys()):
        match (path in before, path in after):
            case (True, False):
                yield f"- {path}: {before[path]!r}"
            case (False, True):
                yield f"+ {path}: {after[path]!r}"
            case _ if before[path] != after[path]:
                yield f"~ {path}: {before[path]!r} -> {after[path]!r}"


class Encoder(json.JSONEncoder):
    def default(self, value):
        match value:
            case set():
                return sorted(value)
            case date():
                return value.isoformat()
            case complex(real=r, imag=i):
                return {"re": r, "im": i}
        return super().default(value)


one = {"name": "crate", "tags": ["a", "b"], "size": {"w": 1, "h": 2.0}, "empty": {}, "none": None}
two = {"name": "crate", "tags": ["a", "c", "d"], "size": {"w": 1, "h": 2.5}, "new": "ünï\u2028", "none": 0}
print(*difference(one, two), sep="\n")
print(json.dumps(two, indent=2, sort_keys=True))
print(json.dumps(two, ensure_ascii=False, separators=(",", ":")))
print(json.dumps({"s": {3, 1, 2}, "d": date(2024, 2, 29), "c": 1 + 2j, 1: [float("inf"), 1e100, 1e16, 0.1 + 0.2, -0.0]}, cls=Encoder))
for text in ('{"a": 1,}', "[1, 2", '"\\x"', "nul", '{"a" 1}', "[1] 2", ""):
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        print(repr(text), "->", error)
path = Path("events.jsonl")
path.write_text("\n".join(json.dumps({"id": i, "v": i % 3}) for i in range(7)) + "\n", encoding="utf-8")
with path.open(encoding="utf-8") as lines:
    print(reduce(lambda sums, e: {**sums, e["v"]: sums.get(e["v"], 0) + e["id"]}, map(json.loads, lines), {}))
print(json.loads('{"a": 1, "a": 2}', object_pairs_hook=list), json.loads("[1.10, 12345678901234567890]", parse_float=str))
try:
    loop = []
    loop.append(loop)
    json.dumps(loop)
except ValueError as error:
    print(error)
