"""pack.py TREE MOUNT ARCHIVE: compiles every .py of TREE to a .pyc beside it and packs the tree.

The host mounts the archive as plain directories at MOUNT, so that modules lie where the import system
looks for them without sources (foo.pyc, not __pycache__/foo.cpython-313.pyc), and code objects carry
the path they have there. The .pyc are of the unchecked-hash kind: there is no source to compare with.
The archive's bytes depend on the tree alone: names sorted, times fixed, nothing compressed (the host
serves a file as a slice of the archive; packages of Belljar are compressed as a whole).
"""

import importlib.util
import importlib._bootstrap_external as bootstrap
import os
import sys
import zipfile


def compile_tree(tree, mount):
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
            os.remove(path)


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
    compile_tree(tree.rstrip("/"), mount)
    pack(tree.rstrip("/"), archive)


if __name__ == "__main__":
    main(*sys.argv[1:])
