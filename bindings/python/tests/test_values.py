"""Values between host and guest, honest and hostile."""

import dataclasses
import datetime
import decimal
import json
import math
import random
from collections import namedtuple

import pytest

from belljar import values

HONEST = [
    None, True, 0, -1, 2**63, -(2**63), -(2**200), 1.5, "", "ä\0𝄞", b"", bytes(range(256)), 1 + 2j, complex(math.inf, 1),
    [], [1, [2]], (), (1, (2,)), {}, {"a": 1}, {1: 2}, {"$bytes": 1}, {"$a": 1, "b": 2}, {(1, 2): {"$x": [1]}}, set(), {1, "a"},
    frozenset({1}), {frozenset({(1,)}): b"x"}, decimal.Decimal("1.50"), decimal.Decimal("-Infinity"), math.inf, -math.inf,
    datetime.date(2025, 1, 2), datetime.time(1, 2, 3, 4), datetime.datetime(2025, 1, 2, 3, 4, 5, 6),
    datetime.datetime(2025, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=5, minutes=30))),
    datetime.timedelta(days=-1, seconds=5, microseconds=7),
]  # fmt: skip


@pytest.mark.parametrize("value", HONEST, ids=repr)
def test_there_and_back(value):
    back = values.decode(values.encode(value))
    assert back == value and type(back) is type(value)


def test_through_a_sandbox(box):
    for value in HONEST:
        box.set(x=value)
        back = box.get("x")
        assert back == value and type(back) is type(value), value
    assert math.isnan(box.eval("float('nan')").value)


def test_dataclasses_and_named_tuples_become_dicts(box):
    @dataclasses.dataclass
    class Point:
        x: int
        y: object

    assert values.decode(values.encode(Point(1, Point(2, namedtuple("P", "z")(3))))) == {"x": 1, "y": {"x": 2, "y": {"z": 3}}}
    assert box.eval("import dataclasses\n@dataclasses.dataclass\nclass P:\n  x: int\nP(b'1')").value == {"x": b"1"}


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def cyclic():
    value = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    "value",
    [object(), lambda: 1, cyclic(), nested(100), "x" * (1 << 20), b"x" * (1 << 20), "\ud800", type, 1 << 10**7],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_value_is_refused(value):
    with pytest.raises(ValueError):
        values.encode(value)


def test_what_is_too_long_is_refused_before_it_is_made_a_text(monkeypatch):
    monkeypatch.setattr(values, "_tagged", None)
    for value in ("x" * 101, [1] * 101, {str(i): i for i in range(51)}, [b"x" * 50, ("x" * 50, {1, 2})]):
        with pytest.raises(ValueError, match="longer than 100 bytes"):
            values.encode(value, 100)


def test_names(box):
    for name in ("a b", "1", "import", "x; import os", ""):
        with pytest.raises(ValueError):
            box.get(name)
        with pytest.raises(ValueError):
            box.set(**{name: 1})
    with pytest.raises(KeyError):
        box.get("nothing")
    box.eval("f = lambda: 1")
    with pytest.raises(ValueError, match="cannot leave"):
        box.get("f")


# ---------------------------------------------------------------------- from a guest that lies

HOSTILE = [
    "", "nope", "[", "NaN", "Infinity", "1" * 5000, "[" * 100000, '{"$bytes":5}', '{"$bytes":"*"}', '{"$bytes":"a"}',
    '{"$int":5}', '{"$int":"zz"}', '{"$int":"0x5"}', '{"$int":" 5"}', '{"$int":"1_0"}', '{"$int":""}', '{"$int":"-"}', '{"$float":"1e9"}',
    '{"$float":["nan"]}', '{"$float":{"a":1}}', '{"$complex":[1]}', '{"$complex":["1",2]}', '{"$decimal":"x"}', '{"$decimal":5}', '{"$datetime":"now"}',
    '{"$date":"2025-99-99"}', '{"$time":[]}', '{"$timedelta":[1,2]}', '{"$timedelta":[1e300,0,0]}', '{"$timedelta":[999999999999,0,0]}',
    '{"$timedelta":[true,0,0]}', '{"$tuple":{}}', '{"$set":[[1]]}', '{"$set":5}', '{"$dict":[[1]]}', '{"$dict":[[[],1]]}', '{"$dict":5}',
    '{"$unknown":1}', '{"$":1}', '{"$set":[{"$set":[]}]}', '{"$timedelta":["1",0,0]}', '{"$int":"\u0661"}',
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:30])
def test_a_text_of_another_form_is_refused(text):
    with pytest.raises(ValueError):
        values.decode(text)


def test_hashes_that_are_all_the_same_are_refused():
    same = [{"$int": f"{i * (2**61 - 1):x}"} for i in range(1, 20000)]
    for form in ({"$set": same}, {"$dict": [[key, 1] for key in same]}, {"$set": [{"$tuple": [k]} for k in same]}):
        with pytest.raises(ValueError):
            values.decode(json.dumps(form)[: values.SIZE + 1])


def test_random_trees_make_values_or_value_errors():
    rng = random.Random(6)
    tags = [*values._DECODERS, "$x", "a"]
    leaves = [None, True, 0, -5, 1.5, 1e308, "", "nan", "ff", "aGk=", "2025-01-01", "1.5", 10**15]

    def tree(depth):
        kind = rng.random()
        if depth == 0 or kind < 0.3:
            return rng.choice(leaves)
        if kind < 0.6:
            return [tree(depth - 1) for _ in range(rng.randrange(4))]
        return {rng.choice(tags): tree(depth - 1) for _ in range(rng.choice((1, 1, 1, 2)))}

    made = 0
    for _ in range(20000):
        text = json.dumps(tree(5))
        try:
            value = values.decode(text)
        except ValueError:
            continue
        made += 1
        again = values.decode(values.encode(value))
        assert type(again) is type(value) and (again == value or "nan" in text)
    assert made > 1000


def test_random_edits_of_texts():
    rng = random.Random(7)
    texts = [values.encode(value) for value in HONEST]
    for _ in range(20000):
        text = list(rng.choice(texts))
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(text) + 1)
            text[at : at + rng.randrange(3)] = rng.choice(['"', "$", "{", "}", "[", "]", "1", ",", "-", "\0", "\ud800"])
        try:
            values.decode("".join(text))
        except ValueError:
            pass
