# mypy: ignore-errors
"""The messages of an Arrow IPC stream (Arrow Columnar Format, "IPC Streaming Format"): writing them, and reading those of strangers.

Metadata alone: buffers stay where they are, as views. Whatever a stream says, reading it takes time in proportion to its length, no view
leaves the stream, and what is not understood is a ValueError. The full Python of the sandbox has this very file (guest/data/build.sh), as belljar_ipc: both sides trust the other's streams
no more than a stranger's.
"""

import struct

SCHEMA, DICTIONARY_BATCH, RECORD_BATCH = 1, 2, 3
NULL, INT, FLOAT, BINARY, UTF8, BOOL, DATE, TIME, TIMESTAMP, DURATION, LARGE_BINARY, LARGE_UTF8 = 1, 2, 3, 4, 5, 6, 8, 9, 10, 18, 19, 20
_V5 = 4
_CONTINUATION = 0xFFFFFFFF


# ---------------------------------------------------------------------- flatbuffers, written


def _pad(out):
    out += bytes(-len(out) % 8)


def table(*fields):
    """What writes a table: fields are None, (format, number), or what writes something that they point to."""

    def write(out):
        places, size = [], 4
        for field in fields:
            width = 0 if field is None else struct.calcsize(field[0]) if isinstance(field, tuple) else 4
            size += -size % width if width else 0
            places.append(size if width else 0)
            size += width
        vtable = len(out)
        out += struct.pack(f"<{len(fields) + 2}H", 4 + 2 * len(fields), size, *places)
        _pad(out)
        at = len(out)
        out += struct.pack("<i", at - vtable) + bytes(size - 4)
        _pad(out)
        for field, place in zip(fields, places):
            if isinstance(field, tuple):
                struct.pack_into("<" + field[0], out, at + place, field[1])
            elif field is not None:
                struct.pack_into("<I", out, at + place, field(out) - at - place)
        return at

    return write


def text(value):
    data = value.encode()

    def write(out):
        at = len(out)
        out += struct.pack("<I", len(data)) + data + b"\0"
        _pad(out)
        return at

    return write


def tables(items):
    def write(out):
        at = len(out)
        out += struct.pack("<I", len(items)) + bytes(4 * len(items))
        _pad(out)
        for number, item in enumerate(items):
            place = at + 4 + 4 * number
            struct.pack_into("<I", out, place, item(out) - place)
        return at

    return write


def pairs(items):
    """A list of structs of two 64-bit numbers, which are aligned."""

    def write(out):
        out += bytes(4)
        at = len(out)
        out += struct.pack("<I", len(items)) + b"".join(struct.pack("<qq", *item) for item in items)
        _pad(out)
        return at

    return write


def message(kind, header, body_size=0):
    """The bytes of a message before its body."""
    out = bytearray(8)
    root = table(("h", _V5), ("B", kind), header, ("q", body_size))(out)
    struct.pack_into("<I", out, 0, root)
    return struct.pack("<II", _CONTINUATION, len(out)) + out


END = struct.pack("<II", _CONTINUATION, 0)


# ---------------------------------------------------------------------- flatbuffers, read


class _Table:
    """A table at a place of the metadata. Places are checked before anything is read there."""

    __slots__ = ("_data", "_at", "_fields")

    def __init__(self, data, at):
        self._data, self._at = data, at
        vtable = at - self._unpack("<i", at)
        size = self._unpack("<H", vtable)
        if size < 4 or vtable + size > len(data):
            raise ValueError("a table that leaves its message")
        self._fields = struct.unpack_from(f"<{size // 2 - 2}H", data, vtable + 4)

    def _unpack(self, form, at):
        if not 0 <= at <= len(self._data) - struct.calcsize(form):
            raise ValueError("a place outside of its message")
        return struct.unpack_from(form, self._data, at)[0]

    def _place(self, number):
        offset = self._fields[number] if number < len(self._fields) else 0
        return self._at + offset if offset else None

    def number(self, number, form, default=0):
        place = self._place(number)
        return default if place is None else self._unpack("<" + form, place)

    def _target(self, number):
        place = self._place(number)
        return None if place is None else place + self._unpack("<I", place)

    def table(self, number):
        target = self._target(number)
        return None if target is None else _Table(self._data, target)

    def text(self, number):
        target = self._target(number)
        if target is None:
            return None
        size = self._unpack("<I", target)
        if size > len(self._data) - target - 4:
            raise ValueError("a text that leaves its message")
        return bytes(self._data[target + 4 : target + 4 + size]).decode()

    def _count(self, target, size):
        count = self._unpack("<I", target)
        if count > (len(self._data) - target - 4) // size:
            raise ValueError("a list that leaves its message")
        return count

    def tables(self, number):
        target = self._target(number)
        if target is None:
            return []
        places = (target + 4 + 4 * i for i in range(self._count(target, 4)))
        return [_Table(self._data, place + self._unpack("<I", place)) for place in places]

    def pairs(self, number):
        target = self._target(number)
        if target is None:
            return []
        return list(struct.iter_unpack("<qq", self._data[target + 4 : target + 4 + 16 * self._count(target, 16)]))


