#!/usr/bin/env bash
# Holds the include directions of the design: prints every #include that runs against them, exit status 1.
#
# A line of the table: a folder, then the folders whose headers its files may include besides its own; a part of src/ stands for
# all of its rooms. A folder named `inside` has a line of its own. Every folder of src/ that has sources must be in the table.
# `belljar.h` is the vocabulary of all and may be included everywhere.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

arrows='
src/base
src/policy            base
src/vfs/node          base policy
src/vfs/fixed         base policy vfs/node
src/vfs/memory        base policy vfs/node
src/vfs/host          base policy vfs/node
src/vfs/archive       base policy vfs/node
src/vfs/overlay       base policy vfs/node vfs/memory
src/vfs/tree          base policy vfs/node vfs/fixed vfs/memory vfs/host vfs/archive vfs/overlay
src/vfs/changes       base policy vfs/node vfs/memory vfs/host vfs/overlay vfs/tree
src/wasi              base policy vfs
src/wasi/calls        base policy vfs wasi/.
src/engine            base policy
src/engine/machine    base policy engine/.
src/engine/compile    base policy engine/.
src/engine/module     base policy engine/.
src/engine/run        base policy engine/.
src/engine/delta      base policy engine/. engine/run
src/schedule          base
src/settings          base policy
src/sandbox/values    base policy guest
src/sandbox/tools     base policy wasi guest sandbox/values
src/sandbox/receipt   base policy vfs wasi sandbox/values sandbox/tools
src/sandbox/object    base policy vfs wasi engine sandbox/values sandbox/tools sandbox/receipt
src/sandbox/calls     base policy vfs wasi engine guest sandbox/values sandbox/tools sandbox/receipt sandbox/object
src/sandbox/runtime   base policy vfs engine guest sandbox/values sandbox/calls
src/sandbox/run       base policy vfs wasi engine guest sandbox/values sandbox/tools sandbox/receipt sandbox/object sandbox/calls sandbox/runtime
src/sandbox/files     base policy vfs sandbox/receipt sandbox/object
src/sandbox/snapshot  base policy vfs wasi engine guest sandbox/run
src/sandbox/pool      base policy schedule sandbox/run
cli
bench
bench/inside          base vfs
bindings/python/src
bindings/node/src
examples
'

status=0
may_include() { # folder, room of the header, folders that it may include
  local own=${1#src/} room=$2 each
  [ "$room" != "$own" ] || return 0
  for each in $3; do
    case $each in
    */.) [ "$room" != "${each%/.}" ] || return 0 ;; # a part's own headers alone
    *) [[ $room/ != "$each"/* ]] || return 0 ;;
    esac
  done
  return 1
}

while read -r folder allowed; do
  [ -n "$folder" ] && [ -d "$folder" ] || continue
  depth=()
  [[ $folder != src/* ]] || depth=(-maxdepth 1) # its rooms have lines of their own
  while IFS=: read -r file line include; do
    target=${include#*\"}
    target=${target%%\"*}
    case $target in
    belljar.h) continue ;;
    ../guest/belljar_guest.h) room=guest ;;
    */*) room=${target%/*} ;;
    *) continue ;; # a header of the same folder
    esac
    may_include "$folder" "$room" "$allowed" || {
      echo "$file:$line: $folder may not include $target"
      status=1
    }
  done < <(find "$folder" "${depth[@]}" -name '*.[ch]' -not -path '*/node_modules/*' -not -path "$folder/inside/*" -exec grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' {} + || true)
done <<<"$arrows"

while read -r folder; do
  grep -qE "^$folder( |$)" <<<"$arrows" || {
    echo "$folder is not in the table of arrows"
    status=1
  }
done < <(find src -name '*.c' -not -path 'src/engine/wasmtime/*' -printf '%h\n' | sort -u)

# Wasmtime's headers are included in src/engine only.
if grep -rnE '#[[:space:]]*include[[:space:]]*<(wasm|wasmtime|belljar_wasmtime)(\.h|/)' src cli bench bindings tests examples --include='*.[ch]' --exclude-dir=node_modules |
  grep -v '^src/engine/'; then
  echo "Wasmtime's headers belong in src/engine"
  status=1
fi
[ "$status" -ne 0 ] || echo "the arrows hold"
exit "$status"
