"""Random values of a Python host, to and from guests of both languages, in all four ways: what arrives is what the model says."""

import array
import datetime
import decimal
import math
import random

import pytest

from belljar import GuestError, Sandbox, Tool

UTC = datetime.timezone.utc
SAFE = 2**53 - 1


class Refused(Exception):
    """The model: it does not come back."""


# ---------------------------------------------------------------------- the model


def through_python(value):
    if isinstance(value, bytearray):
        return bytes(value)
    return value


def of_number(value):
    """JavaScript has one type."""
    whole = value.is_integer() and abs(value) <= SAFE and not (value == 0 and math.copysign(1, value) < 0)
    return int(value) if whole else value


def of_moment(value):
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    value = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


def hashable(value):
    try:
        hash(value)
    except TypeError:
        raise Refused from None
    return value


def key_of(value):
    return hashable(0 if value == 0 and isinstance(value, float) else through_javascript(value))


def of_set(value):
    made = [key_of(item) for item in value]
    if len({repr(item) for item in made}) != len(made):  # NaN is one there
        raise Refused
    return set(made)


def of_dict(value):
    if all(isinstance(key, str) for key in value):
        return {key: through_javascript(item) for key, item in value.items()}
    keys = [key_of(key) for key in value]
    return dict(zip(keys, map(through_javascript, value.values())))


def through_javascript(value):
    if isinstance(value, (bool, int, str, complex, decimal.Decimal)) or value is None:
        return value
    if isinstance(value, float):
        return of_number(value)
    if isinstance(value, (list, tuple)):
        return [through_javascript(item) for item in value]
    if isinstance(value, array.array):
        return value.tobytes() if value.typecode == "B" else value
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, dict):
        return of_dict(value)
    if isinstance(value, (set, frozenset)):
        return of_set(value)
    return of_moment(value) if isinstance(value, datetime.date) else value


def same(one, other):
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return one == other and math.copysign(1, one) == math.copysign(1, other) or (one != one and other != other)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (set, frozenset)):
        return sorted(map(repr, one)) == sorted(map(repr, other))
    return repr(one) == repr(other)


# ---------------------------------------------------------------------- values

TEXTS = ["", "a", "$set", "$", "$$x", "__proto__", "1", "é\0\u2028😀", '"\\', "\x7f", "toJSON", "constructor"]
LEAVES = [
    None, True, False, 0, 1, -1, SAFE, -SAFE, SAFE + 1, -SAFE - 1, 2**63, -(2**63), 2**64 - 1, 10**40, 1 << 1024,
    0.0, -0.0, 1.0, -2.0, 0.1, 1e-320, 1.5e300, 2.0**53, 2.0**60, 1e21, math.nan, math.inf, -math.inf, 1 + 2j, complex(math.nan, -0.0),
    b"", b"\0\xff", bytes(range(256)), bytearray(b"ab"), array.array("d", [1.5, -0.0]), array.array("q", [-1]), array.array("B", [1]),
    array.array("H"), datetime.date(2024, 2, 29), datetime.datetime(1969, 12, 31, 23, 59, 59, 999000),
    datetime.datetime(2024, 1, 2, 3, 4, 5, 123456, UTC), datetime.datetime(1, 1, 2, tzinfo=UTC), datetime.datetime(9999, 12, 30),
    datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=-5, minutes=-30))), datetime.time(1, 2, 3, 4),
    datetime.timedelta(-1, 5, 7), decimal.Decimal("1.50"), decimal.Decimal("-Infinity"), *TEXTS,
]  # fmt: skip
KEYS = [None, True, 2, 3.5, -0.0, 10**30, b"k", (1, 2), frozenset({1}), math.inf, datetime.date(2024, 1, 1), "k", "$dict", "5"]


def tree(rng, depth):
    kind = rng.random()
    if depth == 0 or kind < 0.4:
        return rng.choice(LEAVES)
    if kind < 0.6:
        return rng.choice((list, tuple))(tree(rng, depth - 1) for _ in range(rng.randrange(4)))
    if kind < 0.8:
        return {rng.choice(TEXTS): tree(rng, depth - 1) for _ in range(rng.randrange(4))}
    if kind < 0.9:
        return {key: tree(rng, depth - 1) for key in rng.sample(KEYS, rng.randrange(1, 4))}
    return rng.choice((set, frozenset))(rng.sample(KEYS, rng.randrange(3)))


# ---------------------------------------------------------------------- the four ways


