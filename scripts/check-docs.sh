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
# Every function, field and constant of the header has its comment.
if command -v doxygen >/dev/null; then
  mkdir -p build
  doxygen docs/Doxyfile || status=1
fi
[ "$status" -ne 0 ] || echo "the generated documents are current"
exit "$status"
