"""DataFrames as Arrow IPC streams, and such streams as DataFrames: how they pass between programs and the host.

Columns of numbers are not copied on their way out but into the stream itself, and not at all on their way in: such columns are views of the
received bytes, read-only until pandas copies them. What has no Arrow type is a TypeError that names the column. Nothing is pickled.
"""

import json

import numpy as np
import pandas as pd

import belljar_ipc as _ipc

TYPE = "application/vnd.apache.arrow.stream"

_UNITS = {"s": 0, "ms": 1, "us": 2, "ns": 3}


# ---------------------------------------------------------------------- out: columns as fields and buffers


class _Column:
    """The writer of its type in the schema, its number there, its buffers (None: there is none), and how many nulls it has."""

    def __init__(self, kind, type_table, buffers, length, nulls=0):
        self.kind, self.type_table, self.buffers, self.length, self.nulls = kind, type_table, buffers, length, nulls
        self.values = self.ordered = None  # of a dictionary


def _bits(flags):
    return np.packbits(np.asarray(flags, dtype=bool), bitorder="little")


def _with_nulls(kind, type_table, buffers, missing):
    nulls = int(np.count_nonzero(missing))
    return _Column(kind, type_table, [_bits(~missing) if nulls else None, *buffers], len(missing), nulls)


def _int_table(dtype):
    return _ipc.table(("i", dtype.itemsize * 8), ("B", dtype.kind == "i"))


def _numbers(values):
    if values.dtype.kind == "b":
        return _Column(_ipc.BOOL, _ipc.table(), [None, _bits(values)], len(values))
    if values.dtype.kind in "iu":
        table = _int_table(values.dtype)
        return _Column(_ipc.INT, table, [None, values], len(values))
    return _Column(_ipc.FLOAT, _ipc.table(("h", {2: 0, 4: 1, 8: 2}[values.dtype.itemsize])), [None, values], len(values))


def _moments(values, zone=None):
    unit = np.datetime_data(values.dtype)[0]
    if unit not in _UNITS:
        raise TypeError(f"{values.dtype} has no Arrow type")
    if values.dtype.kind == "M":
        table = _ipc.table(("h", _UNITS[unit]), _ipc.text(zone) if zone else None)
        return _with_nulls(_ipc.TIMESTAMP, table, [values.view("i8")], np.isnat(values))
    return _with_nulls(_ipc.DURATION, _ipc.table(("h", _UNITS[unit])), [values.view("i8")], np.isnat(values))


def _pieces(kinds, values, missing):
    """Of bytes, or of str as UTF-8: where each ends, and all of them."""
    empty = "" if kinds[0] == _ipc.UTF8 else b""
    items = [empty if gone else item for item, gone in zip(values, missing)]
    joined = empty.join(items)
    data = joined.encode() if kinds[0] == _ipc.UTF8 else joined
    if len(data) != len(joined):
        items = [item.encode() for item in items]
    ends = np.zeros(len(items) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, items), dtype=np.int64, count=len(items)), out=ends[1:])
    large = len(data) >= 2**31
    return _with_nulls(kinds[large], _ipc.table(), [ends if large else ends.astype(np.int32), np.frombuffer(data, dtype=np.uint8)], missing)


def _objects(values):
    missing = pd.isna(values)
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind == "empty":
        return _Column(_ipc.NULL, _ipc.table(), [], len(values), len(values))
    if kind == "string":
        return _pieces((_ipc.UTF8, _ipc.LARGE_UTF8), values, missing)
    if kind == "bytes":
        return _pieces((_ipc.BINARY, _ipc.LARGE_BINARY), values, missing)
    if kind == "boolean":
        return _with_nulls(_ipc.BOOL, _ipc.table(), [_bits(np.where(missing, False, values).astype(bool))], missing)
    if kind == "date":
        days = pd.to_datetime(values).values.astype("M8[D]").view("i8").astype(np.int32)
        return _with_nulls(_ipc.DATE, _ipc.table(("h", 0)), [days], missing)
    raise TypeError(f"objects ({kind}) have no Arrow type")


