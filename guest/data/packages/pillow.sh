# Pillow: PNG, GIF, BMP, TIFF without libtiff, and the rest that needs no library beside zlib.
PACKAGES="$PACKAGES pillow"

pillow_hash() {
  recipe_hash "$COMMON" "$(pin pillow sha256)" "$HERE"/patches/pillow-*.patch "$HERE/packages/pillow.sh"
}

# Its own build asks the interpreter and the machine for libraries; these are the answers for the target.
build_pillow() {
  local source=$WORK/src/pillow c patch flags
  unpack pillow "$source"
  for patch in "$HERE"/patches/pillow-*.patch; do
    apply "$source" "$patch"
  done
  rm -rf "$WORK/pillow"
  c=$source/src
  flags="-DHAVE_LIBZ -DPILLOW_VERSION=\\\"$(pin pillow version)\\\" -I$PYTHON/prefix/include -I$c/libImaging -I$c"
  compile_module pillow PIL._imaging "$flags" "$c"/{_imaging,decode,display,encode,map,outline,path}.c "$c"/libImaging/*.c
  compile_module pillow PIL._imagingmath "$flags" "$c/_imagingmath.c"
  compile_module pillow PIL._imagingmorph "$flags" "$c/_imagingmorph.c"
}

pillow_modules() {
  compiled_modules pillow
}

pillow_library() {
  python_of "$WORK/src/pillow/src" PIL "$1"
  metadata_of pillow "$WORK/src/pillow" "$1"
}