# ---------------------------------------------------------------------- a stream


class Type:
    """Of a field: one of the numbers above, and what else is said of it."""

    __slots__ = ("kind", "bits", "signed", "unit", "zone", "ordered", "index", "dictionary")

    def __init__(self, kind, bits=0, signed=False, unit=None, zone=None):
        self.kind, self.bits, self.signed, self.unit, self.zone = kind, bits, signed, unit, zone
        self.ordered, self.index, self.dictionary = False, None, None


class Field:
    __slots__ = ("name", "type")

    def __init__(self, name, type):
        self.name, self.type = name, type


class Batch:
    """Of records, or of a dictionary's values: how many, and for each column (values, nulls, buffers as views)."""

    __slots__ = ("length", "columns")

    def __init__(self, length, columns):
        self.length, self.columns = length, columns


_UNITS = ("s", "ms", "us", "ns")


def _unit(number):
    if not 0 <= number < len(_UNITS):
        raise ValueError("a unit of time that is none")
    return _UNITS[number]


def _int(table):
    bits = table.number(0, "i")
    if bits not in (8, 16, 32, 64):
        raise ValueError("integers of no such size")
    return Type(INT, bits, bool(table.number(1, "B")))


def _type(name, kind, table):
    """The types that both sides know; the names of columns tell which is none of them."""
    if kind in (NULL, BINARY, UTF8, LARGE_BINARY, LARGE_UTF8):
        return Type(kind)
    if kind == BOOL:
        return Type(kind, 1)
    if table is not None and kind == INT:
        return _int(table)
    if table is not None and kind == FLOAT and table.number(0, "h") in (0, 1, 2):
        return Type(kind, 16 << table.number(0, "h"))
    if table is not None and kind == TIMESTAMP:
        return Type(kind, 64, unit=_unit(table.number(0, "h")), zone=table.text(1))
    if table is not None and kind == DURATION:
        return Type(kind, 64, unit=_unit(table.number(0, "h", 1)))
    if table is not None and kind == DATE and table.number(0, "h", 1) == 0:
        return Type(kind, 32)
    raise ValueError(f"column {name!r}: its Arrow type (number {kind}) is none that passes")


def _field(table):
    name = table.text(0) or ""
    kind = _type(name, table.number(2, "B"), table.table(3))
    encoding = table.table(4)
    if encoding is not None:
        index = encoding.table(1)
        kind.dictionary, kind.ordered = encoding.number(0, "q"), bool(encoding.number(2, "B"))
        kind.index = Type(INT, 32, True) if index is None else _int(index)
    if table.tables(5):
        raise ValueError(f"column {name!r}: nested columns do not pass")
    return Field(name, kind)


def buffers_of(kind):
    return 0 if kind == NULL else 3 if kind in (BINARY, UTF8, LARGE_BINARY, LARGE_UTF8) else 2


def _least(kind, bits, length, number):
    """What the buffer of that number has at least, in bytes. A validity bitmap may be left out."""
    if number == 0 or length == 0:
        return 0
    if kind in (BINARY, UTF8, LARGE_BINARY, LARGE_UTF8):
        return (length + 1) * (8 if kind in (LARGE_BINARY, LARGE_UTF8) else 4) if number == 1 else 0
    return (length * bits + 7) // 8


