#!/usr/bin/env bash
# The package's tests with the addon under AddressSanitizer: part of `make asan`. Node itself is as it comes, so the sanitizer is
# loaded ahead of it; the signals of traps stay V8's and the engine's. What is alive when a process exits is no leak.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$root/build/node/asan
copy=$work/bindings/node
. "$here/node.sh"
have_node || { echo "its tests are left out" >&2 && exit 0; }

install_tools "$here"
node "$here/build.js"
mkdir -p "$copy/native"
ln -sfn "$here/native/guests" "$copy/native/guests"
cp -r "$here"/{lib,tests,package.json} "$copy"
ln -sfn "$here/node_modules" "$copy/node_modules"
ln -sfn "$root/bench" "$work/bench"
ln -sfn "$root/tests" "$work/tests"
export ASAN_OPTIONS=handle_segv=0:handle_sigill=0:handle_sigfpe=0:handle_sigbus=0:detect_leaks=0:use_sigaltstack=0
export CC=gcc CFLAGS='-g -fsanitize=address -fno-omit-frame-pointer' LD_PRELOAD=
LD_PRELOAD=$(gcc -print-file-name=libasan.so)
node "$here/build.js" --into "$copy/native"
cd "$copy"
timeout 900 node --test tests/{run,sandbox,tools,output,values,hostile,traps,lifetimes,soak,wasi}.test.mjs
