#!/usr/bin/env bash
# Which lines and branches of src and cli the tests reach: builds with clang's counters, runs the C tests and the command's, and writes
# docs/coverage.md. The whole report, line by line, is in build/coverage/report.
#   coverage.sh --core    of what needs no engine (base, policy, vfs, wasi, schedule) alone: two minutes
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
STEP_LOGS=$root/build/logs
. "$root/scripts/steps.sh"
cd "$root"
llvm=${BELLJAR_LLVM:-19}
work=$root/build/coverage core=OFF
[ "${1:-}" != --core ] || core=ON work=$root/build/coverage-core
mkdir -p "$STEP_LOGS"
cmake --preset coverage -B "$work" -DBELLJAR_CORE=$core >"$STEP_LOGS/configure-coverage.log"
cmake --build "$work"
rm -rf "$work/profiles" "$work/report"
mkdir -p "$work/profiles"
# One file a program, into which its runs add up. A process that is killed leaves nothing.
export LLVM_PROFILE_FILE=$work/profiles/%m.profraw
# What runs inside of guests says little about the host's code, and takes most of the time.
ctest --test-dir "$work" -j "$(nproc)" --output-on-failure \
  -E '^(conformance|toolchains|cxx|programs|data|install|moved|arrows|header|exports|abi)'
"llvm-profdata-$llvm" merge -sparse -o "$work/all.profdata" "$work"/profiles/*.profraw
programs=()
while IFS= read -r -d '' program; do
  programs+=(-object "$program")
done < <(find "$work" -type f -executable ! -name '*.s[ho]*' -print0 | xargs -0 grep -lZ __llvm_covmap)
# The first one stands alone, as llvm-cov wants it; what follows the others are the folders that count.
inputs=(-instr-profile "$work/all.profdata" "${programs[@]:1}" "$root/src" "$root/cli")
"llvm-cov-$llvm" export -summary-only "${inputs[@]}" >"$work/summary.json"
"llvm-cov-$llvm" show -format=html -show-branches=count -output-dir "$work/report" "${inputs[@]}" 2>/dev/null
scripts/coverage.py "$work/summary.json" "$@" >docs/coverage.md
note "docs/coverage.md is written; line by line: ${work#"$root"/}/report/index.html"
