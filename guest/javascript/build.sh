#!/usr/bin/env bash
# Builds QuickJS as guests: build/guests/javascript.wasm, a reactor (guest/belljar_guest.h), stripped, and typescript.wasm, which is the
# same with the compiler of TypeScript.
#
#   guest/javascript/build.sh
#
# QuickJS's own host layer (quickjs-libc.c) is not used; the files beside this script take its place.
# A profile (as CPython has one) and link-time optimisation were measured: 3 % together, for calls that take
# twice the stack. Not worth it.
# BELLJAR_JOBS sets the number of compilers at a time (default: the number of processors).
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/../toolchain.sh"
. "$ROOT/scripts/steps.sh"

WORK=$GUEST_BUILD/javascript
SRC=$WORK/src     # QuickJS's source, patched
OBJECTS=$WORK/objects
RESULT=$GUEST_OUT/javascript.wasm
TYPESCRIPT=$GUEST_OUT/typescript.wasm # the same with the compiler of TypeScript in it
JOBS=${BELLJAR_JOBS:-$(nproc)}

# The shadow stack of the whole guest, and how much of it JavaScript may use: 5,700 plain calls. The engine's
# own stack must hold 4 times the second (measured by tests/guest/javascript/limits.js; patches/stack.patch
# keeps that factor for all kinds of recursion), or an overflow is a trap rather than an exception.
STACK=1835008
STACK_FOR_JAVASCRIPT=1572864
# With room for a small program's heap, which then need not grow. Half of it is data of the locales, which costs a
# sandbox nothing before its program asks for a locale.
MEMORY=10485760
MEMORY_OF_TYPESCRIPT=23068672 # its bytecode beside that

OURS="shim report heap loop async modules resolve exports syntax commonjs library native define bytes hash files inspect layout console text format clone std ext_json os pack unpack blobs tools display incomplete typescript"
LIBRARY=$WORK/library # the sources of lib/ and of packages, as a table of C
THEIRS="libregexp libunicode dtoa"

# EMSCRIPTEN is how QuickJS spells "no computed goto", which WebAssembly cannot have.
COMMON="-O3 -DNDEBUG -std=gnu11 -fno-strict-aliasing -D_GNU_SOURCE -DEMSCRIPTEN
  -DSTACK_FOR_JAVASCRIPT=$STACK_FOR_JAVASCRIPT -ffile-prefix-map=$WORK=. -I$LIBRARY -isystem $SRC"
# Sources of JavaScript become C by #embed, which this compiler has before its standard.
WARNINGS="-Wall -Wextra -Werror -Wno-c23-extensions"
export LC_ALL=C

