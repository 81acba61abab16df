#!/usr/bin/env bash
# Builds the engine of the JavaScript guest, with the patches of this folder, for this machine under ASan and UBSan,
# and runs its own regression files, which the sandbox's memory would let read beyond a block unseen.
#
#   guest/javascript/sanitize.sh
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/../toolchain.sh"

SRC=$GUEST_BUILD/javascript/src
WORK=$GUEST_BUILD/javascript/sanitized

# Leaks at the end of the process are the runtime's own business: it is left without being freed on errors.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
# An arena of many objects would hide what happens between them; with ASan the engine takes each from malloc.
FLAGS="-g -O1 -std=gnu11 -w -D_GNU_SOURCE -D__SANITIZE_ADDRESS__=1 -fno-omit-frame-pointer -fno-strict-aliasing
  -fsanitize=address,undefined -fno-sanitize=shift-base,function,float-cast-overflow,pointer-overflow
  -fno-sanitize-recover=all"

# The engine without the guest: the positions that typescript.c knows stay as they are.
alone() {
  cat >"$WORK/alone.c" <<'END'
#include "quickjs.c"
static void belljar_position(JSContext *context, JSAtom file, int *line, int *column)
{
}
#include "callee.c"
END
}

build() {
  local name objects=()
  mkdir -p "$WORK"
  alone
  for name in "$WORK/alone" "$SRC"/{libregexp,libunicode,dtoa,quickjs-libc,run-test262}; do
    objects+=("$WORK/${name##*/}.o")
    $NATIVE_CC $FLAGS -I"$SRC" -I"$HERE" -c "$name.c" -o "$WORK/${name##*/}.o"
  done
  $NATIVE_CC $FLAGS "${objects[@]}" -lm -lpthread -ldl -o "$WORK/run-test262"
}

main() {
  "$HERE/build.sh" # which unpacks and patches the source
  build
  cd "$SRC"
  # test_std is about the engine's own host layer, which the guest does not have.
  { cat tests.conf && echo tests/test_std.js; } >sanitized.conf
  "$WORK/run-test262" -t 1 -c sanitized.conf 2>&1 | tee "$WORK/log"
  grep -q '^Result: 0/' "$WORK/log"
}

main "$@"
