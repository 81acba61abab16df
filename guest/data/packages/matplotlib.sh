# matplotlib: Agg, SVG, PDF and PS, over FreeType, raqm and Qhull; with what it needs in Python.
PACKAGES="$PACKAGES matplotlib"
MATPLOTLIB_NEEDS="cycler packaging pyparsing" # wheels; fonttools' are compiled for other machines

matplotlib_hash() {
  recipe_hash "$COMMON" "$(pin matplotlib sha256)" "$(pin pybind11 sha256)" "$(freetype_hash)" "$(raqm_hash)" "$(qhull_hash)" \
    "$(for name in fonttools $MATPLOTLIB_NEEDS; do pin "$name" sha256; done)" "$ROOT/guest/cxx/mutex.h" "$HERE"/patches/matplotlib-*.patch \
    "$HERE/packages/matplotlib.sh"
}

# mpl_module NAME FLAGS FILE…: matplotlib.NAME of files of src/.
mpl_module() {
  local name=$1 flags=$2
  shift 2
  compile_module matplotlib "matplotlib.$name" "$MPL_FLAGS $flags" "${@/#/$WORK/src/matplotlib/src/}"
}

# Its own build is meson's, with subprojects that it downloads: these are the same files.
build_matplotlib() {
  local source=$WORK/src/matplotlib name patch lib=$PREFIX/lib
  unpack matplotlib "$source"
  for patch in "$HERE"/patches/matplotlib-*.patch; do
    apply "$source" "$patch"
  done
  for name in pybind11 fonttools $MATPLOTLIB_NEEDS; do
    unpack "$name" "$WORK/src/$name"
  done
  rm -rf "$WORK/matplotlib"
  MPL_FLAGS="-std=c++17 -fvisibility=hidden -include $ROOT/guest/cxx/mutex.h -I$WORK/src/pybind11/pybind11/include \
-I$source/extern/agg24-svn/include -I$source/src -I$PREFIX/include -DMPL_FIX_AGG_IMAGE_FILTER_LUT_BUGS -DMPL_FIX_AGG_INTERPOLATION_ENDPOINT_BUG"
  compile_library agg "$MPL_FLAGS" "$source"/extern/agg24-svn/src/agg_{bezier_arc,curves,image_filters,trans_affine,vcgen_contour,vcgen_dash,vcgen_stroke,vpgen_segmentator}.cpp
  LIBRARIES="$lib/libagg.a" mpl_module backends._backend_agg "" _backend_agg.cpp _backend_agg_wrapper.cpp
  LIBRARIES="$lib/libagg.a" mpl_module _image "" _image_wrapper.cpp py_converters.cpp
  LIBRARIES="$lib/libagg.a" mpl_module _path "" _path_wrapper.cpp
  LIBRARIES="$lib/libraqm.a $lib/libharfbuzz.a $lib/libfribidi.a $lib/libfreetype.a" mpl_module ft2font \
    "-I$PREFIX/include/freetype2 -DFREETYPE_BUILD_TYPE=\\\"system\\\"" ft2font.cpp ft2font_wrapper.cpp
  LIBRARIES="$lib/libqhull.a" mpl_module _qhull "-DMPL_DEVNULL=/dev/null" _qhull_wrapper.cpp
  mpl_module _tri "" tri/_tri.cpp tri/_tri_wrapper.cpp
  mpl_module _c_internal_utils "" _c_internal_utils.cpp
}

matplotlib_modules() {
  compiled_modules matplotlib
}

matplotlib_library() {
  local source=$WORK/src/matplotlib name
  python_of "$source/lib" matplotlib mpl_toolkits pylab.py "$1"
  find "$1/matplotlib" \( -name meson.build -o -name '*.in' \) -delete
  printf 'version = "%s"\n' "$(pin matplotlib version)" >"$1/matplotlib/_version.py"
  python3 "$source/tools/generate_matplotlibrc.py" "$source/lib/matplotlib/mpl-data/matplotlibrc" "$1/matplotlib/mpl-data/matplotlibrc" agg
  metadata_of matplotlib "$source" "$1" "$WORK"/src/{freetype,harfbuzz,fribidi,raqm,qhull}
  for name in $MATPLOTLIB_NEEDS; do
    cp -R "$WORK/src/$name"/. "$1/"
  done
  python_of "$WORK/src/fonttools/Lib" fontTools "$1"
  metadata_of fonttools "$WORK/src/fonttools" "$1"
}
