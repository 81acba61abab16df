#!/usr/bin/env bash
# A clone that is moved builds on (scripts/moved.sh): what was compiled is made anew, what is finished and knows no path stays.
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/first"
cd "$source"
git rev-parse --git-dir >/dev/null 2>&1 || exit 77 # an unpacked archive
git ls-files -z CMakeLists.txt CMakePresets.json include scripts src tests guest/belljar_guest.h |
  xargs -0 cp --parents -t "$work/first"

fail() {
  echo "FAILED: $*"
  cat "$work"/*.log
  exit 1
}

"$work/first/scripts/compile.sh" core bj_base >"$work/first.log" 2>&1 || fail "it does not build where it is"
mkdir -p "$work/first/build/guest/some" "$work/first/build/python/venv"
touch "$work/first/build/guest/some/.stamp-all" "$work/first/build/guest/some/.stamp-compile" "$work/first/build/python/venv/pyvenv.cfg"
mv "$work/first" "$work/second"
"$work/second/scripts/compile.sh" core bj_base >"$work/second.log" 2>&1 || fail "it does not build where it was moved to"
grep -q "this clone was at" "$work/second.log" || fail "nobody says that it was moved"
[ -e "$work/second/build/guest/some/.stamp-all" ] || fail "a finished guest is to be built again"
[ ! -e "$work/second/build/guest/some/.stamp-compile" ] || fail "a guest's stage with the old paths is taken for finished"
[ ! -e "$work/second/build/python/venv" ] || fail "a virtual environment with the old paths stays"
"$work/second/scripts/compile.sh" core bj_base >"$work/third.log" 2>&1 || fail "it does not build again"
! grep -q "this clone was at" "$work/third.log" || fail "it was moved twice"
echo "a moved clone builds on"
