"""Values as tagged JSON, between a program and the host.

What JSON can hold is itself. What it cannot is an object with one key that starts with "$": see pack below, and
docs/values.md of Belljar. A key of the program's that starts so gets another "$" in front. Nothing else has a form; nesting is
bounded.
"""

import array
import base64
import dataclasses
import datetime
import decimal
import json
import math
import sys

import _belljar_host

DEPTH_MOST = 64
BESIDE = 4096  # bytes that are as many stand beside the text, where the host takes them so …
BESIDE_MOST = 65536  # … up to as many times: BELLJAR_BLOBS_MOST
OF_EVAL, OF_TOOL = 0, 1  # BELLJAR_BLOB_OF_…: whose they are
_SAFE = 2**53 - 1  # beyond it readers of JSON that have doubles alone take one integer for another


def _pack_float(value):
    if math.isfinite(value):
        return float(value)
    return {"$float": "nan" if value != value else "inf" if value > 0 else "-inf"}


def _pack_name(key):
    key = str(key)
    return "$" + key if key.startswith("$") else key


def _pack_dict(value, depth, blobs):
    if not all(isinstance(key, str) for key in value):
        return {"$dict": [[_pack(key, depth, blobs), _pack(item, depth, blobs)] for key, item in value.items()]}
    packed = {_pack_name(key): _pack(item, depth, blobs) for key, item in value.items()}
    if len(packed) != len(value):
        raise ValueError("two keys of the dict have the same characters")
    return packed


def _pack_all(values, depth, blobs):
    return [_pack(item, depth, blobs) for item in values]


# The type of array.array's elements, by the first letter of its code; then how many bits they have.
_KINDS = {**dict.fromkeys("bhilq", "i"), **dict.fromkeys("BHILQ", "u"), **dict.fromkeys("fd", "f")}
_CODES = {_KINDS[code] + str(8 * array.array(code).itemsize): code for code in "lLiIhHbBqQfd"}
_CODES["u8c"] = "B"


def _beside(data, kind, blobs):
    """Bytes that are many stand beside the text, where the host takes them so; None where they do not."""
    if blobs is None or data.nbytes < BESIDE or len(blobs) == BESIDE_MOST:
        return None
    blobs.append(data)
    return {"$blob": [len(blobs) - 1, kind]}


def _pack_bytes(value, blobs):
    data = memoryview(value)
    if not data.c_contiguous:
        data = memoryview(data.tobytes())
    return _beside(data, "bytes", blobs) or {"$bytes": base64.b64encode(data).decode("ascii")}


def _pack_array(value, blobs):
    if value.typecode not in _KINDS:
        raise TypeError("an array of characters cannot leave the sandbox")
    kind = _KINDS[value.typecode] + str(8 * value.itemsize)
    return _beside(memoryview(value), kind, blobs) or {"$array": [kind, base64.b64encode(value.tobytes()).decode("ascii")]}


def _array_of(kind, data):
    made = array.array(_CODES[kind])
    made.frombytes(data)
    return made


def _unpack_array(parts):
    kind, text = parts
    return _array_of(kind, base64.b64decode(text))


def _unpack_blob(parts, source):
    number, kind = parts
    data = _belljar_host.blob(source, number)
    if kind == _TABLE:
        return _unpack_frame(data)
    return data if kind == "bytes" else _array_of(kind, data)


# Tables, where the full Python has pandas: as what Arrow calls a stream, which always stands beside the text.
_TABLE = "application/vnd.apache.arrow.stream"


def _is_frame(value):
    pandas = sys.modules.get("pandas")
    return isinstance(value, getattr(pandas, "DataFrame", ()))


def _pack_frame(value, blobs):
    import belljar_arrow

    if blobs is None or len(blobs) == BESIDE_MOST:
        raise TypeError("a DataFrame leaves the sandbox beside the text alone")
    blobs.append(memoryview(belljar_arrow.write(value)))
    return {"$blob": [len(blobs) - 1, _TABLE]}


