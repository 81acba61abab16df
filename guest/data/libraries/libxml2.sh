# libxml2: XML and HTML, for lxml and libxslt, with Debian's security patches. No network, no threads; compressed files by the lean guest's zlib.
SHARED="$SHARED libxml2"

libxml2_hash() {
  recipe_hash "$COMMON_LIBRARIES" "$(pin libxml2 sha256)" "$(pin libxml2-debian sha256)" "$HERE/libraries/libxml2.sh" "$(declare -f unpack_debian)"
}

LIBXML2_PARTS="SAX SAX2 entities encoding error parserInternals parser tree hash list xmlIO xmlmemory uri valid xlink HTMLparser HTMLtree
  debugXML xpath xpointer xinclude catalog globals threads c14n xmlstring buf xmlregexp xmlschemas xmlschemastypes xmlunicode xmlreader
  relaxng dict xmlwriter chvalid pattern xmlsave schematron"
LIBXML2_WITH="C14N CATALOG DEBUG HTML ICONV ISO8859X OUTPUT PATTERN PUSH READER REGEXPS SAX1 SCHEMAS SCHEMATRON TREE VALID WRITER XINCLUDE
  XPATH XPTR ZLIB"
LIBXML2_FOUND="CTYPE_H ERRNO_H FCNTL_H FLOAT_H INTTYPES_H LIMITS_H MATH_H STDARG_H STDINT_H STDLIB_H STRING_H STRINGS_H SYS_STAT_H SYS_TIME_H
  SYS_TYPES_H TIME_H UNISTD_H ZLIB_H GETTIMEOFDAY LOCALTIME PRINTF SNPRINTF SPRINTF SSCANF STAT STRFTIME TIME VA_COPY VFPRINTF VSNPRINTF
  VSPRINTF ISASCII"

# number VERSION: 2.9.14 as 20914.
number() {
  local IFS=.
  local parts
  read -ra parts <<<"$1"
  printf '%d' "$((parts[0] * 10000 + parts[1] * 100 + parts[2]))"
}

build_libxml2() {
  local source=$WORK/src/libxml2 version part files=() edits=() number
  version=$(pin libxml2 version)
  number=$(number "$version")
  unpack_debian libxml2 "$source"
  for part in $LIBXML2_WITH; do
    edits+=(-e "s/@WITH_$part@/1/")
  done
  sed "${edits[@]}" -e 's/@WITH_[A-Z0-9_]*@/0/' -e "s/@VERSION@/$version/; s/@LIBXML_VERSION_NUMBER@/$number/; s/@LIBXML_VERSION_EXTRA@//; s/@MODULE_EXTENSION@//" \
    "$source/include/libxml/xmlversion.h.in" >"$source/include/libxml/xmlversion.h"
  : >"$source/config.h"
  for part in $LIBXML2_PARTS; do
    files+=("$source/$part.c")
  done
  # shellcheck disable=SC2086
  compile_library xml2 "-DLIBXML_STATIC -DICONV_CONST= $(printf -- '-DHAVE_%s ' $LIBXML2_FOUND) -I$source/include -I$source -I$PYTHON/prefix/include" \
    "${files[@]}"
  rm -rf "$PREFIX/include/libxml2"
  mkdir -p "$PREFIX/include/libxml2/libxml"
  cp "$source"/include/libxml/*.h "$PREFIX/include/libxml2/libxml/"
}
