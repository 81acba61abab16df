# regex: regular expressions beyond re's, in C.
PACKAGES="$PACKAGES regex"

regex_hash() {
  recipe_hash "$COMMON" "$(pin regex sha256)" "$HERE/patches/regex-signatures.patch" "$HERE/packages/regex.sh"
}

build_regex() {
  local source=$WORK/src/regex
  unpack regex "$source"
  apply "$source" "$HERE/patches/regex-signatures.patch"
  rm -rf "$WORK/regex"
  compile_module regex regex._regex "" "$source"/src/*.c
}

regex_modules() {
  compiled_modules regex
}

regex_library() {
  python_of "$WORK/src/regex" regex "$1"
  metadata_of regex "$WORK/src/regex" "$1"
}
