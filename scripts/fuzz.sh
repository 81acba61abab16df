#!/usr/bin/env bash
# Runs every fuzz target for FUZZ_SECONDS (default 60) from its corpus: fuzz.sh [TARGET…]
# New inputs go to build/fuzz/corpus/TARGET, what breaks a target to build/fuzz/artifacts/TARGET.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
seconds=${FUZZ_SECONDS:-60}
STEP_LOGS=$root/build/logs
. "$root/scripts/steps.sh"
cd "$root"
export BELLJAR_GUESTS=$root/build/guests BELLJAR_CACHE=$root/build/test-cache # of fuzz_way
export ASAN_OPTIONS=handle_segv=0:allow_user_segv_handler=1:detect_stack_use_after_return=0
if [ $# -eq 0 ]; then
  set -- $(cd tests/fuzz && ls fuzz_*.c | sed 's/\.c$//')
fi
failed=
for target in "$@"; do
  mkdir -p "build/fuzz/corpus/$target" "build/fuzz/artifacts/$target"
  log=$STEP_LOGS/$target.log
  note "$target: $seconds s …"
  if build/fuzz/tests/fuzz/"$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="build/fuzz/artifacts/$target/" -print_final_stats=1 \
    "build/fuzz/corpus/$target" "tests/fuzz/corpus/$target" >"$log" 2>&1; then
    note "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs, $(grep -o 'cov: [0-9]*' "$log" | tail -1)"
  else
    failed="$failed $target"
    tail -40 "$log" >&2
  fi
done
if [ -n "$failed" ]; then
  echo "broken:$failed; the inputs lie in build/fuzz/artifacts" >&2
  exit 1
fi
