#!/usr/bin/env bash
# header.sh INCLUDE COMPILER...: belljar.h compiles alone, as C99 and newer C and as C++, with every
# compiler that is here, without a warning; and twice in one file. At least one of them must know C++.
set -euo pipefail
header=$1/belljar.h
shift

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for suffix in c cpp; do
  printf '#include "%s"\n#include "%s"\nconst char *use(void);\nconst char *use(void) { return bj_version(); }\n' \
    "$header" "$header" >"$scratch/twice.$suffix"
done

warnings=(-fsyntax-only -pedantic -Wall -Wextra -Wconversion -Wundef -Wshadow -Werror)
cplusplus=no
compilers=0
for compiler in "$@"; do
  command -v "$compiler" >/dev/null || continue
  compilers=$((compilers + 1))
  for standard in c99 c11 c17; do
    "$compiler" -x c -std=$standard "${warnings[@]}" -Wstrict-prototypes "$scratch/twice.c"
  done
  # A C compiler may come without its C++ half.
  echo 'int x;' >"$scratch/probe.cpp"
  "$compiler" -x c++ -fsyntax-only "$scratch/probe.cpp" 2>/dev/null || continue
  cplusplus=yes
  for standard in c++11 c++17 c++20; do
    "$compiler" -x c++ -std=$standard "${warnings[@]}" "$scratch/twice.cpp"
  done
done
[ "$compilers" -gt 0 ] || { echo "none of these compilers is here: $*"; exit 1; }
[ "$cplusplus" = yes ] || { echo "none of these compilers knows C++: $*"; exit 1; }
echo "belljar.h compiles alone"
