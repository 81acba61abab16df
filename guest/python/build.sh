#!/usr/bin/env bash
# Builds CPython as a guest:
#   build/guests/python.wasm      the reactor (guest/belljar_guest.h), stripped
#   build/guests/python-lib.zip   its standard library; the host mounts it as a tree at /lib/belljar
#
# How it goes, and what is worth its time:
#   1. A native interpreter of the same version is needed anyway, to cross-compile and to make .pyc
#      files. It is compiled with counters and runs train.py: clang's front-end profile is keyed by
#      source, so that it fits the wasm build too. It knows where indirect calls went as well.
#   2. The libraries that the extension modules want, compiled straight from their sources.
#   3. libpython for wasm32-wasi, statically with every extension module, guided by the profile; what
#      programs spend their time in as bitcode.
#   4. The reactor: shim*.c and libpython linked; the bitcode is optimised as one, so that the usual targets
#      of indirect calls are called directly or inlined, across files. Both together save more than a
#      quarter of the run time, the link alone nothing (bench/README.md).
#   5. The library: what of Lib/ can work in the sandbox, compiled, with our additions and time zones.
# Steps run beside each other where they can; each is skipped when nothing that decides its result has
# changed. BELLJAR_JOBS sets the number of compilers at a time (default: the number of processors).
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/../toolchain.sh"
. "$ROOT/guest/stages.sh"
. "$HERE/library.sh"

WORK=$GUEST_BUILD/python
STAGES=python
SRC=$WORK/src       # CPython's source, patched
NATIVE=$WORK/native # the native interpreter with counters
WASI=$WORK/wasi     # libpython for the guest
PREFIX=$WORK/prefix # zlib, bzip2, lzma, sqlite for the guest
DEPS=$WORK/deps     # their sources and objects
PROFILE=$WORK/train.profdata
JOBS=${BELLJAR_JOBS:-$(nproc)}
VERSION=$(pin python version)
LIB=/lib/belljar # BELLJAR_GUEST_LIB

OPTIMISE="-O3"
# The front-end profile counts branches by default; this has it count the targets of indirect calls too, and use them.
CALL_TARGETS="-mllvm -enable-value-profiling=true"
# No path of this machine may reach the result.
MAP="-ffile-prefix-map=$WORK=."
export SOURCE_DATE_EPOCH=1735689600
# Whatever the instrumented interpreter runs for, only training may leave a profile.
export LLVM_PROFILE_FILE=/dev/null
export LC_ALL=C

# ---- 1. Source and native interpreter ----

# What Debian's maintainers changed for safety; the rest is for Debian's own layout.
SECURITY_NAMES='^(CVE-|dict-use-after-free|traverse-managed-dicts)'

# Debian keeps a release's original source and drops revisions of its own: where this one is gone, the build says so and goes on.
fetch_security() {
  if "$ROOT/guest/fetch.sh" python-debian; then
    SECURITY=$(pin python-debian sha256)
  else
    SECURITY=none
    note "CPython $VERSION is built WITHOUT Debian's security patches: name the newest revision in guest/pins"
  fi
}

unpack_source() {
  local patch
  rm -rf "$NATIVE" "$WASI"
  unpack python "$SRC"
  if [ "$SECURITY" != none ]; then
    unpack python-debian "$WORK/debian"
    for patch in $(grep -E "$SECURITY_NAMES" "$WORK/debian/patches/series"); do
      apply "$SRC" "$WORK/debian/patches/$patch"
    done
  fi
  for patch in "$HERE"/patches/core-*.patch; do
    apply "$SRC" "$patch"
  done
}

# Modules that are not in the guest are not worth a native build either.
native_without() {
  local module
  for module in _ssl _hashlib _ctypes _ctypes_test _curses _curses_panel _dbm _gdbm _tkinter readline \
    nis _uuid _sqlite3 _lzma _bz2 zlib _multiprocessing _posixshmem _crypt termios syslog \
    _interpreters _interpchannels _interpqueues spwd mmap; do
    printf 'py_cv_module_%s=n/a ' "$module"
  done
}

