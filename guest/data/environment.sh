# Sourced by guest/data/build.sh, after toolchain.sh and stages.sh: folders and the compilers' settings of all packages.

PYTHON=$GUEST_BUILD/python # the lean guest's build
PYTHON_VERSION=$(pin python version)
PYTHON_VERSION=${PYTHON_VERSION%.*}
WORK=$GUEST_BUILD/data
STAGES=data
PREFIX=$WORK/prefix   # libraries that packages use: headers, archives, pkg-config files
TOOLS=$WORK/tools     # Cython, meson
CROSS=$WORK/cross     # an interpreter that answers for the target, meson's cross file
HEADERS=$WORK/include # Python.h and pyconfig.h of the target
TREE=$WORK/tree       # what packages install
SITE=$TREE/usr/lib/python$PYTHON_VERSION/site-packages
DATA_OUT=$ROOT/build/guests-data
JOBS=${BELLJAR_JOBS:-$(nproc)}
LIB=/lib/belljar # BELLJAR_GUEST_LIB
PACKAGES=""
SHARED="" # libraries of libraries/, which modules share
OPTIMISE="-O3 -msimd128"
MAP="-ffile-prefix-map=$WORK=."
export SOURCE_DATE_EPOCH=1735689600 LC_ALL=C LLVM_PROFILE_FILE=/dev/null

# wasm has no flags of floating-point status: they are kept by software (status.c).
DATA_STATUS="-DFE_INVALID=1 -DFE_DIVBYZERO=4 -DFE_OVERFLOW=8 -DFE_UNDERFLOW=16 -DFE_INEXACT=32"
export WASM_LD=wasm-ld-$BELLJAR_LLVM
DATA_CACHE=$(command -v ccache || true)
export DATA_CACHE
export DATA_CC=$WASM_CC
# C++ with exceptions by a runtime of our own (guest/cxx). C stays with the lean guest's compiler, whose objects they are linked with.
export DATA_CXX=$WASM_EH_CXX
export DATA_CXXFLAGS=""
export DATA_LD=wasm-ld-$CXX_LLVM
export DATA_CFLAGS="-g0 $MAP -ffile-prefix-map=$ROOT=. -msimd128 -I$HEADERS $DATA_STATUS -D_WASI_EMULATED_SIGNAL
  -D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_GETPID -D_WASI_EMULATED_MMAN"
DATA_CXX_LIBRARIES="-nostdlib++ -L$PREFIX/lib $WASM_EH_LIBS"
export PATH=$HERE:$TOOLS/bin:$PATH

# meson_build NAME SOURCE OPTION…: configures, compiles and installs a package of meson's into TREE. MESON may name another one.
meson_build() {
  local name=$1 source=$2
  shift 2
  rm -rf "${WORK:?}/$name"
  # shellcheck disable=SC2086
  ${MESON:-meson} setup "$WORK/$name" "$source" --cross-file "$CROSS/wasi.ini" -Dbuildtype=release -Db_ndebug=true \
    -Db_lundef=false -Dprefix=/usr "$@"
  ninja -C "$WORK/$name" -j "$JOBS"
  DESTDIR=$TREE ${MESON:-meson} install -C "$WORK/$name" --no-rebuild --quiet
}

