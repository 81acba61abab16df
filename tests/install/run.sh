#!/usr/bin/env bash
# Installs a build into an empty folder, moves it, and builds and runs the examples against it by
# pkg-config, shared and static, and by CMake. Arguments: the source tree, the build tree.
set -euo pipefail
source=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/first" >"$work/install.log"
mv "$work/first" "$work/moved"
prefix=$work/moved
libdir=$(dirname "$(find "$prefix" -name belljar.pc)")/..
export PKG_CONFIG_PATH=$libdir/pkgconfig
unset BELLJAR_GUESTS

expect() { # TEXT COMMAND…
  local want=$1 got
  shift
  got=$("$@")
  [ "$got" = "$want" ] || {
    printf 'FAILED: %s printed "%s", not "%s"\n' "$*" "$got" "$want"
    exit 1
  }
}

expect 42 "$prefix/bin/belljar" run -e 'print(6 * 7)'
expect 42 "$prefix/bin/belljar" run --lang javascript -e 'console.log(6 * 7)'
expect 42 "$prefix/bin/belljar" run --lang typescript -e 'enum Kind { A = 42 }; console.log(Kind.A as number)'

# Nothing is left to be compiled, with an empty cache, with fuel or without.
for language in python javascript typescript; do
  for fuel in 0 1e9; do
    BELLJAR_CACHE=$work/cache$language$fuel "$prefix/bin/belljar" run --verbose --fuel "$fuel" --lang "$language" -e '1' 2>"$work/said"
    grep -q compiling "$work/said" && {
      echo "FAILED: an installation compiles $language again"
      cat "$work/said"
      exit 1
    }
  done
done
# Code that others could have written is not taken.
chmod g+w "$prefix/share/belljar/compiled"
BELLJAR_CACHE=$work/cache2 "$prefix/bin/belljar" run --verbose --lang javascript -e 1 2>"$work/said"
grep -q compiling "$work/said" || {
  echo "FAILED: compiled code is taken from a folder that others may write to"
  exit 1
}

for example in embed event_loop pool tools tree_search; do
  # shellcheck disable=SC2046
  cc -Wall -Wextra -Werror "$source/examples/$example.c" -o "$work/$example" $(pkg-config --cflags --libs belljar) -lpthread
  order=cat
  [ "$example" != event_loop ] || order=sorted # whoever is done first is printed first
  LD_LIBRARY_PATH=$libdir "$source/tests/examples/run.sh" "$work/$example" "$source/tests/examples/expected/$example" "$order" || {
    echo "FAILED: $example printed something else"
    exit 1
  }
done

# A static program lies where it likes, so it is told where the guests are.
# shellcheck disable=SC2046
cc "$source/examples/embed.c" -o "$work/embed-static" $(pkg-config --cflags belljar) -Wl,-Bstatic \
  $(pkg-config --libs belljar) -lbjwasmtime -Wl,-Bdynamic -ljansson -lnettle -lz -lzstd -lpthread -ldl -lm
BELLJAR_GUESTS=$prefix/share/belljar expect 'ok: 45' "$work/embed-static"

mkdir "$work/project"
cp "$source/examples/embed.c" "$work/project/"
cat >"$work/project/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(embed C)
find_package(belljar REQUIRED)
add_executable(embed embed.c)
target_link_libraries(embed PRIVATE belljar::belljar)
CMAKE
cmake -S "$work/project" -B "$work/project/build" -DCMAKE_PREFIX_PATH="$prefix" >"$work/cmake.log"
cmake --build "$work/project/build" >>"$work/cmake.log"
LD_LIBRARY_PATH=$libdir expect 'ok: 45' "$work/project/build/embed"

for file in share/belljar/python.image.wasm share/man/man1/belljar.1 share/bash-completion/completions/belljar include/belljar.h; do
  [ -s "$prefix/$file" ] || {
    echo "FAILED: $file is not installed"
    exit 1
  }
done
# The shared library shows what belljar.h declares, and nothing else.
extra=$(nm -D --defined-only "$libdir/libbelljar.so" | awk '$2 ~ /[TDBR]/ { print $3 }' | sed 's/@.*//' |
  grep -v '^bj_\|^BELLJAR_0.1$' || true)
[ -z "$extra" ] || {
  echo "FAILED: libbelljar.so shows $extra"
  exit 1
}
echo "installed, moved, and built against"
