#!/usr/bin/env bash
# Runs examples/analysis in the sandbox and shows what came out of it. With --plan: says what is to be built before that.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
STEP_LOGS=$root/build/logs
. "$root/scripts/steps.sh"
cd "$root"

# plan FILE WHAT: what is missing, in the order in which it is waited for.
plan() {
  [ -e "$1" ] || note "to be built: $2"
}

if [ "${1:-}" = --plan ]; then
  plan build/engine/libbjwasmtime.a "Wasmtime, by cargo; CPython and QuickJS beside it. This is most of the time"
  plan build/guests/python.wasm "CPython: native, to train a profile, then as WebAssembly"
  plan build/libbelljar.a "the library and the command"
  plan build/guests/python.image.wasm "the guests' frozen images"
  note "each step says when it begins, every 15 s that it goes on, and what it took; the logs are in build/logs"
  exit 0
fi

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
