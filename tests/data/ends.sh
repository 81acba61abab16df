#!/usr/bin/env bash
# A deadline inside one long call of BLAS or LAPACK ends the run there, by that limit and by nothing else.
#
#   ends.sh BELLJAR MODULE KERNEL
set -euo pipefail
receipt=$("$1" run --memory 1GiB --timeout 8s --json "$2" -- "$3" || true)
python3 - "$receipt" <<'END'
import json
import sys

receipt = json.loads(sys.argv[1])
assert receipt["outcome"] == "limit" and receipt["limit"]["name"] == "timeout", receipt
assert receipt["stdout"] == "began\n", receipt
END