# The source is named by a relative path here and for the guest: it goes into the result (VPATH), and the
# profile knows functions by it. Without computed gotos, since wasm has none: the profile must be of the
# same interpreter loop.
configure_native() {
  rm -rf "$NATIVE"
  mkdir -p "$NATIVE"
  cd "$NATIVE"
  # shellcheck disable=SC2046
  env CC="$NATIVE_CC" CFLAGS="-fprofile-instr-generate $CALL_TARGETS -w" LDFLAGS="-fprofile-instr-generate" \
    MODULE_BUILDTYPE=static $(native_without) \
    ../src/configure --disable-test-modules --without-ensurepip --without-computed-gotos \
    --with-pymalloc --enable-big-digits=30
}

build_native() {
  make -C "$NATIVE" -j "$JOBS" OPT="-DNDEBUG -O1" python pybuilddir.txt
  "$NATIVE/python" -c 'import json, math, _datetime, _decimal, _random, unicodedata, _pickle'
}

train() {
  rm -f "$WORK/train.profraw"
  cp "$HERE/train.py" "$WORK/train.py"
  cd "$WORK"
  # Fixed hash seed, addresses and environment, so that the same source gives the same counts.
  env -i LLVM_PROFILE_FILE=train.profraw PYTHONHASHSEED=0 \
    setarch -R native/python -B -P -s -S train.py
  "$PROFDATA" merge -o "$PROFILE" train.profraw
  rm -f train.profraw train.py
}

# ---- 2. Libraries ----

build_zlib() {
  local src=$DEPS/zlib name files=()
  unpack zlib "$src"
  for name in adler32 compress crc32 deflate gzclose gzlib gzread gzwrite infback inffast inflate \
    inftrees trees uncompr zutil; do
    files+=("$src/$name.c")
  done
  compile_all "$src/o" "-DZ_HAVE_UNISTD_H" "${files[@]}"
  archive libz.a "$src/o"
  cp "$src/zlib.h" "$src/zconf.h" "$PREFIX/include/"
}

build_bzip2() {
  local src=$DEPS/bzip2 name files=()
  unpack bzip2 "$src"
  for name in blocksort huffman crctable randtable compress decompress bzlib; do
    files+=("$src/$name.c")
  done
  compile_all "$src/o" "" "${files[@]}"
  archive libbz2.a "$src/o"
  cp "$src/bzlib.h" "$PREFIX/include/"
}

# Its own configure would take longer than the compiler does; these are the answers it would find.
build_xz() {
  local src=$DEPS/xz lzma name files=() flags
  unpack xz "$src"
  apply "$src" "$HERE/patches/xz-no-signals.patch"
  lzma=$src/src/liblzma
  for name in "$lzma"/{check,common,delta,lz,lzma,rangecoder,simple}/*.c; do
    case $name in
    *_tablegen.c | *_small.c | *_mt.c | */outqueue.c | */hardware_*.c) ;;
    *) files+=("$name") ;;
    esac
  done
  flags="-DHAVE_STDBOOL_H -DHAVE__BOOL -DHAVE_STDINT_H -DHAVE_INTTYPES_H -DHAVE_LIMITS_H -DHAVE_STRING_H
    -DHAVE_STRINGS_H -DSIZEOF_SIZE_T=4 -DHAVE_CHECK_CRC32 -DHAVE_CHECK_CRC64 -DHAVE_CHECK_SHA256
    -DHAVE_MF_HC3 -DHAVE_MF_HC4 -DHAVE_MF_BT2 -DHAVE_MF_BT3 -DHAVE_MF_BT4 -DHAVE_LZIP_DECODER
    -DHAVE___BUILTIN_ASSUME_ALIGNED -DHAVE___BUILTIN_BSWAPXX -DTUKLIB_SYMBOL_PREFIX=lzma_ -DNDEBUG"
  for name in LZMA1 LZMA2 X86 ARM ARMTHUMB ARM64 IA64 POWERPC SPARC DELTA; do
    flags="$flags -DHAVE_ENCODER_$name -DHAVE_DECODER_$name"
  done
  flags="$flags -DHAVE_ENCODERS -DHAVE_DECODERS -I$src/src/common"
  for name in api check common delta lz lzma rangecoder simple; do
    flags="$flags -I$lzma/$name"
  done
  compile_all "$src/o" "$(printf '%s' "$flags" | tr '\n' ' ')" "${files[@]}"
  archive liblzma.a "$src/o"
  cp -R "$lzma/api/lzma.h" "$lzma/api/lzma" "$PREFIX/include/"
}

