"""pack.py TREE MOUNT ARCHIVE: compiles every .py of TREE to a .pyc beside it and packs the tree.

The host mounts the archive as plain directories at MOUNT, so that modules lie where the import system
looks for them without sources (foo.pyc, not __pycache__/foo.cpython-313.pyc), and code objects carry
the path they have there. The .pyc are of the unchecked-hash kind: there is no source to compare with.
The sources go into one file, sources.bin, for tracebacks and the module inspect: a line with the size of an index, the index
(JSON: for each path its offset behind the index, and its size), and the sources, each by bzip2.
The archive's bytes depend on the tree alone: names sorted, times fixed, nothing else compressed (the host
serves a file as a slice of the archive; packages of Belljar are compressed as a whole).
"""

import importlib.util
import importlib._bootstrap_external as bootstrap
import json
import os
import subprocess
import sys
import zipfile


def compile_tree(tree, mount):
    """Compiles and removes the sources; they, by their paths in the tree."""
    sources = {}
    for folder, folders, files in os.walk(tree):
        folders.sort()
        for name in sorted(files):
            if not name.endswith(".py"):
                continue
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                source = file.read()
            inside = mount + path[len(tree):]
            code = compile(source, inside, "exec", dont_inherit=True)
            data = bootstrap._code_to_hash_pyc(code, importlib.util.source_hash(source), False)
            with open(path + "c", "wb") as file:
                file.write(data)
            sources[path[len(tree) + 1:]] = source
            os.remove(path)
    return sources


def keep_sources(sources, path):
    index, blobs, at = {}, [], 0
    for name in sorted(sources):
        blob = subprocess.run(["bzip2", "-9c"], input=sources[name], stdout=subprocess.PIPE, check=True).stdout
        index[name] = at, len(blob)
        blobs.append(blob)
        at += len(blob)
    listed = json.dumps(index, separators=(",", ":")).encode()
    with open(path, "wb") as file:
        file.write(b"%d\n" % len(listed) + listed + b"".join(blobs))


def pack(tree, archive):
    names = []
    for folder, _, files in os.walk(tree):
        names += [os.path.relpath(os.path.join(folder, name), tree) for name in files]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as out:
        for name in sorted(names):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o100444 << 16
            with open(os.path.join(tree, name), "rb") as file:
                out.writestr(entry, file.read())


def main(tree, mount, archive):
    tree = tree.rstrip("/")
    keep_sources(compile_tree(tree, mount), os.path.join(tree, "sources.bin"))
    pack(tree, archive)


if __name__ == "__main__":
    main(*sys.argv[1:])
