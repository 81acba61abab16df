#!/usr/bin/env bash
# Installs what building Belljar needs and this machine lacks: Debian packages by apt (as root, or by
# sudo), Rust by rustup. Says what it does, asks for nothing, and does nothing where all is there.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
STEP_LOGS=$root/build/logs
"$root/scripts/moved.sh"
. "$root/scripts/steps.sh"
. "$root/scripts/rust.sh"
. "$root/bindings/node/node.sh"

# Debian 12 fixes the versions; docs/dependencies.md says what each is for. The guests' sources and the
# Rust crates are pinned by checksum instead (guest/pins, src/engine/wasmtime/Cargo.lock).
packages=(
  build-essential cmake ninja-build pkg-config patch ca-certificates curl
  libjansson-dev nettle-dev zlib1g-dev libzstd-dev libedit-dev
  abigail-tools doxygen clang-tidy-19
  clang-19 lld-19 llvm-19 libclang-rt-19-dev libclang-rt-19-dev-wasm32
  libc++-19-dev-wasm32 libc++abi-19-dev-wasm32
  python3 python3-dev python3-pip python3-venv tcl xz-utils bzip2
  libcmocka-dev clang-format-19
)

die() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = "ii " ]
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

install_packages() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q || true # an old list may still do
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

check_packages() {
  local missing=() package
  for package in "${packages[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
    die "needs root or sudo, to install: ${missing[*]}"
  note "installing Debian packages: ${missing[*]}"
  step packages "Debian packages" install_packages "${missing[@]}"
}

install_rust() {
  curl --proto '=https' --tlsv1.2 -sSf --max-time 600 https://sh.rustup.rs |
    sh -s -- -y --no-modify-path --profile minimal --default-toolchain "$RUST_VERSION"
}

check_rust() {
  use_cargo && return 0
  note "installing Rust $RUST_VERSION by rustup, into ${CARGO_HOME:-$HOME/.cargo}"
  mkdir -p "$STEP_LOGS"
  install_rust >"$STEP_LOGS/rust.log" 2>&1 && use_cargo ||
    die "needs cargo $RUST_VERSION or later, and rustup cannot be reached: install Rust and run this again"
}

if command -v dpkg-query >/dev/null; then
  check_packages
else
  note "no Debian here: install what corresponds to ${packages[*]}"
fi
check_rust
have_node || note "everything else is built without it"
