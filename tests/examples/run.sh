#!/usr/bin/env bash
# Runs an example and compares what it prints.
#   run.sh PROGRAM EXPECTED [sorted]
set -euo pipefail
program=$1 expected=$2 order=${3:-cat}
[ "$order" = cat ] || order=sort
"$program" | "$order" | diff "$expected" -
