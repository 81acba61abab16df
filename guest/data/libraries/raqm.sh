# raqm: lays text out by HarfBuzz and FriBidi, for Pillow and matplotlib; from Pillow's source, which has it inside.
SHARED="$SHARED raqm"

raqm_hash() {
  recipe_hash "$(freetype_hash)" "$(fribidi_hash)" "$(harfbuzz_hash)" "$(pin pillow sha256)" "$HERE/libraries/raqm.sh"
}

build_raqm() {
  local source=$WORK/src/raqm
  unpack pillow "$WORK/src/raqm-pillow"
  rm -rf "$source"
  mv "$WORK/src/raqm-pillow/src/thirdparty/raqm" "$source"
  rm -rf "$WORK/src/raqm-pillow"
  compile_library raqm "-DHAVE_FRIBIDI_SYSTEM -DFRIBIDI_LIB_STATIC -I$PREFIX/include/freetype2 -I$PREFIX/include/fribidi
    -I$PREFIX/include/harfbuzz" "$source/raqm.c"
  cp "$source"/raqm*.h "$PREFIX/include/"
}
