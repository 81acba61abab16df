#!/usr/bin/env bash
# Unpacks the pinned wasi-libc into build/guest/sysroot, the C library that all guests are built with.
# It stays as it was unpacked: libraries that a guest needs beyond it lie in that guest's own folder.
set -euo pipefail
. "$(dirname "$0")/toolchain.sh"

main() {
  local archive stamp into
  require_tools "clang-$BELLJAR_LLVM" "wasm-ld-$BELLJAR_LLVM" "$WASM_AR"
  "$ROOT/guest/fetch.sh" wasi-libc
  archive=$(source_of wasi-libc)
  exec 9>"$GUEST_BUILD/.sysroot.lock"
  flock 9
  stamp=$(recipe_hash "$(pin wasi-libc sha256)" "$ROOT/guest/sysroot.sh")
  [ "$(cat "$GUEST_SYSROOT/.stamp" 2>/dev/null)" != "$stamp" ] || return 0
  into=$GUEST_BUILD/.sysroot.new
  rm -rf "$into" "$GUEST_SYSROOT"
  mkdir -p "$into"
  # A .deb is an ar archive with the files in data.tar; this needs no dpkg.
  (cd "$into" && "$WASM_AR" x "$archive" && tar -xf data.tar.* && rm -f control.tar.* data.tar.* debian-binary)
  [ -f "$into/usr/lib/wasm32-wasi/libc.a" ] || die "$archive holds no libc.a for wasm32-wasi"
  printf '%s\n' "$stamp" >"$into/usr/.stamp"
  mv "$into/usr" "$GUEST_SYSROOT"
  rm -rf "$into"
}

main "$@"
