#!/usr/bin/env bash
# Builds the engine and the guests, side by side: each has long stretches in which it uses one core.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
STEP_LOGS=$root/build/logs
. "$root/scripts/steps.sh"

"$root/src/engine/wasmtime/build.sh" &
engine=$!
status=0
"$root/guest/build.sh" || status=$?
if [ "$status" -ne 0 ]; then
  kill "$engine" 2>/dev/null || true
  wait "$engine" || true
  exit "$status"
fi
wait "$engine"
