#!/usr/bin/env bash
# Installs what guests in C++ want beside scripts/setup.sh: the clang that makes WebAssembly's exceptions in their final form. Does nothing
# where it is there. Only for who builds such guests (guest/cxx/build.sh): Belljar itself wants none of it.
set -euo pipefail
# Not Debian's libc++-22-dev-wasm32: it would take the place of version 19, and throws nothing.
packages=(clang-22 lld-22 llvm-22 libclang-rt-22-dev-wasm32)

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "setup-cxx: needs root or sudo, to install: ${missing[*]}" >&2
    exit 1
  }
  root=(sudo)
fi
echo "installing Debian packages: ${missing[*]}"
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q || true # an old list may still do
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
