#!/usr/bin/env bash
# What of the addon is shared between threads and knows no Node, under ThreadSanitizer: part of `make tsan`.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(cd "$here/../.." && pwd)/build/node
. "$here/node.sh"
have_node || { echo "its tests are left out" >&2 && exit 0; }

install_tools "$here"
mkdir -p "$work"
gcc -std=c11 -g -O1 -fsanitize=thread -D_GNU_SOURCE -DNAPI_VERSION=8 -Wall -Wextra -Werror \
  -I"$here/node_modules/node-api-headers/include" -I"$here/../../include" -I"$here/../../src" \
  "$here/tests/c/box.c" "$here/src/box.c" "$here"/../../src/schedule/*.c "$here"/../../src/base/{buffer,error,heap,sized,utf8}.c \
  -lpthread -o "$work/box_tsan"
# The sanitizer cannot have its shadow where the kernel may put anything anywhere.
TSAN_OPTIONS=halt_on_error=1 setarch --addr-no-randomize "$work/box_tsan"