# No write-ahead log and no extensions to load: both need what WASI has not (shared memory, dlopen).
build_sqlite() {
  local src=$DEPS/sqlite
  unpack sqlite "$src"
  mkdir -p "$src/o"
  cd "$src"
  ./configure --disable-tcl --disable-readline CC="$NATIVE_CC"
  make sqlite3.c sqlite3.h
  $WASM_CC -O2 -g0 -w "$MAP" -DSQLITE_WASI=1 -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_WAL \
    -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_MAX_MMAP_SIZE=0 -DSQLITE_TEMP_STORE=2 -DSQLITE_DQS=0 \
    -DSQLITE_ENABLE_MATH_FUNCTIONS -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_FTS4 -DSQLITE_ENABLE_RTREE \
    -DSQLITE_ENABLE_COLUMN_METADATA -DSQLITE_ENABLE_DBSTAT_VTAB -DSQLITE_ENABLE_GEOPOLY \
    -c sqlite3.c -o o/sqlite3.o
  archive libsqlite3.a o
  cp sqlite3.h "$PREFIX/include/"
}

small_libraries() {
  build_zlib
  build_bzip2
  build_xz
}

libraries_hash() {
  recipe_hash "$COMMON" "$(declare -f build_zlib build_bzip2 build_xz build_sqlite small_libraries)" \
    "$(pin zlib sha256)" "$(pin bzip2 sha256)" "$(pin xz sha256)" "$(pin sqlite sha256)" \
    "$HERE/patches/xz-no-signals.patch"
}

# ---- 3. libpython for the guest ----

# configure only asks the native interpreter for its version, so that it need not exist yet then.
write_build_python() {
  mkdir -p "$WORK"
  cat >"$WORK/build-python" <<SCRIPT
#!/bin/sh
if [ -x '$NATIVE/python' ]; then exec '$NATIVE/python' "\$@"; fi
case "\$*" in
*version_info*) echo '${VERSION%.*}' ;;
*) echo 'the native python is not built yet' >&2; exit 1 ;;
esac
SCRIPT
  chmod +x "$WORK/build-python"
}

with_wasm_tools() {
  env CC="$WASM_CC -I$PREFIX/include" CXX="$WASM_CXX" CPP="$WASM_CPP -I$PREFIX/include" \
    AR="$WASM_AR" ARFLAGS=rcsD RANLIB="$WASM_RANLIB" READELF=true HOSTRUNNER=true \
    LDFLAGS="-L$PREFIX/lib" PKG_CONFIG_PATH= PKG_CONFIG_LIBDIR="$PREFIX/lib/pkgconfig" \
    LIBSQLITE3_CFLAGS=" " LIBSQLITE3_LIBS=-lsqlite3 "$@"
}

# pymalloc is off for WASI by default, and worth having: small objects lie together.
configure_wasi() {
  rm -rf "$WASI"
  mkdir -p "$WASI"
  cd "$WASI"
  write_build_python
  CONFIG_SITE="$SRC/Tools/wasm/config.site-wasm32-wasi $HERE/config.site" \
    with_wasm_tools ../src/configure --host=wasm32-wasi --build="$(../src/config.guess)" \
    --with-build-python="$WORK/build-python" --disable-test-modules --without-ensurepip \
    --with-pymalloc --enable-big-digits=30 --with-tzpath="$LIB/tzdata/zoneinfo" --prefix="$LIB"
}

