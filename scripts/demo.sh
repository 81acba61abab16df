#!/usr/bin/env bash
# Runs examples/analysis in the sandbox and shows what came out of it.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
STEP_LOGS=$root/build/logs
. "$root/scripts/steps.sh"
cd "$root"

show() {
  printf '\n$ %s\n' "$*"
  "$@"
}

# Compiling a guest to machine code happens once; the cache keeps it.
step compile-guests "Python and JavaScript: to machine code, once" ./build/belljar doctor

show ./build/belljar run --dir examples/analysis/data:/data:ro --out build/demo \
  --receipt build/demo-receipt.json examples/analysis/report.py
show head -c 300 build/demo/summary.json
printf '…\n'
show cat build/demo-receipt.json
printf '\nThe program saw /data (read-only) and its own scratch directory, and nothing else. Try\n'
printf '  ./build/belljar run -e '\''open("/etc/passwd")'\''\n'
