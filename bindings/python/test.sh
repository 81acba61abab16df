#!/usr/bin/env bash
# Installs the package into a virtual environment below build/python and runs its tests there, checks its types and that
# docs/python-api.md is what docs.py makes of it: part of `make test`. Arguments are pytest's.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$root/build/python
venv=$work/venv
python=$(command -v python3)
requirements=$here/requirements-test.txt
export PIP_DISABLE_PIP_VERSION_CHECK=1
mkdir -p "$work"
. "$here/venv.sh"
rm -rf "$here/build" # what an earlier version of the package had in it
"$venv/bin/pip" install --quiet --force-reinstall --no-deps --no-build-isolation "$here"
"$root/tests/circles.py" --compile "$here/src" cc -D_GNU_SOURCE "-I$root/include" \
  "-I$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("include"))')"
# Not in the package's own folder, whose sources would be taken for the package.
cd "$work"
# mypy reads the adapters' frameworks too: two minutes of one processor, beside the tests.
"$venv/bin/mypy" --strict --python-version 3.10 --cache-dir "$work/mypy" "$here/belljar" >"$work/mypy.log" 2>&1 &
types=$!
trap 'kill "$types" 2>/dev/null || true' EXIT
timeout 1800 "$venv/bin/pytest" --quiet -p no:cacheprovider "$here/tests" "$@"
trap - EXIT
wait "$types" || {
  cat "$work/mypy.log" >&2
  exit 1
}
"$venv/bin/python" "$here/docs.py" | diff "$root/docs/python-api.md" - || {
  echo "docs/python-api.md is not up to date: run $venv/bin/python bindings/python/docs.py --write" >&2
  exit 1
}
