"""sdist.py SPEC FOLDER: downloads the source distribution NAME==VERSION into FOLDER as pip would, and runs nothing of it.

`pip download` asks a source distribution's build backend for its metadata, which is code of the package's; the
checksum is looked at too late then. So pip's own finder, with this machine's settings of indexes, proxies and
certificates, is asked where the file is, and its session fetches it.
"""

import os
import sys

from pip._internal.commands import create_command


def find(finder, name, version):
    for candidate in finder.find_all_candidates(name):
        if str(candidate.version) == version and not candidate.link.is_wheel:
            return candidate.link
    sys.exit(f"sdist.py: no index of this machine has a source distribution of {name} {version}")


def save(session, link, folder):
    path = os.path.join(folder, link.filename)
    if link.is_file:
        with open(link.file_path, "rb") as have, open(path, "wb") as file:
            file.write(have.read())
        return
    answer = session.get(link.url_without_fragment, headers={"Accept-Encoding": "identity"}, stream=True)
    answer.raise_for_status()
    with open(path, "wb") as file:
        for piece in answer.iter_content(1 << 16):
            file.write(piece)


def main(spec, folder):
    name, _, version = spec.partition("==")
    command = create_command("download")
    options, _ = command.parse_args(["--no-deps", "--no-binary", name, spec])
    with command.main_context():
        session = command.get_default_session(options)
        finder = command._build_package_finder(options, session, ignore_requires_python=True)
        save(session, find(finder, name, version), folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
