"""clashes.py NM ARCHIVE…: fails where two of the libraries that modules share define a symbol of the same name: a linker takes one of them
without a word. Modules themselves cannot clash (private.py)."""

import collections
import subprocess
import sys


def defined(nm, archive):
    done = subprocess.run([nm, "--defined-only", "--extern-only", "--format=posix", archive], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        parts = line.split()
        # Weak ones (W, V) are meant to be defined more than once.
        if len(parts) >= 2 and parts[1] in "TDBRC":
            yield parts[0]


def main(nm, *archives):
    owners = collections.defaultdict(set)
    for archive in archives:
        for symbol in defined(nm, archive):
            owners[symbol].add(archive)
    clashes = {symbol: sorted(owner) for symbol, owner in owners.items() if len(owner) > 1}
    for symbol, owner in sorted(clashes.items()):
        print(symbol, *owner, file=sys.stderr)
    if clashes:
        sys.exit(f"clashes.py: {len(clashes)} symbols are defined twice")


if __name__ == "__main__":
    main(*sys.argv[1:])
