# lxml: ElementTree over libxml2 and libxslt.
PACKAGES="$PACKAGES lxml"

lxml_hash() {
  recipe_hash "$COMMON" "$(pin lxml sha256)" "$(libxml2_hash)" "$(libxslt_hash)" "$HERE/packages/lxml.sh"
}

# Its C is in the source distribution, as Cython made it. At -O1, for the time of the build: the work is libxml2's.
build_lxml() {
  local source=$WORK/src/lxml name lib=$PREFIX/lib flags
  unpack lxml "$source"
  rm -rf "$WORK/lxml"
  flags="-O1 -DLIBXML_STATIC -DLIBXSLT_STATIC -DLIBEXSLT_STATIC -DCYTHON_CLINE_IN_TRACEBACK=0 -I$source/src -I$source/src/lxml/includes -I$PREFIX/include/libxml2 -I$PREFIX/include"
  for name in etree objectify; do
    LIBRARIES="$lib/libexslt.a $lib/libxslt.a $lib/libxml2.a" compile_module lxml "lxml.$name" "$flags" "$source/src/lxml/$name.c"
  done
}

lxml_modules() {
  compiled_modules lxml
}

lxml_library() {
  python_of "$WORK/src/lxml/src" lxml "$1"
  find "$1/lxml" \( -name '*.pyx' -o -name '*.px[di]' \) -delete
  metadata_of lxml "$WORK/src/lxml" "$1" "$WORK"/src/{libxml2,libxslt}
}
