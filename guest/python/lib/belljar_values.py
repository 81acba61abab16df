"""Values as tagged JSON, between a program and the host.

What JSON can hold is itself. What it cannot is an object with one key that starts with "$": see pack below, and
docs/values.md of Belljar. Nothing else has a form; nesting is bounded.
"""

import base64
import dataclasses
import datetime
import decimal
import json
import math

DEPTH_MOST = 64


def _pack_float(value):
    if math.isfinite(value):
        return float(value)
    return {"$float": "nan" if value != value else "inf" if value > 0 else "-inf"}


def _pack_dict(value, depth):
    items = value.items()
    if all(isinstance(key, str) and not key.startswith("$") for key in value):
        return {str(key): _pack(item, depth) for key, item in items}
    return {"$dict": [[_pack(key, depth), _pack(item, depth)] for key, item in items]}


def _pack_all(values, depth):
    return [_pack(item, depth) for item in values]


_MOMENTS = ((datetime.datetime, "$datetime"), (datetime.date, "$date"), (datetime.time, "$time"))


def _pack_other(value, depth):
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
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
        return {"$frozenset": _pack_all(value, depth)}
    if isinstance(value, set):
        return {"$set": _pack_all(value, depth)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return _pack_dict({field.name: getattr(value, field.name) for field in fields}, depth)
    raise TypeError(f"a value of type {type(value).__name__} cannot leave the sandbox")


def _pack(value, depth):
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value) if -(2**63) <= value < 2**63 else {"$int": format(int(value), "x")}
    if isinstance(value, float):
        return _pack_float(value)
    if depth == DEPTH_MOST:
        raise ValueError("the value is nested too deeply to leave the sandbox")
    depth += 1
    if isinstance(value, dict):
        return _pack_dict(value, depth)
    if isinstance(value, tuple):
        if hasattr(value, "_asdict"):
            return _pack_dict(value._asdict(), depth)
        return {"$tuple": _pack_all(value, depth)}
    if isinstance(value, list):
        return _pack_all(value, depth)
    return _pack_other(value, depth)


def pack(value):
    """The value as JSON text (bytes). TypeError or ValueError where it has no form."""
    text = json.dumps(_pack(value, 0), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8")


_FORMS = {
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
    "$set": set,
    "$frozenset": frozenset,
    "$dict": dict,
}


def _unpack_object(found):
    if len(found) == 1:
        ((tag, form),) = found.items()
        make = _FORMS.get(tag)
        if make:
            return make(form)
    return found


def unpack(text):
    """The value of tagged JSON."""
    return json.loads(text, object_hook=_unpack_object)
