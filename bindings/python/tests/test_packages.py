"""Packages: wheels made here, taken by pip from a folder in place of an index."""

import hashlib
import json
import os
import pathlib
import stat
import zipfile

import pytest

import belljar
from belljar import _bytecode, packages
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


# ---------------------------------------------------------------------- bytecode

NO_COMPILER = "import importlib.machinery as m\ndef no(*a, **k): raise RuntimeError('compiled')\nm.SourceFileLoader.source_to_code = no\n"


def files_of(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_modules_are_compiled_once_in_a_sandbox(index, tmp_path, monkeypatch):
    source = "def fail():\n    return 1 / 0  # here\nfrom . import other, tests\n"
    make_wheel(
        index, "upper", files={"upper/__init__.py": source, "upper/other.py": "X = 5", "upper/tests/__init__.py": "", "alone.py": "Y = 6"}
    )
    with belljar.Sandbox(packages=["upper"]) as box:
        assert box.eval("import upper; upper.other.X").value == 5
        assert "return 1 / 0  # here" in box.eval("upper.fail()").error.traceback
        assert box.eval("upper.__cached__").value == "/lib/packages/upper-1.0/upper/__pycache__/__init__.cpython-313.pyc"
    monkeypatch.setattr(_bytecode.Sandboxed, "run", no_pip)  # nobody compiles again
    with belljar.Sandbox(packages=["upper"]) as box:
        assert box.eval(f"{NO_COMPILER}import alone; alone.Y").value == 6
        assert "compiled" in box.eval("import upper").error.message  # tests are left as they are
        assert box.eval("open(alone.__cached__, 'w')").error.type == "OSError"


def test_what_does_not_compile_is_left_as_it_is(index, tmp_path):
    deep = "x = " + "(" * 100_000 + ")" * 100_000
    make_wheel(index, "odd", files={"good.py": "X = 1", "bad.py": "print 'two'", "deep.py": deep, "nul.py": "a\0b", "stop.py": "raise SystemExit(3)"})
    with belljar.Sandbox(packages=["odd"]) as box:
        assert box.eval(f"{NO_COMPILER}import good; good.X").value == 1
        assert not box.eval("import bad").ok and not box.eval("import deep").ok
        assert box.eval("import stop").exit_code == 3  # it ran here for the first time


def test_a_compiled_archive_that_was_changed_is_refused_and_one_that_is_gone_is_made(index, tmp_path):
    make_wheel(index, "lower")
    assert belljar.run("import lower; lower.NAME", packages=["lower"]).value == "lower"
    (folder,) = (tmp_path / "store" / "compiled").iterdir()
    (archive,) = folder.glob("*.whl")
    assert stat.S_IMODE(archive.stat().st_mode) == 0o444
    os.chmod(archive, 0o644)
    with open(archive, "ab") as file:
        file.write(b"more")
    with pytest.raises(PackageError, match="somebody changed it"):
        belljar.run("1", packages=["lower"])
    archive.unlink()
    with pytest.raises(PackageError, match="somebody changed it"):
        belljar.run("1", packages=["lower"])
    (folder / "record.json").unlink()
    assert belljar.run("import lower; lower.NAME", packages=["lower"]).value == "lower"
    assert files_of(tmp_path / "store" / "compiled") == ["lower-1.0-py3-none-any.whl", "record.json"]


@pytest.mark.parametrize(
    "answer",
    [
        (b"", b""), (b"nope", b""), (b"[[\"lower.py\", 5]]", b"1234"), (b"[[\"lower.py\", -1]]", b"1"), (b"[[\"lower.py\", 1e9]]", b"1"),
        (b"[[5, 1]]", b"1"), (b"[[]]", b"1"), (b"{}x", b""), (b"[" * 100_000, b""), (b"5", b""), (b"[[\"lower.py\", true]]", b"1"),
    ],
)  # fmt: skip
def test_a_sandbox_that_answers_no_bytecode_leaves_the_wheel(index, tmp_path, answer):
    make_wheel(index, "lower")

    class Liar:
        guest = "0" * 64

        def run(self, wheel, program):
            return answer

    (plain,), (wheel,) = resolve(["lower"]), resolve(["lower"], compiler=Liar())
    assert wheel == plain and files_of(tmp_path / "store" / "compiled") == ["record.json"]
    assert resolve(["lower"], compiler=Liar()) == [plain]


def test_a_sandbox_puts_bytecode_beside_sources_and_nothing_anywhere_else(index):
    make_wheel(index, "lower", files={"lower.py": "X = 1", "data.txt": "text", "own.py": "", "__pycache__/own.cpython-313.pyc": "its own"})

    class Liar:
        guest = "0" * 64

        def run(self, wheel, program):
            names = ["lower.py", "../out.py", "/abs.py", "data.txt", "new.py", "lower-1.0.dist-info/RECORD", "own.py", "a/../lower.py"]
            return json.dumps([[name, 4] for name in names]).encode(), b"evil" * len(names)

    (wheel,) = resolve(["lower"], compiler=Liar())
    with zipfile.ZipFile(wheel.file) as archive, zipfile.ZipFile(resolve(["lower"])[0].file) as plain:
        added = set(archive.namelist()) - set(plain.namelist())
        assert added == {"__pycache__/lower.cpython-313.pyc"} and len(archive.namelist()) == len(plain.namelist()) + 1
        assert all(archive.read(name) == plain.read(name) for name in plain.namelist())
    with belljar.Sandbox(mounts={"/lib/packages/lower-1.0": belljar.Archive(wheel.file)}) as box:
        assert box.eval("import sys; sys.path.append('/lib/packages/lower-1.0'); import lower; lower.X").value == 1  # no bytecode: its source


def test_another_guest_has_bytecode_of_its_own(index, tmp_path):
    make_wheel(index, "lower")

    class Other(_bytecode.Sandboxed):
        def __init__(self):
            super().__init__("python")
            self.guest = "1" * 64

    assert resolve(["lower"], compiler=Other())[0].file != resolve(["lower"], compiler=_bytecode.Sandboxed("python"))[0].file
    assert len(list((tmp_path / "store" / "compiled").iterdir())) == 2


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "requirement",
    ["", "-e .", "--index-url=x", "a @ https://example.com/a.whl", "git+https://example.com/a", "a b", "../x", "a\0b", "missing.whl", "./setup.py"],
)
def test_what_is_no_requirement(index, monkeypatch, requirement):
    monkeypatch.setattr(packages, "_pip", no_pip)
    with pytest.raises(PackageError, match="no requirement"):
        resolve([requirement])


