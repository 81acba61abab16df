# Sourced by the scripts under guest/: where things are, and the common compiler settings of all guests.
#
#   ROOT, GUEST_BUILD, GUEST_SOURCES, GUEST_SYSROOT, GUEST_OUT    folders
#   WASM_CC, WASM_CXX, WASM_CPP                                   commands that compile for the guests' target
#   WASM_AR, WASM_RANLIB, WASM_STRIP, PROFDATA, NATIVE_CC         the tools beside them
#   die TEXT        ends the script with one line
#   pin NAME FIELD  the version, file, sha256 or where of one line of guest/pins, guest/cxx/pins or guest/data/pins
#   source_of NAME  the path of a fetched archive
#   unpack NAME DIR unpacks an archive so that its files lie directly in DIR
#   recipe_hash F…  one hash over the files and strings that decide a build's result
#
# Settings: BELLJAR_LLVM (default 19) is the LLVM release whose tools are used.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
GUEST_BUILD=$ROOT/build/guest
GUEST_SOURCES=$GUEST_BUILD/sources
GUEST_SYSROOT=$GUEST_BUILD/sysroot
GUEST_OUT=$ROOT/build/guests
STEP_LOGS=${STEP_LOGS:-$GUEST_BUILD/logs}

BELLJAR_LLVM=${BELLJAR_LLVM:-19}
WASM_TARGET=wasm32-wasi
WASM_CC="clang-$BELLJAR_LLVM --target=$WASM_TARGET --sysroot=$GUEST_SYSROOT"
WASM_CXX="clang++-$BELLJAR_LLVM --target=$WASM_TARGET --sysroot=$GUEST_SYSROOT"
WASM_CPP="clang-cpp-$BELLJAR_LLVM --target=$WASM_TARGET --sysroot=$GUEST_SYSROOT"
WASM_AR=llvm-ar-$BELLJAR_LLVM
WASM_RANLIB=llvm-ranlib-$BELLJAR_LLVM
WASM_STRIP=llvm-strip-$BELLJAR_LLVM
PROFDATA=llvm-profdata-$BELLJAR_LLVM
NATIVE_CC=clang-$BELLJAR_LLVM

# A reactor whose shadow stack lies below its data, so that an overflow traps instead of overwriting;
# the stack pointer is exported because a frozen image and a snapshot must carry it.
WASM_REACTOR_FLAGS="-mexec-model=reactor -Wl,--stack-first -Wl,--export=__stack_pointer"
# What guest/posix.c does in the place of the C library.
GUEST_POSIX_FLAGS="-Wl,--wrap=__wasilibc_find_relpath -Wl,--wrap=__wasilibc_find_relpath_alloc -Wl,--wrap=chdir
  -Wl,--wrap=rmdir -Wl,--wrap=rename -Wl,--wrap=linkat -Wl,--wrap=ftruncate
  -Wl,--wrap=__wasilibc_nocwd_openat_nomode -Wl,--wrap=fstat -Wl,--wrap=__wasilibc_nocwd_fstatat"

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

pin() {
  local column
  case $2 in
  version) column=2 ;;
  file) column=3 ;;
  sha256) column=4 ;;
  where) column=5 ;;
  *) die "pin: no field named $2" ;;
  esac
  awk -v name="$1" -v column="$column" \
    '$1 == name { print $column; found = 1 } END { exit !found }' "$ROOT"/guest/{,cxx/,data/}pins ||
    die "guest/pins has no line for $1"
}

source_of() {
  local path
  path=$GUEST_SOURCES/$(pin "$1" file)
  [ -f "$path" ] || die "$path is missing: run guest/fetch.sh"
  printf '%s\n' "$path"
}

unpack() {
  local archive
  archive=$(source_of "$1")
  rm -rf "$2"
  mkdir -p "$2"
  case $archive in
  *.whl | *.zip) python3 -m zipfile -e "$archive" "$2" ;;
  *) tar -xf "$archive" -C "$2" --strip-components=1 --no-same-owner ;;
  esac
}

# Arguments that name files are hashed by content, all others by their text.
recipe_hash() {
  local item
  for item in "$@"; do
    if [ -f "$item" ]; then
      sha256sum <"$item"
    else
      printf '%s\n' "$item"
    fi
  done | sha256sum | cut -d ' ' -f 1
}

# Ends with one line that names every missing command and the Debian package that has it.
require_tools() {
  local missing="" tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
  done
  [ -z "$missing" ] || die "missing:$missing (on Debian: apt-get install clang-$BELLJAR_LLVM" \
    "lld-$BELLJAR_LLVM llvm-$BELLJAR_LLVM libclang-rt-$BELLJAR_LLVM-dev" \
    "libclang-rt-$BELLJAR_LLVM-dev-wasm32 make tcl python3 xz-utils bzip2)"
}
