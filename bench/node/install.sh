#!/usr/bin/env bash
# Installs the peers of bench/node from npm, pinned by package-lock.json, and builds Belljar's addon where it is not built yet.
# isolated-vm is compiled (two minutes) against the headers beside this node; where there are none, the benchmark goes without it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
prefix=$(dirname "$(dirname "$(realpath "$(command -v node)")")")
[ ! -e "$prefix/include/node/node.h" ] || export npm_config_nodedir=$prefix
npm ci --no-audit --no-fund --loglevel=error
node ../../bindings/node/build.js
node -e "require('isolated-vm')" 2>/dev/null || echo "bench/node: isolated-vm cannot be built here; its rows are left out" >&2