# modules_below NAME: the extension modules of meson's build folder NAME: their full names and objects.
modules_below() {
  local object name
  find "$WORK/$1" -name "*.cpython-*.so" | while read -r object; do
    name=${object#"$WORK/$1/"}
    name=${name%%.cpython-*}
    printf '%s %s\n' "${name//\//.}" "$object"
  done
}

# library_of NAME… INTO: what packages installed in Python, with their metadata, without tests and what only compilers read.
library_of() {
  local into=${*: -1} names=("${@:1:$#-1}")
  (cd "$SITE" && tar -cf - --exclude=__pycache__ --exclude=tests --exclude='*.so' --exclude='*.so.*' --exclude='*.a' --exclude='*.h' \
    --exclude='*.c' --exclude='*.pyi' --exclude='*.px[di]' --exclude='*.pyx' --exclude=include --exclude=pkgconfig "${names[@]}") |
    tar -xf - -C "$into"
}

# metadata_of NAME SOURCE INTO [LIBRARY…]: the dist-info of a source distribution: its PKG-INFO, with its licences beside it and those of
# libraries (folders of their sources) that it has inside.
metadata_of() {
  local info=$3/$1-$(pin "$1" version).dist-info library
  mkdir -p "$info/licenses"
  cp "$2/PKG-INFO" "$info/METADATA"
  (cd "$2" && find . \( -iname 'LICEN*' -o -iname 'COPYING*' -o -iname 'NOTICE*' \) -type f -size -64k |
    grep -v '/tests\?/' | tar -cf - -T - | tar -xf - -C "$info/licenses")
  for library in "${@:4}"; do
    mkdir -p "$info/licenses/$(basename "$library")"
    cp "$library"/{LICEN,COPYING}* "$info/licenses/$(basename "$library")/" 2>/dev/null || true
  done
  printf 'belljar\n' >"$info/INSTALLER"
  printf 'Wheel-Version: 1.0\nGenerator: belljar\nRoot-Is-Purelib: false\nTag: cp313-cp313-wasm32_wasi\n' >"$info/WHEEL"
}

# unpack_debian NAME SOURCE: the original source with all of Debian's patches.
unpack_debian() {
  local patch
  unpack "$1" "$2"
  unpack "$1-debian" "$2-debian"
  while read -r patch; do
    apply "$2" "$2-debian/patches/$patch"
  done < <(grep -v '^\(#\|$\)' "$2-debian/patches/series")
}

# compile_objects FOLDER FLAGS FILE…: one object a file of C or C++, JOBS at a time.
compile_objects() {
  local folder=$1 flags=$2
  shift 2
  mkdir -p "$folder"
  # shellcheck disable=SC2016
  printf '%s\n' "$@" | xargs -P "$JOBS" -I{} sh -c '
    case $1 in *.c) compiler=wasm-cc ;; *) compiler=wasm-c++ ;; esac
    exec $compiler '"$OPTIMISE -DNDEBUG $flags"' -c "$1" -o "$2/$(basename "$1").o"' sh {} "$folder"
}

# compile_library NAME FLAGS FILE…: a library that modules share, of C that may jump or of C++, as an archive in PREFIX.
compile_library() {
  local name=$1 flags=${2//$'\n'/ } objects=$WORK/libraries/$1
  shift 2
  rm -rf "$objects"
  DATA_CC="$WASM_EH_CC $WASM_SJLJ" compile_objects "$objects" "$flags" "$@"
  rm -f "$PREFIX/lib/lib$name.a"
  "$WASM_EH_AR" rcsD "$PREFIX/lib/lib$name.a" "$objects"/*.o
}

# compile_module PACKAGE MODULE FLAGS FILE…: an extension module without a build system of its own, as an object of PACKAGE.
compile_module() {
  local package=$1 module=$2 flags=$3 objects
  shift 3
  objects=$WORK/$package/$module.o.d
  compile_objects "$objects" "$flags" "$@"
  # shellcheck disable=SC2086
  wasm-cc -shared -o "$WORK/$package/$module.o" "$objects"/*.o ${LIBRARIES:-}
}

# compiled_modules PACKAGE: the modules that compile_module made, with their objects.
compiled_modules() {
  local object
  for object in "$WORK/$1"/*.o; do
    printf '%s %s\n' "$(basename "$object" .o)" "$object"
  done
}

# python_of SOURCE NAME… INTO: folders of Python sources that need no build.
python_of() {
  local source=$1 into=${*: -1} names=("${@:2:$#-2}")
  (cd "$source" && tar -cf - --exclude=__pycache__ --exclude=tests --exclude='*.[ch]' --exclude='*.pyi' --exclude='*.egg-info' "${names[@]}") |
    tar -xf - -C "$into"
}
