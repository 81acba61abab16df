#!/usr/bin/env bash
# Runs clang-tidy (.clang-tidy) over the library and the command, by the compile commands of a build tree: tidy.sh [BUILD].
# Each file once; two minutes of a processor.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${1:-build}
tidy=clang-tidy-${BELLJAR_LLVM:-19}
command -v "$tidy" >/dev/null || { echo "$tidy is not here; setup installs it" && exit 77; }
[ -f "$build/compile_commands.json" ] || { echo "$build is not configured: run make build first" >&2 && exit 1; }
git ls-files -z 'src/*.c' 'cli/*.c' |
  xargs -0 -P "$(nproc)" -n 8 "$tidy" -p "$build" --quiet 2>/dev/null || {
  echo "clang-tidy has found something (.clang-tidy)" >&2
  exit 1
}
echo "clang-tidy finds nothing"
