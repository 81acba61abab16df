#!/usr/bin/env bash
# Installs the package into a virtual environment below build/python and runs its tests there: `make test`.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$here/../../build/python
venv=$work/tests
mkdir -p "$work"
[ -x "$venv/bin/pytest" ] || {
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements-test.txt"
}
rm -rf "$here/build" # what an earlier version of the package had in it
"$venv/bin/pip" install --quiet --disable-pip-version-check --force-reinstall --no-deps --no-build-isolation "$here"
# Not in the package's own folder, whose sources would be taken for the package.
cd "$work"
"$venv/bin/pytest" --quiet "$here/tests" "$@"
