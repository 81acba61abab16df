"""What guests show, on the host, and in a notebook that is really run."""

import json

import pytest

import belljar
from belljar import Display, Policy, Sandbox

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx"
    b"\xdacd\xf8\xcfP\x0f\x00\x03\x86\x01\x80Z4}k\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture(scope="module")
def box():
    with Sandbox("python") as box:
        box.eval(f"PNG = {PNG!r}").raise_for_outcome()
        yield box


def test_forms_are_text_or_bytes_in_order(box):
    receipt = box.eval(
        "display({'image/png': PNG, 'text/plain': 'é\\0', 'application/x.y+json': {'a': 1}}, raw=True, metadata={'image/png': {'width': 3}})\n"
        "display(2)"
    )
    first, second = receipt.displays
    assert first == Display({"image/png": PNG, "text/plain": "é\0", "application/x.y+json": '{"a": 1}'}, {"image/png": {"width": 3}})
    assert list(first.data) == ["image/png", "text/plain", "application/x.y+json"]
    assert first.picture == ("image/png", PNG) and first.text == "é\0"
    assert second.data == {"text/plain": "2"} and second.picture is None
    assert first.bundle()["application/x.y+json"] == {"a": 1}
    assert (receipt.displays_more, receipt.displays_truncated, receipt.unfinished) == (0, False, {})
    told = receipt.to_dict()["displays"]
    assert told[0]["metadata"] == {"image/png": {"width": 3}} and told[0]["data"]["image/png"].startswith("iVBORw0KGgo")


def test_lone_surrogates_and_no_utf8(box):
    shown = box.eval("display({'text/plain': '\\ud800', 'text/html': b'\\xff'}, raw=True)").displays[0]
    assert shown.data == {"text/plain": "\\ud800", "text/html": "\ufffd"}


def test_what_is_left_out_is_counted():
    with Sandbox("python", policy=Policy(displays=2, display_bytes="64K")) as box:
        receipt = box.eval("for i in range(5): display(i)")
        assert len(receipt.displays) == 2 and receipt.displays_more == 3 and receipt.unfinished == {"displays": "count"}
        receipt = box.eval("display({'image/png': bytes(100_000)}, raw=True); display(1)")
        assert len(receipt.displays) == 1 and receipt.displays_more == 1 and receipt.unfinished == {"displays": "bytes"}
        assert receipt.to_dict()["displays_truncated"] is True and receipt.to_dict()["displays_more"] == 1
    with Sandbox("python", policy=Policy(displays=0)) as box:
        assert box.eval("display(1)").displays_more == 1


def test_json_of_a_receipt_has_bounds():
    with Sandbox("python", policy=Policy(displays=1000, display_bytes="64M")) as box:
        receipt = box.eval("for i in range(3): display({'text/plain': '\\0' * 4_000_000}, raw=True)")
        told = receipt.to_dict()
        assert len(receipt.displays) == 3 and len(told["displays"]) == 2 and told["displays_more"] == 1
        assert told["unfinished"] == {"displays": "bytes"}
        # Metadata that is large once it is laid out.
        receipt = box.eval("d = [0] * 20000\nfor i in range(60): d = [d]\nfor i in range(10): display({'a/b': ''}, raw=True, metadata={'d': d})")
        assert len(receipt.displays) == 10 and 0 < receipt.to_dict()["displays_more"] < 10 and len(receipt.to_json()) < 80_000_000


