# Sources of any depth end, from any depth of C: as a value, or as RecursionError, MemoryError or SyntaxError. None traps.
import ast
import copy
import json
import pickle
import re
import sys

SOURCES = {
    "sum": lambda n: "+".join(["x"] * n),
    "power": lambda n: "**".join(["x"] * n),
    "strings": lambda n: "+".join(['"a"'] * n),
    "calls": lambda n: "x" + ".a()" * n,
    "attributes": lambda n: "x" + ".a" * n,
    "subscripts": lambda n: "x" + "[0]" * n,
    "ternary": lambda n: "1 if x else " * n + "2",
    "not": lambda n: "not " * n + "x",
    "minus": lambda n: "-" * n + "x",
    "compare": lambda n: "<".join(["x"] * n),
    "and": lambda n: " and ".join(["x"] * n),
    "lambda": lambda n: "lambda: " * n + "1",
    "await": lambda n: "await " * n + "x",
    "parentheses": lambda n: "(" * n + "x" + ")" * n,
    "lists": lambda n: "[" * n + "]" * n,
    "dicts": lambda n: "{1:" * n + "2" + "}" * n,
    "arguments": lambda n: "f(" * n + ")" * n,
    "f-strings": lambda n: 'f"{' * n + "x" + '}"' * n,
    "comprehensions": lambda n: "[x for x in " * n + "y" + "]" * n,
    "walrus": lambda n: "".join(f"(a{i} := " for i in range(n)) + "1" + ")" * n,
    "if": lambda n: "".join(" " * i + "if x:\n" for i in range(n)) + " " * n + "pass",
    "elif": lambda n: "if x: pass\n" + "elif x: pass\n" * n,
    "def": lambda n: "".join(" " * i + "def f():\n" for i in range(n)) + " " * n + "pass",
    "class": lambda n: "".join(" " * i + "class C:\n" for i in range(n)) + " " * n + "pass",
    "try": lambda n: "".join(" " * i + "try:\n" for i in range(n)) + " " * n + "pass",
    "decorators": lambda n: "@x\n" * n + "def f(): pass",
    "assignments": lambda n: "a = " * n + "1",
    "patterns": lambda n: "match x:\n case " + "[" * n + "]" * n + ": pass",
    "or patterns": lambda n: "match x:\n case " + "|".join(["1"] * n) + ": pass",
    "annotations": lambda n: "from __future__ import annotations\nx: " + "a[" * n + "b" + "]" * n,
    "long annotations": lambda n: "from __future__ import annotations\nx: " + "|".join(["a"] * n),
    "star targets": lambda n: "(" * n + "a," + ")," * n + " = x",
}
DEPTHS = (90, 2600, 9900, 20_000)

# As deep as CPython 3.13 compiles them elsewhere.
COMPILED = {"sum": 9900, "strings": 9900, "attributes": 9900, "subscripts": 9900, "calls": 4900, "not": 5900, "minus": 5900,
            "ternary": 5900, "elif": 5900, "power": 2900}  # fmt: skip


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def ends(what, call):
    try:
        return call()
    except (RecursionError, MemoryError, SyntaxError, ValueError, OverflowError):
        return None


def shorter(name, depth):
    """What is nested by indentation ends at 100; the time for lambdas grows with the square of their depth."""
    if name in ("if", "def", "class", "try"):
        return min(depth, 150)
    return 900 if name == "lambda" and depth < 3000 else depth


for name, depth in COMPILED.items():
    compile(SOURCES[name](depth), name, "exec", dont_inherit=True)

for name, make in SOURCES.items():
    for depth in DEPTHS:
        source = make(shorter(name, depth))
        ends(name, lambda: compile(source, name, "exec", dont_inherit=True))
        tree = ends(name, lambda: ast.parse(source))
        if tree is not None and depth <= 2600:
            ends(name, lambda: compile(tree, name, "exec"))
            ends(name, lambda: ast.unparse(tree))
            ends(name, lambda: copy.deepcopy(tree))
            ends(name, lambda: ast.dump(tree))
        del tree

# The same from deep inside C, where little of the stack is left.
def inside(levels, call):
    """Calls `call` with that many levels of C below it."""
    found = []

    def key(_):
        nonlocal levels
        levels -= 1
        if levels > 0:
            max([1], key=key)
        else:
            found.append(ends("inside", call))
        return 0

    ends("inside", lambda: max([1], key=key))
    return found


sys.setrecursionlimit(50_000)
for levels in (500, 1200, 1480):
    for name in ("sum", "lists", "f-strings", "lambda", "patterns"):
        for depth in (90, 2400):
            source = SOURCES[name](shorter(name, depth))
            inside(levels, lambda: compile(source, name, "exec", dont_inherit=True))
            inside(levels, lambda: ast.parse(source))
    for call in (lambda: json.dumps(nested(900)), lambda: repr(nested(900)), lambda: re.compile("(a|b(c))*" * 50),
                 lambda: pickle.dumps(nested(900)), lambda: json.loads("[" * 900 + "]" * 900), lambda: "%s" % nested(900)):
        inside(levels, call)
sys.setrecursionlimit(1000)
print("ok")
