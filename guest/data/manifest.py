"""manifest.py TREE PACKAGES.json: what is linked in, from the metadata (dist-info) that lies in the library's tree.

PACKAGES.json is for hosts: {name: {"version", "metadata"}}, where the metadata is what pip would find in a wheel of it.
"""

import email
import glob
import json
import sys


def main(tree, packages):
    found = {}
    for folder in sorted(glob.glob(tree + "/*.dist-info")):
        with open(folder + "/METADATA", encoding="utf-8") as file:
            text = file.read()
        metadata = email.message_from_string(text)
        name, version = metadata["Name"], metadata["Version"]
        needs = [f"{key}: {value}" for key, value in metadata.items() if key in ("Metadata-Version", "Name", "Version", "Requires-Dist", "Requires-Python", "Provides-Extra")]
        found[name] = {"version": version, "metadata": "\n".join(needs) + "\n"}
    with open(packages, "w") as file:
        json.dump(found, file, indent=1, sort_keys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