# What programs spend their time in, to be linked as one. Not among it: what runs once, and Python/ceval.c. Once all
# that it calls is inlined into the interpreter's loop its control flow is no longer reducible, which wasm cannot
# express: clang takes minutes to undo it, and what comes out is slower.
hot_objects() {
  local name
  for name in "$SRC"/Objects/*.c; do
    echo "Objects/$(basename "$name" .c).o"
  done
  for name in bltinmodule codecs compile context dtoa errors flowgraph formatter_unicode frame gc getargs hashtable \
    intrinsics marshal modsupport mystrtoul pyarena pyctype pyhash pymath pystate pystrcmp pystrhex pystrtod \
    specialize structmember symtable traceback; do
    echo "Python/$name.o"
  done
  for name in _bisectmodule _collectionsmodule _csv _datetimemodule _functoolsmodule _heapqmodule _io/stringio _json \
    _operator _randommodule _sre/sre _struct gcmodule itertoolsmodule mathmodule; do
    echo "Modules/$name.o"
  done
}

# make sees neither a new profile nor new flags: a step that runs again begins again, and what is made first keeps
# the flags that it was made with.
build_wasi() {
  local flags="-DNDEBUG $OPTIMISE -g0 -w $MAP -fprofile-instr-use=$PROFILE -include $ROOT/guest/posix.h"
  find "$WASI" -name '*.[oa]' -delete
  # shellcheck disable=SC2046
  with_wasm_tools make -C "$WASI" -j "$JOBS" $(hot_objects) OPT="$flags $CALL_TARGETS -flto"
  with_wasm_tools make -C "$WASI" -j "$JOBS" libpython${VERSION%.*}.a OPT="$flags"
}

# ---- 4. The reactor ----

# The shadow stack's size goes with Py_C_RECURSION_LIMIT (patches/core-recursion.patch). No -O here: with
# it, clang would run binaryen's wasm-opt where that happens to be installed (30 s; no faster code).
# --lto-O3 is for what is still bitcode.
link_reactor() {
  local name objects=() mpdec
  mkdir -p "$WORK/shim" "$GUEST_OUT"
  for name in "$HERE"/*.c "$ROOT"/guest/{environment,posix}.c; do
    $WASM_CC -std=c11 $OPTIMISE -g0 -DNDEBUG -fno-builtin "-ffile-prefix-map=$ROOT=." -Wall -Wextra -Werror -Wno-unused-parameter \
      -I"$SRC/Include" -I"$SRC/Include/internal" -I"$WASI" -I"$PREFIX/include" -I"$ROOT/guest" -c "$name" -o "$WORK/shim/$(basename "$name" .c).o"
    objects+=("$WORK/shim/$(basename "$name" .c).o")
  done
  mpdec=$WASI/Modules/_decimal/libmpdec/libmpdec.a
  # shellcheck disable=SC2086
  $WASM_CC $WASM_REACTOR_FLAGS $GUEST_POSIX_FLAGS -Wl,--wrap=wcsftime -Wl,--wrap=gmtime_r \
    -Wl,-z,stack-size=4194304 -Wl,--initial-memory=16777216 \
    -flto -Wl,--lto-O3 -Wl,-O2 -Wl,--strip-all -o "$WORK/python.wasm" "${objects[@]}" "$WASI/libpython${VERSION%.*}.a" \
    "$mpdec" "$WASI/Modules/_hacl/libHacl_Hash_SHA2.a" "$WASI/Modules/expat/libexpat.a" \
    -L"$PREFIX/lib" -lz -lbz2 -llzma -lsqlite3 \
    -lwasi-emulated-signal -lwasi-emulated-getpid -lwasi-emulated-process-clocks -lm -ldl
  mv "$WORK/python.wasm" "$GUEST_OUT/python.wasm"
}

# ---- 5. The library ----

pack_library() {
  local tree=$WORK/lib
  rm -rf "$tree"
  mkdir -p "$GUEST_OUT"
  python_library "$tree"
  "$NATIVE/python" -I "$HERE/pack.py" "$tree" "$LIB" "$WORK/python-lib.zip"
  mv "$WORK/python-lib.zip" "$GUEST_OUT/python-lib.zip"
}

# ---- All of it ----

# Two builds in one clone would tread on each other's folders: the second waits, and finds all done.
alone() {
  [ -z "${BELLJAR_PYTHON_ALONE:-}" ] || return 0
  mkdir -p "$GUEST_BUILD"
  BELLJAR_PYTHON_ALONE=1 exec flock --close "$GUEST_BUILD/.python.lock" "$0" "$@"
}

main() {
  local source_hash native_hash profile_hash libs_hash configure_hash wasi_hash reactor_hash library_hash all
  mkdir -p "$WORK" "$DEPS" "$PREFIX"

  # Everything that decides the result, at once: with nothing changed there is nothing more to do.
  all=$(recipe_hash "$HERE"/*.* "$HERE/lib-without" "$HERE"/patches/*.patch $(find "$HERE/lib" -type f | sort) \
    "$ROOT"/guest/{pins,toolchain.sh,sysroot.sh,stages.sh} "$ROOT"/guest/*.[ch] "$OPTIMISE" "$BELLJAR_LLVM")
  if fresh all "$all" && [ -f "$GUEST_OUT/python.wasm" ] && [ -f "$GUEST_OUT/python-lib.zip" ]; then
    note "CPython $VERSION: up to date"
    return 0
  fi
  rm -f "$WORK/.stamp-all"

  require_tools "$NATIVE_CC" "wasm-ld-$BELLJAR_LLVM" "$PROFDATA" "$WASM_AR" make tclsh python3 patch flock setarch xz bzip2
  "$ROOT/guest/sysroot.sh"
  "$ROOT/guest/fetch.sh" python zlib bzip2 xz sqlite tzdata
  fetch_security

  COMMON="$BELLJAR_LLVM $OPTIMISE $(pin wasi-libc sha256) $(declare -f compile_all archive apply)"
  source_hash=$(recipe_hash "$(pin python sha256)" "$SECURITY" "$SECURITY_NAMES" "$HERE"/patches/core-*.patch "$(declare -f unpack_source)")
  native_hash=$(recipe_hash "$source_hash" "$BELLJAR_LLVM" "$(declare -f configure_native build_native native_without)" "$CALL_TARGETS")
  profile_hash=$(recipe_hash "$native_hash" "$HERE/train.py" "$(declare -f train)")
  libs_hash=$(libraries_hash)
  configure_hash=$(recipe_hash "$source_hash" "$libs_hash" "$COMMON" "$HERE/config.site" "$(declare -f configure_wasi with_wasm_tools)")
  wasi_hash=$(recipe_hash "$configure_hash" "$profile_hash" "$(declare -f build_wasi hot_objects)")
  reactor_hash=$(recipe_hash "$wasi_hash" "$HERE"/*.[ch] "$ROOT"/guest/*.[ch] "$(declare -f link_reactor)")
  library_hash=$(recipe_hash "$native_hash" "$HERE/pack.py" "$HERE/lib-without" "$HERE"/patches/lib-*.patch \
    $(find "$HERE/lib" -type f | sort) "$(pin tzdata sha256)" "$(declare -f pack_library python_library)")

  stage source "CPython $VERSION: source" "$source_hash" unpack_source
  fresh native "$native_hash" || rm -f "$WORK/.stamp-configure-native"
  # The guest's configure looks for the libraries, sqlite's amalgamation is one long compilation:
  # each shares the processors with something that waits on a single one.
  together \
    stage configure-native "Native CPython: configure" "$native_hash" configure_native -- \
    stage libraries "zlib, bzip2, lzma" "$libs_hash" small_libraries -- \
    stage sqlite "SQLite" "$libs_hash" build_sqlite
  together \
    stage configure-wasi "CPython for the guest: configure" "$configure_hash" configure_wasi -- \
    stage native "Native CPython with counters" "$native_hash" build_native
  stage profile "Training the profile" "$profile_hash" train
  stage wasi "CPython for the guest: compile" "$wasi_hash" build_wasi
  together \
    stage reactor "CPython for the guest: link" "$reactor_hash" link_reactor -- \
    stage library "Standard library" "$library_hash" pack_library
  finished all "$all"
  note "CPython $VERSION: $(du -h "$GUEST_OUT/python.wasm" | cut -f 1) python.wasm," \
    "$(du -h "$GUEST_OUT/python-lib.zip" | cut -f 1) python-lib.zip"
}

alone "$@"
main
