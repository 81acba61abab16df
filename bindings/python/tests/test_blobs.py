"""Bytes and arrays that stand beside the text of values: what comes is what went, up to the limit value_bytes."""

import array
import hashlib
import json

import pytest

import belljar

MIB = 1 << 20


@pytest.fixture(scope="module", params=["python", "javascript"])
def box(request):
    with belljar.Sandbox(request.param) as box:
        yield box


SIZES = [0, 4095, 4096, 4097, MIB, 3 * MIB + 1, 40 * MIB]


@pytest.mark.parametrize("size", SIZES)
def test_bytes_of_any_size_go_in_and_come_out(box, size):
    value = bytes(range(256)) * (size // 256) + bytes(range(size % 256))
    box.set(value=value)
    assert box.get("value") == value


def test_arrays_go_beside_the_text_too(box):
    for code in "bBhHiIqQfd":
        value = array.array(code, range(100)) * 100
        box.set(value=value)
        found = box.get("value")
        assert found == (value.tobytes() if isinstance(found, bytes) else value)


def test_many_of_them_in_one_value(box):
    value = {"rows": [bytes([i % 256]) * (5000 + i) for i in range(300)], "small": b"x", "none": None}
    box.set(value=value)
    assert box.get("value") == value


def test_views_and_bytearrays_arrive_as_bytes():
    data = bytearray(range(256)) * 64
    with belljar.Sandbox() as box:
        box.set(a=data, b=memoryview(data), c=memoryview(data)[::2], d=memoryview(array.array("d", [1.5] * 1000)))
        assert box.get("a") == box.get("b") == bytes(data)
        assert box.get("c") == bytes(data[::2])
        assert box.get("d") == array.array("d", [1.5] * 1000).tobytes()
    data.append(0)  # nothing holds it any more


def test_the_last_expression_of_an_eval():
    with belljar.Sandbox() as box:
        receipt = box.eval("b'ab' * 4_000_000")
        assert receipt.value == b"ab" * 4_000_000
        assert receipt.to_dict()["value_blobs"] == [{"bytes": 8_000_000, "sha256": hashlib.sha256(receipt.value).hexdigest()}]
        assert receipt.to_dict()["value"] == {"$blob": [0, "bytes"]}
        strided = box.eval("memoryview(bytes(range(200)) * 100)[::3]").value
        assert strided == (bytes(range(200)) * 100)[::3]


async def fetch(box):
    return (await box.aeval("bytes(2_000_000)")).value


def test_awaited_evals_have_them_too():
    import asyncio

    with belljar.Sandbox() as box:
        assert asyncio.run(fetch(box)) == bytes(2_000_000)


@pytest.mark.parametrize("lang", ["python", "javascript"])
def test_beyond_the_limit_bytes_stay_in_the_text(lang):
    with belljar.Sandbox(lang, policy=belljar.Policy(value_bytes=10_000)) as box:
        for size in (9_000, 10_000, 10_001, 500_000):
            box.set(value=b"v" * size)
            assert box.get("value") == b"v" * size
        with pytest.raises(belljar.ArgumentError, match="value-bytes"):
            box.set(value=bytes(2 * MIB))
        with pytest.raises(ValueError, match="cannot leave"):
            source = "value = bytes(2 << 20)" if lang == "python" else "value = new Uint8Array(2 << 20); void 0"
            box.eval(source).raise_for_outcome()
            box.get("value")
        assert box.eval("value").unfinished == {"value": "bytes"}
        assert box.eval("1").unfinished == {}


def test_memory_of_the_guest_is_the_guest_s():
    with belljar.Sandbox(policy=belljar.Policy(memory="64M", value_bytes="100M")) as box:
        with pytest.raises(belljar.GuestException, match="MemoryError"):
            box.set(value=bytes(80 * MIB))
        box.set(value=b"still here")
        assert box.get("value") == b"still here"


def test_forks_and_snapshots_have_none_waiting():
    with belljar.Sandbox() as box:
        box.set(value=bytes(5 * MIB))
        with box.fork() as fork:
            assert fork.get("value") == bytes(5 * MIB)
            with pytest.raises(belljar.GuestException, match="no bytes"):
                fork.eval("__import__('_belljar_host').blob(0, 0)").raise_for_outcome()


# What a program may do with what it has named, while it is packed.
CHANGING = [
    # A getter that frees the buffer of a view that was packed before.
    "const a = new Uint8Array(5000).fill(1); ({a, get b() { a.buffer.transfer(0); return 1 }})",
    "const a = new Uint8Array(new ArrayBuffer(8192, {maxByteLength: 9000}), 0, 5000); ({a, get b() { a.buffer.resize(10); return 1 }})",
]


@pytest.mark.parametrize("source", CHANGING)
def test_buffers_that_go_while_they_are_packed_are_no_value(source):
    with belljar.Sandbox("javascript") as box:
        receipt = box.eval(source)
        assert receipt.ok and not receipt.has_value
        assert box.eval("new Uint8Array(5000).fill(7)").value == b"\7" * 5000


def test_what_is_given_without_a_value_is_dropped():
    with belljar.Sandbox() as box:
        assert box.eval("__import__('_belljar_host').give([bytes(9000)]); 1").has_value is False
        assert box.eval("__import__('_belljar_host').give([bytes(9000)]); bytes(5000)").value == bytes(5000)
        assert box.eval("1").value == 1


def test_tags_of_the_program_s_own_are_data(box):
    value = {"$blob": [0, "bytes"], "data": bytes(5000)}
    box.set(value=value)
    assert box.get("value") == value


def test_plain_json_of_a_receipt_is_json():
    receipt = belljar.run("bytes(100000)")
    assert json.loads(receipt.to_json())["value_blobs"][0]["bytes"] == 100000
