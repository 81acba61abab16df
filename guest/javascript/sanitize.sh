#!/usr/bin/env bash
# Builds the engine of the JavaScript guest, with the patches of this folder, for this machine under ASan and UBSan,
# and runs its own regression files, which the sandbox's memory would let read beyond a block unseen.
#
#   guest/javascript/sanitize.sh [FILE.js…]      its regression files, or only these files
#
# A file that is given may use what test262's harness uses: print.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/../toolchain.sh"

SRC=$GUEST_BUILD/javascript/src
WORK=$GUEST_BUILD/javascript/sanitized
SECONDS_EACH=300
# Not regression files: parts of others, measurements, what starts a worker (for which TSan would be the judge), and
# bug1661, which leaves a rejection that nobody handles.
SKIPPED="assert bug1661 empty microbench test_worker test_worker_module fixture_cyclic_import fixture_import_attributes
  fixture_reexport_direct fixture_reexport_missing fixture_reexport_source fixture_string_exports
  fixture_throwing_module"

# Leaks at the end of the process are the runtime's own business: it is left without being freed on errors.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
# An arena of many objects would hide what happens between them; with ASan the engine takes each from malloc.
FLAGS="-g -O1 -std=gnu11 -w -D_GNU_SOURCE -D__SANITIZE_ADDRESS__=1 -fno-omit-frame-pointer -fno-strict-aliasing
  -fsanitize=address,undefined -fno-sanitize=shift-base,function,float-cast-overflow,pointer-overflow
  -fno-sanitize-recover=all"

build() {
  local name objects=()
  mkdir -p "$WORK"
  for name in quickjs libregexp libunicode dtoa quickjs-libc qjs gen/repl gen/standalone; do
    objects+=("$WORK/${name##*/}.o")
    [ "$WORK/${name##*/}.o" -nt "$SRC/$name.c" ] ||
      $NATIVE_CC $FLAGS -I"$SRC" -c "$SRC/$name.c" -o "$WORK/${name##*/}.o"
  done
  $NATIVE_CC $FLAGS "${objects[@]}" -lm -lpthread -ldl -o "$WORK/qjs"
}

# A file that says `negative:` is to throw; whatever it throws, the sanitizers must have found nothing.
run_file() { # FILE
  local status=0
  # A deep recursion takes far more of the stack with sanitizers on than the engine counts with.
  (cd "$(dirname "$1")" && ulimit -s 65536 &&
    timeout "$SECONDS_EACH" "$WORK/qjs" --std "$(basename "$1")" >"$WORK/log" 2>&1) || status=$?
  if grep -q "Sanitizer\|runtime error:" "$WORK/log" ||
    { [ "$status" -ne 0 ] && { [ "$status" -ne 1 ] || ! grep -q '^negative:' "$1"; }; }; then
    printf 'failed: %s (exit status %d)\n' "$1" "$status"
    tail -n 25 "$WORK/log"
    return 1
  fi
}

main() {
  local file failed=0 count=0
  "$HERE/build.sh" # which unpacks and patches the source
  build
  [ "$#" -gt 0 ] || set -- "$SRC"/tests/*.js
  for file; do
    ! grep -qw "$(basename "$file" .js)" <<<"$SKIPPED" || continue
    count=$((count + 1))
    run_file "$file" || failed=$((failed + 1))
  done
  printf '%d files under ASan and UBSan, %d failed\n' "$count" "$failed"
  [ "$failed" -eq 0 ]
}

main "$@"
