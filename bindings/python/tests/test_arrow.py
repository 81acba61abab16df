"""Tables between host and guest. The sandbox's side (guest/data/lib/belljar_arrow.py) runs here natively, beside pyarrow, which must find the same
in every stream; and in the sandbox itself where the full Python is (tests/data/run.sh)."""

import datetime
import importlib.util
import json
import pathlib
import random
import sys

import pytest

import belljar
from belljar import _ipc, arrow, values

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas", minversion="3")
pa = pytest.importorskip("pyarrow")

ROOT = pathlib.Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def guest():
    """The guest's module. Its folder is no place to find other modules in: it has a mmap.py of its own."""
    sys.modules["belljar_ipc"] = _ipc
    spec = importlib.util.spec_from_file_location("belljar_arrow", ROOT / "guest/data/lib/belljar_arrow.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COLUMNS = {
    **{f"{sign}{bits}": np.array([1, 2, 100], f"{sign}{bits // 8}") for sign in "iu" for bits in (8, 16, 32, 64)},
    "large": np.array([1, 2**64 - 1, 0], "u8"),
    "f32": np.array([1.5, np.nan, np.inf], "f4"),
    "f64": np.array([0.1, np.nan, -0.0]),
    "bool": np.array([True, False, True]),
    "str": pd.array(["é", None, "x" * 1000], dtype="str"),
    "ascii": pd.array(["a", "", "c"], dtype="str"),
    "datetime": pd.to_datetime(["2024-01-01", "NaT", "1969-12-31T23:59:59.123456"], format="ISO8601"),
    "ms": np.array(["2024-01-01", "NaT", "2020-01-01"], "M8[ms]"),
    "zone": pd.to_datetime(["2024-01-01", "NaT", "2024-07-01"]).tz_localize("Europe/Berlin"),
    "timedelta": pd.to_timedelta(["1D", "NaT", "-1s"]),
    "category": pd.Categorical(["x", None, "y"], categories=["y", "x", "z"], ordered=True),
    "numbers": pd.Categorical([10, 20, 10]),
    "Int64": pd.array([1, None, 3], dtype="Int64"),
    "UInt8": pd.array([1, None, 255], dtype="UInt8"),
    "Float32": pd.array([1.5, None, 3], dtype="Float32"),
    "boolean": pd.array([True, None, False], dtype="boolean"),
}
INDEXES = [
    None,
    pd.Index(["a", "b", "c"], name="key"),
    pd.Index([3, 1, 2]),
    pd.MultiIndex.from_tuples([(1, "a"), (1, "b"), (2, "a")], names=["n", None]),
    pd.to_datetime(["2024-01-01", "2024-01-03", "2024-01-02"]),
    pd.RangeIndex(5, 11, 2, name="r"),
]


def frame_of(index=None):
    frame = pd.DataFrame(COLUMNS)
    if index is not None:
        frame.index = index
    return frame


def same(found, wanted):
    pd.testing.assert_frame_equal(found, wanted, check_freq=False, check_column_type=False, check_index_type="equiv")


@pytest.mark.parametrize("index", INDEXES, ids=lambda index: type(index).__name__)
def test_every_column_and_index_comes_as_it_went(guest, index):
    frame = frame_of(index)
    stream = guest.write(frame)
    same(arrow.ArrowData(stream).to_pandas(), frame)  # what pyarrow finds in the guest's stream
    same(guest.read(stream), frame)
    same(guest.read(arrow.stream_of(frame)), frame)  # what the guest finds in pyarrow's


def test_objects_pass_where_they_are_of_one_type(guest):
    frame = pd.DataFrame({
        "text": pd.Series(["a", None], dtype=object), "bytes": pd.Series([b"\0", None], dtype=object), "nothing": pd.Series([None, None], dtype=object),
        "date": pd.Series([datetime.date(1960, 2, 29), None], dtype=object), "flag": pd.Series([True, None], dtype=object),
    })
    found = arrow.ArrowData(guest.write(frame)).to_pyarrow().to_pydict()
    assert found == {name: list(column) for name, column in frame.items()}
    back = guest.read(guest.write(frame))
    assert back["bytes"].tolist() == [b"\0", None] and back["date"][0] == pd.Timestamp("1960-02-29")


@pytest.mark.parametrize("frame", [
    pd.DataFrame(), pd.DataFrame({"a": []}), pd.DataFrame({"s": pd.Series([], dtype="str")}), pd.DataFrame(index=range(3)), pd.DataFrame(np.ones((2, 3))),
])  # fmt: skip
def test_frames_with_little_in_them(guest, frame):
    same(guest.read(guest.write(frame)), frame)
    assert arrow.ArrowData(guest.write(frame)).to_pandas().shape == frame.shape


UNKNOWN = {
    "mixed": [object(), 1], "numbers and text": [1, "a"], "dicts": [{}, {}], "lists": [[1], [2]], "complex": [1j, 2j],
    "periods": pd.period_range("2024", periods=2), "intervals": pd.arrays.IntervalArray.from_breaks([0, 1, 2]), "sparse": pd.arrays.SparseArray([0, 1]),
    "surrogates": pd.Series(["\ud800", ""], dtype=object),
}  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_has_no_arrow_type_is_an_error_that_names_the_column(guest, name):
    with pytest.raises(TypeError, match=f"column '{name}'"):
        guest.write(pd.DataFrame({"before": [1, 2], name: UNKNOWN[name]}))


def test_names_that_have_no_form(guest):
    for frame in (pd.DataFrame([[1, 2]], columns=["a", "a"]), pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([(1, 2)])), pd.DataFrame({(1, 2): [1]})):
        with pytest.raises(TypeError, match="column"):
            guest.write(frame)