def _batch(table, types, body):
    """Every view lies in the body, and is as long as the length of its column wants."""
    if table.table(3) is not None:
        raise ValueError("compressed buffers do not pass")
    length, nodes, buffers = table.number(0, "q"), table.pairs(1), table.pairs(2)
    wanted = sum(buffers_of(kind) for kind, _ in types)
    # A row of nothing but nulls takes no bytes: of those there are no more than bits in the message.
    if not 0 <= length <= 8 * (len(body) + 4096) or len(nodes) != len(types) or len(buffers) != wanted:
        raise ValueError("a batch that is not what its schema says")
    columns, places = [], iter(buffers)
    for (kind, bits), (count, nulls) in zip(types, nodes):
        if count != length or not 0 <= nulls <= length:
            raise ValueError("a column that is not as long as its batch")
        views = []
        for number in range(buffers_of(kind)):
            offset, size = next(places)
            if not 0 <= offset <= len(body) or not 0 <= size <= len(body) - offset or size < _least(kind, bits, length, number):
                raise ValueError("a buffer that leaves its message, or is too short")
            if number == 0 and size and size < (length + 7) // 8:
                raise ValueError("a validity bitmap that is too short")
            views.append(body[offset : offset + size])
        if nulls and kind != NULL and not len(views[0]):
            raise ValueError("nulls without a validity bitmap")
        columns.append((length, nulls, views))
    return Batch(length, columns)


def _messages(data):
    """(header's kind, header, body) of each, up to the end of the stream."""
    at = 0
    while len(data) - at >= 8:
        mark, size = struct.unpack_from("<II", data, at)
        if mark != _CONTINUATION:
            raise ValueError("no Arrow IPC stream")
        at += 8
        if size == 0:
            return
        if size < 8 or size > len(data) - at:
            raise ValueError("a message that leaves its stream")
        metadata = data[at : at + size]
        root = _Table(metadata, struct.unpack_from("<I", metadata)[0])
        at += size
        body_size = root.number(3, "q")
        if not 0 <= body_size <= len(data) - at:
            raise ValueError("a body that leaves its stream")
        header = root.table(2)
        if header is None:
            raise ValueError("a message without a header")
        yield root.number(1, "B"), header, data[at : at + body_size]
        at += body_size


class Stream:
    """What a stream holds: fields, metadata of the schema, batches, and for each dictionary's number its values' batch."""

    def __init__(self, data):
        self.fields, self.metadata, self.batches, self.dictionaries = None, {}, [], {}
        try:
            for kind, header, body in _messages(memoryview(data).cast("B")):
                self._take(kind, header, body)
        except (struct.error, IndexError, TypeError, OverflowError) as error:
            raise ValueError(f"no Arrow IPC stream: {error}") from None
        if self.fields is None:
            raise ValueError("an Arrow IPC stream without a schema")

    def _take(self, kind, header, body):
        if (kind == SCHEMA) != (self.fields is None):
            raise ValueError("a schema comes first, and once")
        if kind == SCHEMA:
            if header.number(0, "h") != 0:
                raise ValueError("numbers that are not little-endian")
            self.fields = [_field(field) for field in header.tables(1)]
            self.metadata = {each.text(0): each.text(1) for each in header.tables(2)}
        elif kind == DICTIONARY_BATCH:
            self._take_dictionary(header, body)
        elif kind == RECORD_BATCH:
            self.batches.append(_batch(header, [stored(field.type) for field in self.fields], body))
        else:
            raise ValueError("a message of another kind")

    def _take_dictionary(self, header, body):
        number, data = header.number(0, "q"), header.table(1)
        kinds = [(field.type.kind, field.type.bits) for field in self.fields if field.type.dictionary == number]
        if not kinds or any(kind != kinds[0] for kind in kinds) or data is None or header.number(2, "B") or number in self.dictionaries:
            raise ValueError("a dictionary that nothing names, or one that changes")
        self.dictionaries[number] = _batch(data, kinds[:1], body)


def stored(kind):
    """What of a column stands in its batches: of a dictionary's the places in it."""
    return (INT, kind.index.bits) if kind.dictionary is not None else (kind.kind, kind.bits)
