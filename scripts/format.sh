#!/usr/bin/env bash
# Lays the C sources out as .clang-format says; with --check, only says which are not.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mode=(-i)
[ "${1:-}" != --check ] || mode=(--dry-run --Werror)
git ls-files -z --cached --others --exclude-standard '*.c' '*.h' |
  xargs -0 "clang-format-${BELLJAR_LLVM:-19}" "${mode[@]}"
