#!/usr/bin/env bash
# The shared library shows every function that belljar.h declares, and nothing else.
#   exports.sh HEADER LIBRARY
set -euo pipefail
header=${1:?usage: exports.sh HEADER LIBRARY} library=${2:?}
export LC_ALL=C
declared=$(tr '\n' ' ' <"$header" | grep -o 'BJ_API [^;{]*(' | grep -o 'bj_[a-z_0-9]*(' | tr -d '(' | sort -u)
shown=$(nm -D --defined-only "$library" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort -u)
[ -n "$declared" ] || { echo "no function was found in $header" >&2; exit 1; }
if ! diff <(printf '%s\n' "$declared") <(printf '%s\n' "$shown"); then
  echo "< declared in $header, > shown by $library: see src/belljar.map" >&2
  exit 1
fi