def test_javascript():
    with Sandbox("javascript") as box:
        receipt = box.eval(
            f"const png = new Uint8Array({list(PNG)}); display(png);"
            "display({'text/html': '<b>', 'Image/PNG': png, 'application/json': {a: 1}}, {m: 1});"
            "display({a: 1}); display('text');"
            "display({'image/png': btoa('abc')});"
            "({[Symbol.for('Jupyter.display')]() { return {'text/markdown': '*'} }})"
        )
        assert receipt.ok, receipt.error
        assert [dict(each.data) for each in receipt.displays] == [
            {"image/png": PNG},
            {"text/html": "<b>", "image/png": PNG, "application/json": '{"a":1}'},
            {"text/plain": "{ a: 1 }"},
            {"text/plain": "text"},
            {"image/png": b"abc"},
            {"text/markdown": "*"},
        ]
        assert receipt.displays[1].metadata == {"m": 1}


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("display({'a/b': 5})", "TypeError"),
        ("display({'a/b': '?'})", "TypeError"),
        ("display({'a/\\0': 'x'})", "TypeError"),
        ("display({['a/' + 'b'.repeat(1e6)]: 'x'})", "RangeError"),
        ("display(Object.fromEntries([...Array(65).keys()].map(i => ['text/' + i, '']))); ", "RangeError"),
        ("display({'text/x': 'x'}, 7)", "TypeError"),
        ("display({'text/x': 'x'}, {a: 'x'.repeat(1e5)})", "TypeError"),
        ("display({get 'text/x'() { throw new SyntaxError('own') }})", "SyntaxError"),
        ("display({'application/json': undefined})", "TypeError"),
    ],
)
def test_javascript_is_told_what_is_no_bundle(source, says):
    receipt = belljar.run(source, lang="javascript")
    assert receipt.outcome == "error" and receipt.error.type == says, receipt.error
    assert receipt.displays == () and receipt.displays_more == 0


def test_javascript_values_that_throw_end_nothing():
    receipt = belljar.run("({[Symbol.for('Jupyter.display')]() { throw new Error('own') }})", lang="javascript")
    assert receipt.ok and "display: Error: own" in receipt.stderr
    receipt = belljar.run("const a = {}; a[Symbol.for('Jupyter.display')] = () => a; display(a); 1", lang="javascript")
    assert receipt.ok and len(receipt.displays) == 1


def test_a_prompt_shows_too(box):
    receipt = box.eval("class T:\n def __repr__(self): return 'T!'\n def _repr_svg_(self): return '<svg/>'\n", interactive=True)
    receipt = box.eval("T()", interactive=True)
    assert receipt.stdout == "T!\n" and [dict(each.data) for each in receipt.displays] == [{"image/svg+xml": "<svg/>"}]


def test_nothing_of_a_guest_runs_in_a_page(box):
    receipt = box.eval("""display({'text/html': '<script>alert(1)</script>"\\'>'}, raw=True)""")
    bundle, _ = receipt._repr_mimebundle_()
    page = bundle["text/html"]
    assert page.startswith('<iframe sandbox srcdoc="') and "<script" not in page and page.count('"') == 4 and "default-src &#x27;none&#x27;" in page
    bundle, _ = box.eval("display({'image/svg+xml': '<svg onload=x>'}, raw=True)")._repr_mimebundle_()
    assert bundle["text/html"].startswith('<img src="data:image/svg+xml;base64,') and "onload" not in bundle["text/html"]
    bundle, _ = box.eval("display({'application/javascript': 'x', 'application/vnd.any+json': 'x'}, raw=True)")._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    bundle, sizes = box.eval("display({'image/png': PNG}, raw=True, metadata={'image/png': {'width': 9, 'height': 'x', 'onload': 1}})")._repr_mimebundle_()
    assert sizes == {"image/png": {"width": 9}} and set(bundle) == {"text/plain", "image/png"}


def test_in_a_real_notebook(tmp_path):
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    cells = [
        "import belljar\nbox = belljar.Sandbox('python')\n" f"box.eval({f'PNG = {PNG!r}'!r})",
        "box.eval('display({\"image/png\": PNG}, raw=True)')",
        "box.eval('display({\"text/html\": \"<b>\"}, raw=True); display(1)')",
        "box.eval('display({\"image/png\": PNG}, raw=True); display(1)').displays[0]",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(book, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    nbformat.validate(book)
    shown = [cell.outputs[0].data for cell in book.cells]
    assert set(shown[0]) == {"text/plain"} and shown[0]["text/plain"].startswith("<Receipt 'ok'")
    assert shown[1]["image/png"].strip().startswith("iVBORw0KGgo")
    assert "<iframe sandbox" in shown[2]["text/html"] and "<pre>1</pre>" in shown[2]["text/html"]
    assert "image/png" in shown[3]
    json.dumps(book)
