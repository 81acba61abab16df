# Pillow: with JPEG, WebP and FreeType beside the lean guest's zlib; TIFF without libtiff.
PACKAGES="$PACKAGES pillow"

pillow_hash() {
  recipe_hash "$COMMON" "$(pin pillow sha256)" "$(jpeg_hash)" "$(webp_hash)" "$(freetype_hash)" "$(raqm_hash)" "$WASM_EH_CC $WASM_SJLJ" \
    "$HERE"/patches/pillow-*.patch "$HERE/packages/pillow.sh"
}

# Its own build asks the interpreter and the machine for libraries; these are the answers for the target. Its C jumps out of libjpeg.
build_pillow() {
  local source=$WORK/src/pillow c patch flags lib=$PREFIX/lib
  local -x DATA_CC="$WASM_EH_CC $WASM_SJLJ"
  unpack pillow "$source"
  for patch in "$HERE"/patches/pillow-*.patch; do
    apply "$source" "$patch"
  done
  rm -rf "$WORK/pillow"
  c=$source/src
  flags="-DHAVE_LIBZ -DHAVE_LIBJPEG -I$PREFIX/include -DPILLOW_VERSION=\\\"$(pin pillow version)\\\" -I$PYTHON/prefix/include -I$c/libImaging -I$c"
  LIBRARIES="$lib/libjpeg.a" compile_module pillow PIL._imaging "$flags" "$c"/{_imaging,decode,display,encode,map,outline,path}.c "$c"/libImaging/*.c
  compile_module pillow PIL._imagingmath "$flags" "$c/_imagingmath.c"
  compile_module pillow PIL._imagingmorph "$flags" "$c/_imagingmorph.c"
  LIBRARIES="$lib/libwebp.a" compile_module pillow PIL._webp "$flags" "$c/_webp.c" "$c/libImaging/Mode.c"
  LIBRARIES="$lib/libraqm.a $lib/libharfbuzz.a $lib/libfribidi.a $lib/libfreetype.a" compile_module pillow PIL._imagingft \
    "$flags -DHAVE_RAQM -DHAVE_RAQM_SYSTEM -DHAVE_FRIBIDI_SYSTEM -DFRIBIDI_LIB_STATIC -I$PREFIX/include/freetype2 -I$PREFIX/include/fribidi \
-I$PREFIX/include/harfbuzz" "$c/_imagingft.c" "$c/libImaging/Mode.c"
}

pillow_modules() {
  compiled_modules pillow
}

pillow_library() {
  python_of "$WORK/src/pillow/src" PIL "$1"
  metadata_of pillow "$WORK/src/pillow" "$1" "$WORK"/src/{jpeg,webp,freetype,harfbuzz,fribidi,raqm}
}
