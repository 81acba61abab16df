"""Reports: string formatting of every kind, Markdown, templates, pprint, reprlib."""
import locale
import pprint
import reprlib
import string
from collections import ChainMap, OrderedDict, namedtuple
from datetime import date

Row = namedtuple("Row", "name qty price note", defaults=[""])
ROWS = [Row("Tea", 3, 2.5), Row("Milk, whole", 12, 0.99, "cold"), Row("Käse", 1, 1234.5678, "|pipe|")]


def markdown(rows, fields):
    cells = [[str(getattr(r, f)).replace("|", "\\|") for f in fields] for r in rows]
    widths = [max(len(f), *(len(c[i]) for c in cells)) for i, f in enumerate(fields)]
    def line(values):
        return "| " + " | ".join(v.ljust(w) for v, w in zip(values, widths)) + " |"
    return "\n".join([line(fields), "|" + "|".join("-" * (w + 2) for w in widths) + "|", *map(line, cells)])


def bar(value, most, width=20):
    full = value / most * width
    return "█" * int(full) + ("▌" if full % 1 >= 0.5 else "")


class Shout(string.Formatter):
    def format_field(self, value, spec):
        return value.upper() if spec == "!" else super().format_field(value, spec)


print(markdown(ROWS, ["name", "qty", "price", "note"]))
for row in ROWS:
    print(f"{row.name:·<14}{row.qty:>4}{row.price:>12,.2f}{row.qty * row.price:>+14.3e} {bar(row.qty, 12)}")
x, name, when = 1234567.891, "Ann", date(2024, 2, 29)
print(f"{x=:.1f} {x:_.0f} {x:15,.2f}| {x:<15.3g}| {x:^+15.1f}| {-5:05d} {255:#x} {255:08b} {255:#o} {0.256:.1%} {1e10:g} {10**12:,}")
print(f"{name!r:>8} {name:^9} {name:*^9} {when:%d.%m.%y} {'a' if x else 'b'} {{}} {f'{len(name)}':>3} {name=} {3.0:n}")
print("%5.2f|%-6s|%06d|%x|%e|%r|%%|%c|%+d" % (3.14159, "ab", 42, 255, 12345.678, "q", "z", 5))
print("{0} {1[0]} {2.name} {k:>{w}}".format(1, [2], ROWS[0], k="x", w=4), "{:{}{}}".format("m", "^", 5))
print(string.Template("$who owes $$${amount}").substitute(who="Bob", amount=5), string.Template("$a $b").safe_substitute(a=1))
for bad in (lambda: string.Template("$x").substitute(), lambda: "{a}".format(), lambda: "%d" % "x", lambda: f"{3:z}", lambda: f"{'x':d}", lambda: "{".format()):
    try:
        bad()
    except (KeyError, ValueError, TypeError) as error:
        print(type(error).__name__, error)
print(Shout().format("{:!} {}", "loud", "quiet"))
nested = {"users": [{"id": i, "name": f"user{i}", "tags": list("abc"[:i]), "meta": {"active": bool(i % 2), "score": i / 3}} for i in range(3)], "none": None, (1, 2): {3, 1, 2}}
pprint.pprint(nested, width=60)
pprint.pprint({"z": 1, "a": [["deep", ["deeper", ["deepest"]]]]}, depth=3, sort_dicts=False)
print(reprlib.repr(list(range(100))), reprlib.repr("x" * 100), ROWS[0]._replace(qty=9), ROWS[1]._asdict())
settings = ChainMap({"color": "red"}, {"color": "blue", "size": 3})
print(settings["color"], settings["size"], dict(settings.new_child({"size": 4})), OrderedDict(a=1, b=2).popitem(last=False))
print(locale.localeconv()["decimal_point"], "ß".encode("latin-1"), "€".encode("cp1252"), b"\xff\xfeh\x00".decode("utf-16"), "a\u0301".isidentifier(), "\N{SNOWMAN}", ascii("日本"))
print(r"\n", b"\x00a", "tab\there", "a" "b", """three
lines""", "x\rcarriage".splitlines(), "Ǆ".title(), "a,b,,c".split(","), " a  b ".split(), "ab".rjust(4, "."), "aXbX".rpartition("X"))