def test_what_is_told_at_a_terminal_is_one_line_without_escape_sequences():
    assert packages._shown("a\n\x1b[2J\x9b\u202e\u200b\U000e0041é") == r"a\n\x1b[2J\x9b\u202e\u200b\U000e0041é"


def test_what_is_not_there(index):
    with pytest.raises(PackageError, match="no pure-Python wheel of nowhere"):
        resolve(["nowhere"])


LINUX = "cp313-cp313-manylinux_2_17_x86_64"
SPEED = "_speed.cpython-313-x86_64-linux-gnu.so"


def test_native_code_is_refused_with_a_reason(index):
    make_wheel(index, "old", tag="cp311-cp311-manylinux_2_17_x86_64")
    make_wheel(index, "native", tag=LINUX, files={f"native/{SPEED}": "ELF", "native/__init__.py": "from ._speed import fast\n"})
    make_wheel(index, "bare", tag="py3-none-manylinux_2_17_x86_64", files={"bare.so": "ELF"})
    with pytest.raises(PackageError, match="^old needs native code"):
        resolve(["old"])
    for name in ("native", "bare"):
        with pytest.raises(PackageError, match=f"^{name} needs native code"), belljar.Sandbox(packages=[name]):
            pass


def test_a_package_that_cannot_run_is_named_with_who_needs_it(index):
    make_wheel(index, "native", tag=LINUX, files={f"native/{SPEED}": "ELF", "native/__init__.py": "from . import _speed\n"})
    make_wheel(index, "middle", needs=["Native>=1"])
    make_wheel(index, "upper", needs=["middle"])
    with pytest.raises(PackageError, match="^middle needs native, which needs native code"), belljar.Sandbox(packages=["upper"]):
        pass


