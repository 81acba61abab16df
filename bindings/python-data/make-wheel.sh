#!/usr/bin/env bash
# Builds the wheel of the full Python into dist/ at the top of the tree: `make data-wheel`. What it needs from PyPI goes below build/python.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
venv=$root/build/python/data-wheel-venv
requirements=$here/../python/requirements-wheel.txt
python=${WHEEL_PYTHON:-$("$here/../python/pythons.sh" | sed -n '1s/^[^ ]* //p')}
[ -n "$python" ] || { echo "make-wheel.sh: no Python from 3.10 on is here" >&2; exit 1; }

mkdir -p "$root/build/python" "$root/dist"
. "$here/../python/venv.sh"
"$root/scripts/data-packages.sh"
rm -rf "$here/build" "$here/belljar_data.egg-info"
"$venv/bin/pip" wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir "$root/dist" "$here"
rm -rf "$here/build" "$here/belljar_data.egg-info"
ls -l "$root"/dist/belljar_data-*.whl
