#!/usr/bin/env bash
# Builds the wheel into dist/ at the top of the tree: `make wheel`. What it needs from PyPI goes below build/python.
#
# The extension is compiled by the headers of the oldest Python that is here (pythons.sh): it is for all from 3.10 on, and no
# header knows what later ones changed. $WHEEL_PYTHON: another one.
#
# auditwheel puts in the shared libraries that the extension wants and a bare system may lack (jansson, nettle, zstd), and
# checks that the rest is what every glibc of that version has.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
venv=$root/build/python/wheel-venv
requirements=$here/requirements-wheel.txt
platform=manylinux_2_36_x86_64
python=${WHEEL_PYTHON:-$("$here/pythons.sh" --headers | sed -n '1s/^[^ ]* //p')}
[ -n "$python" ] || { echo "make-wheel.sh: no Python from 3.10 on with its headers is here" >&2; exit 1; }

mkdir -p "$root/build/python"
. "$here/venv.sh"
rm -rf "$here/build" "$here/belljar.egg-info" # what an earlier version of the package had in it
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$venv/bin/pip" wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir "$work" "$here"
mkdir -p "$root/dist"
PATH=$venv/bin:$PATH "$venv/bin/auditwheel" repair --plat "$platform" --wheel-dir "$root/dist" "$work"/belljar-*.whl
ls -l "$root"/dist/belljar-*.whl
echo "compiled by the headers of $("$python" --version)"
