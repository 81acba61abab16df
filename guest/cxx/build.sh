#!/usr/bin/env bash
# Builds what C++ with exceptions needs in a guest: libunwind, libc++abi and libc++ for wasm32-wasi, exceptions in WebAssembly's final
# form, into build/guest/data/prefix. Does nothing where it is there and made from the files as they stand.
#
# Needs clang-22, lld-22, llvm-22 and libclang-rt-22-dev-wasm32 (scripts/setup-cxx.sh); Debian's own libc++abi for wasm throws nothing.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/../toolchain.sh"
. "$ROOT/scripts/steps.sh"
. "$HERE/flags.sh"

WORK=$GUEST_BUILD/data/cxx
JOBS=${JOBS:-$(nproc)}
export SOURCE_DATE_EPOCH=1735689600
export LC_ALL=C

OPTIMISE="-O2 -g0 -DNDEBUG"
ABI="abort_message cxa_aux_runtime cxa_default_handlers cxa_demangle cxa_exception cxa_exception_storage cxa_guard cxa_handlers
  cxa_personality cxa_vector cxa_virtual fallback_malloc private_typeinfo stdlib_exception stdlib_new_delete
  stdlib_stdexcept stdlib_typeinfo"
CXX="algorithm any bind call_once charconv chrono error_category exception expected functional hash memory memory_resource
  new_handler new_helpers optional print random random_shuffle regex ryu/d2fixed ryu/d2s ryu/f2s stdexcept string system_error typeinfo
  valarray variant vector verbose_abort fstream ios ios.instantiations iostream locale ostream strstream filesystem/filesystem_clock
  filesystem/filesystem_error filesystem/path"

# Only what is compiled, of the many files of the wheel.
unpack_sources() {
  rm -rf "$WORK"
  mkdir -p "$WORK/obj"
  python3 - "$(source_of llvm-runtimes)" "$WORK" <<'PYTHON'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for name in wheel.namelist():
        if name.startswith(tuple(f"ziglang/lib/{part}/" for part in ("libcxx", "libcxxabi", "libunwind"))):
            wheel.extract(name, sys.argv[2])
PYTHON
  mv "$WORK/ziglang/lib" "$WORK/src"
  rmdir "$WORK/ziglang"
}

# zig hands on in options what LLVM has in <__config_site>.
install_headers() {
  local into=$CXX_PREFIX/include/c++/v1 file
  local without="/* zig patch: instead of including __config_site, zig adds -D flags when compiling */"
  rm -rf "$into"
  mkdir -p "$CXX_PREFIX/lib" "$into"
  cp -R "$WORK/src/libcxx/include/." "$into/"
  cp "$WORK"/src/libcxxabi/include/*.h "$into/"
  cp "$HERE/config_site.h" "$into/__config_site"
  for file in __config __configuration/{abi,compiler,experimental,hardening,language,platform}.h; do
    grep -qF "$without" "$into/$file" || die "$file of the archive is not as expected"
    python3 - "$into/$file" "$without" <<'PYTHON'
import sys
path, without = sys.argv[1:]
text = open(path).read()
open(path, "w").write(text.replace(without, "#include <__config_site>"))
PYTHON
  done
}

# A line for each object: its name, its source, what it wants besides.
list_objects() {
  local name
  for name in $ABI; do
    echo "abi_$name libcxxabi/src/$name.cpp"
  done
  for name in $CXX; do
    echo "cxx_${name//\//_} libcxx/src/$name.cpp"
  done
}

compile() {
  local src=$WORK/src
  local flags="$OPTIMISE -std=c++23 -w -fvisibility=hidden -fvisibility-inlines-hidden -ffile-prefix-map=$WORK/=
    -D_LIBCPP_BUILDING_LIBRARY -D_LIBCXXABI_BUILDING_LIBRARY -D_LIBCXXABI_HAS_NO_THREADS -DLIBCXX_BUILDING_LIBCXXABI
    -I$src/libcxx/src -I$src/libcxx/libc -I$src/libcxxabi/src -I$src/libunwind/include"
  $WASM_EH_CC $OPTIMISE -w -std=gnu17 -D_LIBUNWIND_HAS_NO_THREADS -D_LIBUNWIND_HIDE_SYMBOLS -Dthread_local=_Thread_local \
    "-ffile-prefix-map=$WORK/=" -I"$src/libunwind/include" -c "$src/libunwind/src/Unwind-wasm.c" -o "$WORK/obj/unwind_wasm.o"
  "clang-$CXX_LLVM" "--target=$WASM_TARGET" -Wno-deprecated -mexception-handling -c "$HERE/tag.s" -o "$WORK/obj/unwind_tag.o"
  $WASM_EH_CXX $OPTIMISE -Wall -Werror -c "$HERE/uncaught.cc" -o "$CXX_PREFIX/lib/uncaught.o"
  $WASM_EH_CXX $OPTIMISE -Wall -Werror -c "$HERE/thread_exit.cc" -o "$WORK/obj/abi_thread_exit.o"
  # shellcheck disable=SC2086
  list_objects | while read -r object source; do
    echo $WASM_EH_CXX $flags -c "$src/$source" -o "$WORK/obj/$object.o"
  done | xargs -P "$JOBS" -d '\n' -n 1 sh -c 'exec $0'
}

archives() {
  local library
  rm -f "$CXX_PREFIX"/lib/lib{unwind,c++abi,c++}.a
  "$WASM_EH_AR" rcsD "$CXX_PREFIX/lib/libunwind.a" "$WORK"/obj/unwind_*.o
  "$WASM_EH_AR" rcsD "$CXX_PREFIX/lib/libc++abi.a" "$WORK"/obj/abi_*.o
  "$WASM_EH_AR" rcsD "$CXX_PREFIX/lib/libc++.a" "$WORK"/obj/cxx_*.o
  $WASM_EH_CHECK "$CXX_PREFIX"/lib/lib{unwind,c++abi,c++}.a "$CXX_PREFIX/lib/uncaught.o"
  mkdir -p "$CXX_PREFIX/licences"
  for library in libunwind libcxxabi libcxx; do
    cp "$WORK/src/$library/LICENSE.TXT" "$CXX_PREFIX/licences/$library.txt"
  done
}

build() {
  unpack_sources
  install_headers
  compile
  archives
  rm -rf "$WORK"
}

main() {
  local hash
  require_tools python3
  for tool in clang-$CXX_LLVM clang++-$CXX_LLVM wasm-ld-$CXX_LLVM "$WASM_EH_AR"; do
    command -v "$tool" >/dev/null || die "$tool is missing: run scripts/setup-cxx.sh"
  done
  hash=$(recipe_hash "$HERE"/* "$ROOT"/guest/{toolchain.sh,sysroot.sh} "$(clang-$CXX_LLVM --version)")
  [ "$(cat "$CXX_PREFIX/lib/.stamp-cxx" 2>/dev/null)" != "$hash" ] || return 0
  "$ROOT/guest/sysroot.sh"
  "$ROOT/guest/fetch.sh" llvm-runtimes
  rm -f "$CXX_PREFIX/lib/.stamp-cxx"
  step cxx "libc++ $(pin llvm-runtimes version) with exceptions" build
  printf '%s\n' "$hash" >"$CXX_PREFIX/lib/.stamp-cxx"
}

main
