#!/usr/bin/env bash
# Holds the include directions of the design: prints every #include that runs against them, exit status 1.
#
# A line of the table: a folder, then the folders whose headers its files may include besides its own. A folder
# named `inside` has a line of its own.
# `belljar.h` is the vocabulary of all and may be included everywhere.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

arrows='
src/base
src/policy    base
src/vfs       base policy
src/wasi      base policy vfs
src/engine    base policy
src/schedule  base
src/settings  base policy
src/sandbox   base policy vfs wasi engine schedule guest
cli
bench
bench/inside  base vfs
bindings/python/src
bindings/node/src
examples
'

status=0
while read -r folder allowed; do
  [ -n "$folder" ] && [ -d "$folder" ] || continue
  own=${folder#src/}
  while IFS=: read -r file line include; do
    target=$(sed -E 's/.*"([^"]+)".*/\1/' <<<"$include")
    part=${target%%/*}
    case $target in
    belljar.h | ../guest/belljar_guest.h) [ "$part" != .. ] || part=guest ;;
    */*) ;;
    *) continue ;; # a header of the same folder
    esac
    [ "$target" = belljar.h ] || [ "$part" = "$own" ] || [[ " $allowed " = *" $part "* ]] || {
      echo "$file:$line: $folder may not include $target"
      status=1
    }
  done < <(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$folder/." --include='*.c' --include='*.h' --exclude-dir=inside --exclude-dir=node_modules || true)
done <<<"$arrows"

# Wasmtime's headers are included in src/engine only.
if grep -rnE '#[[:space:]]*include[[:space:]]*<(wasm|wasmtime|belljar_wasmtime)(\.h|/)' src cli bench bindings tests examples --include='*.[ch]' --exclude-dir=node_modules |
  grep -v '^src/engine/'; then
  echo "Wasmtime's headers belong in src/engine"
  status=1
fi
[ "$status" -ne 0 ] || echo "the arrows hold"
exit "$status"
