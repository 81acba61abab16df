# libwebp: pictures, and films of them.
SHARED="$SHARED webp"

webp_hash() {
  recipe_hash "$COMMON_LIBRARIES" "$(pin webp sha256)" "$HERE/libraries/webp.sh"
}

build_webp() {
  local source=$WORK/src/webp
  unpack webp "$source"
  compile_library webp "-I$source" "$source"/sharpyuv/*.c "$source"/src/{dec,demux,dsp,enc,mux,utils}/*.c
  rm -rf "$PREFIX/include/webp"
  mkdir -p "$PREFIX/include/webp"
  cp "$source"/src/webp/*.h "$PREFIX/include/webp/"
}
