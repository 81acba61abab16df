#!/usr/bin/env bash
# Makes a release: `make release VERSION=0.2.0`.
#   release.sh VERSION              sets the version, cuts CHANGELOG.md, commits that, makes the files below, and tags the commit
#   release.sh --prepare VERSION    only sets the version and cuts CHANGELOG.md, to be looked at
#   release.sh --files              only makes the files, of the version and the commit as they are
#   release.sh --sources            of those only what needs no build: the source archive, the bill of materials, their checksums
#
# dist/VERSION/ has the wheel, the npm archive, the source archive, the bill of materials (CycloneDX) and SHA256SUMS. Nothing is sent anywhere.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
STEP_LOGS=$root/build/logs
. "$root/scripts/steps.sh"
cd "$root"

die() {
  echo "release: $*" >&2
  exit 1
}

version_now() {
  sed -n 's/^#define BJ_VERSION "\(.*\)"/\1/p' include/belljar.h
}

# The version stands in belljar.h; these must repeat it, and `make check` compares them.
set_version() {
  local from=$1 to=$2 major minor patch
  IFS=. read -r major minor patch <<<"$to"
  sed -i "s/^#define BJ_VERSION \".*\"/#define BJ_VERSION \"$to\"/
    s/^#define BJ_VERSION_NUMBER .*/#define BJ_VERSION_NUMBER $((10000 * major + 100 * minor + patch))/" include/belljar.h
  sed -i "s/\"version\": \"$from\"/\"version\": \"$to\"/; s/\"belljar\": \"$from\"/\"belljar\": \"$to\"/" \
    bindings/node/package.json bindings/node-data/package.json
  sed -i "s/\(belljar\(-data\)\?-\)${from//./\\.}/\1$to/g" bindings/node/README.md bindings/python/README.md
  scripts/reference.py --write
}

# What is under Unreleased becomes the release's.
cut_changelog() {
  local version=$1 today=$2
  grep -q '^## \[Unreleased\]$' CHANGELOG.md || die "CHANGELOG.md has no line ## [Unreleased]"
  ! grep -q "^## \[$version\]" CHANGELOG.md || die "CHANGELOG.md has a release $version already"
  [ -n "$(sed -n '/^## \[Unreleased\]$/,/^## \[[0-9]/{/^- /p}' CHANGELOG.md)" ] || die "nothing is under Unreleased in CHANGELOG.md"
  sed -i "s/^## \[Unreleased\]$/## [Unreleased]\n\n## [$version] - $today/" CHANGELOG.md
}

make_sources() {
  local version=$1 out=$2 venv=$root/build/python/release-venv here python requirements
  here=$root/scripts python=$(command -v python3) requirements=$root/scripts/requirements-release.txt
  mkdir -p "$out" "$root/build/python"
  git archive --format=tar --prefix="belljar-$version/" HEAD | xz -9 >"$out/belljar-$version.tar.xz"
  . bindings/python/venv.sh
  "$venv/bin/python" scripts/sbom.py "$out/belljar-$version.cdx.json"
}

make_packages() {
  local version=$1 out=$2
  make wheel npm-pack
  cp dist/belljar-"$version"-*.whl dist/belljar-"$version".tgz "$out"
}

sum_up() {
  (cd "$1" && rm -f SHA256SUMS && sha256sum -- * >SHA256SUMS.new && mv SHA256SUMS.new SHA256SUMS && cat SHA256SUMS)
}

case ${1:-} in
--files | --sources)
  version=$(version_now) out=$root/dist/$(version_now)
  rm -rf "$out"
  make_sources "$version" "$out"
  [ "$1" = --sources ] || make_packages "$version" "$out"
  sum_up "$out"
  ;;
--prepare)
  set_version "$(version_now)" "${2:?which version?}"
  cut_changelog "$2" "$(date -u +%F)"
  ;;
[0-9]*.[0-9]*.[0-9]*)
  version=$1
  [ -z "$(git status --porcelain)" ] || die "there are changes that are not committed"
  ! git rev-parse -q --verify "refs/tags/v$version" >/dev/null || die "there is a tag v$version"
  "$0" --prepare "$version"
  make check
  git commit --quiet --all --message "Release $version"
  "$0" --files
  git tag --annotate "v$version" --message "Belljar $version"
  note "v$version is tagged, and not pushed; the files are in dist/$version. Next: tests/abi/baseline.sh . build/libbelljar.so --write"
  ;;
*)
  die "which version? make release VERSION=0.2.0"
  ;;
esac
