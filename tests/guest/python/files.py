# The working directory: everything that programs do with files and paths.
import glob
import io
import os
import pathlib
import shutil
import stat
import tempfile
import zipfile

here = pathlib.Path.cwd()
assert str(here) == "/work"
folder = pathlib.Path("files-test")
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir()
(folder / "a").mkdir()
(folder / "a" / "ü.txt").write_text("grün\nrot\n", encoding="utf-8")
assert (folder / "a" / "ü.txt").read_text(encoding="utf-8").splitlines() == ["grün", "rot"]
assert [path.name for path in folder.rglob("*.txt")] == ["ü.txt"]
assert glob.glob("files-test/**/*.txt", recursive=True) == ["files-test/a/ü.txt"]
with open(folder / "b.bin", "wb") as file:
    file.write(bytes(range(256)) * 100)
    file.seek(10)
    file.write(b"XX")
with open(folder / "b.bin", "r+b") as file:
    assert file.read(12)[-2:] == b"XX" and file.seek(0, io.SEEK_END) == 25600
    file.truncate(100)
status = os.stat(folder / "b.bin")
assert status.st_size == 100 and stat.S_ISREG(status.st_mode) and os.path.isdir(folder)
# Permissions as new files have them: an archive of files without any could be read by nobody.
assert [stat.filemode(os.stat(path).st_mode) for path in (folder, folder / "b.bin")] == ["drwxr-xr-x", "-rw-r--r--"]
with open(folder / "b.bin") as file:
    assert stat.filemode(os.fstat(file.fileno()).st_mode) == "-rw-r--r--"
with zipfile.ZipFile("permissions.zip", "w") as archive:
    archive.write(folder / "b.bin")
assert zipfile.ZipFile("permissions.zip").infolist()[0].external_attr >> 16 == 0o100644
with open(folder / "log", "a") as file:
    file.write("1\n")
with open(folder / "log", "a") as file:
    file.write("2\n")
assert (folder / "log").read_text() == "1\n2\n"
try:
    open(folder / "log", "x")
except FileExistsError:
    pass
else:
    raise AssertionError("x opened what exists")
os.rename(folder / "log", folder / "renamed")
shutil.copy(folder / "renamed", folder / "copy")
shutil.copytree(folder / "a", folder / "c")
assert sorted(os.listdir(folder)) == ["a", "b.bin", "c", "copy", "renamed"]
assert sorted(entry.name for entry in os.scandir(folder) if entry.is_dir()) == ["a", "c"]
assert [(len(folders), len(files)) for _, folders, files in os.walk(folder)][0] == (2, 3)
os.chdir(folder)
assert os.getcwd() == "/work/files-test" and os.path.exists("b.bin") and os.path.abspath("x") == "/work/files-test/x"
os.chdir("..")
for missing in (lambda: open("none"), lambda: os.remove("none"), lambda: os.listdir("none")):
    try:
        missing()
    except FileNotFoundError as error:
        assert error.filename == "none"
    else:
        raise AssertionError("what is missing was found")
with tempfile.TemporaryDirectory() as name:
    with tempfile.NamedTemporaryFile("w+", dir=name, suffix=".txt") as file:
        file.write("x")
        file.flush()
        assert os.path.getsize(file.name) == 1
assert not os.path.exists(name)
(here / "belljar_test_module.py").write_text("VALUE = 41\ndef f():\n    return VALUE + 1\n")
import belljar_test_module

assert belljar_test_module.f() == 42
os.remove(here / "belljar_test_module.py")
assert not os.path.exists(here / "__pycache__")
shutil.rmtree(folder)

# Deeper than there are descriptors.
os.makedirs("/".join(["deep"] * 600))
shutil.rmtree("deep")

# Holes are zeros, and cost nothing.
with open("sparse", "w+b") as file:
    file.truncate(1 << 62)
    file.seek(1 << 40)
    file.write(b"middle")
    file.seek((1 << 40) - 2)
    assert file.read(10) == b"\0\0middle\0\0"
    file.seek(-1, os.SEEK_END)
    assert file.read() == b"\0" and file.tell() == os.path.getsize("sparse") == 1 << 62
    file.truncate(3)
    file.seek(0)
    assert file.read() == b"\0\0\0"
os.remove("sparse")
print("ok")