def _masked(array):
    missing = np.asarray(array.isna())
    values = array.to_numpy(dtype=array.dtype.numpy_dtype, na_value=0)
    column = _numbers(np.ascontiguousarray(values))
    return _with_nulls(column.kind, column.type_table, column.buffers[1:], missing)


_MASKED = (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray)


def _categories(array):
    codes = np.asarray(array.codes)
    column = _with_nulls(_ipc.INT, _int_table(codes.dtype), [codes], codes < 0)
    column.values, column.ordered = _column(array.categories.array), bool(array.ordered)
    return column


def _column(array):
    """Of an array of pandas'. TypeError: it has no Arrow type."""
    dtype = array.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _categories(array)
    if isinstance(dtype, pd.DatetimeTZDtype):
        return _moments(np.ascontiguousarray(array.tz_convert("UTC").tz_localize(None).to_numpy()), str(dtype.tz))
    if isinstance(dtype, pd.StringDtype):
        return _pieces((_ipc.UTF8, _ipc.LARGE_UTF8), array.to_numpy(dtype=object), np.asarray(array.isna()))
    if isinstance(array, _MASKED):
        return _masked(array)
    if not isinstance(array, pd.arrays.NumpyExtensionArray) and isinstance(dtype, pd.api.extensions.ExtensionDtype):
        raise TypeError(f"{dtype} has no Arrow type")
    values = np.asarray(array)
    if values.dtype.kind in "mM":
        return _moments(np.ascontiguousarray(values))
    if values.dtype == object:
        return _objects(values)
    if values.dtype.kind in "biuf" and values.dtype.itemsize <= 8:
        return _numbers(np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"), copy=False))
    raise TypeError(f"{values.dtype} has no Arrow type")


# ---------------------------------------------------------------------- out: the stream


def _field(name, column, number):
    dictionary = None
    shown = column
    if column.values is not None:
        dictionary = _ipc.table(("q", number), column.type_table, ("B", column.ordered))
        shown = column.values
    return _ipc.table(_ipc.text(name), ("B", 1), ("B", shown.kind), shown.type_table, dictionary, _ipc.tables([]))


def _batch(columns, length):
    """The writer of a batch's header, and the pieces of its body."""
    nodes, places, body, size = [], [], [], 0
    for column in columns:
        nodes.append((column.length, column.nulls))
        for buffer in column.buffers:
            data = memoryview(buffer).cast("B") if buffer is not None and len(buffer) else b""
            places.append((size, len(data)))
            body += [data, bytes(-len(data) % 64)]
            size += len(data) + -len(data) % 64
    return _ipc.table(("q", length), _ipc.pairs(nodes), _ipc.pairs(places)), body, size


def _index_of(frame, names):
    """Fields of the index, and what the metadata says of it."""
    index = frame.index
    if isinstance(index, pd.RangeIndex):
        return [], [{"kind": "range", "name": index.name, "start": index.start, "stop": index.stop, "step": index.step}]
    levels = [index.get_level_values(i) for i in range(index.nlevels)]
    fields = []
    for number, level in enumerate(levels):
        name = level.name if isinstance(level.name, str) and level.name not in names else f"__index_level_{number}__"
        fields.append((name, level.name, level))
    return fields, [name for name, _, _ in fields]


def _metadata(frame, named, index, index_columns):
    def described(name, field, values):
        return {"name": name, "field_name": field, "pandas_type": str(values.dtype), "numpy_type": str(values.dtype), "metadata": None}

    labels = frame.columns
    return json.dumps({
        "index_columns": index_columns,
        "column_indexes": [{"name": labels.name if isinstance(labels.name, str) else None, "field_name": None,
                            "pandas_type": "unicode" if labels.dtype != np.int64 else "int64",
                            "numpy_type": "object" if labels.dtype != np.int64 else "int64", "metadata": {"encoding": "UTF-8"}}],
        "columns": [described(name, field, frame.iloc[:, number]) for number, (name, field) in enumerate(named)]
                   + [described(name, field, level) for field, name, level in index],
        "creator": {"library": "belljar", "version": "0"},
        "pandas_version": pd.__version__,
    })


def _names_of(frame):
    if isinstance(frame.columns, pd.MultiIndex):
        raise TypeError("columns of several levels have no Arrow form: flatten their names")
    names = [(name if isinstance(name, str) else int(name)) for name in frame.columns if isinstance(name, (str, int, np.integer))]
    if len(names) != frame.shape[1]:
        raise TypeError(f"column {next(n for n in frame.columns if not isinstance(n, (str, int, np.integer)))!r}: a name is a str or an int")
    fields = [str(name) for name in names]
    if len(set(fields)) != len(fields):
        raise TypeError(f"column {next(n for n in fields if fields.count(n) > 1)!r}: there are two of that name")
    return list(zip(names, fields))


def write(frame):
    """The bytes of a DataFrame's stream."""
    named = _names_of(frame)
    index, index_columns = _index_of(frame, {field for _, field in named})
    columns = []
    for field, array in [(field, frame.iloc[:, i].array) for i, (_, field) in enumerate(named)] + [(f, level.array) for f, _, level in index]:
        try:
            columns.append((field, _column(array)))
        except (TypeError, ValueError, OverflowError) as error:
            raise TypeError(f"column {field!r}: {error}") from None
    pieces = [_schema(columns, _metadata(frame, named, index, index_columns))]
    for number, (_, column) in enumerate(columns):
        if column.values is not None:
            header, body, size = _batch([column.values], column.values.length)
            pieces += [_ipc.message(_ipc.DICTIONARY_BATCH, _ipc.table(("q", number), header), size), *body]
    header, body, size = _batch([column for _, column in columns], len(frame))
    return b"".join([*pieces, _ipc.message(_ipc.RECORD_BATCH, header, size), *body, _ipc.END])


def _schema(columns, metadata):
    pandas = _ipc.table(_ipc.text("pandas"), _ipc.text(metadata))
    fields = [_field(name, column, number) for number, (name, column) in enumerate(columns)]
    return _ipc.message(_ipc.SCHEMA, _ipc.table(("h", 0), _ipc.tables(fields), _ipc.tables([pandas])))


# ---------------------------------------------------------------------- in


def _missing(length, nulls, validity):
    if not nulls or not len(validity):
        return None
    return ~np.unpackbits(np.frombuffer(validity, dtype=np.uint8), count=length, bitorder="little").astype(bool)


def _whole(kind, column):
    """Values of numbers, with what is missing."""
    length, nulls, (validity, data) = column
    missing = _missing(length, nulls, validity)
    if kind.kind == _ipc.BOOL:
        return np.unpackbits(np.frombuffer(data, dtype=np.uint8), count=length, bitorder="little").astype(bool), missing
    letter = "f" if kind.kind == _ipc.FLOAT else "i" if kind.kind != _ipc.INT or kind.signed else "u"
    return np.frombuffer(data, dtype=f"<{letter}{kind.bits // 8}", count=length), missing


def _read_numbers(kind, column):
    values, missing = _whole(kind, column)
    if missing is None:
        return values
    if kind.kind == _ipc.FLOAT:
        return np.where(missing, np.nan, values).astype(values.dtype)
    if kind.kind == _ipc.BOOL:
        return pd.arrays.BooleanArray(values, missing)
    return pd.arrays.IntegerArray(values.copy(), missing)


def _read_moments(kind, column):
    values, missing = _whole(kind, column)
    if kind.kind == _ipc.DATE:
        values, unit = values.astype(np.int64) * 86400, "s"
    else:
        unit = kind.unit
    if missing is not None:
        values = np.where(missing, np.iinfo(np.int64).min, values)
    if kind.kind == _ipc.DURATION:
        return pd.array(values.view(f"m8[{unit}]"), copy=False)
    moments = values.view(f"M8[{unit}]")
    return pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(kind.zone).array if kind.zone else pd.array(moments, copy=False)


def _read_pieces(kind, column):
    length, nulls, (validity, ends, data) = column
    large = kind.kind in (_ipc.LARGE_UTF8, _ipc.LARGE_BINARY)
    ends = np.frombuffer(ends, dtype="<i8" if large else "<i4", count=length + 1 if length else 0)
    if length and (ends[0] < 0 or ends[-1] > len(data) or np.any(ends[1:] < ends[:-1])):
        raise ValueError("texts that leave their buffer")
    whole = bytes(data)
    text = kind.kind in (_ipc.UTF8, _ipc.LARGE_UTF8)
    places = ends.tolist()
    if text and whole.isascii():
        whole, text = whole.decode("ascii"), False
    items = [whole[a:b] for a, b in zip(places, places[1:])]
    if text:
        items = [item.decode() for item in items]
    missing = _missing(length, nulls, validity)
    found = np.empty(length, dtype=object)
    found[:] = items
    if missing is not None:
        found[missing] = None
    return pd.array(found, dtype="str") if kind.kind in (_ipc.UTF8, _ipc.LARGE_UTF8) else found


def _read_values(kind, column):
    if kind.kind == _ipc.NULL:
        return np.full(column[0], None, dtype=object)
    if kind.kind in (_ipc.BINARY, _ipc.UTF8, _ipc.LARGE_BINARY, _ipc.LARGE_UTF8):
        return _read_pieces(kind, column)
    if kind.kind in (_ipc.TIMESTAMP, _ipc.DURATION, _ipc.DATE):
        return _read_moments(kind, column)
    return _read_numbers(kind, column)


def _read_dictionary(stream, kind, column):
    batch = stream.dictionaries.get(kind.dictionary)
    codes, missing = _whole(kind.index, column)
    count = batch.length if batch else 0
    codes = codes.astype(np.int64) if missing is None else np.where(missing, -1, codes.astype(np.int64))
    if len(codes) and (codes.max() >= count or codes.min() < -1):
        raise ValueError("places that its dictionary does not have")
    categories = pd.Index(_read_values(kind, batch.columns[0])) if batch else pd.Index([])
    return pd.Categorical.from_codes(codes, categories=categories, ordered=kind.ordered)


def _read_column(stream, number):
    field = stream.fields[number]
    read = _read_values if field.type.dictionary is None else lambda kind, column: _read_dictionary(stream, kind, column)
    try:
        parts = [read(field.type, batch.columns[number]) for batch in stream.batches]
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return read(field.type, (0, 0, [b""] * _ipc.buffers_of(_ipc.stored(field.type)[0])))
        return pd.concat([pd.Series(part) for part in parts], ignore_index=True).array
    except (TypeError, ValueError) as error:
        raise ValueError(f"column {field.name!r}: {error}") from None


_NULLABLE = {str(kind) for kind in (pd.BooleanDtype(), pd.Float32Dtype(), pd.Float64Dtype())} | {
    f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)}