class Pair:
    """A guest, and a host's tools that give it a value and take one."""

    def __init__(self, program):
        self.program = program
        self.given = self.taken = None
        anything = {"type": "object"}
        self.box = Sandbox(program, tools=[Tool(self.give, schema=anything), Tool(self.take, schema=anything)])

    def give(self):
        return self.given

    def take(self, value):
        self.taken = value

    def by_set_and_get(self, value):
        self.box.set(x=value)
        return self.box.get("x")

    def by_result(self, value):
        self.given = value
        self.box.eval("y = tools.give()" if self.program == "python" else "y = tools.give(); void 0").raise_for_outcome()
        receipt = self.box.eval("y")
        if not receipt.has_value:
            raise ValueError(receipt.repr)
        return receipt.value

    def by_argument(self, value):
        self.box.set(x=value)
        self.box.eval("tools.take(value=x)" if self.program == "python" else "tools.take({value: x})").raise_for_outcome()
        return self.taken


WAYS = (Pair.by_set_and_get, Pair.by_result, Pair.by_argument)


@pytest.fixture(scope="module", params=["python", "javascript"])
def pair(request):
    pair = Pair(request.param)
    with pair.box:
        yield pair


def check(pair, value):
    model = through_python if pair.program == "python" else through_javascript
    try:
        expected = model_of(model, value)
    except Refused:
        for way in WAYS:
            with pytest.raises((ValueError, GuestError)):
                way(pair, value)
        return
    for way in WAYS:
        found = way(pair, value)
        assert same(found, expected), f"{value!r} by {way.__name__}: {found!r}, not {expected!r}"


def model_of(model, value):
    if model is through_javascript:
        return model(value)
    if isinstance(value, (list, tuple)):
        return type(value)(model_of(model, item) for item in value)
    if isinstance(value, dict):
        return {key: model_of(model, item) for key, item in value.items()}
    return model(value)


def test_every_leaf_arrives(pair):
    for leaf in LEAVES:
        check(pair, leaf)
        check(pair, [leaf])


def test_random_values_arrive(pair):
    rng = random.Random(15)
    for _ in range(250):
        check(pair, tree(rng, 3))


def test_what_has_no_form_is_refused(pair):
    for value in ("\ud800", ["\ud800"], {"\udfff": 1}, object(), lambda: 1, array.array("u", "x"), [[]] and nested(66)):
        with pytest.raises(ValueError):
            pair.box.set(x=value)
        pair.given = value
        name = "give()" if pair.program == "python" else "give()"
        assert pair.box.eval(f"tools.{name}").error.message.startswith("ValueError")


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def test_depths_that_just_fit(pair):
    check(pair, nested(62))  # the arguments of a tool are a level too
    pair.box.set(x=nested(60))
    receipt = pair.box.eval("[[[[[x]]]]]")
    assert not receipt.has_value and receipt.repr


# ---------------------------------------------------------------------- from JavaScript

FROM_JAVASCRIPT = {
    "new Set([1, 'a'])": {1, "a"},
    "new Map([[1, {$gt: 5}], ['$a', 2n]])": {1: {"$gt": 5}, "$a": 2},
    "NaN": math.nan,
    "-0": -0.0,
    "[-Infinity, 1e400, 5e-324]": [-math.inf, math.inf, 5e-324],
    "2 ** 60": 2.0**60,
    "9007199254740993n": 2**53 + 1,
    "new Uint8Array([1, 2])": b"\1\2",
    "new Uint8Array([1, 2, 3]).subarray(1)": b"\2\3",
    "new DataView(new ArrayBuffer(2), 1)": b"\0",
    "new Int16Array([-1, 2])": array.array("h", [-1, 2]),
    "new Date(1e12 + 5)": datetime.datetime(2001, 9, 9, 1, 46, 40, 5000, UTC),
    "new Date(-1)": datetime.datetime(1969, 12, 31, 23, 59, 59, 999000, UTC),
    "'abc'.match(/(b)|(x)/)": ["b", "b", None],
    "({a: undefined, $set: [1], ['__proto__']: 2})": {"$set": [1], "__proto__": 2},
    "Object.create({inherited: 1}, {own: {value: 2, enumerable: true}})": {"own": 2},
    "[undefined]": [None],
    "Object(1n)": 1,
}


@pytest.mark.parametrize("source", FROM_JAVASCRIPT)
def test_values_of_javascript_arrive_as_what_they_are(source):
    pair = Pair("javascript")
    with pair.box as box:
        receipt = box.eval(f"({source})")
        assert receipt.has_value and same(receipt.value, FROM_JAVASCRIPT[source]), receipt.value
        box.eval(f"tools.take({{value: {source}}})").raise_for_outcome()
        assert same(pair.taken, FROM_JAVASCRIPT[source])


