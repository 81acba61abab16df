# FreeType: outlines and pictures of glyphs, for Pillow and matplotlib; compressed fonts by the lean guest's zlib.
SHARED="$SHARED freetype"

freetype_hash() {
  recipe_hash "$COMMON_LIBRARIES" "$(pin freetype sha256)" "$HERE/libraries/freetype.sh"
}

FREETYPE_PARTS="autofit/autofit bdf/bdf cache/ftcache cff/cff cid/type1cid gzip/ftgzip lzw/ftlzw pcf/pcf pfr/pfr psaux/psaux
  pshinter/pshinter psnames/psnames raster/raster sdf/sdf sfnt/sfnt smooth/smooth svg/svg truetype/truetype type1/type1 type42/type42
  winfonts/winfnt base/ftbase base/ftbbox base/ftbdf base/ftbitmap base/ftcid base/ftdebug base/ftfstype base/ftgasp base/ftglyph
  base/ftgxval base/ftinit base/ftmm base/ftotval base/ftpatent base/ftpfr base/ftstroke base/ftsynth base/ftsystem base/fttype1
  base/ftwinfnt"

build_freetype() {
  local source=$WORK/src/freetype part files=()
  unpack freetype "$source"
  cp "$source/docs/FTL.TXT" "$source/LICENSE.FTL"
  for part in $FREETYPE_PARTS; do
    files+=("$source/src/$part.c")
  done
  compile_library freetype "-DFT2_BUILD_LIBRARY -DFT_CONFIG_OPTION_SYSTEM_ZLIB -I$source/include -I$PYTHON/prefix/include" "${files[@]}"
  rm -rf "$PREFIX/include/freetype2"
  cp -R "$source/include" "$PREFIX/include/freetype2"
}