# The packages of npm that the library has files of; or that field of their pins.
packages() {
  awk '!/^#/ && NF { print $1 }' "$HERE/lib/packages" | sort -u | while read -r name; do
    if [ $# -gt 0 ]; then pin "$name" "$1"; else printf '%s\n' "$name"; fi
  done
}

prepare() {
  unpack quickjs "$WORK/crate"
  rm -rf "$SRC"
  mv "$WORK/crate/embed/quickjs" "$SRC"
  rm -rf "$WORK/crate"
  local change
  for change in "$HERE"/patches/*.patch; do
    patch -d "$SRC" -p1 --forward --no-backup-if-mismatch <"$change"
  done
}

# The engine for this machine, which makes bytecode of what is too large to be compiled in the guest.
build_compiler() {
  local name
  mkdir -p "$WORK/native"
  printf '%s\n' "$HERE"/{alone,bytecode}.c "$SRC"/{libregexp,libunicode,dtoa}.c | while read -r name; do
    printf '%s\n' "-o $WORK/native/$(basename "$name" .c).o $name"
  done | xargs -P "$JOBS" -L 1 $NATIVE_CC -O0 -DNDEBUG -std=gnu11 -w -fno-strict-aliasing -D_GNU_SOURCE -isystem "$SRC" -c
  $NATIVE_CC "$WORK"/native/*.o -lm -lpthread -o "$WORK/bytecode"
}

# NAME=FILE, each a script, of which bytecode becomes $WORK/NAME.bytecode.
to_bytecode() {
  local one
  for one in "$@"; do
    "$WORK/bytecode" "${one#*=}" "${one%%=*}" >"$WORK/${one%%=*}.bytecode"
  done
}

# NAME=FILE of bytecode, each: what typescript.c knows of.
table_of_typescript() {
  local one
  printf '#include "typescript_scripts.h"\nconst struct typescript_script typescript_scripts[] = {\n'
  for one in "$@"; do
    printf '{"%s", (const uint8_t[]){\n#embed "%s"\n}, %s},\n' "${one%%=*}" "${one#*=}" "$(stat -c %s "${one#*=}")"
  done
  printf '{0}};\nconst size_t typescript_script_count = %s;\n' "$#"
}

# ts-blank-space is a module of two files that imports the compiler: it becomes a script beside it.
prepare_typescript() {
  local from=$WORK/ts-blank-space/out
  unpack typescript "$WORK/typescript"
  unpack ts-blank-space "$WORK/ts-blank-space"
  {
    printf 'globalThis.blankSourceFile = (() => {\n'
    cat "$from/blank-string.js" "$from/index.js" |
      sed -e 's/^import tslib from "typescript";$/const tslib = ts;/' -e '/^import /d' -e 's/^export default //' -e 's/^export //'
    printf 'return blankSourceFile })()\n'
  } >"$WORK/blank.js"
  table_of_typescript >"$WORK/typescript_none.c"
  build_compiler
  to_bytecode "typescript=$WORK/typescript/lib/typescript.js" "ts-blank-space=$WORK/blank.js" "belljar=$HERE/typescript.js"
  table_of_typescript "typescript=$WORK/typescript.bytecode" "ts-blank-space=$WORK/ts-blank-space.bytecode" \
    "belljar=$WORK/belljar.bytecode" >"$WORK/typescript_all.c"
}

compile() {
  rm -rf "$LIBRARY"
  "$HERE/library.sh" "$LIBRARY"
  prepare_typescript
  rm -rf "$OBJECTS"
  mkdir -p "$OBJECTS"
  {
    # The largest first.
    printf '%s\n' "-w -o $OBJECTS/engine.o $HERE/engine.c"
    local name
    for name in $THEIRS; do printf '%s\n' "-w -o $OBJECTS/$name.o $SRC/$name.c"; done
    for name in $OURS; do printf '%s\n' "$WARNINGS -o $OBJECTS/$name.o $HERE/$name.c"; done
    for name in environment posix; do printf '%s\n' "$WARNINGS -o $OBJECTS/$name.o $HERE/../$name.c"; done
    for name in none all; do
      mkdir -p "$OBJECTS/$name"
      printf '%s\n' "$WARNINGS -I$HERE -o $OBJECTS/$name/typescript.o $WORK/typescript_$name.c"
    done
  } | xargs -P "$JOBS" -L 1 $WASM_CC $COMMON -c
}

link_one() { # SOURCES-OF-TYPESCRIPT RESULT
  mkdir -p "$GUEST_OUT"
  # No -O here: with it, clang would run binaryen's wasm-opt where that happens to be installed.
  # shellcheck disable=SC2086
  $WASM_CC -Wl,-O2 $WASM_REACTOR_FLAGS $GUEST_POSIX_FLAGS -z stack-size="$STACK" -Wl,--strip-all \
    -Wl,--initial-memory="$([ "$1" = none ] && echo "$MEMORY" || echo "$MEMORY_OF_TYPESCRIPT")" \
    "$OBJECTS"/*.o "$OBJECTS/$1/typescript.o" -lm -o "$WORK/linked.wasm"
  mv "$WORK/linked.wasm" "$2"
}

link() {
  link_one all "$TYPESCRIPT"
  link_one none "$RESULT"
}

main() {
  local stamp
  stamp=$(recipe_hash "$HERE"/*.[ch] "$HERE"/*.sh "$HERE"/*.py "$HERE"/patches/*.patch "$HERE"/../*.[ch] \
    $(find "$HERE/lib" -type f | LC_ALL=C sort) $(packages sha256) "$HERE/typescript.js" \
    "$(pin typescript sha256)" "$(pin ts-blank-space sha256)" \
    "$HERE/../toolchain.sh" "$(pin quickjs sha256)" "$(pin wasi-libc sha256)")
  if [ -f "$RESULT" ] && [ -f "$TYPESCRIPT" ] && [ "$(cat "$WORK/.stamp" 2>/dev/null)" = "$stamp" ]; then
    return 0
  fi
  mkdir -p "$WORK"
  exec 8>"$WORK/.lock"
  flock 8
  rm -f "$WORK/.stamp"
  require_tools "clang-$BELLJAR_LLVM" "wasm-ld-$BELLJAR_LLVM" patch
  step javascript-sources "JavaScript: sources" "$ROOT/guest/fetch.sh" quickjs typescript ts-blank-space $(packages)
  step javascript-sysroot "JavaScript: C library" "$ROOT/guest/sysroot.sh"
  step javascript-prepare "JavaScript: unpacking" prepare
  step javascript-compile "JavaScript: compiling" compile
  step javascript-link "JavaScript: linking" link
  printf '%s\n' "$stamp" >"$WORK/.stamp"
  note "build/guests/javascript.wasm: $(stat -c %s "$RESULT") bytes; typescript.wasm: $(stat -c %s "$TYPESCRIPT")"
}

main "$@"
