# msgspec: JSON and MessagePack with types, in C.
PACKAGES="$PACKAGES msgspec"

msgspec_hash() {
  recipe_hash "$COMMON" "$(pin msgspec sha256)" "$HERE/packages/msgspec.sh"
}

build_msgspec() {
  local source=$WORK/src/msgspec
  unpack msgspec "$source"
  rm -rf "$WORK/msgspec"
  compile_module msgspec msgspec._core "" "$source/src/msgspec/_core.c"
}

msgspec_modules() {
  compiled_modules msgspec
}

msgspec_library() {
  python_of "$WORK/src/msgspec/src" msgspec "$1"
  metadata_of msgspec "$WORK/src/msgspec" "$1"
}
