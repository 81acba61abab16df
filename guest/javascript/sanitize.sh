#!/usr/bin/env bash
# Builds the engine of the JavaScript guest, with the patches of this folder, for this machine under ASan and UBSan, and runs its
# own regression files, which the sandbox's memory would let read beyond a block unseen; programs in which one
# allocation after the other fails (tests/guest/starved); and the whole guest, with its natives and library, running
# scripts of tests/guest/javascript (natively/).
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

# The guest as it is, for this machine: natively/natively.c.
build_guest() {
  local name flags objects=$WORK/guest stamp names
  names="shim report heap loop async modules resolve exports syntax commonjs library native bytes hash files peek literals headings
    members inspect layout console text format clone std ext_json os pack unpack blobs tools display incomplete typescript"
  stamp=$(recipe_hash "$0" "$HERE"/*.[ch] "$HERE"/natively/*.[ch] "$HERE"/natively/wasi/api.h "$HERE"/patches/*.patch \
    "$HERE"/../*.[ch] $(find "$HERE/lib" -type f | LC_ALL=C sort) "$(pin quickjs sha256)")
  [ "$(cat "$WORK/guest.stamp" 2>/dev/null)" != "$stamp" ] || return 0
  mkdir -p "$objects"
  flags="-DNDEBUG -DEMSCRIPTEN -DSTACK_FOR_JAVASCRIPT=4000000 -fno-pie -I$HERE/natively -I$GUEST_BUILD/javascript/library
    -I$SRC -I$HERE -include $HERE/natively/before.h"
  {
    for name in engine $names natively/natively ../environment; do
      printf '%s\n' "-o $objects/${name##*/}.o $HERE/$name.c"
    done
    printf '%s\n' "-o $objects/typescript_none.o $GUEST_BUILD/javascript/typescript_none.c"
    for name in libregexp libunicode dtoa; do printf '%s\n' "-o $objects/$name.o $SRC/$name.c"; done
  } | xargs -P 2 -L 1 $NATIVE_CC $FLAGS $flags -c
  $NATIVE_CC $FLAGS -no-pie "$objects"/*.o -lm -lpthread -o "$WORK/natively"
  printf '%s\n' "$stamp" >"$WORK/guest.stamp"
}

# Scripts that ask for nothing of a host. --lean: two of them.
run_guest() {
  local name folder
  folder=$(mktemp -d)
  for name in $([ "$1" = --lean ] && echo inspect.js for_await.mjs || echo inspect.js for_await.mjs answers.js messages.js \
    replaced.js clone.js attacks.js text.js encodings.js poisoned.js exports.mjs collector.js async_context.mjs node_text.mjs \
    node_assert.mjs node_url.mjs web.mjs intl_names.mjs); do
    printf '%s: ' "$name"
    (cd "$folder" && "$WORK/natively" "$ROOT/tests/guest/javascript/$name") | tail -n 1 | grep -x ok
  done
  rm -rf "$folder"
}

# Files of the engine that this run leaves out. test_std is about the engine's own host layer, which the guest does not have.
left_out() {
  echo tests/test_std.js
  # A WeakRef holds what it was made of until the job ends.
  echo tests/bug652.js
  # Messages of errors are V8's here.
  echo tests/bug1591.js
  echo tests/bug1735.js
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
  build_guest
  run_guest "${1:-}"
}

main "$@"
