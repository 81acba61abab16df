#!/usr/bin/env bash
# A clone that was moved, or copied with its build folder, builds on: what holds the old folder's name is made anew, the rest is kept.
# moved.sh [ROOT]; part of `make setup`. It does nothing where nothing was moved.
set -euo pipefail
root=$(cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}" && pwd)
build=$root/build
mkdir -p "$build"
before=$(cat "$build/.where" 2>/dev/null || echo "$root")
printf '%s\n' "$root" >"$build/.where"

# CMake refuses a cache of another folder: the objects are compiled again.
for cache in "$build"/CMakeCache.txt "$build"/*/CMakeCache.txt; do
  [ -f "$cache" ] || continue
  home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$cache")
  [ "$home" != "$root" ] || continue
  before=$home
  rm -rf "$cache" "$(dirname "$cache")/CMakeFiles"
done
[ "$before" != "$root" ] || exit 0
echo "this clone was at $before: what holds that name is made again"

# Guests that are finished stay. A later change finds Makefiles with the old name in the trees, so it builds all of its guest.
[ ! -d "$build/guest" ] || find "$build/guest" -name '.stamp-*' ! -name .stamp-all -delete
# The scripts of virtual environments begin with the path of their interpreter.
find "$build" -maxdepth 3 -name pyvenv.cfg -printf '%h\0' | xargs -0 --no-run-if-empty rm -rf
