#!/usr/bin/env bash
# What `make release` does to the sources, in a clone: the version everywhere, the changelog cut, and refusals.
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
git -C "$source" rev-parse --git-dir >/dev/null 2>&1 || exit 77 # an unpacked archive
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/clone"
cd "$source"
git ls-files -z CHANGELOG.md CMakeLists.txt docs examples include scripts bindings ':!*.woff*' | xargs -0 cp --parents -t "$work/clone"
cd "$work/clone"

fail() {
  echo "FAILED: $*"
  exit 1
}

grep -q '^- ' <(sed -n '/^## \[Unreleased\]$/,/^## \[[0-9]/p' CHANGELOG.md) ||
  sed -i 's/^## \[Unreleased\]$/&\n\n- A line./' CHANGELOG.md # just after a release
scripts/release.sh --prepare 7.8.9 >/dev/null
grep -q '^#define BJ_VERSION "7.8.9"$' include/belljar.h || fail "belljar.h has another version"
grep -q '^#define BJ_VERSION_NUMBER 70809$' include/belljar.h || fail "belljar.h has another number"
grep -q "^## \[7.8.9\] - $(date -u +%Y)" CHANGELOG.md || fail "the changelog is not cut"
grep -q '^## \[Unreleased\]$' CHANGELOG.md || fail "the changelog has no place for what comes next"
scripts/check-docs.sh >check.log || { cat check.log; fail "what repeats the version does not agree"; }
grep -q 'belljar-7.8.9.tgz' bindings/node/README.md || fail "the Node package's page names another archive"
scripts/release.sh --prepare 7.8.10 2>refused.log && fail "a release with nothing in it"
grep -q "nothing is under Unreleased" refused.log || fail "nobody says why it was refused: $(cat refused.log)"
scripts/release.sh 2>refused.log && fail "a release without a version"
grep -q "which version" refused.log || fail "nobody asks for the version"
echo "a release is prepared"
