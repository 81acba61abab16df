#!/usr/bin/env bash
# Installs the wheel of `make wheel` into an empty virtual environment, with an empty cache and no compiler in reach, and runs
# Python and JavaScript by it. The first sandbox has to be there within a second. $PYTHON: another python3 (3.10 or later).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-index "$here"/../../dist/belljar-*.whl
cd "$work"
env -i HOME="$work" PATH="$work/venv/bin" python - <<'PYTHON'
import os, time
began = time.perf_counter()
import belljar
with belljar.Sandbox("python") as box:
    assert box.eval("sum(range(10))").value == 45
first = time.perf_counter() - began
assert first < 1, f"the first sandbox was there after {first:.2f} s, which is to be within one"
assert belljar.run("[1, 2].map(x => x * 2)", lang="javascript").value == [2, 4]
assert belljar.run("1", policy=belljar.Policy(fuel=10**9)).usage.fuel > 0
assert not os.listdir(os.path.join(os.environ["HOME"], ".cache", "belljar")), "something was compiled"
print(f"the wheel works; the first sandbox was there after {first:.2f} s")
PYTHON
