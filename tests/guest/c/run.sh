#!/usr/bin/env bash
# Runs a module that checks itself on one layer: run.sh BELLJAR MODULE memory|rw|overlay
set -euo pipefail
belljar=$1 module=$2 layer=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/data/folder"
printf 'seeded text' >"$dir/data/seed"
printf 'inner text' >"$dir/data/folder/inner"
cp -r "$dir/data" "$dir/before"
grant=(--dir "$dir/data:/data:$layer")
if [ "$layer" = memory ]; then
  grant=(--tmp 16M:/data)
fi
"$belljar" run "${grant[@]}" --env NAME=value "$module" -- /data
if [ "$layer" != rw ]; then
  diff -r "$dir/before" "$dir/data" # the host's files are as they were
fi
