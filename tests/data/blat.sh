#!/usr/bin/env bash
# The test program of the CBLAS for level 3 that comes with OpenBLAS, in the sandbox. It is translated Fortran, so its calls lose the
# lengths of strings as LAPACK's do. The tests of wrong arguments look into another library's error handler; they are left out.
#
#   blat.sh BELLJAR LETTER
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
. "$ROOT/guest/toolchain.sh"
letter=$2
source=$GUEST_BUILD/data/openblas/src
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$ROOT/guest/data/openblas/lapack python3 - "$source/ctest/c_${letter}blat3c.c" >"$work/main.c" <<'END'
import re
import sys

import translate

text = translate.finished(open(sys.argv[1]).read())
print(re.sub(r"\bint (c[sdcz](?!hk)[a-z0-9]*_)\(", r"void \1(", text))
END
cat >"$work/unused.c" <<END
int RowMajorStrg, CBLAS_CallFromC, link_xerbla, cblas_lerr, cblas_info, cblas_ok;
char *cblas_rout;
void c${letter}3chke_(char *routine) {}
END
$WASM_CC -O1 -w -DADD_ -DOS_EMBEDDED -I"$source/ctest" -I"$source" -Wl,--fatal-warnings "$work"/*.c \
  "$source/ctest/c_${letter}blas3.c" "$source/ctest/auxiliary.c" \
  -L"$GUEST_BUILD/data/prefix/lib" -lopenblas -lm -o "$work/blat.wasm"
sed '5s/^T/F/' "$source/ctest/${letter}in3" >"$work/in"
"$1" run --timeout 200s --stdin "$work/in" "$work/blat.wasm" | tee "$work/out"
! grep -qiE 'fail|error call|suspect|fatal' "$work/out" && grep -q 'END OF TESTS' "$work/out" &&
  [ "$(grep -c 'PASSED THE' "$work/out")" -ge 12 ] && echo ok
