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
def test_buffers_that_go_while_they_are_packed_leave_nothing_behind(source):
    with belljar.Sandbox("javascript") as box:
        receipt = box.eval(source)
        assert receipt.ok and (not receipt.has_value or receipt.value == {"a": b"", "b": 1})
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


# ---------------------------------------------------------------------- tools


def echo(value, more=None):
    """Gives it back."""
    return value


@pytest.fixture(scope="module", params=["python", "javascript"])
def caller(request):
    tool = belljar.Tool(echo, max_bytes="40M")
    with belljar.Sandbox(request.param, tools=[tool, belljar.Tool(echo, name="short", max_bytes=20_000)]) as box:
        box.made = (lambda size: f"bytes({size})") if request.param == "python" else (lambda size: f"new Uint8Array({size})")
        box.call = "tools.{}(value={})" if request.param == "python" else "tools.{}({{value: {}}})"
        yield box


def test_tools_take_and_give_bytes(caller):
    for size in (4095, 4096, 3 * MIB, 30 * MIB):
        value = bytes(range(256)) * (size // 256)
        caller.set(data=value)
        receipt = caller.eval(caller.call.format("echo", "data")).raise_for_outcome()
        assert receipt.value == value
        (call,) = receipt.tool_calls
        told = [{"bytes": len(value), "sha256": hashlib.sha256(value).hexdigest()}] if len(value) >= 4096 else []
        assert call.argument_blobs == call.result_blobs == told
        assert receipt.to_dict()["tool_calls"][0]["argument_blobs"] == told
        assert call.arguments_bytes >= len(value) and call.result_bytes >= len(value)


def test_what_a_tool_may_take_counts_its_bytes_too(caller):
    refused = caller.eval(caller.call.format("short", caller.made(30000)))
    assert refused.error and refused.tool_calls[0].outcome == "refused"
    assert "may take" in refused.error.message
    fits = caller.eval(caller.call.format("short", caller.made(15000)))
    assert fits.value == bytes(15000)


def test_results_that_are_too_long_are_errors():
    with belljar.Sandbox(tools=[belljar.Tool(lambda: bytes(50_000), name="long", max_bytes=20_000)]) as box:
        receipt = box.eval("tools.long()")
        assert receipt.error and "ResultError" in receipt.error.message


def test_bytes_of_one_call_are_gone_with_the_next():
    with belljar.Sandbox(tools=[belljar.Tool(lambda: bytes(50_000), name="long"), belljar.Tool(lambda: 1, name="one")]) as box:
        box.eval("import _belljar_host as h")
        assert box.eval("tools.long(); len(h.blob(1, 0))").value == 50_000
        assert box.eval("tools.long(); tools.one(); h.blob(1, 0)").error.type == "ValueError"
        assert box.eval("h.blob(1, 0)").error.type == "ValueError"


HOSTILE = [
    # (blobs that are given, arguments)
    (1, b'{}'),
    (0, b'{"value":{"$blob":[0,"bytes"]}}'),
    (1, b'{"value":{"$blob":[1,"bytes"]}}'),
    (1, b'{"value":[{"$blob":[0,"bytes"]},{"$blob":[0,"bytes"]}]}'),
    (2, b'{"value":{"$blob":[0,"bytes"]}}'),
    (1, b'{"$blob":[0,"bytes"]}'),
]


@pytest.mark.parametrize("count, text", HOSTILE)
def test_arguments_that_name_bytes_wrongly_reach_no_tool(count, text):
    called = []
    with belljar.Sandbox(tools=[belljar.Tool(lambda **given: called.append(given), name="tool")]) as box:
        receipt = box.eval(f"h = __import__('_belljar_host'); assert h.give([bytes(5000)] * {count}) == 0; h.call('tool', {text!r})[0]")
        assert receipt.value == 2 and not called  # refused
        assert receipt.tool_calls[0].outcome == "refused"
        # What was given for it is gone: the value that comes names other bytes.
        assert box.eval("bytes(6000)").value == bytes(6000)


def test_async_tools_have_them_too():
    import asyncio

    async def double(value: bytes) -> bytes:
        """Twice."""
        await asyncio.sleep(0)
        return value * 2

    async def main():
        with belljar.Sandbox(tools=[belljar.Tool(double, max_bytes="8M")]) as box:
            return (await box.aeval("len(tools.double(value=bytes(2_000_000)))")).value

    assert asyncio.run(main()) == 4_000_000
