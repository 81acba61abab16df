# HarfBuzz: which glyphs a text has and where they stand, for raqm.
SHARED="$SHARED harfbuzz"

harfbuzz_hash() {
  recipe_hash "$(freetype_hash)" "$(pin harfbuzz sha256)" "$HERE/libraries/harfbuzz.sh"
}

build_harfbuzz() {
  local source=$WORK/src/harfbuzz
  unpack harfbuzz "$source"
  rm -rf "$source/test" "$source/perf"
  compile_library harfbuzz "-std=c++17 -DHAVE_FREETYPE=1 -DHB_NO_MT -DHB_NO_MMAP -fno-rtti -I$PREFIX/include/freetype2" "$source/src/harfbuzz.cc"
  rm -rf "$PREFIX/include/harfbuzz"
  mkdir -p "$PREFIX/include/harfbuzz"
  cp "$source"/src/hb*.h "$PREFIX/include/harfbuzz/"
}
