# Qhull: Delaunay triangulation, for matplotlib.
SHARED="$SHARED qhull"

qhull_hash() {
  recipe_hash "$COMMON_LIBRARIES" "$(pin qhull sha256)" "$HERE/libraries/qhull.sh"
}

build_qhull() {
  local source=$WORK/src/qhull
  unpack qhull "$source"
  compile_library qhull "-I$source/src" "$source"/src/libqhull_r/*_r.c
  rm -rf "$PREFIX/include/libqhull_r"
  mkdir -p "$PREFIX/include/libqhull_r"
  cp "$source"/src/libqhull_r/*.h "$PREFIX/include/libqhull_r/"
}
