# pandas, by meson, over numpy; with what it needs in Python.
PACKAGES="$PACKAGES pandas"

# Of numpy it sees headers and declarations alone.
pandas_hash() {
  recipe_hash "$COMMON" "$(cd "$SITE/numpy" && find . -name '*.h' -o -name '*.pxd' | sort | xargs sha256sum)" "$(pin pandas sha256)" "$(pin dateutil sha256)" "$(pin six sha256)" "$HERE"/patches/pandas-*.patch \
    "$HERE/packages/pandas.sh"
}

# Its build imports numpy to ask where the headers are, and Cython reads numpy's declarations: those of the target's.
numpy_stand_in() {
  mkdir -p "$1/numpy"
  cp "$SITE"/numpy/*.pxd "$1/numpy/"
  printf 'def get_include():\n    return "%s"\n' "$SITE/numpy/_core/include" >"$1/numpy/__init__.py"
}

# At -O1, for the time of the build.
build_pandas() {
  local source=$WORK/src/pandas patch
  unpack pandas "$source"
  for patch in "$HERE"/patches/pandas-*.patch; do
    apply "$source" "$patch"
  done
  unpack dateutil "$WORK/src/dateutil"
  unpack six "$WORK/src/six"
  numpy_stand_in "$WORK/stand-ins"
  DATA_STAND_INS=$WORK/stand-ins PYTHONPATH=$WORK/stand-ins meson_build pandas "$source" -Doptimization=1
}

# _cyutility is built at top level and belongs to the package.
pandas_modules() {
  modules_below pandas | sed 's/^_cyutility /pandas._libs._cyutility /'
}

pandas_library() {
  library_of pandas "$1"
  rm -f "$1/pandas/conftest.py"
  metadata_of pandas "$WORK/src/pandas" "$1"
  cp -R "$WORK"/src/dateutil/* "$WORK"/src/six/* "$1/"
}
