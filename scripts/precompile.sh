#!/usr/bin/env bash
# Compiles guests for any x86-64-v3 machine and packs what comes of it, for packages; does nothing where that is there and new:
#
#     precompile.sh FOLDER-OF-GUESTS INTO RUNTIME…
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
STEP_LOGS=$root/build/logs
. "$root/scripts/steps.sh"
guests=$1 into=$2
shift 2
level=12 # level 19 takes a minute of a processor more for each form of the full Python, and saves a tenth

compile() {
  rm -rf "$into.new"
  "$root/build/belljar" precompile --guests "$guests" --pack "$level" -o "$into.new" "$@"
  printf '%s\n' "$made_from" >"$into.new/.made-from"
  rm -rf "$into"
  mv "$into.new" "$into"
}

images=()
for runtime in "$@"; do
  images+=("$guests/$runtime.image.wasm")
done
made_from=$(sha256sum "${images[@]}" "$root/build/engine/libbjwasmtime.a" "$root/include/belljar.h" | cut -d ' ' -f 1 && echo "$level")
[ "$(cat "$into/.made-from" 2>/dev/null)" = "$made_from" ] || step "precompile-$(basename "$into")" "Machine code of $*" compile "$@"