@pytest.mark.parametrize(
    "source",
    ["() => 1", "Symbol()", "[1, , 2]", "new Array(5)", "new Date(NaN)", "new Date(8e15)", "new Error('x')", "/x/", "Promise.resolve(1)",
     "new Proxy({}, {})", "'\\ud800'", "({'\\udc00': 1})", "new WeakMap()", "[].values()", "(function*() {})()", "({f() {}})",
     "(() => { let o = {}; o.o = o; return o })()", "({get x() { throw new Error('no') }})", "({toJSON() { throw new Error('no') }})"],
)  # fmt: skip
def test_what_javascript_cannot_send_is_told(source):
    pair = Pair("javascript")
    with pair.box as box:
        receipt = box.eval(f"({source})")
        assert receipt.ok and not receipt.has_value and receipt.value is None and receipt.repr
        refused = box.eval(f"tools.take({{value: {source}}})")
        assert refused.error and refused.error.type in ("TypeError", "RangeError", "Error") and not refused.tool_calls


@pytest.mark.parametrize("source", ["new Set([[1]])", "new Map([[1, 0], [true, 0]])", "new Set([1, true])", "new Map([[{}, 1]])"])
def test_what_python_has_no_place_for_is_no_value(source):
    pair = Pair("javascript")
    with pair.box as box:
        receipt = box.eval(source)
        assert receipt.ok and not receipt.has_value and receipt.value is None and receipt.repr
        assert "ValueError" in box.eval(f"tools.take({{value: {source}}})").error.message


# ---------------------------------------------------------------------- into JavaScript


def test_values_are_of_javascripts_types():
    with Sandbox("javascript") as box:
        box.set(
            a=(1, 2), b=2**60 + 1, c=math.nan, d=datetime.date(2024, 1, 2), e=b"xy", f={1}, g={1: 2}, h=-0.0, i=2**53, j={"$a": {"__proto__": 1}},
            k=array.array("d", [1.5]), l=datetime.datetime(2024, 1, 2, 3, 4, 5, 678901), m=decimal.Decimal("1.5"),
        )  # fmt: skip
        assert box.eval("""
            [Array.isArray(a), typeof b, b === 1152921504606846977n, Number.isNaN(c), d instanceof Date, d.toISOString(), e instanceof Uint8Array,
             f instanceof Set && f.has(1), g instanceof Map && g.get(1) === 2, Object.is(h, -0), i === 9007199254740992n,
             Object.hasOwn(j.$a, '__proto__'), k instanceof Float64Array, l.iso, m.tag, m.value, Object.isFrozen(m)]
        """).value == [
            True, "bigint", True, True, True, "2024-01-02T00:00:00.000Z", True, True, True, True, True, True, True,
            "2024-01-02T03:04:05.678901", "decimal", "1.5", True,
        ]  # fmt: skip


def test_set_reaches_a_variable_that_the_program_declared():
    with Sandbox("javascript") as box:
        box.eval("let x = 1; var y = 1; const z = 1")
        box.set(x=2, y=2, w=2)
        assert box.eval("[x, y, w, globalThis.w]").value == [2, 2, 2, 2]
        with pytest.raises(GuestError):
            box.set(z=2)


def test_a_program_that_replaces_what_values_are_made_of_fools_nobody():
    with Sandbox("javascript") as box:
        box.eval("""
            globalThis.Map = globalThis.Set = globalThis.BigInt = globalThis.Date = globalThis.Uint8Array = function () { throw 1 };
            JSON.parse = JSON.stringify = () => 'mine'; Object.prototype.toString = Array.prototype.toString = () => { throw 2 };
            Array.prototype[Symbol.iterator] = null""")
        value = [{1}, {2: 3}, 2**70, datetime.datetime(2024, 1, 1, tzinfo=UTC), b"x", {"$a": 1}]
        box.set(x=value)
        assert box.get("x") == value


def test_a_lookalike_of_a_foreign_value_is_an_object():
    with Sandbox("javascript") as box:
        assert box.eval("({tag: 'decimal', value: '1'})").value == {"tag": "decimal", "value": "1"}
        box.set(m=decimal.Decimal(1))
        made = box.eval("new m.constructor('decimal', {$x: 1})")
        assert made.ok and not made.has_value
        assert not box.eval("new m.constructor('bytes', 'eA==')").has_value