def _as_told(frame, told):
    """As the metadata of pandas says, as far as it says what is there."""
    for column in told.get("columns") or []:
        if column.get("numpy_type") in _NULLABLE and column.get("field_name") in frame.columns:
            frame[column["field_name"]] = frame[column["field_name"]].astype(column["numpy_type"])
    return _with_index(frame, told, len(frame))


def _with_index(frame, told, length):
    places = told.get("index_columns") or []
    if len(places) == 1 and isinstance(places[0], dict) and places[0].get("kind") == "range":
        index = pd.RangeIndex(*(int(places[0][part]) for part in ("start", "stop", "step")), name=places[0].get("name"))
        if len(index) == length:
            frame.index = index
    elif places and all(isinstance(place, str) and place in frame.columns for place in places):
        names = {column.get("field_name"): column.get("name") for column in told.get("columns") or []}
        frame = frame.set_index(places)
        frame.index.names = [names.get(place, place) for place in places]
    labels = told.get("column_indexes") or [{}]
    if labels[0].get("numpy_type") == "int64":
        frame.columns = [int(name) for name in frame.columns]
    return frame


def read(data):
    """The DataFrame of a stream. ValueError: it is none, or has a column of a type that does not pass."""
    stream = _ipc.Stream(data)
    names = [field.name for field in stream.fields]
    if len(set(names)) != len(names):
        raise ValueError("two columns of one name")
    length = sum(batch.length for batch in stream.batches)
    frame = pd.DataFrame({name: _read_column(stream, number) for number, name in enumerate(names)}, index=pd.RangeIndex(length), copy=False)
    told = stream.metadata.get("pandas")
    try:
        return _as_told(frame, json.loads(told)) if told else frame
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("what it says of its index is nothing") from None
