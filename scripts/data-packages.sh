#!/usr/bin/env bash
# Lays out what the packages of the full Python carry, in build/data-package: the guest, what is in it, the licences, and compiled forms, so
# that its first use need not wait for the compiler. For bindings/python-data and bindings/node-data.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
from=$root/build/guests-data
into=$root/build/data-package

[ -e "$from/python.image.wasm" ] || { echo "data-packages.sh: there is no full Python in build/guests-data: make data" >&2 && exit 1; }
mkdir -p "$into/npm"
cp -p "$from"/python{.image.wasm,-lib.zip,-packages.json,-licences.txt} "$root/bindings/python/belljar/packages.py" "$into/"
cp -p "$root"/bindings/python/belljar/npm/*.py "$into/npm/"
"$root/scripts/precompile.sh" "$from" "$into/compiled" python
