# contourpy: contour lines, in C++.
PACKAGES="$PACKAGES contourpy"

contourpy_hash() {
  recipe_hash "$COMMON" "$(pin contourpy sha256)" "$(pin pybind11 sha256)" "$HERE/patches/contourpy-threads.patch" "$ROOT/guest/cxx/mutex.h" \
    "$HERE/packages/contourpy.sh"
}

build_contourpy() {
  local source=$WORK/src/contourpy
  unpack contourpy "$source"
  apply "$source" "$HERE/patches/contourpy-threads.patch"
  unpack pybind11 "$WORK/src/pybind11"
  rm -rf "$WORK/contourpy"
  compile_module contourpy contourpy._contourpy "-std=c++17 -fvisibility=hidden -include $ROOT/guest/cxx/mutex.h \
-I$WORK/src/pybind11/pybind11/include -DCONTOURPY_VERSION=$(pin contourpy version)" "$source"/src/*.cpp
}

contourpy_modules() {
  compiled_modules contourpy
}

contourpy_library() {
  python_of "$WORK/src/contourpy/lib" contourpy "$1"
  metadata_of contourpy "$WORK/src/contourpy" "$1" "$WORK"/src/pybind11/*.dist-info/licenses
}
