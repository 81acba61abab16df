#!/usr/bin/env bash
# Installs the wheel of `make wheel` with an empty cache and no compiler in reach, and runs Python, JavaScript and TypeScript by it on every
# Python from 3.10 on that is here (pythons.sh), with tests/references.py, which looks for lost references. Nothing may
# have to be compiled. $PYTHON: that python3 alone.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/first.py" <<'PYTHON'
import os, time
began = time.perf_counter()
import belljar
with belljar.Sandbox("python") as box:
    assert box.eval("sum(range(10))").value == 45
    box.files.write("a.txt", b"text")
    assert box.eval("open('a.txt').read()").value == "text" and box.files.read("a.txt") == b"text"
first = time.perf_counter() - began
assert belljar.run("[1, 2].map(x => x * 2)", lang="javascript").value == [2, 4]
assert belljar.run("1", policy=belljar.Policy(fuel=10**9)).usage.fuel > 0
assert [r.value for r in belljar.map(["1", "input()"], workers=2, stdin=b"typed")] == [1, "typed"]
assert belljar.run("enum Kind { A = 42 }\nKind.A as number", lang="typescript").value == 42
shipped = os.listdir(os.path.join(os.path.dirname(belljar.__file__), "guests", "compiled"))
kept = [name for name in os.listdir(os.path.join(os.environ["HOME"], ".cache", "belljar")) if name.endswith(".cwasm")]
assert len(kept) == 4 and {name + ".zst" for name in kept} <= set(shipped), "something was compiled"
print(f"the wheel works; the first sandbox was there after {first:.2f} s")
PYTHON
# A guest that calls a tool for long: where each call lost a reference, the host aborted after 5,000.
cat >"$work/calls.py" <<'PYTHON'
import belljar
with belljar.Sandbox(tools=[belljar.Tool(lambda: None, name="q")]) as box:
    receipt = box.eval("for i in range(8000): tools.q()\ni")
assert receipt.value == 7999, receipt
PYTHON

test_on() { # version, interpreter
  local home=$work/$1
  "$2" -m venv "$home/venv"
  "$home/venv/bin/pip" install --quiet --disable-pip-version-check --no-index "$here"/../../dist/belljar-*.whl
  cd "$home"
  for program in "$work/first.py" "$work/calls.py" "$here/tests/references.py"; do
    env -i HOME="$home" PATH="$home/venv/bin" python "$program" || return 1
  done
}

if [ -n "${PYTHON:-}" ]; then
  found="this $PYTHON"
else
  found=$("$here/pythons.sh")
  newest=$(tail -1 <<<"$found")
  for minor in $(seq 10 14); do
    grep -q "^3\.$minor " <<<"$found" || echo "test-wheel.sh: no Python 3.$minor is here: not tested with it"
  done
  echo "test-wheel.sh: up to ${newest%% *}"
fi
while read -r version python; do
  echo "== Python $version"
  (test_on "$version" "$python")
done <<<"$found"
