# libxslt and libexslt: transformations of XML, for lxml, with Debian's security patches.
SHARED="$SHARED libxslt"

libxslt_hash() {
  recipe_hash "$(libxml2_hash)" "$(pin libxslt sha256)" "$(pin libxslt-debian sha256)" "$HERE/libraries/libxslt.sh"
}

# xslt_settings VERSION: the words in the headers that its own configure fills in.
xslt_settings() {
  sed -e 's/@WITH_PROFILER@/1/; s/@WITH_[A-Z0-9_]*@/0/' -e "s/@VERSION@\|@LIBEXSLT_VERSION@/$1/; s/@LIB[A-Z]*_VERSION_NUMBER@/$(number "$1")/; s/@LIB[A-Z]*_VERSION_EXTRA@//" \
    -e 's/@LIBXSLT_DEFAULT_PLUGINS_PATH@//'
}

build_libxslt() {
  local source=$WORK/src/libxslt flags
  unpack_debian libxslt "$source"
  xslt_settings "$(pin libxslt version)" <"$source/libxslt/xsltconfig.h.in" >"$source/libxslt/xsltconfig.h"
  xslt_settings 0.8.20 <"$source/libexslt/exsltconfig.h.in" >"$source/libexslt/exsltconfig.h"
  : >"$source/config.h"
  flags="-DLIBXML_STATIC -DLIBXSLT_STATIC -DLIBEXSLT_STATIC -DPACKAGE=\\\"libxslt\\\" -DHAVE_STDLIB_H -DHAVE_STRING_H -DHAVE_MATH_H -DHAVE_FLOAT_H -DHAVE_TIME_H
    -DHAVE_SYS_TYPES_H -DHAVE_SYS_STAT_H -DHAVE_UNISTD_H -DHAVE_STDARG_H -DHAVE_ERRNO_H -DHAVE_SYS_TIME_H -DHAVE_GETTIMEOFDAY -DHAVE_TIME
    -DHAVE_LOCALTIME_R -DHAVE_GMTIME_R -DHAVE_SNPRINTF -DHAVE_VSNPRINTF -DHAVE_STAT
    -I$source -I$source/libxslt -I$PREFIX/include/libxml2"
  compile_library xslt "$flags" "$source"/libxslt/*.c
  compile_library exslt "$flags" "$source"/libexslt/*.c
  rm -rf "$PREFIX/include/libxslt" "$PREFIX/include/libexslt"
  mkdir -p "$PREFIX/include/libxslt" "$PREFIX/include/libexslt"
  cp "$source"/libxslt/*.h "$PREFIX/include/libxslt/"
  cp "$source"/libexslt/*.h "$PREFIX/include/libexslt/"
}
