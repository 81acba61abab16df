# FriBidi: text from right to left, for raqm.
SHARED="$SHARED fribidi"

fribidi_hash() {
  recipe_hash "$COMMON_LIBRARIES" "$(pin fribidi sha256)" "$HERE/libraries/fribidi.sh"
}

build_fribidi() {
  local source=$WORK/src/fribidi version
  unpack fribidi "$source"
  version=$(pin fribidi version)
  {
    printf '#ifndef FRIBIDI_CONFIG_H\n#define FRIBIDI_CONFIG_H\n'
    printf '#define FRIBIDI "fribidi"\n#define FRIBIDI_NAME "GNU FriBidi"\n#define FRIBIDI_BUGREPORT ""\n#define FRIBIDI_VERSION "%s"\n' "$version"
    printf '#define FRIBIDI_%s_VERSION %s\n' MAJOR "${version%%.*}" MINOR "$(cut -d . -f 2 <<<"$version")" MICRO "${version##*.}"
    printf '#define FRIBIDI_INTERFACE_VERSION 4\n#define FRIBIDI_INTERFACE_VERSION_STRING "4"\n#define FRIBIDI_SIZEOF_INT 4\n#endif\n'
  } >"$source/lib/fribidi-config.h"
  compile_library fribidi "-DHAVE_STDLIB_H -DHAVE_STRING_H -DHAVE_STRINGIZE -DHAVE_MEMSET -DHAVE_MEMMOVE -DHAVE_STRDUP -DSTDC_HEADERS
    -DFRIBIDI_LIB_STATIC -I$source/lib" "$source"/lib/*.c
  rm -rf "$PREFIX/include/fribidi"
  mkdir -p "$PREFIX/include/fribidi"
  cp "$source"/lib/fribidi*.h "$PREFIX/include/fribidi/"
}
