#!/usr/bin/env bash
# Builds build/engine/libbjwasmtime.a and build/engine/include: Wasmtime as a static library for C.
# Does nothing when both are there and made from the files as they stand.
#
# Needs cargo 1.95 or later. The crates come from the registry that cargo is set up with, pinned with
# their checksums by the two Cargo.lock files.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
out=$root/build/engine
STEP_LOGS=${STEP_LOGS:-$out/logs}
. "$root/scripts/steps.sh"
. "$root/scripts/rust.sh"

version=48.0.8
jsonschema=0.61.2
inputs=("$here"/{Cargo.toml,Cargo.lock,build.rs,build.sh,patches/*.patch,patches/*/*.patch,src/*.rs,upstream/Cargo.lock})
stamp=$(cat "${inputs[@]}" | sha256sum)

# patched NAME CRATE PATCH…: a copy of the crate in build/engine/NAME, patched.
patched() {
  local name=$1 patch
  local crates=("${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"$2")
  shift 2
  rm -rf "$out/$name" "$out/$name.new"
  cp -R "${crates[0]}" "$out/$name.new"
  for patch in "$@"; do
    patch --directory="$out/$name.new" --strip=1 --fuzz=0 <"$patch"
  done
  mv "$out/$name.new" "$out/$name"
}

patched_source() {
  (cd "$here/upstream" && CARGO_TARGET_DIR="$out/upstream" cargo fetch --quiet --locked)
  patched wasmtime "wasmtime-$version" "$here"/patches/*.patch
  patched environ "wasmtime-environ-$version" "$here"/patches/environ/*.patch
  patched jsonschema "jsonschema-$jsonschema" "$here"/patches/jsonschema/*.patch
}

library() {
  (cd "$here" && BELLJAR_ENGINE_INCLUDE="$out/include" CARGO_TARGET_DIR="$out/target" \
    cargo build --release --locked)
  cp "$out/target/release/libbjwasmtime.a" "$out/libbjwasmtime.a"
}

if [ -f "$out/libbjwasmtime.a" ] && [ "$(cat "$out/stamp" 2>/dev/null)" = "$stamp" ]; then
  exit 0
fi
mkdir -p "$out"
use_cargo || {
  echo "build.sh: needs cargo $RUST_VERSION or later: run \`make setup\`" >&2
  exit 1
}
step engine-source "Wasmtime $version: fetch and patch" patched_source
step engine "Wasmtime $version: compile" library
echo "$stamp" >"$out/stamp"
