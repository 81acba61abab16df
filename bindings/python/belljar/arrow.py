"""Tables between host and guest: Arrow IPC streams, which pandas, polars, pyarrow and duckdb read and write without pickling."""

from __future__ import annotations

import typing

TYPE = "application/vnd.apache.arrow.stream"


def _pyarrow() -> typing.Any:
    try:
        import pyarrow
        import pyarrow.ipc
    except ImportError:
        raise ImportError("tables of the host want pyarrow: pip install 'belljar[arrow]'") from None
    return pyarrow


class ArrowData:
    """A table that came from a guest: the bytes of an Arrow IPC stream, as ``data``. Whatever has a use for ``__arrow_c_stream__``
    takes it (``polars.DataFrame(found)``, ``pyarrow.table(found)``, ``duckdb``), and so does a sandbox.

    The stream is a guest's. Before anything of it is handed on, it is checked here, and by pyarrow down to its last value; without pyarrow
    there are the bytes alone. ValueError: it is not what it says.
    """

    def __init__(self, data: bytes):
        self.data = data

    def __repr__(self) -> str:
        return f"<ArrowData: {len(self.data)} bytes>"

    def to_pyarrow(self) -> typing.Any:
        """A ``pyarrow.Table`` over these bytes, without a copy."""
        from . import _ipc

        pyarrow = _pyarrow()
        _ipc.Stream(self.data)  # type: ignore[no-untyped-call]
        try:
            table = pyarrow.ipc.open_stream(pyarrow.py_buffer(self.data)).read_all()
            table.validate(full=True)
        except (pyarrow.ArrowException, OSError) as error:
            raise ValueError(f"a table that is not what it says: {error}") from None
        return table

    def to_pandas(self, **options: typing.Any) -> typing.Any:
        """A ``pandas.DataFrame``, with the guest's index. ``options`` are those of ``pyarrow.Table.to_pandas``."""
        pyarrow = _pyarrow()
        table = self.to_pyarrow()
        try:
            return table.to_pandas(**options)
        except (KeyError, TypeError, AttributeError, pyarrow.ArrowException) as error:  # what it says of its index is the guest's word, too
            raise ValueError(f"a table that pandas does not take: {error}") from None

    def to_polars(self) -> typing.Any:
        """A ``polars.DataFrame``."""
        import polars

        return polars.from_arrow(self.to_pyarrow())

    def __arrow_c_stream__(self, requested_schema: typing.Any = None) -> typing.Any:
        return self.to_pyarrow().__arrow_c_stream__(requested_schema)


def is_table(value: typing.Any) -> bool:
    return hasattr(type(value), "__arrow_c_stream__")


def stream_of(value: typing.Any) -> bytes:
    """The bytes of an object's table. ValueError: a column of it does not pass."""
    if isinstance(value, ArrowData):
        return value.data
    pyarrow = _pyarrow()
    table = pyarrow.table(value)
    table = _plain(pyarrow, table).combine_chunks()
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _plain(pyarrow: typing.Any, table: typing.Any) -> typing.Any:
    """Views of strings and bytes, as polars has them, become what everybody knows."""
    plain = {"string_view": pyarrow.large_string(), "binary_view": pyarrow.large_binary()}
    for number, field in enumerate(table.schema):
        kind = plain.get(str(field.type))
        if kind is not None:
            table = table.set_column(number, field.with_type(kind), table.column(number).cast(kind))
    return table
