#!/usr/bin/env bash
# Builds the full Python: the lean guest's interpreter with packages linked in whose native code WebAssembly cannot load.
#   build/guests-data/python.wasm      the reactor, as build/guests/python.wasm
#   build/guests-data/python-lib.zip   the standard library and the packages' Python
#   build/guests-data/python-packages.json, python-licences.txt    what is linked in: for hosts, for people
#
# How it goes:
#   1. The lean guest (guest/python/build.sh); its interpreter and libraries are used as they are.
#   2. OpenBLAS (openblas/build.sh), the runtime of C++ with exceptions (guest/cxx); tools of the packages' own builds, in an environment of their own.
#   3. One file a library that modules share (libraries/), and one a package (packages/) builds it for the guests' target. wasm-cc makes one
#      object of each extension module, private.py its symbols its own.
#   4. inittab.py lists the modules by their full names; all is linked with the shim. signatures.py, clashes.py and guest/cxx/check.py fail the
#      build where functions would be called by another type than theirs, two libraries define the same name, or an exception's flag is missing.
#   5. The library: the lean guest's, with what the packages have in Python, and what is imported into the image.
# Each step is skipped when nothing that decides its result has changed. A package's file sets PACKAGES and defines
# NAME_hash, build_NAME and NAME_modules; docs/data.md says how another is added.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/../toolchain.sh"
. "$ROOT/guest/stages.sh"
. "$ROOT/guest/python/library.sh"
. "$ROOT/guest/cxx/flags.sh"
. "$HERE/environment.sh"
for file in "$HERE"/{libraries,packages}/*.sh; do
  # shellcheck disable=SC1090
  . "$file"
done

# For who works on one: BELLJAR_DATA_PACKAGES=numpy builds and links no others.
PACKAGES=${BELLJAR_DATA_PACKAGES:-$PACKAGES}

build_tools() {
  rm -rf "$TOOLS"
  python3 -m venv "$TOOLS"
  "$TOOLS/bin/python" -m pip --disable-pip-version-check install --quiet --require-hashes --no-deps --only-binary :all: \
    -r "$HERE/tools.txt"
}

# The interpreter's headers with the target's pyconfig.h, and an interpreter that answers for the target.
build_cross() {
  rm -rf "$CROSS" "$HEADERS"
  mkdir -p "$CROSS" "$HEADERS"
  cp -R "$PYTHON/src/Include/." "$PYTHON/wasi/pyconfig.h" "$HEADERS/"
  cp "$HERE/cross/sitecustomize.py" "$CROSS/"
  cat >"$CROSS/python" <<SCRIPT
#!/bin/sh
exec env LLVM_PROFILE_FILE=/dev/null DATA_HEADERS='$HEADERS' PYTHONDONTWRITEBYTECODE=1 \\
  PYTHONPATH="\${DATA_STAND_INS:+\$DATA_STAND_INS:}$CROSS:$(echo "$TOOLS"/lib/python3*/site-packages)" '$PYTHON/native/python' "\$@"
SCRIPT
  chmod +x "$CROSS/python"
  cat >"$CROSS/wasi.ini" <<INI
[binaries]
c = 'wasm-cc'
cpp = 'wasm-c++'
ar = '$WASM_AR'
ranlib = '$WASM_RANLIB'
strip = '$WASM_STRIP'
cython = 'cython'
python = '$CROSS/python'
pkg-config = 'pkg-config'

[built-in options]
pkg_config_path = '$PREFIX/lib/pkgconfig'

[host_machine]
system = 'wasi'
cpu_family = 'wasm32'
cpu = 'wasm32'
endian = 'little'

[properties]
needs_exe_wrapper = true
skip_sanity_check = true
longdouble_format = 'IEEE_QUAD_LE'
pkg_config_libdir = '$PREFIX/lib/pkgconfig'
INI
}

# ---- Linking ----

