# PyYAML, with libyaml for its fast loader and dumper.
PACKAGES="$PACKAGES pyyaml"

pyyaml_hash() {
  recipe_hash "$COMMON" "$(pin pyyaml sha256)" "$(pin libyaml sha256)" "$HERE/packages/pyyaml.sh"
}

build_pyyaml() {
  local source=$WORK/src/pyyaml yaml=$WORK/src/libyaml version
  unpack pyyaml "$source"
  unpack libyaml "$yaml"
  rm -rf "$WORK/pyyaml"
  version=$(pin libyaml version)
  local numbers="-DYAML_VERSION_MAJOR=${version%%.*} -DYAML_VERSION_MINOR=$(cut -d . -f 2 <<<"$version") -DYAML_VERSION_PATCH=${version##*.}"
  (cd "$source" && cython -3 yaml/_yaml.pyx -o yaml/_yaml.c)
  # Both have a file of each name but these: libyaml's are all called otherwise.
  compile_module pyyaml yaml._yaml "-I$yaml/include -I$source/yaml -DYAML_DECLARE_STATIC $numbers -DYAML_VERSION_STRING=\\\"$version\\\"" \
    "$source/yaml/_yaml.c" "$yaml"/src/*.c
}

pyyaml_modules() {
  compiled_modules pyyaml
}

pyyaml_library() {
  python_of "$WORK/src/pyyaml/lib" yaml _yaml "$1"
  metadata_of pyyaml "$WORK/src/pyyaml" "$1" "$WORK/src/libyaml"
}
