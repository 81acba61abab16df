#!/usr/bin/env bash
# Installs the wheels of `make wheel` and `make data-wheel` beside each other, with an empty cache and neither compiler nor network in reach,
# and runs pandas and its neighbours by them; then takes the full Python away again. $PYTHON: a python3 other than the oldest that is here.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dist=$here/../../dist
python=${PYTHON:-$("$here/../python/pythons.sh" | sed -n '1s/^[^ ]* //p')}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/full.py" <<'PYTHON'
import importlib.metadata, json, os, time
began = time.perf_counter()
import belljar
from belljar.packages import PackageError
with belljar.Sandbox("python") as box:
    assert box.eval("import pandas as pd\nint(pd.DataFrame({'a': [1, 2]})['a'].sum())").value == 3
first = time.perf_counter() - began
lean = belljar.run("import pandas", lang="python-lean")
assert lean.error.type == "ModuleNotFoundError", lean
assert belljar.run("import numpy as np; int(np.arange(100000).sum())", policy=belljar.Policy(fuel=10**9)).value == 4999950000
assert belljar.run("[1, 2].map(x => x * 2)", lang="javascript").value == [2, 4]
# What is linked in meets requirements, without anybody being asked for it.
assert belljar.run("import numpy, PIL; numpy.__name__", packages=["numpy", "pandas>=3", "Pillow"]).value == "numpy"
listed = json.loads(belljar.describe())["guests"]["packages"]
assert {"numpy", "pandas", "pillow"} <= set(listed), listed
try:
    belljar.run("1", packages=["numpy<2"])
except PackageError as error:
    assert "linked into this Python" in str(error) and "numpy<2" in str(error), error
else:
    raise AssertionError("numpy<2 was met")
# What is in the cache was unpacked, and not compiled.
site = os.path.dirname(os.path.dirname(belljar.__file__))
shipped = [name for package in ("belljar", "belljar_data") for name in os.listdir(f"{site}/{package}/guests/compiled")]
kept = [name for name in os.listdir(os.path.join(os.environ["HOME"], ".cache", "belljar")) if name.endswith(".cwasm")]
assert len(kept) == 4 and {name + ".zst" for name in kept} <= set(shipped), (kept, shipped)
files = [str(file) for file in importlib.metadata.files("belljar-data")]
assert "belljar_data/guests/python-licences.txt" in files
print(f"the full Python works; its first sandbox was there after {first:.2f} s")
PYTHON
cat >"$work/lean.py" <<'PYTHON'
import belljar
for lang in "python", "python-lean":
    assert belljar.run("import pandas", lang=lang).error.type == "ModuleNotFoundError"
PYTHON
# A folder of that name where a program happens to run is not an installed package: its compiled forms would be the host's own code.
mkdir -p "$work/here/belljar_data/guests/compiled"
touch "$work/here/belljar_data/__init__.py" "$work/here/belljar_data/guests/python.wasm"

bare() {
  (cd "$work/here" && env -i HOME="$work" PATH="$work/venv/bin" PYTHONPATH="$work/here" python "$1")
}
install() {
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-index --find-links "$dist" "$@"
}
"$python" -m venv "$work/venv"
install belljar
bare "$work/lean.py"
install 'belljar[data]'
bare "$work/full.py"
# One of another version is refused by name.
sed -i 's/^Version: .*/Version: 9.9/' "$work"/venv/lib/python*/site-packages/belljar_data-*.dist-info/METADATA
said=$(bare "$work/lean.py" 2>&1) && { echo "test-wheel.sh: a belljar-data of another version was taken" >&2; exit 1; }
grep -q "belljar-data 9.9 is installed beside belljar" <<<"$said" || { echo "$said" >&2; exit 1; }
"$work/venv/bin/pip" uninstall --quiet --disable-pip-version-check --yes belljar-data
bare "$work/lean.py"