def test_several_batches_are_one_table(guest):
    table = pa.table({"n": [1, 2], "s": ["a", None], "c": pa.array(["x", "y"]).dictionary_encode()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=1)
    same(guest.read(sink.getvalue().to_pybytes()), table.to_pandas())


# ---------------------------------------------------------------------- streams of strangers


def stream_with(table, **options):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


BOMBS = {
    "compressed": stream_with(pa.table({"a": np.zeros(1_000_000)}), compression="zstd"),
    "nested": stream_with(pa.table({"a": [[1]]})),
    "structs": stream_with(pa.table({"a": [{"b": 1}]})),
    "run-end encoded": stream_with(pa.table({"a": pa.RunEndEncodedArray.from_arrays(pa.array([10**9], pa.int32()), pa.array([1]))})),
    "nulls without end": stream_with(pa.table({"a": pa.nulls(10**9)})),
    "views": stream_with(pa.table({"a": pa.array(["x"], pa.string_view())})),
}


@pytest.mark.parametrize("name", BOMBS)
def test_streams_that_become_much_more_than_they_are_do_not_pass(guest, name):
    with pytest.raises(ValueError):
        arrow.ArrowData(BOMBS[name]).to_pandas()
    with pytest.raises(ValueError):
        guest.read(BOMBS[name])


def test_any_change_of_a_stream_is_a_table_or_a_valueerror(guest):
    wanted = random.Random(16)
    good = guest.write(pd.DataFrame({"i": [1, 2, 3], "s": ["a", None, "ccc"], "c": pd.Categorical(["u", None, "u"]), "t": pd.to_datetime(["2024", None, "2025"])}))
    refused = 0
    for _ in range(1500):
        stream = bytearray(good)
        for _ in range(wanted.choice([1, 1, 2, 4])):
            stream[wanted.randrange(len(stream))] = wanted.choice([0, 1, 127, 128, 255, wanted.randrange(256)])
        stream = bytes(stream[: wanted.randrange(len(stream))]) if wanted.random() < 0.2 else bytes(stream)
        for read in (guest.read, lambda stream: arrow.ArrowData(stream).to_pandas()):
            try:
                read(stream)
            except ValueError:
                refused += 1
    assert refused > 1000


@pytest.mark.parametrize("stream", [b"", b"\xff" * 7, b"\xff" * 64, b"\xff\xff\xff\xff\0\0\0\0", b"ARROW1\0\0" + bytes(64), b"\xff\xff\xff\xff\xf8\xff\xff\x7f" + bytes(64)])
def test_what_is_no_stream(guest, stream):
    for read in (guest.read, lambda stream: arrow.ArrowData(stream).to_pandas()):
        with pytest.raises(ValueError):
            read(stream)


# ---------------------------------------------------------------------- values


def test_tables_stand_beside_the_text(guest):
    blobs = []
    text = values.encode({"df": frame_of(), "again": pa.table({"a": [1]})}, blobs=blobs)
    assert text == f'{{"df":{{"$blob":[0,"{arrow.TYPE}"]}},"again":{{"$blob":[1,"{arrow.TYPE}"]}}}}'
    same(guest.read(blobs[0]), frame_of())
    found = values.decode(text, blobs=blobs)["again"]
    assert isinstance(found, belljar.ArrowData) and pa.table(found).to_pydict() == {"a": [1]}
    passed_on = []
    values.encode(found, blobs=passed_on)
    assert passed_on == [found.data]
    with pytest.raises(ValueError, match="beside the text"):
        values.encode(pa.table({"a": [1]}))


def test_polars_both_ways(guest):
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"k": ["a", "é", None], "n": [1, None, 3], "t": [datetime.datetime(2024, 1, 1)] * 3})
    found = guest.read(arrow.stream_of(frame))
    assert found["k"].tolist()[:2] == ["a", "é"] and found["n"].isna().tolist() == [False, True, False]
    assert arrow.ArrowData(guest.write(found)).to_polars().equals(frame.with_columns(frame["t"].cast(pl.Datetime("us"))))


# ---------------------------------------------------------------------- in the sandbox


@pytest.fixture(scope="module")
def box():
    if "pandas" not in json.loads(belljar.describe())["guests"]["packages"]:
        with belljar.Sandbox() as lean:
            with pytest.raises(belljar.GuestException, match="pandas"):
                lean.set(df=frame_of())
        pytest.skip("the full Python is not there")
    with belljar.Sandbox(policy=belljar.Policy(memory="2G", value_bytes="256M", timeout=120)) as box:
        yield box


def test_frames_go_in_and_come_out(box):
    for index in INDEXES:
        frame = frame_of(index)
        box.set(df=frame)
        same(box.get("df").to_pandas(), frame)


def test_a_frame_is_a_value_and_an_argument(box):
    receipt = box.eval("import pandas as pd; [1, pd.DataFrame({'a': [1, 2]})]")
    same(receipt.value[1].to_pandas(), pd.DataFrame({"a": [1, 2]}))
    box.add_tool(belljar.Tool(lambda df: df.to_pandas() * 2, name="double"))
    same(box.eval("tools.double(df=pd.DataFrame({'a': [1, 2]}))").value.to_pandas(), pd.DataFrame({"a": [2, 4]}))


def test_the_column_that_keeps_a_frame_back_is_named(box):
    box.eval("import pandas as pd; odd = pd.DataFrame({'fine': [1], 'odd': [object()]})").raise_for_outcome()
    with pytest.raises(ValueError, match="column 'odd'"):
        box.get("odd")


def test_a_hundred_megabytes(box):
    frame = pd.DataFrame({"a": np.arange(6_500_000), "b": np.arange(6_500_000) / 7})
    box.set(df=frame)
    same(box.get("df").to_pandas(), frame)
