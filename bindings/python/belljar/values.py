"""Values between host and guest: JSON, and what JSON cannot hold as an object with one key that starts with ``$``.

    {"$bytes": base64} {"$int": hex} {"$float": "nan"|"inf"|"-inf"|"-0"} {"$complex": [re, im]} {"$decimal": "1.50"}
    {"$datetime": iso} {"$date": iso} {"$time": iso} {"$timedelta": [days, seconds, microseconds]}
    {"$tuple": [...]} {"$set": [...]} {"$frozenset": [...]} {"$dict": [[key, value], ...]}
    {"$array": ["f64", base64]} {"$undefined": null} {"$blob": [number, "bytes"|"f64"|…]}

The last are bytes, or an array's, that stand beside the text, in a list.

A key that starts with ``$`` and is the program's own gets another ``$`` in front. docs/values.md has it all in a table.

What comes from a guest is hostile: it is parsed, never evaluated, and makes objects of the types above alone, whose
work is bounded by the size of the text.
"""

from __future__ import annotations

import array
import base64
import binascii
import collections
import dataclasses
import datetime
import decimal
import itertools
import json
import math
import sys
import typing

from . import arrow

DEPTH = 64
SIZE = 1 << 20

# Keys and elements of one set or dict whose hashes are all the same. Of honest ones few are; a guest can make any number,
# each of which costs as much as all before it.
_SAME_HASH = 32

_MOST_DIGITS = 17  # of an integer of JSON, with its sign

_SAFE = (1 << 53) - 1  # beyond it readers of JSON that have doubles alone take one integer for another

# The type of an array.array's elements by its code; with the number of their bits it is what tagged JSON calls it.
_KINDS = {**dict.fromkeys("bhilq", "i"), **dict.fromkeys("BHILQ", "u"), **dict.fromkeys("fd", "f")}
_CODES = {_KINDS[code] + str(8 * array.array(code).itemsize): code for code in "lLiIhHbBqQfd"}
_CODES["u8c"] = "B"


# ---------------------------------------------------------------------- to JSON


