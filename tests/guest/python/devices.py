# /dev/null, /dev/zero and /dev/urandom.
import os
import stat

assert sorted(os.listdir("/dev")) == ["null", "urandom", "zero"]
for name in os.listdir("/dev"):
    assert stat.S_ISCHR(os.stat(f"/dev/{name}").st_mode)
assert os.devnull == "/dev/null"
with open(os.devnull, "w") as file:
    assert file.write("gone") == 4 and not file.isatty()
with open("/dev/null", "rb") as file:
    assert file.read() == b""
with open("/dev/zero", "rb") as file:
    assert file.read(100000) == bytes(100000)
with open("/dev/urandom", "rb") as file:
    one, two = file.read(64), file.read(64)
    assert len(one) == 64 and one != two and one != bytes(64)
with open("/dev/null", "ab") as file:
    file.write(bytes(1 << 20))
    file.seek(0, os.SEEK_END)
for change in (lambda: open("/dev/new", "w"), lambda: os.remove("/dev/null"), lambda: os.mkdir("/dev/d")):
    try:
        change()
    except OSError as error:
        assert "Read-only" in error.strerror
    else:
        raise AssertionError("/dev was changed")
print("ok")