# Every module of the packages as an object of its own symbols, and the table of their starts.
gather_modules() {
  local package libraries
  # shellcheck disable=SC2086
  (cd "$ROOT" && python3 "$HERE/signatures.py" $(printf "$WORK/%s " libraries $PACKAGES))
  # shellcheck disable=SC2046,SC2086
  find $(printf "$WORK/%s " libraries $PACKAGES) \( -name '*.cpp.o' -o -name '*.cc.o' -o -name '*.cxx.o' -o -path "$WORK/libraries/*.o" \
    -o -path "$WORK/pillow/*.c.o" \) -print0 | xargs -0 $WASM_EH_CHECK
  rm -rf "$WORK/modules" "$WORK/link"
  mkdir -p "$WORK/modules" "$WORK/link"
  for package in $PACKAGES; do
    "${package}_modules"
  done | sort >"$WORK/link/modules"
  local module object
  while read -r module object; do
    python3 "$HERE/private.py" "$object" "$module" "$WORK/modules/$module.o"
    cat "$object.libs"
  done <"$WORK/link/modules" | awk 'NF && !seen[$0]++' >"$WORK/link/libraries"
  mapfile -t libraries <"$WORK/link/libraries"
  python3 "$HERE/clashes.py" "llvm-nm-$BELLJAR_LLVM" "${libraries[@]}" "$PYTHON"/prefix/lib/*.a
  { cut -d ' ' -f 1 "$WORK/link/modules" && echo _belljar_memory; } | python3 "$HERE/inittab.py" >"$WORK/link/shim_modules.c"
}

# The interpreter alone, optimised as one and kept as one object: what changes with the packages need not be linked with it anew.
link_interpreter() {
  # shellcheck disable=SC2046
  "$WASM_LD" -r --whole-archive --lto-O3 -o "$WORK/interpreter.o" "$PYTHON/wasi/libpython$PYTHON_VERSION.a"
}

compile_shim() {
  local name
  mkdir -p "$WORK/shim"
  for name in "$ROOT"/guest/python/*.c "$ROOT"/guest/{environment,posix}.c "$HERE"/*.c "$WORK/link/shim_modules.c"; do
    [ "$name" != "$ROOT/guest/python/shim_modules.c" ] || continue
    $WASM_CC -std=c11 $OPTIMISE -g0 -DNDEBUG -fno-builtin "-ffile-prefix-map=$ROOT=." $DATA_STATUS -Wall -Wextra -Werror -Wno-unused-parameter \
      -I"$PYTHON/src/Include" -I"$PYTHON/src/Include/internal" -I"$PYTHON/wasi" -I"$PYTHON/prefix/include" \
      -I"$ROOT/guest" -I"$ROOT/guest/python" -c "$name" -o "$WORK/shim/$(basename "$name" .c).o"
  done
}

link_reactor() {
  local libraries=()
  mapfile -t libraries <"$WORK/link/libraries"
  rm -rf "$WORK/shim"
  compile_shim
  mkdir -p "$DATA_OUT"
  # shellcheck disable=SC2086
  $WASM_EH_LD $WASM_REACTOR_FLAGS $GUEST_POSIX_FLAGS -Wl,--wrap=wcsftime -Wl,--wrap=gmtime_r \
    -Wl,-z,stack-size=4194304 -Wl,--initial-memory=33554432 -Wl,-O2 -Wl,--strip-all -o "$WORK/python.wasm" \
    "$WORK"/shim/*.o "$WORK"/modules/*.o "${libraries[@]}" "$WORK/interpreter.o" \
    "$PYTHON/wasi/Modules/_decimal/libmpdec/libmpdec.a" "$PYTHON/wasi/Modules/_hacl/libHacl_Hash_SHA2.a" \
    "$PYTHON/wasi/Modules/expat/libexpat.a" -L"$PYTHON/prefix/lib" -lz -lbz2 -llzma -lsqlite3 \
    $DATA_CXX_LIBRARIES -lc-printscan-long-double \
    -lwasi-emulated-signal -lwasi-emulated-getpid -lwasi-emulated-process-clocks -lwasi-emulated-mman -lm -ldl
  $WASM_EH_CHECK "$WORK/python.wasm"
  mv "$WORK/python.wasm" "$DATA_OUT/python.wasm"
}

# ---- The library ----

# What reads and writes Arrow's messages is one file, on both sides.
IPC=$ROOT/bindings/python/belljar/_ipc.py

pack_library() {
  local tree=$WORK/lib package
  rm -rf "$tree"
  mkdir -p "$tree" "$DATA_OUT"
  python_library "$tree"
  for package in $PACKAGES; do
    "${package}_library" "$tree"
  done
  cp -R "$HERE/lib/." "$tree/"
  cp "$IPC" "$tree/belljar_ipc.py"
  python3 "$HERE/manifest.py" "$tree" "$DATA_OUT/python-packages.json"
  python3 "$HERE/licences.py" "$GUEST_SOURCES" "$DATA_OUT/python-licences.txt" "$ROOT/guest/pins" "$HERE/pins"
  "$PYTHON/native/python" -I "$ROOT/guest/python/pack.py" "$tree" "$LIB" "$WORK/python-lib.zip"
  mv "$WORK/python-lib.zip" "$DATA_OUT/python-lib.zip"
}

main() {
  local tools_hash cross_hash lean_hash library package hash all=()
  "$ROOT/guest/python/build.sh"
  require_tools "$NATIVE_CC" "clang++-$BELLJAR_LLVM" "$WASM_LD" "$WASM_AR" python3 patch flock
  mkdir -p "$WORK" "$PREFIX/lib/pkgconfig" "$DATA_OUT"
  # shellcheck disable=SC2086
  "$ROOT/guest/fetch.sh" $(awk '!/^#/ && NF { print $1 }' "$HERE/pins")

  "$HERE/openblas/build.sh"
  "$ROOT/guest/cxx/build.sh"

  lean_hash=$(recipe_hash "$PYTHON/.stamp-wasi")
  tools_hash=$(recipe_hash "$HERE/tools.txt" "$(python3 --version)")
  cross_hash=$(recipe_hash "$tools_hash" "$lean_hash" "$HERE/cross/sitecustomize.py" "$(declare -f build_cross)")
  COMMON=$(recipe_hash "$cross_hash" "$HERE/wasm-cc" "$BELLJAR_LLVM" "$DATA_CC" "$DATA_CXX" "$DATA_CFLAGS" "$DATA_CXXFLAGS" "$OPTIMISE" "$(cat "$CXX_PREFIX/lib/.stamp-cxx")" \
    "$(declare -f meson_build compile_objects compile_module)")
  stage tools "Tools of the packages' builds" "$tools_hash" build_tools
  stage cross "Headers, and an interpreter that answers for the target" "$cross_hash" build_cross
  stage interpreter "The interpreter as one object" "$(recipe_hash "$lean_hash" "$(declare -f link_interpreter)")" link_interpreter
  COMMON_LIBRARIES=$(recipe_hash "$HERE/wasm-cc" "$WASM_EH_CC" "$WASM_SJLJ" "$DATA_CXX" "$DATA_CFLAGS" "$OPTIMISE" \
    "$(cat "$CXX_PREFIX/lib/.stamp-cxx")" "$(declare -f compile_objects compile_library)")
  for library in $SHARED; do
    stage "$library" "$library" "$("${library}_hash")" "build_$library"
  done
  for package in $PACKAGES; do
    hash=$("${package}_hash")
    stage "$package" "$package $(pin "$package" version)" "$hash" "build_$package"
    all+=("$hash")
  done
  hash=$(recipe_hash "${all[@]}" "$HERE"/{private,inittab,signatures,clashes}.py "$PACKAGES" "$(declare -f gather_modules)")
  stage modules "Modules" "$hash" gather_modules
  hash=$(recipe_hash "$hash" "$lean_hash" "$ROOT"/guest/python/*.[ch] "$ROOT"/guest/*.[ch] "$HERE"/*.c "$(declare -f compile_shim link_reactor)")
  stage reactor "The full Python: link" "$hash" link_reactor
  hash=$(recipe_hash "${all[@]}" "$PYTHON/.stamp-library" "$(declare -f pack_library library_of metadata_of python_of)" "$HERE"/{manifest,licences}.py "$IPC" "$ROOT/guest/pins" "$HERE/pins" \
    $(find "$HERE/lib" -type f | sort))
  stage library "The full Python: library" "$hash" pack_library
  note "full Python: $(du -h "$DATA_OUT/python.wasm" | cut -f 1) python.wasm, $(du -h "$DATA_OUT/python-lib.zip" | cut -f 1) python-lib.zip"
}

# Two builds in one clone would tread on each other's folders: the second waits, and finds all done.
if [ -z "${BELLJAR_DATA_ALONE:-}" ]; then
  mkdir -p "$GUEST_BUILD"
  BELLJAR_DATA_ALONE=1 exec flock --close "$GUEST_BUILD/.data.lock" "$0" "$@"
fi
main "$@"
