# kiwisolver: layouts by constraints, in C++.
PACKAGES="$PACKAGES kiwisolver"

kiwisolver_hash() {
  recipe_hash "$COMMON" "$(pin kiwisolver sha256)" "$(pin cppy sha256)" "$ROOT/guest/cxx/mutex.h" "$HERE/patches/kiwisolver-signatures.patch" \
    "$HERE/packages/kiwisolver.sh"
}

build_kiwisolver() {
  local source=$WORK/src/kiwisolver
  unpack kiwisolver "$source"
  apply "$source" "$HERE/patches/kiwisolver-signatures.patch"
  unpack cppy "$WORK/src/cppy"
  rm -rf "$WORK/kiwisolver"
  # mutex.h has one mutex for all kinds: it locks nothing.
  compile_module kiwisolver kiwisolver._cext "-std=c++17 -fvisibility=hidden -include $ROOT/guest/cxx/mutex.h -Drecursive_mutex=mutex -I$source \
-I$WORK/src/cppy/cppy/include" "$source"/py/src/*.cpp
}

kiwisolver_modules() {
  compiled_modules kiwisolver
}

kiwisolver_library() {
  python_of "$WORK/src/kiwisolver/py" kiwisolver "$1"
  metadata_of kiwisolver "$WORK/src/kiwisolver" "$1"
}
