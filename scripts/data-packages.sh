#!/usr/bin/env bash
# Lays out what the packages of the full Python carry, in build/data-package: the guest, what is in it, the licences, and compiled forms, so
# that its first use need not wait for the compiler. For bindings/python-data and bindings/node-data.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
STEP_LOGS=$root/build/logs
. "$root/scripts/steps.sh"
from=$root/build/guests-data
into=$root/build/data-package
level=${BELLJAR_PACK_LEVEL:-19}

precompile() {
  rm -rf "$into/compiled.new"
  "$root/build/belljar" precompile --guests "$from" python --pack "$level" -o "$into/compiled.new"
  rm -rf "$into/compiled"
  mv "$into/compiled.new" "$into/compiled"
}

[ -e "$from/python.image.wasm" ] || { echo "data-packages.sh: there is no full Python in build/guests-data: make data" >&2 && exit 1; }
mkdir -p "$into/npm"
cp -p "$from"/python{.image.wasm,-lib.zip,-packages.json,-licences.txt} "$from/packages.py" "$into/"
cp -p "$from"/npm/*.py "$into/npm/"
made_from=$(sha256sum "$into/python.image.wasm" "$root/build/engine/libbjwasmtime.a" "$root/include/belljar.h" | cut -d ' ' -f 1; echo "$level")
if [ "$(cat "$into/.made-from" 2>/dev/null)" != "$made_from" ]; then
  step data-compile "The full Python: machine code" precompile
  printf '%s\n' "$made_from" >"$into/.made-from"
fi
