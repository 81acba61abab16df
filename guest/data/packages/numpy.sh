# numpy, by its own meson, over OpenBLAS (openblas/build.sh).
PACKAGES="$PACKAGES numpy"

numpy_hash() {
  recipe_hash "$COMMON" "$(pin numpy sha256)" "$HERE"/patches/numpy-*.patch "$PREFIX/lib/libopenblas.a" "$HERE/packages/numpy.sh"
}

# No instruction sets beyond the one that everything is compiled for, and so nothing to choose from at run time. meson looks for BLAS by
# linking a program of C++.
build_numpy() {
  local source=$WORK/src/numpy patch
  unpack numpy "$source"
  for patch in "$HERE"/patches/numpy-*.patch; do
    apply "$source" "$patch"
  done
  MESON="python3 $source/vendored-meson/meson/meson.py" meson_build numpy "$source" \
    -Dblas=openblas -Dlapack=openblas -Dallow-noblas=false "-Dcpp_link_args=$DATA_CXX_LIBRARIES" -Dcpu-baseline=none -Dcpu-dispatch=none \
    -Ddisable-threading=true -Ddisable-svml=true -Ddisable-intel-sort=true
}

# _simd and the tests' modules test numpy itself.
numpy_modules() {
  modules_below numpy | grep -vE '_(core|linalg|random)\.(_simd|_.*_tests) ' | grep -v '^numpy._core._simd '
}

numpy_library() {
  library_of numpy "$1"
  rm -rf "$1"/numpy/{f2py,distutils,testing/tests,_pyinstaller,conftest.py}
  # What it tells of the machine that built it means nothing here.
  sed -i "s|$ROOT/||g; s|$WORK/||g" "$1/numpy/__config__.py"
  metadata_of numpy "$WORK/src/numpy" "$1"
}