def _unpack_frame(data):
    try:
        import belljar_arrow
    except ImportError:
        raise ValueError("tables want pandas, which this Python does not have") from None
    return belljar_arrow.read(data)


_MOMENTS = ((datetime.datetime, "$datetime"), (datetime.date, "$date"), (datetime.time, "$time"))


def _pack_other(value, depth, blobs):
    if isinstance(value, array.array):
        return _pack_array(value, blobs)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _pack_bytes(value, blobs)
    if isinstance(value, complex):
        return {"$complex": [_pack_float(value.real), _pack_float(value.imag)]}
    if isinstance(value, decimal.Decimal):
        return {"$decimal": str(value)}
    for kind, tag in _MOMENTS:
        if isinstance(value, kind):
            return {tag: kind.isoformat(value)}
    if isinstance(value, datetime.timedelta):
        return {"$timedelta": [value.days, value.seconds, value.microseconds]}
    if isinstance(value, frozenset):
        return {"$frozenset": _pack_all(value, depth, blobs)}
    if isinstance(value, set):
        return {"$set": _pack_all(value, depth, blobs)}
    if _is_frame(value):
        return _pack_frame(value, blobs)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return _pack_dict({field.name: getattr(value, field.name) for field in fields}, depth, blobs)
    raise TypeError(f"a value of type {type(value).__name__} cannot leave the sandbox")


def _pack(value, depth, blobs):
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value) if -_SAFE <= value <= _SAFE else {"$int": format(int(value), "x")}
    if isinstance(value, float):
        return _pack_float(value)
    if depth == DEPTH_MOST:
        raise ValueError("the value is nested too deeply to leave the sandbox")
    depth += 1
    if isinstance(value, dict):
        return _pack_dict(value, depth, blobs)
    if isinstance(value, tuple):
        if hasattr(value, "_asdict"):
            return _pack_dict(value._asdict(), depth, blobs)
        return {"$tuple": _pack_all(value, depth, blobs)}
    if isinstance(value, list):
        return _pack_all(value, depth, blobs)
    return _pack_other(value, depth, blobs)


def pack(value, blobs=None):
    """The value as JSON text (bytes). TypeError or ValueError where it has no form. What is long of it is appended to the list `blobs`, if there
    is one, for the host to have beside the text."""
    text = json.dumps(_pack(value, 0, blobs), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8")


def _unpack_set(kind):
    def unpack(items):
        made = kind(items)
        if len(made) != len(items):
            raise ValueError("elements that differ for the host are equal here")
        return made

    return unpack


def _unpack_dict(pairs):
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("keys that differ for the host are equal here")
    return made


_FORMS = {
    "$array": _unpack_array,
    "$bytes": base64.b64decode,
    "$int": lambda digits: int(digits, 16),
    "$float": float,
    "$complex": lambda parts: complex(*parts),
    "$decimal": decimal.Decimal,
    "$datetime": datetime.datetime.fromisoformat,
    "$date": datetime.date.fromisoformat,
    "$time": datetime.time.fromisoformat,
    "$timedelta": lambda parts: datetime.timedelta(*parts),
    "$tuple": tuple,
    "$set": _unpack_set(set),
    "$frozenset": _unpack_set(frozenset),
    "$dict": _unpack_dict,
    "$undefined": lambda nothing: None,
}


def _unpack_object(found, source):
    if len(found) == 1:
        ((tag, form),) = found.items()
        if tag == "$blob":
            return _unpack_blob(form, source)
        if tag.startswith("$") and not tag.startswith("$$"):
            return _FORMS[tag](form)
    return {key[1:] if key.startswith("$") else key: item for key, item in found.items()}


def unpack(text, source=OF_EVAL):
    """The value of tagged JSON, beside which the host has bytes of an eval, or of a tool's result."""
    return json.loads(text, object_hook=lambda found: _unpack_object(found, source))
