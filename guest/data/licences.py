"""licences.py SOURCES LICENCES.txt PINS…: under what all is that is linked into the full Python, and the texts: for people, beside the guest.

What is linked in is what the tables of pins name, but for what only the JavaScript guests are made of; and the compiler's own libraries.
The texts are taken from the archives that the pins name, so that the list is as whole as the pins are: it fails where one has none.
"""

import email
import hashlib
import io
import os
import re
import subprocess
import sys
import tarfile
import zipfile

LARGEST = 1 << 16
# Names of texts, and folders of what is not built here.
TEXT = re.compile(r"(?:^|/)(?:LICEN[CS]E|COPYING|NOTICE|COPYRIGHT)[^/]*$", re.IGNORECASE)
OTHER = re.compile(r"(?:^|/)(?:[Tt]ests?|docs|_static|vendored-meson|Mac|PC|Tools|examples?)/|\.(?:c|h|js|py|png|rtf|html?)$")
# What says nothing of itself that a program could read.
KNOWN = {
    "wasi-libc": "Apache-2.0 WITH LLVM-exception AND MIT AND BSD-2-Clause",
    "python": "PSF-2.0 (with expat: MIT; libmpdec: BSD-2-Clause; HACL*: MIT)",
    "python-debian": "PSF-2.0 (patches of python)",
    "zlib": "Zlib",
    "bzip2": "bzip2-1.0.6",
    "xz": "public domain (liblzma)",
    "sqlite": "public domain",
    "libyaml": "MIT",
    "openblas": "BSD-3-Clause",
    "lapack": "BSD-3-Clause",
    "f2c": "HPND (libf2c)",
    "freetype": "FTL",
    "libjpeg-turbo": "IJG AND BSD-3-Clause AND Zlib",
    "libpng": "libpng-2.0",
    "libxml2": "MIT",
    "libxslt": "MIT",
    "qhull": "Qhull",
}
# Debian's packages whose archives are linked in beside.
COMPILER = ["libc++-19-dev-wasm32", "libc++abi-19-dev-wasm32", "libclang-rt-19-dev-wasm32"]


def pins(path):
    with open(path) as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                name, version, archive, _, where = line.split()
                if not where.startswith(("npm:", "crate:")):
                    yield name, version, archive


def members(path):
    """Names and texts of the small files of an archive."""
    if path.endswith((".whl", ".zip")):
        with zipfile.ZipFile(path) as archive:
            for one in archive.infolist():
                if one.file_size < LARGEST:
                    yield one.filename, lambda one=one: archive.read(one)
        return
    if path.endswith(".deb"):
        opened = tarfile.open(fileobj=io.BytesIO(subprocess.run(["dpkg-deb", "--fsys-tarfile", path], check=True, capture_output=True).stdout))
    else:
        opened = tarfile.open(path)
    with opened as archive:
        for one in archive:
            if one.isfile() and one.size < LARGEST:
                yield one.name, lambda one=one: archive.extractfile(one).read()


def looked_through(path):
    """What the metadata of a Python package says, and texts of licences."""
    stated, texts = None, []
    for name, read in members(path):
        if name.endswith(".dist-info/METADATA") or re.fullmatch(r"[^/]+/PKG-INFO", name):
            stated = licence_of(email.message_from_bytes(read()))
        elif TEXT.search(name) and not OTHER.search(name):
            texts.append((name, read().decode("utf-8", "replace").strip()))
    return stated, texts


def licence_of(metadata):
    classified = [line.rpartition(" :: ")[2] for line in metadata.get_all("Classifier", []) if line.startswith("License ::")]
    return metadata.get("License-Expression") or ", ".join(classified) or (metadata.get("License") or "").partition("\n")[0]


def main(sources, output, *tables):
    contents, pages, seen = [], [], {}
    found = [(name, version, looked_through(os.path.join(sources, archive))) for table in tables for name, version, archive in pins(table)]
    for package in COMPILER:
        with open(f"/usr/share/doc/{package}/copyright", encoding="utf-8") as file:
            found.append((package, "", ("Apache-2.0 WITH LLVM-exception", [("copyright", file.read().strip())])))
    for name, version, (stated, texts) in sorted(found):
        if not texts:
            sys.exit(f"licences.py: there is no text of a licence in the archive of {name}")
        contents.append(f"{name} {version}: {stated or KNOWN.get(name, 'as its text says')}".replace(" :", ":"))
        for path, text in texts:
            title = f"{name} {version}: {path}"
            digest = hashlib.sha256(text.encode()).digest()
            pages.append(f"{'=' * 20} {title}\n\n{text if digest not in seen else 'As ' + seen[digest]}\n")
            seen.setdefault(digest, title)
    with open(output, "w", encoding="utf-8") as file:
        file.write("\n".join(contents) + "\n\n" + "\n".join(pages))


if __name__ == "__main__":
    main(*sys.argv[1:])
