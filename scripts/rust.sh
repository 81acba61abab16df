# Sourced: finds a cargo that is new enough for the engine.
#
#   use_cargo   puts one on PATH; fails when there is none

RUST_VERSION=1.95.0 # what Wasmtime 48 asks for at least

cargo_is_new_enough() {
  local have
  have=$(cargo --version 2>/dev/null | awk '{ print $2 }')
  [ -n "$have" ] && [ "$(printf '%s\n%s\n' "$RUST_VERSION" "${have%%-*}" | sort -V | head -n 1)" = "$RUST_VERSION" ]
}

use_cargo() {
  cargo_is_new_enough && return 0
  export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
  cargo_is_new_enough && return 0
  # An older default beside a newer toolchain that rustup knows.
  export RUSTUP_TOOLCHAIN=$RUST_VERSION
  cargo_is_new_enough && return 0
  unset RUSTUP_TOOLCHAIN
  return 1
}
