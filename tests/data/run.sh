#!/usr/bin/env bash
# Tests the full Python (build/guests-data, by `make data`) beside native packages of the same versions.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
native=$root/build/data-native
if ! cmp -s "$here/requirements.txt" "$native/requirements.txt"; then
  rm -rf "$native"
  python3 -m venv "$native"
  "$native/bin/python" -m pip --disable-pip-version-check install --quiet --only-binary :all: -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$native/"
fi
export BELLJAR=${BELLJAR:-$root/build/belljar} BELLJAR_GUESTS=$root/build/guests-data:$root/build/guests
export BELLJAR_CACHE=$root/build/test-cache NATIVE_PYTHON=$native/bin/python
python3 -m unittest discover -s "$here" "$@"
# Tables between host and guest, where the Python package has been built (bindings/python/test.sh).
venv=$root/build/python/venv
[ ! -x "$venv/bin/pytest" ] || (cd "$root/build/python" && "$venv/bin/pytest" -q -p no:cacheprovider "$root/bindings/python/tests/test_arrow.py")
