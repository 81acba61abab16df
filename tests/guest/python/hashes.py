# Digests and derived keys against published values, and the compressions there and back.
import bz2
import gzip
import hashlib
import hmac
import io
import lzma
import tarfile
import zipfile
import zlib

DIGESTS = {
    "md5": "900150983cd24fb0d6963f7d28e17f72",
    "sha1": "a9993e364706816aba3e25717850c26c9cd0d89d",
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "sha512": "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    "sha3_256": "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
    "blake2s": "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982",
}
for name, digest in DIGESTS.items():
    assert hashlib.new(name, b"abc").hexdigest() == digest, name
    assert getattr(hashlib, name)(b"a" + b"bc").hexdigest() == digest, name
assert hashlib.blake2b(b"abc", digest_size=16, key=b"k").digest_size == 16
assert len(hashlib.shake_128(b"abc").digest(10)) == 10
assert hmac.new(b"key", b"message", "sha256").hexdigest() == (
    "6e9ef29b75fffc5b7abae527d58fdadb2fe42e7219011976917343065f58ed4a")
# RFC 6070 and RFC 7914, section 11.
assert hashlib.pbkdf2_hmac("sha1", b"password", b"salt", 2).hex() == "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"
assert hashlib.pbkdf2_hmac("sha256", b"passwd", b"salt", 1, 64).hex().startswith("55ac046e56e3089fec1691c22544b605")

data = b"the quick brown fox " * 2000
for module in (zlib, bz2, lzma, gzip):
    packed = module.compress(data)
    assert len(packed) < len(data) // 10 and module.decompress(packed) == data, module
assert zlib.crc32(b"abc") == 0x352441C2 and zlib.adler32(b"abc") == 0x24D0127
assert lzma.decompress(lzma.compress(data, format=lzma.FORMAT_ALONE)) == data
try:
    zlib.decompress(b"nonsense")
except zlib.error:
    pass
else:
    raise AssertionError("nonsense was decompressed")

box = io.BytesIO()
with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("a/b.txt", data)
assert zipfile.ZipFile(box).read("a/b.txt") == data
for mode in ("gz", "bz2", "xz"):
    box = io.BytesIO()
    with tarfile.open(fileobj=box, mode="w:" + mode) as archive:
        entry = tarfile.TarInfo("x")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    box.seek(0)
    assert tarfile.open(fileobj=box).extractfile("x").read() == data, mode
print("ok")
