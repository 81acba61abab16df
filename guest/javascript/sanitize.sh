#!/usr/bin/env bash
# Builds the engine of the JavaScript guest, with the patches of this folder, for this machine under ASan and UBSan, and runs its
# own regression files, which the sandbox's memory would let read beyond a block unseen; and programs in which one
# allocation after the other fails (tests/guest/starved).
#
#   guest/javascript/sanitize.sh [--lean]
#
# --lean: a part of each, in under a minute when the engine is built (which is kept).
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/../toolchain.sh"

SRC=$GUEST_BUILD/javascript/src
WORK=$GUEST_BUILD/javascript/sanitized
STARVED=$ROOT/tests/guest/starved

# Leaks at the end of the process are the runtime's own business: it is left without being freed on errors.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
# An arena of many objects would hide what happens between them; with ASan the engine takes each from malloc.
FLAGS="-g -O1 -std=gnu11 -w -D_GNU_SOURCE -D__SANITIZE_ADDRESS__=1 -fno-omit-frame-pointer -fno-strict-aliasing
  -fsanitize=address,undefined -fno-sanitize=shift-base,function,float-cast-overflow,pointer-overflow,nonnull-attribute
  -fno-sanitize-recover=all"

build() {
  local name objects=() stamp
  stamp=$(recipe_hash "$0" "$HERE"/{alone,callee}.c "$HERE"/patches/*.patch "$STARVED/starve.c" "$(pin quickjs sha256)")
  [ "$(cat "$WORK/stamp" 2>/dev/null)" != "$stamp" ] || return 0
  mkdir -p "$WORK"
  for name in "$HERE/alone" "$SRC"/{libregexp,libunicode,dtoa,quickjs-libc,run-test262} "$STARVED/starve"; do
    printf '%s\n' "-o $WORK/${name##*/}.o $name.c"
  done | xargs -P 2 -L 1 $NATIVE_CC $FLAGS -I"$SRC" -I"$HERE" -c
  for name in alone libregexp libunicode dtoa; do objects+=("$WORK/$name.o"); done
  $NATIVE_CC $FLAGS "${objects[@]}" "$WORK/quickjs-libc.o" "$WORK/run-test262.o" -lm -lpthread -ldl -o "$WORK/run-test262"
  $NATIVE_CC $FLAGS "${objects[@]}" "$WORK/starve.o" -lm -lpthread -o "$WORK/starve"
  printf '%s\n' "$stamp" >"$WORK/stamp"
}

# Files of the engine that this run leaves out. test_std is about the engine's own host layer, which the guest does not have.
left_out() {
  echo tests/test_std.js
  # Messages of errors are V8's here.
  echo tests/bug1591.js
  echo tests/null_or_undefined.js
  # The slowest; the sandbox runs all of them (tests/conformance/engine).
  if [ "$1" = --lean ]; then printf 'tests/test_%s.js\n' builtin bigint conv language; fi
}

main() {
  "$HERE/build.sh" # which unpacks and patches the source
  build
  cd "$SRC"
  { cat tests.conf && left_out "${1:-}"; } >sanitized.conf
  "$WORK/run-test262" -t 1 -c sanitized.conf 2>&1 | tee "$WORK/log"
  grep -q '^Result: 0/' "$WORK/log"
  "$WORK/starve" "$STARVED/programs.txt" "$([ "${1:-}" = --lean ] && echo 23 || echo 1)"
}

main "$@"
