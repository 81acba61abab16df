"""The tables of docs/values.md that a Python host makes: what arrives of each value, measured with real guests.

    python bindings/python/tests/values_table.py --write
"""

import array
import datetime
import decimal
import pathlib
import re
import sys

from belljar import Sandbox, values

PAGE = pathlib.Path(__file__).parents[3] / "docs/values.md"

PYTHON = """
None
True
7
2**53
-2**70
1.0
0.1
-0.0
float("nan")
float("-inf")
"é\\0😀"
"\\ud800"
[1, [2]]
(1, 2)
{"a": 1}
{"$set": [1]}
{"__proto__": 1}
{1: "a", (2,): "b"}
{1}
frozenset({1})
b"\\x00\\xff"
bytearray(b"x")
array.array("d", [1.5])
datetime.datetime(2024, 1, 2, 3, 4, 5)
datetime.datetime(2024, 1, 2, 3, 4, 5, 678901, datetime.timezone.utc)
datetime.date(2024, 1, 2)
datetime.time(3, 4)
datetime.timedelta(1, 2, 3)
decimal.Decimal("1.50")
1+2j
object()
""".split("\n")[1:-1]

JAVASCRIPT = """
null
undefined
true
7
7n
2 ** 53
-(2n ** 70n)
0.1
1e21
-0
NaN
-Infinity
"é\\0😀"
"\\ud800"
[1, [2]]
[1, undefined]
[1, , 2]
({a: 1, b: undefined})
({$set: [1]})
JSON.parse('{"__proto__": 1}')
new Map([["a", 1], [2, "b"]])
new Map([[1, "a"], [true, "b"]])
new Set([1, 2])
new Set([[1]])
new Uint8Array([0, 255])
new Uint8Array([1, 2]).buffer
new Float64Array([1.5])
new BigInt64Array([1n])
new Date(0)
new Date(NaN)
new Number(1)
new (class P { x = 1 })
({toJSON: () => "told"})
() => 1
Symbol("s")
new Error("e")
/x/
Promise.resolve(1)
new Proxy({}, {})
""".split("\n")[1:-1]


def code(text):
    text = text.replace("|", "\\|")
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def shown(text):
    return code(text) if text is not None else "no value"


def table(columns, rows):
    yield "| " + " | ".join(columns) + " |"
    yield "| " + " | ".join("---" for _ in columns) + " |"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def from_guest(program, expressions, before=""):
    """Of each expression: its texts, and what the host finds."""
    with Sandbox(program) as box:
        if before:
            box.eval(before).raise_for_outcome()
        for expression in expressions:
            plain = box._raw.eval(expression, 0, 0).value
            receipt = box.eval(expression)
            value = repr(receipt.value) if receipt.has_value else None
            yield [code(expression), shown(plain), shown(receipt._raw.value), shown(value)]


def into_guests(expressions):
    with Sandbox("python") as python, Sandbox("javascript") as javascript:
        for expression in expressions:
            value = eval(expression, {"array": array, "datetime": datetime, "decimal": decimal})
            yield [code(expression), arrived(python, value), arrived(javascript, value)]


def arrived(box, value):
    try:
        values.encode(value)
        box.set(x=value)
    except ValueError as error:
        return f"{type(error).__name__}"
    text = box.eval("x").repr
    return shown(re.sub(r" at 0x[0-9a-f]+", "", text or "undefined"))


def section():
    yield "### A Python host"
    yield ""
    yield from table(
        ["in a Python guest", "plain JSON", "tagged JSON", "in Python"],
        from_guest("python", PYTHON, "import array, datetime, decimal"),
    )
    yield ""
    yield from table(["in a JavaScript guest", "plain JSON", "tagged JSON", "in Python"], from_guest("javascript", JAVASCRIPT))
    yield ""
    yield from table(["in Python", "in a Python guest", "in a JavaScript guest"], into_guests(PYTHON))


MARKS = re.compile(r"(<!-- begin python[^\n]*-->\n).*?(<!-- end python -->)", re.S)


def page():
    """The page as it should be."""
    text = "\n".join(section()) + "\n"
    return MARKS.sub(lambda marks: marks[1] + text + marks[2], PAGE.read_text())


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page())
    else:
        print("\n".join(section()))
