# Sourced by the recipes of Python guests, after stages.sh: what of the standard library can work in the sandbox, with our
# additions and time zones.

# python_library TREE: puts it into TREE, a new folder.
python_library() {
  local tree=$1 own=$ROOT/guest/python patch
  rm -rf "$WORK/tzdata"
  mkdir -p "$tree"
  (cd "$GUEST_BUILD/python/src/Lib" && tar -cf - --exclude-from="$own/lib-without" .) | tar -xf - -C "$tree"
  for patch in "$own"/patches/lib-*.patch; do
    apply "$tree" "$patch"
  done
  cp -R "$own/lib/." "$tree/"
  unpack tzdata "$WORK/tzdata"
  mkdir "$tree/tzdata"
  cp -R "$WORK/tzdata/tzdata/." "$tree/tzdata/"
}
