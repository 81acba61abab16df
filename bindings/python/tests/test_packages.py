"""Packages: wheels made here, taken by pip from a folder in place of an index."""

import hashlib
import os
import pathlib
import stat
import zipfile

import pytest

import belljar
from belljar import packages
from belljar.packages import PackageError, check_wheel, resolve

PURE = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def make_wheel(folder, name, version="1.0", files=None, tag="py3-none-any", facts=PURE, needs=()):
    path = folder / f"{name}-{version}-{tag}.whl"
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" + "".join(f"Requires-Dist: {n}\n" for n in needs)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, text in (files or {f"{name}.py": f"NAME = {name!r}\n"}).items():
            archive.writestr(entry, text)
        archive.writestr(f"{info}/METADATA", metadata)
        if facts:
            archive.writestr(f"{info}/WHEEL", facts)
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def index(tmp_path, monkeypatch):
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("BELLJAR_STORE", str(tmp_path / "store"))
    return folder


def no_pip(*arguments):
    raise AssertionError("pip was asked")


# ---------------------------------------------------------------------- using them


def test_a_sandbox_imports_a_package_and_what_it_needs(index):
    make_wheel(index, "upper", files={"upper/__init__.py": "import lower\nBOTH = lower.NAME + ' and upper'\n", "upper/data.txt": "data"}, needs=["lower"])
    make_wheel(index, "lower")
    with belljar.Sandbox(packages=["upper"]) as box:
        assert box.eval("import upper; upper.BOTH").value == "lower and upper"
        assert box.eval("import importlib.metadata as m; m.version('upper')").value == "1.0"
        assert box.eval("import importlib.resources as r; (r.files('upper') / 'data.txt').read_text()").value == "data"
        assert box.eval("import os; 'BELLJAR_PACKAGES' in os.environ").value is False
        assert box.eval("open(upper.__file__, 'w')").error.type == "OSError"
    assert [r.value for r in belljar.map(["import lower; lower.NAME"] * 3, workers=2, packages=["lower"])] == ["lower"] * 3


def test_a_file_of_a_wheel_is_a_requirement(index, tmp_path):
    wheel = make_wheel(tmp_path, "alone")
    assert belljar.run("import alone; alone.NAME", packages=[str(wheel)]).value == "alone"


def test_a_snapshot_holds_what_was_imported(index, tmp_path):
    make_wheel(index, "lower")
    with belljar.Sandbox(packages=["lower"]) as box:
        box.eval("import lower")
        box.snapshot().save(tmp_path / "s.bj")
    with belljar.Snapshot.load(tmp_path / "s.bj", packages=["lower"]).spawn() as box:
        assert box.eval("lower.NAME").value == "lower"
    with pytest.raises(belljar.ArgumentError, match="/lib/packages/lower-1.0"):
        belljar.Snapshot.load(tmp_path / "s.bj").spawn()


def test_code_of_a_package_runs_in_the_sandbox_alone(index, tmp_path):
    mark = tmp_path / "mark"
    make_wheel(index, "evil", files={"evil.py": f"open({str(mark)!r}, 'w')", "evil.pth": f"import os; open({str(mark)!r}, 'w')"})
    with belljar.Sandbox(packages=["evil"]) as box:
        assert box.eval("import evil").error.type in ("FileNotFoundError", "PermissionError", "OSError")
    assert not mark.exists()


# ---------------------------------------------------------------------- the store


def test_the_same_requirements_need_pip_once(index, monkeypatch):
    make_wheel(index, "lower")
    first = resolve(["lower"])
    monkeypatch.setattr(packages, "_pip", no_pip)
    assert resolve(["lower", " lower "]) == first
    assert first[0].sha256 == hashlib.sha256(pathlib.Path(first[0].file).read_bytes()).hexdigest()
    assert stat.S_IMODE(os.stat(first[0].file).st_mode) == 0o444
    with pytest.raises(AssertionError):
        resolve(["lower"], refresh=True)


def test_a_wheel_that_was_changed_is_refused_and_one_that_is_gone_is_fetched(index):
    make_wheel(index, "lower")
    (wheel,) = resolve(["lower"])
    os.chmod(wheel.file, 0o644)
    with open(wheel.file, "ab") as file:
        file.write(b"more")
    with pytest.raises(PackageError, match="somebody changed it"):
        resolve(["lower"])
    os.remove(wheel.file)
    assert resolve(["lower"]) == [wheel]


def test_a_store_that_others_may_write_to_is_not_used(index, tmp_path):
    (tmp_path / "store").mkdir()
    os.chmod(tmp_path / "store", 0o777)
    with pytest.raises(PackageError, match="BELLJAR_STORE"):
        resolve(["lower"])


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "requirement",
    ["", "-e .", "--index-url=x", "a @ https://example.com/a.whl", "git+https://example.com/a", "a b", "../x", "a\0b", "missing.whl", "./setup.py"],
)
def test_what_is_no_requirement(index, monkeypatch, requirement):
    monkeypatch.setattr(packages, "_pip", no_pip)
    with pytest.raises(PackageError, match="no requirement"):
        resolve([requirement])


def test_what_is_not_there(index):
    with pytest.raises(PackageError, match="no pure-Python wheel of nowhere"):
        resolve(["nowhere"])


def test_native_code_is_refused_with_a_reason(index):
    make_wheel(index, "native", tag="cp311-cp311-manylinux_2_17_x86_64")
    make_wheel(index, "native", "1.1", tag="py3-none-manylinux_2_17_x86_64")
    with pytest.raises(PackageError, match="native needs native code"):
        resolve(["native"])


def test_source_alone_is_not_run(index, tmp_path):
    mark = tmp_path / "mark"
    folder = tmp_path / "source-1.0"
    folder.mkdir()
    (folder / "setup.py").write_text(f"open({str(mark)!r}, 'w')\n")
    import tarfile

    with tarfile.open(index / "source-1.0.tar.gz", "w:gz") as archive:
        archive.add(folder, "source-1.0")
    with pytest.raises(PackageError, match="no pure-Python wheel of source"):
        resolve(["source"])
    assert not mark.exists()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"files": {"x.cpython-313-wasm32-wasi.so": "x"}}, "native code"),
        ({"files": {"a/libx.so.1.2": "x"}}, "native code"),
        ({"facts": PURE.replace("true", "false")}, "native code"),
        ({"files": {"../out.py": "x"}}, "leads out"),
        ({"files": {"/abs.py": "x"}}, "leads out"),
        ({"files": {"a\\b.py": "x"}}, "leads out"),
        ({"facts": ""}, "lacks its WHEEL"),
    ],
)
def test_wheels_that_are_refused(tmp_path, change, why):
    with pytest.raises(PackageError, match=why):
        check_wheel(make_wheel(tmp_path, "odd", **change))


def test_a_bomb_and_what_is_no_zip(tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "_MOST_UNPACKED_BYTES", 1 << 20)
    with pytest.raises(PackageError, match="unpacks to more"):
        check_wheel(make_wheel(tmp_path, "bomb", files={"bomb.py": " " * (2 << 20)}))
    cut = tmp_path / "cut-1.0-py3-none-any.whl"
    cut.write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(PackageError, match="no zip file"):
        check_wheel(cut)
