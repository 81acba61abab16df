"""manifest.py TREE PACKAGES.json LICENCES.txt: what is linked in, from the metadata (dist-info) that lies in the library's tree.

PACKAGES.json is for hosts: {name: {"version", "metadata"}}, where the metadata is what pip would find in a wheel of it.
LICENCES.txt is for people and comes with the guest: what each is under, and the texts.
"""

import email
import glob
import json
import os
import sys


def licence_of(metadata):
    classified = [line.rpartition(" :: ")[2] for line in metadata.get_all("Classifier", []) if line.startswith("License ::")]
    stated = metadata.get("License-Expression") or ", ".join(classified) or (metadata.get("License") or "").splitlines()[:1]
    return stated if isinstance(stated, str) else "".join(stated)


def texts_of(folder):
    found = [path for path in glob.glob(folder + "/**", recursive=True)
             if os.path.isfile(path) and any(word in os.path.basename(path).upper() for word in ("LICEN", "COPYING", "NOTICE", "AUTHORS"))]
    for path in sorted(found):
        with open(path, encoding="utf-8", errors="replace") as file:
            yield os.path.relpath(path, folder), file.read().strip()


def main(tree, packages, licences):
    found, pages, contents = {}, [], []
    for folder in sorted(glob.glob(tree + "/*.dist-info")):
        with open(folder + "/METADATA", encoding="utf-8") as file:
            text = file.read()
        metadata = email.message_from_string(text)
        name, version = metadata["Name"], metadata["Version"]
        texts = list(texts_of(folder))
        if not texts:
            sys.exit(f"manifest.py: there is no text of {name}'s licence in {folder}")
        needs = [f"{key}: {value}" for key, value in metadata.items() if key in ("Metadata-Version", "Name", "Version", "Requires-Dist", "Requires-Python", "Provides-Extra")]
        found[name] = {"version": version, "metadata": "\n".join(needs) + "\n"}
        contents.append(f"{name} {version}: {licence_of(metadata)}")
        pages += [f"{'=' * 20} {name} {version}: {path}\n\n{page}\n" for path, page in texts]
    with open(packages, "w") as file:
        json.dump(found, file, indent=1, sort_keys=True)
    with open(licences, "w") as file:
        file.write("\n".join(contents) + "\n\n" + "\n".join(pages))


if __name__ == "__main__":
    main(*sys.argv[1:])
