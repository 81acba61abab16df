# MarkupSafe: escaping, in C.
PACKAGES="$PACKAGES markupsafe"

markupsafe_hash() {
  recipe_hash "$COMMON" "$(pin markupsafe sha256)" "$HERE/packages/markupsafe.sh"
}

build_markupsafe() {
  local source=$WORK/src/markupsafe
  unpack markupsafe "$source"
  rm -rf "$WORK/markupsafe"
  compile_module markupsafe markupsafe._speedups "" "$source/src/markupsafe/_speedups.c"
}

markupsafe_modules() {
  compiled_modules markupsafe
}

markupsafe_library() {
  python_of "$WORK/src/markupsafe/src" markupsafe "$1"
  metadata_of markupsafe "$WORK/src/markupsafe" "$1"
}