def encode(value: typing.Any, size: int = SIZE, blobs: list[bytes] | None = None) -> str:
    """The text of a value. ValueError: it has none, is nested too deep, or longer than `size`. Where there is a list `blobs`, what has many bytes
    is appended to it, to stand beside the text.

    >>> encode({"when": datetime.date(2025, 1, 2), "raw": b"hi", "pair": (1, 2)})
    '{"when":{"$date":"2025-01-02"},"raw":{"$bytes":"aGk="},"pair":{"$tuple":[1,2]}}'
    """
    if type(value) not in _SHORT:
        _check_length(value, size, blobs is not None)
    text = json.dumps(_tagged(value, DEPTH, blobs), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    if len(text) > size:
        raise _too_long(size)
    return text


_SHORT = (int, float, bool, type(None))


def _too_long(size: int) -> ValueError:
    return ValueError(f"the value is longer than {size} bytes of JSON")


def _check_length(value: typing.Any, size: int, beside: bool) -> None:
    """Refuses what is sure to be longer before its text is made, which holds the GIL, and so whoever waits for a guest, for as long as
    that takes. No more than `size` steps; what is nested too deep is left to _tagged."""
    left = size
    begun = [iter((value,))]
    while begun:
        for item in begun[-1]:
            left -= len(item) + 1 if isinstance(item, str) or (not beside and isinstance(item, (bytes, bytearray))) else 1
            if left < 0:
                raise _too_long(size)
            if isinstance(item, (list, tuple, set, frozenset, dict)):
                begun.append(_parts(item))
                break
        else:
            begun.pop()
        if len(begun) > DEPTH + 1:
            return


def _parts(value: typing.Any) -> typing.Iterator[typing.Any]:
    if isinstance(value, dict):
        return itertools.chain(dict.keys(value), dict.values(value))
    return iter(value)


_Blobs = typing.Optional[list[bytes]]

# Bytes that are as many stand beside the text, where there is room: BELLJAR_BLOBS_MOST.
BESIDE = 4096
_BESIDE_MOST = 65536


def _tagged(value: typing.Any, depth: int, blobs: _Blobs) -> typing.Any:
    if depth < 0:
        raise ValueError(f"the value is nested deeper than {DEPTH}, or holds itself")
    if value is None or isinstance(value, bool):
        return value
    for kind, encode_one in _ENCODERS:
        if isinstance(value, kind):
            return encode_one(value, depth - 1, blobs)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return _tagged_dict(fields, depth - 1, blobs)
    if arrow.is_table(value):
        return _tagged_table(value, blobs)
    raise ValueError(f"a {type(value).__qualname__} does not go into a sandbox: pass what it holds")


def _tagged_table(value: typing.Any, blobs: _Blobs) -> typing.Any:
    if blobs is None or len(blobs) == _BESIDE_MOST:
        raise ValueError("a table goes into a sandbox beside the text alone")
    blobs.append(arrow.stream_of(value))
    return {"$blob": [len(blobs) - 1, arrow.TYPE]}


def _tagged_str(value: str, _depth: int = 0, _blobs: _Blobs = None) -> str:
    value = str.__str__(value)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("a str with lone surrogates does not go into a sandbox") from None
    return value


def _tagged_int(value: int, _depth: int, _blobs: _Blobs) -> typing.Any:
    value = int(value)
    return value if -_SAFE <= value <= _SAFE else {"$int": f"{value:x}"}


def _tagged_float(value: float, _depth: int = 0, _blobs: _Blobs = None) -> typing.Any:
    value = float(value)
    return value if math.isfinite(value) else {"$float": repr(value)}


def _beside(data: memoryview, kind: str, blobs: _Blobs) -> typing.Any:
    """None where it stands in the text."""
    if blobs is None or data.nbytes < BESIDE or len(blobs) == _BESIDE_MOST:
        return None
    blobs.append(data.obj if type(data.obj) is bytes and len(data.obj) == data.nbytes else data.tobytes())
    return {"$blob": [len(blobs) - 1, kind]}


def _tagged_bytes(value: bytes | bytearray | memoryview, _depth: int, blobs: _Blobs) -> typing.Any:
    data = memoryview(value)
    if not data.c_contiguous:
        data = memoryview(data.tobytes())
    return _beside(data, "bytes", blobs) or {"$bytes": base64.b64encode(data).decode()}


def _items(values: typing.Iterable[typing.Any], depth: int, blobs: _Blobs) -> list[typing.Any]:
    return [_tagged(value, depth, blobs) for value in values]


def _tagged_tuple(value: tuple[typing.Any, ...], depth: int, blobs: _Blobs) -> typing.Any:
    if hasattr(value, "_asdict"):
        return _tagged_dict(value._asdict(), depth, blobs)
    return {"$tuple": _items(value, depth, blobs)}


def _tagged_name(name: str) -> str:
    name = _tagged_str(name)
    return f"${name}" if name.startswith("$") else name


def _tagged_dict(value: typing.Mapping[typing.Any, typing.Any], depth: int, blobs: _Blobs) -> typing.Any:
    if not all(isinstance(key, str) for key in value):
        return {"$dict": [[_tagged(key, depth, blobs), _tagged(item, depth, blobs)] for key, item in value.items()]}
    tagged = {_tagged_name(key): _tagged(item, depth, blobs) for key, item in value.items()}
    if len(tagged) != len(value):
        raise ValueError("two keys of the dict have the same characters")
    return tagged


def _tagged_array(value: typing.Any, _depth: int, blobs: _Blobs) -> typing.Any:
    if value.typecode not in _KINDS:
        raise ValueError("an array of characters does not go into a sandbox: pass a str")
    kind = _KINDS[value.typecode] + str(8 * value.itemsize)
    data = _little_endian(value)
    return _beside(data, kind, blobs) or {"$array": [kind, base64.b64encode(data).decode()]}


def _little_endian(value: typing.Any) -> memoryview:
    if sys.byteorder == "big":
        value = value[:]
        value.byteswap()
    return memoryview(value)


# A datetime is a date, so it comes first.
_ENCODERS: tuple[tuple[typing.Any, typing.Callable[[typing.Any, int, _Blobs], typing.Any]], ...] = (
    (str, _tagged_str),
    (int, _tagged_int),
    (float, _tagged_float),
    (list, _items),
    (tuple, _tagged_tuple),
    (dict, _tagged_dict),
    ((bytes, bytearray, memoryview), _tagged_bytes),
    (array.array, _tagged_array),
    (complex, lambda v, d, b: {"$complex": [_tagged_float(v.real), _tagged_float(v.imag)]}),
    (set, lambda v, d, b: {"$set": _items(v, d, b)}),
    (frozenset, lambda v, d, b: {"$frozenset": _items(v, d, b)}),
    (decimal.Decimal, lambda v, d, b: {"$decimal": str(v)}),
    (datetime.datetime, lambda v, d, b: {"$datetime": v.isoformat()}),
    (datetime.date, lambda v, d, b: {"$date": v.isoformat()}),
    (datetime.time, lambda v, d, b: {"$time": v.isoformat()}),
    (datetime.timedelta, lambda v, d, b: {"$timedelta": [v.days, v.seconds, v.microseconds]}),
)


# ---------------------------------------------------------------------- from JSON


def decode(text: str, size: int = SIZE, blobs: typing.Sequence[bytes] = ()) -> typing.Any:
    """The value of a text from the guest, beside which `blobs` stand. ValueError: it is not of this form.

    >>> decode('{"$tuple":[1,{"$bytes":"aGk="}]}')
    (1, b'hi')
    """
    if len(text) > size:
        raise ValueError(f"longer than {size} characters")
    try:
        tree, end = _READER.raw_decode(text)
        if end != len(text):
            raise ValueError("more than a value")
        return _untagged(tree, DEPTH, blobs)
    except (TypeError, OverflowError, RecursionError, ArithmeticError, binascii.Error) as error:
        raise ValueError(f"not a value: {error}") from None


_Bytes = typing.Sequence[bytes]


def _small_int(digits: str) -> int:
    value = int(digits) if len(digits) <= _MOST_DIGITS else _SAFE + 1
    if not -_SAFE <= value <= _SAFE:
        raise ValueError("an integer of more than 53 bits that is not tagged")
    return value


def _no_twins(pairs: list[tuple[str, typing.Any]]) -> dict[str, typing.Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("two members of one name")
    return found


def _no_constant(name: str) -> typing.NoReturn:
    raise ValueError(f"{name} is no JSON")


def _untagged(tree: typing.Any, depth: int, blobs: _Bytes) -> typing.Any:
    if depth < 0:
        raise ValueError(f"nested deeper than {DEPTH}")
    if isinstance(tree, list):
        return [_untagged(item, depth - 1, blobs) for item in tree]
    if isinstance(tree, str):
        return _text(tree)
    if isinstance(tree, float) and math.isinf(tree):
        raise ValueError("a number beyond the largest double")
    if not isinstance(tree, dict):
        return tree
    if len(tree) == 1:
        ((key, held),) = tree.items()
        if _is_tag(key):
            return _decoder(key)(held, depth - 1, blobs)
    return {_name(key): _untagged(item, depth - 1, blobs) for key, item in tree.items()}


# Made once: json.loads makes one each time, which takes longer than it reads.
_READER = json.JSONDecoder(parse_int=_small_int, parse_constant=_no_constant, object_pairs_hook=_no_twins)


def _is_tag(key: str) -> bool:
    return key.startswith("$") and not key.startswith("$$")


def _name(key: str) -> str:
    if _is_tag(key):
        raise ValueError("a tag beside other members")
    return _text(key[1:] if key.startswith("$") else key)


def _decoder(tag: str) -> typing.Callable[[typing.Any, int, _Bytes], typing.Any]:
    decoder = _DECODERS.get(tag)
    if decoder is None:
        raise ValueError(f"no value has the tag {tag[:20]!r}")
    return decoder


def _text(held: typing.Any, most: int | None = None) -> str:
    if not isinstance(held, str) or (most is not None and len(held) > most):
        raise ValueError("not the text that its tag wants")
    if not held.isascii():
        held.encode()  # a ValueError where it has lone surrogates
    return held


def _list(held: typing.Any, length: int | None = None) -> list[typing.Any]:
    if not isinstance(held, list) or length not in (None, len(held)):
        raise ValueError("not the list that its tag wants")
    return held


def _decode_int(held: typing.Any, _depth: int, _blobs: _Bytes) -> int:
    digits = _text(held)
    if not all(digit in "0123456789abcdef" for digit in digits.removeprefix("-")):
        raise ValueError("not a hexadecimal number")
    return int(digits, 16)


def _decode_float(held: typing.Any, _depth: int, _blobs: _Bytes) -> float:
    if held not in ("nan", "inf", "-inf", "-0"):
        raise ValueError("not a special float")
    return float(held)


def _decode_array(held: typing.Any, _depth: int, _blobs: _Bytes) -> typing.Any:
    kind, text = (_text(part) for part in _list(held, 2))
    if kind not in _CODES:
        raise ValueError("no array has elements of this type")
    return _array_of(kind, base64.b64decode(text, validate=True))


def _array_of(kind: str, data: bytes) -> typing.Any:
    made = array.array(_CODES[kind])
    made.frombytes(data)
    if sys.byteorder == "big":
        made.byteswap()
    return made


def _decode_blob(held: typing.Any, _depth: int, blobs: _Bytes) -> typing.Any:
    """Each is named once, which the library has seen to."""
    number, kind = _list(held, 2)
    if type(number) is not int or not 0 <= number < len(blobs):
        raise ValueError("bytes that are not there")
    if kind == "bytes":
        return blobs[number]
    if kind == arrow.TYPE:
        return arrow.ArrowData(blobs[number])
    if kind not in _CODES:
        raise ValueError("bytes of no known type")
    return _array_of(kind, blobs[number])


def _decode_undefined(held: typing.Any, _depth: int, _blobs: _Bytes) -> None:
    if held is not None:
        raise ValueError("undefined holds nothing")


def _decode_complex(held: typing.Any, depth: int, blobs: _Bytes) -> complex:
    parts = [_untagged(part, depth, blobs) for part in _list(held, 2)]
    if not all(isinstance(part, (int, float)) for part in parts):
        raise ValueError("not a complex number")
    return complex(*parts)


def _decode_timedelta(held: typing.Any, _depth: int, _blobs: _Bytes) -> datetime.timedelta:
    if not all(type(part) is int for part in _list(held, 3)):
        raise ValueError("not a timedelta")
    return datetime.timedelta(*held)


def _hashable(values: list[typing.Any]) -> list[typing.Any]:
    """The values, if putting them into a table takes time that grows with their number alone."""
    counts = collections.Counter(map(hash, values))
    if counts and max(counts.values()) > _SAME_HASH:
        raise ValueError("made so that their hashes are the same")
    return values


def _elements(kind: typing.Any) -> typing.Callable[[typing.Any, int, _Bytes], typing.Any]:
    def decode_elements(held: typing.Any, depth: int, blobs: _Bytes) -> typing.Any:
        made = kind(_hashable([_untagged(item, depth, blobs) for item in _list(held)]))
        if len(made) != len(held):
            raise ValueError("elements that differ in the guest are equal here")
        return made

    return decode_elements


def _decode_dict(held: typing.Any, depth: int, blobs: _Bytes) -> dict[typing.Any, typing.Any]:
    pairs = [_list(pair, 2) for pair in _list(held)]
    keys = _hashable([_untagged(key, depth, blobs) for key, _ in pairs])
    made = dict(zip(keys, (_untagged(item, depth, blobs) for _, item in pairs)))
    if len(made) != len(pairs):
        raise ValueError("keys that differ in the guest are equal here")
    return made


_DECODERS: dict[str, typing.Callable[[typing.Any, int, _Bytes], typing.Any]] = {
    "$bytes": lambda held, depth, blobs: base64.b64decode(_text(held), validate=True),
    "$int": _decode_int,
    "$float": _decode_float,
    "$complex": _decode_complex,
    "$decimal": lambda held, depth, blobs: decimal.Decimal(_text(held)),
    "$datetime": lambda held, depth, blobs: datetime.datetime.fromisoformat(_text(held, 64)),
    "$date": lambda held, depth, blobs: datetime.date.fromisoformat(_text(held, 64)),
    "$time": lambda held, depth, blobs: datetime.time.fromisoformat(_text(held, 64)),
    "$timedelta": _decode_timedelta,
    "$tuple": lambda held, depth, blobs: tuple(_untagged(item, depth, blobs) for item in _list(held)),
    "$set": _elements(set),
    "$frozenset": _elements(frozenset),
    "$dict": _decode_dict,
    "$array": _decode_array,
    "$blob": _decode_blob,
    "$undefined": _decode_undefined,
}
