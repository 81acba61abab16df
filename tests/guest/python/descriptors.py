"""os.dup, os.dup2 and what else programs do with descriptors, as on Linux."""
import errno
import os
import sys


def fails(number, call, *args):
    try:
        call(*args)
    except OSError as error:
        assert error.errno == number, (call, args, error)
    else:
        raise AssertionError(f"{call} {args} does not fail")


first = os.open("file", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
second = os.dup(first)
os.write(first, b"abc")
assert os.lseek(second, 0, os.SEEK_CUR) == 3
os.lseek(second, 1, os.SEEK_SET)
assert os.read(first, 9) == b"bc"
os.close(first)
assert os.pread(second, 9, 0) == b"abc"
with os.fdopen(os.dup(second), "w") as file:
    file.write("def")
assert open("file").read() == "abcdef"
assert os.dup2(second, 60) == 60 and os.dup2(second, 61, inheritable=False) == 61 and os.dup2(60, 60) == 60
os.close(60), os.close(61)
fails(errno.EBADF, os.dup, 60)
fails(errno.EBADF, os.dup2, 60, 5)
fails(errno.EBADF, os.dup2, second, -1)
fails(errno.EBADF, os.dup2, second, 1 << 20)

# What a test runner's capture does: all that is printed lands in a file, and then again where it did.
aside, capture = os.dup(1), os.open("captured", os.O_RDWR | os.O_CREAT)
os.dup2(capture, 1)
print("captured", flush=True)
os.write(sys.stdout.fileno(), b"too\n")
os.dup2(aside, 1)
os.close(aside)
assert open("captured").read() == "captured\ntoo\n"

# As many as there may be, and all given back.
held = []
try:
    while True:
        held.append(os.dup(second))
except OSError as error:
    assert error.errno == errno.EMFILE, error
assert 100 < len(held) < 256
for each in held:
    os.close(each)
os.close(os.dup(second))

# Appending goes to the end, whatever the offset; the position stays.
append = os.open("file", os.O_RDWR | os.O_APPEND)
assert os.pwrite(append, b"end", 0) == 3 and os.lseek(append, 0, os.SEEK_CUR) == 0
assert open("file").read() == "abcdefend"

# Errors as Linux has them.
reader = os.open("file", os.O_RDONLY)
fails(errno.EINVAL, os.ftruncate, reader, 1)
fails(errno.EBADF, os.write, reader, b"x")
fails(errno.EINVAL, os.ftruncate, append, -1)
assert os.read(os.open("file", 0), 3) == b"abc"  # O_RDONLY is 0 there

# Directories by descriptors, from their beginning each time; and several buffers at once.
os.makedirs("tree/d/e")
open("tree/a", "w").close()
os.symlink("d", "tree/link")
tree = os.open("tree", os.O_RDONLY)
for _ in range(2):
    assert sorted(os.listdir(tree)) == ["a", "d", "link"]
with os.scandir(tree) as entries:
    assert sorted((entry.name, entry.is_symlink()) for entry in entries) == [("a", False), ("d", False), ("link", True)]
assert [(path, sorted(names), files) for path, names, files, _ in os.fwalk("tree")] == [
    ("tree", ["d", "link"], ["a"]), ("tree/d", ["e"], []), ("tree/d/e", [], [])]  # fmt: skip
for _ in range(300):  # each gives its descriptor back
    os.listdir(tree)
fails(errno.ENOTDIR, os.listdir, reader)
os.close(tree)
fails(errno.EBADF, os.listdir, tree)
vector, two, more = os.open("vector", os.O_RDWR | os.O_CREAT), bytearray(2), bytearray(9)
assert os.writev(vector, [b"ab", b"", b"cde"]) == 5 and os.pwritev(vector, [b"X", b"Y"], 1) == 2
assert os.preadv(vector, [two, more], 0) == 5 and (two, more[:3]) == (b"aX", b"Yde")
os.lseek(vector, 3, os.SEEK_SET)
assert os.readv(vector, [two, more]) == 2 and two == b"de"

print("ok")
