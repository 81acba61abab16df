# libjpeg-turbo, in C alone.
SHARED="$SHARED jpeg"

jpeg_hash() {
  recipe_hash "$COMMON_LIBRARIES" "$(pin jpeg sha256)" "$HERE/libraries/jpeg.sh"
}

JPEG_PARTS="capimin capistd ccoefct ccolor cdctmgr chuff cicc cinit cmainct cmarker cmaster comapi cparam cphuff cprepct csample ctrans
  dapimin dapistd datadst datasrc dcoefct dcolor ddctmgr dhuff dicc dinput dmainct dmarker dmaster dmerge dphuff dpostct dsample dtrans
  error fdctflt fdctfst fdctint idctflt idctfst idctint idctred quant1 quant2 utils memmgr memnobs aricom carith darith simd_none"

# What its CMake would find out, of the answers for this target.
jpeg_settings() {
  local version numbers
  version=$(pin jpeg version)
  numbers=$(printf '%d%03d%03d' "${version%%.*}" "$(cut -d . -f 2 <<<"$version")" "${version##*.}")
  sed "s/@JPEG_LIB_VERSION@/62/; s/@VERSION@/$version/; s/@LIBJPEG_TURBO_VERSION_NUMBER@/$numbers/; s/@BITS_IN_JSAMPLE@/8/
    s/#cmakedefine \([CDM][A-Z_]*\) 1/#define \1 1/; /#cmakedefine/d" "$1/jconfig.h.in" >"$1/jconfig.h"
  sed "s/@BUILD@//; s/@INLINE@/inline/; s/@THREAD_LOCAL@//; s/@CMAKE_PROJECT_NAME@/libjpeg-turbo/; s/@VERSION@/$version/; s/@SIZE_T@/4/
    s/#cmakedefine HAVE_BUILTIN_CTZL/#define HAVE_BUILTIN_CTZL 1/; /#cmakedefine/d" "$1/jconfigint.h.in" >"$1/jconfigint.h"
  sed 's/@COPYRIGHT_YEAR@/1991-2023/' "$1/jversion.h.in" >"$1/jversion.h"
}

build_jpeg() {
  local source=$WORK/src/jpeg part files=()
  unpack jpeg "$source"
  cp "$source/README.ijg" "$source/LICENSE.ijg"
  jpeg_settings "$source"
  for part in $JPEG_PARTS; do
    files+=("$source/j$part.c")
  done
  compile_library jpeg "-I$source" "${files[@]}"
  cp "$source"/{jpeglib,jmorecfg,jconfig,jerror}.h "$PREFIX/include/"
}
