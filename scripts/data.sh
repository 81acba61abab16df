#!/usr/bin/env bash
# Makes the full Python (guest/data) a folder of guests of its own: build/guests-data. The lean ones stay where they are.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
STEP_LOGS=$root/build/logs
. "$root/scripts/steps.sh"
folder=$root/build/guests-data

freeze() {
  "$root/build/belljar" freeze -v --cache "$root/build/freeze-cache" "$folder/python.wasm" -o "$folder/python.image.wasm"
}

"$root/scripts/setup-cxx.sh"
"$root/guest/data/build.sh"
cp "$root/bindings/python/belljar/packages.py" "$folder/"
mkdir -p "$folder/npm"
cp "$root"/bindings/python/belljar/npm/*.py "$folder/npm/"
if [ "$folder/python.wasm" -nt "$folder/python.image.wasm" ] || [ "$folder/python-lib.zip" -nt "$folder/python.image.wasm" ]; then
  step data-image "The full Python: image" freeze
fi
note "build/guests-data is made: BELLJAR_GUESTS=build/guests-data:build/guests build/belljar run …"
