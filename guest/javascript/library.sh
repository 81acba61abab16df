#!/usr/bin/env bash
# Makes the table of the library's sources, for library.c: one line of C for each file of lib/, each file of a package
# of npm that lib/packages names, and the data that intl.py takes out of FormatJS's; sorted by name.
#
#   guest/javascript/library.sh INTO       writes INTO/library_sources.h; packages are unpacked to INTO
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/../toolchain.sh"

INTO=$1
export LC_ALL=C

# NAME PATH of each source. lib/node/fs/promises.js is "node:fs/promises".
list() {
  local path name
  (cd "$HERE/lib" && find . -name '*.js' | sed 's,^\./,,') | while read -r path; do
    name=${path%.js}
    printf '%s:%s %s\n' "${name%%/*}" "${name#*/}" "$HERE/lib/$path"
  done
  python3 "$HERE/intl.py" "$INTO" "$INTO/intl"
  python3 "$HERE/encodings.py" "$INTO/encodings"
  awk '!/^#/ && NF { print $1, $2, $3, $4 }' "$HERE/lib/packages" | while read -r pin path name kind; do
    path=$INTO/$pin/$path
    if [ "$kind" = esm ]; then
      python3 "$HERE/commonjs.py" "$path" "$path.cjs"
      path=$path.cjs
    fi
    printf 'npm:%s %s\n' "$name" "$path"
  done
}

main() {
  local pin name path
  mkdir -p "$INTO"
  awk '!/^#/ && NF { print $1 }' "$HERE/lib/packages" | sort -u | while read -r pin; do
    [ -d "$INTO/$pin" ] || unpack "$pin" "$INTO/$pin"
  done
  list | sort >"$INTO/list"
  {
    while read -r name path; do
      printf '{"%s", (const uint8_t[]){\n#embed "%s"\n, 0}, %s},\n' "$name" "$path" "$(stat -c %s "$path")"
    done <"$INTO/list"
  } >"$INTO/table"
  { printf 'static const struct source_text sources[] = {\n'; cat "$INTO/table"; printf '};\n'; } >"$INTO/library_sources.h"
  rm "$INTO/table"
}

main
