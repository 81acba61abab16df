#!/usr/bin/env bash
# Configures and builds one of the CMake presets, all of it or some targets: compile.sh PRESET [TARGET…]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
preset=${1:?usage: compile.sh PRESET [TARGET…]}
shift
STEP_LOGS=$root/build/logs
. "$root/scripts/steps.sh"
"$root/scripts/moved.sh"
mkdir -p "$STEP_LOGS"
cd "$root"
began=$(date +%s)
if ! cmake --preset "$preset" >"$STEP_LOGS/configure-$preset.log" 2>&1; then
  cat "$STEP_LOGS/configure-$preset.log" >&2
  exit 1
fi
# Ninja shows its own progress, and warnings as they come.
cmake --build --preset "$preset" ${@:+--target "$@"}
note "$preset build: done in $(($(date +%s) - began)) s"