def test_a_native_part_that_is_only_for_speed_is_left_out(index, tmp_path):
    slow = "try:\n    from ._speed import twice\nexcept ImportError:\n    def twice(x):\n        return 'slow', 2 * x\n"
    files = {"quick/__init__.py": slow, f"quick/{SPEED}": "ELF", "quick/fast.py": "from quick._speed import twice\n", "quick.libs/libx.so.1": "ELF"}
    make_wheel(index, "quick", tag=LINUX, files=files)
    make_wheel(index, "upper", needs=["quick"])
    with belljar.Sandbox(packages=["upper"]) as box:
        assert box.eval("import quick; list(quick.twice(2))").value == ["slow", 4]
        assert box.eval("import importlib.metadata as m; m.version('quick')").value == "1.0"
    [wheel] = [each for each in resolve(["upper"]) if each.name == "quick"]
    assert pathlib.Path(wheel.file).name == "quick-1.0-py3-none-any.whl"
    assert not [name for name in zipfile.ZipFile(wheel.file).namelist() if ".so" in name]


def test_what_works_but_for_most_of_its_modules_is_refused(index):
    most = {f"lib/part{n}.py": "from lib import _core\n" for n in range(3)}
    make_wheel(index, "lib", tag=LINUX, files={"lib/__init__.py": "", "lib/_core.abi3.so": "ELF", "lib/kind.py": "", **most})
    with pytest.raises(PackageError, match="^lib needs native code"), belljar.Sandbox(packages=["lib"]):
        pass


def test_the_pure_wheel_of_a_version_is_taken_where_there_is_one(index):
    make_wheel(index, "both", tag=LINUX, files={"both.py": "KIND = 'native'\n", "_both.abi3.so": "ELF"})
    make_wheel(index, "both", files={"both.py": "KIND = 'pure'\n"})
    make_wheel(index, "quick", tag=LINUX, files={"quick.py": "", "_quick.abi3.so": "ELF"})
    with belljar.Sandbox(packages=["both", "quick"]) as box:
        assert box.eval("import both, quick; both.KIND").value == "pure"


def test_a_wheel_for_machines_is_checked_as_others_are(index):
    make_wheel(index, "climber", tag=LINUX, files={"climber.py": "", "../out.py": "", "a.so": "ELF"})
    with pytest.raises(PackageError, match="leads out of it"):
        resolve(["climber"])
    (index / f"broken-1.0-{LINUX}.whl").write_bytes(b"no zip at all")
    with pytest.raises(PackageError):
        resolve(["broken"])


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


# ---------------------------------------------------------------------- packages that are linked into the guest


def linked(folder, **versions):
    """A folder of guests whose Python has these packages inside; `needs` is what the last of them requires."""
    folder.mkdir()
    needs = versions.pop("needs", [])
    listed = {
        name: {"version": version, "metadata": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" + "".join(f"Requires-Dist: {n}\n" for n in needs)}
        for name, version in versions.items()
    }
    (folder / "python-packages.json").write_text(json.dumps(listed))
    return packages.linked_into(folder)


def test_a_guest_without_packages_has_none(tmp_path):
    assert packages.linked_into(tmp_path) == {}


def test_what_is_linked_in_needs_no_pip(tmp_path, index, monkeypatch):
    inside = linked(tmp_path / "guests", Grid="2.4.6")
    monkeypatch.setattr(packages, "_pip", no_pip)
    assert resolve(["grid"], linked=inside) == []


def test_a_package_is_resolved_against_what_is_linked_in(tmp_path, index):
    inside = linked(tmp_path / "guests", grid="2.4.6", table_x="3.0", needs=["helper>=1"])
    make_wheel(index, "plots", needs=["grid>=2", "table-x"])
    make_wheel(index, "helper", "1.5")
    make_wheel(index, "grid", "9.0")
    assert [(wheel.name, wheel.version) for wheel in resolve(["plots", "grid>=2.4"], linked=inside)] == [("helper", "1.5"), ("plots", "1.0")]
    with pytest.raises(PackageError, match="table"):
        resolve(["plots"], refresh=True)


@pytest.mark.parametrize("wanted", ["grid<2", "grid==9.0", "old"])
def test_another_version_than_the_one_that_is_linked_in_is_refused(tmp_path, index, wanted):
    inside = linked(tmp_path / "guests", grid="2.4.6")
    make_wheel(index, "grid", "9.0")
    make_wheel(index, "old", needs=["grid<2"])
    with pytest.raises(PackageError, match=r"grid 2\.4\.6 is linked into this Python, and no other version can be had: .*grid"):
        resolve([wanted], linked=inside)
