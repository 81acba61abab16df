#!/usr/bin/env bash
# Compares the interface of the shared library, types and symbols, with that of the last release (libbelljar.abi), by abidiff.
# Functions may be added, and fields at the end of structs that say their size (growth.suppr); all else fails.
#   baseline.sh SOURCE LIBRARY            compares
#   baseline.sh SOURCE LIBRARY --write    makes today's interface the baseline: at a release
set -euo pipefail
source=${1:?usage: baseline.sh SOURCE LIBRARY [--write]} library=${2:?} mode=${3:-}
command -v abidiff >/dev/null || {
  echo "no abidiff here (Debian: abigail-tools)"
  exit 77
}
here=$source/tests/abi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Only what the public header declares, and nothing of where and how it was built.
abidw --headers-dir "$source/include" --drop-private-types --exported-interfaces-only --no-corpus-path --no-comp-dir-path \
  --no-show-locs --no-elf-needed --no-parameter-names --no-write-default-sizes --type-id-style hash \
  --out-file "$work/now.abi" "$library"
if [ "$mode" = --write ]; then
  cp "$work/now.abi" "$here/libbelljar.abi"
  exit 0
fi
abidiff --no-show-locs --no-added-syms --suppressions "$here/growth.suppr" "$here/libbelljar.abi" "$work/now.abi" || {
  echo "the interface of $library breaks programs that were built against the last release" >&2
  exit 1
}
