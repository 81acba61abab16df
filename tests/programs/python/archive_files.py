"""Files: a tree of folders, archives, checksums, compression, temporary files, globs."""
import gzip
import hashlib
import io
import lzma
import os
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path

root = Path("project")
for name, text in {"README.md": "# Title\n", "src/main.py": "print('hi')\n" * 50, "src/util/__init__.py": "", "data/a b.txt": "ä\n", "data/raw.bin": "\x00\x01"}.items():
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
(root / "link.py").symlink_to("src/main.py")
print(*sorted(str(p.relative_to(root)) for p in root.rglob("*")), sep=", ")
for folder, folders, files in os.walk(root):
    folders.sort()
    print(folder, folders, sorted(files))
print(sorted(p.name for p in root.glob("**/*.py")), (root / "link.py").is_symlink(), os.readlink(root / "link.py"), (root / "link.py").resolve().name)
with zipfile.ZipFile("project.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for path in sorted(root.rglob("*")):
        if path.is_file():
            info = zipfile.ZipInfo(str(path), (2024, 1, 1, 0, 0, 0))
            archive.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED)
with zipfile.ZipFile("project.zip") as archive:
    print(archive.testzip(), [(i.filename, i.file_size, f"{i.CRC:08x}") for i in archive.infolist()])
    archive.extractall("copy")
print(hashlib.sha256(Path("copy/project/src/main.py").read_bytes()).hexdigest() == hashlib.sha256((root / "src/main.py").read_bytes()).hexdigest())
buffer = io.BytesIO()
with tarfile.open(fileobj=buffer, mode="w:xz") as archive:
    archive.add(root, "p", filter=lambda info: None if info.name.endswith(".bin") else info)
buffer.seek(0)
with tarfile.open(fileobj=buffer) as archive:
    print(sorted((m.name, m.size, m.isdir(), m.linkname) for m in archive))
data = b"".join(b"line %d\n" % i for i in range(2000))
print(len(data), zlib.crc32(data), zlib.adler32(data), gzip.decompress(gzip.compress(data)) == data, lzma.decompress(lzma.compress(data)) == data)
for name in ("md5", "sha1", "sha512", "sha3_256", "blake2b"):
    print(name, hashlib.new(name, data).hexdigest()[:32])
with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile("w+", dir=folder, suffix=".txt") as file:
    file.write("temporary")
    file.flush()
    file.seek(3)
    print(file.read(), os.path.getsize(file.name), Path(file.name).suffix)
print(os.path.exists(folder))
with open("lines.txt", "w+") as file:
    file.writelines(f"{i}\n" for i in range(5))
    file.seek(0)
    print([line.strip() for line in file if int(line) % 2], file.tell())
os.truncate("lines.txt", 5)
os.replace("lines.txt", "moved.txt")
print(repr(Path("moved.txt").read_text()), shutil.copy("moved.txt", "again.txt"), os.stat("again.txt").st_size)
for action in (lambda: open("nowhere/x"), lambda: os.mkdir("project"), lambda: os.rmdir("project"), lambda: Path("README").read_text(), lambda: open("project")):
    try:
        action()
    except OSError as error:
        print(type(error).__name__, error)
shutil.rmtree("copy")
shutil.move("project", "renamed")
print(sorted(os.listdir()), os.path.normpath("a/../b//c/."), os.path.splitext("x.tar.gz"), os.path.relpath("/a/b", "/a/c"), Path("a/b.txt").with_suffix(".md"))
