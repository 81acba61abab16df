#!/usr/bin/env bash
# What is generated must be what is checked in: found out here in seconds, without a build. Tools that are missing are left out here; the
# suites of the packages compare their pages again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
status=0

# PAGE HOW-TO COMMAND…
current() {
  local page=$1 how=$2
  shift 2
  "$@" | diff -q "$page" - >/dev/null || {
    echo "$page is not up to date: $how"
    status=1
  }
}

scripts/reference.py --check || {
  echo "docs/reference.md is not up to date: run scripts/reference.py --write"
  status=1
}
current docs/python-api.md "run python3 bindings/python/docs.py --sources --write" python3 bindings/python/docs.py --sources
! command -v node >/dev/null || current docs/node.md "run node bindings/node/docs.js --write" node bindings/node/docs.js
# The version stands in the header; what must repeat it agrees.
version=$(sed -n 's/^#define BJ_VERSION "\(.*\)"/\1/p' include/belljar.h)
IFS=. read -r major minor patch <<<"$version"
grep -q "^#define BJ_VERSION_NUMBER $((10000 * major + 100 * minor + patch))$" include/belljar.h || {
  echo "include/belljar.h: BJ_VERSION_NUMBER is not that of $version"
  status=1
}
for file in bindings/node/package.json bindings/node-data/package.json; do
  grep -q "\"version\": \"$version\"" "$file" || {
    echo "$file has another version than belljar.h ($version)"
    status=1
  }
done
# Every function, field and constant of the header has its comment.
if command -v doxygen >/dev/null; then
  mkdir -p build
  doxygen docs/Doxyfile || status=1
fi
[ "$status" -ne 0 ] || echo "the generated documents are current"
exit "$status"
