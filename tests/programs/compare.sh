#!/usr/bin/env bash
# Runs a program in the sandbox and compares what it prints with what it prints natively.
#
#   compare.sh BELLJAR PROGRAM EXPECTED
set -euo pipefail
printed=$(mktemp)
trap 'rm -f "$printed"' EXIT
"$1" run --timeout 120s "$2" >"$printed"
diff --text -u "$3" "$printed"
