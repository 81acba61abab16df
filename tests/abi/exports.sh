#!/usr/bin/env bash
# The shared library exports every function that belljar.h declares, and nothing else, each in the symbol version of the
# release that its @since names; it bears the SONAME of its major version.
#   exports.sh HEADER LIBRARY
set -euo pipefail
header=${1:?usage: exports.sh HEADER LIBRARY} library=${2:?}
export LC_ALL=C
# "bj_version BELLJAR_0.1", a line each.
declared=$(tr '\n' ' ' <"$header" | grep -oP '@since \d+\.\d+ \*/ +BJ_API [^;{]*?\bbj_\w+(?=\()' |
  sed -E 's/@since ([0-9.]+).*\b(bj_[a-z_0-9]+)$/\2 BELLJAR_\1/' | sort -u)
count=$(grep -c '^BJ_API' "$header")
shown=$(nm -D --defined-only "$library" | awk '$2 == "T" { sub(/@+/, " ", $3); print $3 }' | sort -u)
[ -n "$declared" ] && [ "$(wc -l <<<"$declared")" = "$count" ] || {
  echo "$header has $count functions, and not each of them says @since at its end" >&2
  exit 1
}
if ! diff <(printf '%s\n' "$declared") <(printf '%s\n' "$shown"); then
  echo "< declared in $header, > exported by $library: see src/belljar.map" >&2
  exit 1
fi
soname=$(readelf -d "$library" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
major=$(sed -n 's/^#define BJ_VERSION "\([0-9]*\)\..*/\1/p' "$header")
[ "$soname" = "libbelljar.so.$major" ] || {
  echo "$library calls itself $soname, not libbelljar.so.$major" >&2
  exit 1
}
