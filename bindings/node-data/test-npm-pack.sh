#!/usr/bin/env bash
# Installs the archives of `make npm-pack` and `make data-npm` into an empty project, with an empty cache and neither compiler nor network
# in reach, and runs pandas and its neighbours by them; then takes the full Python away again.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dist=$(realpath "$here/../../dist")
version=$(sed -n 's/#define BJ_VERSION "\(.*\)"/\1/p' "$here/../../include/belljar.h")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/project" "$work/home"
# python3 finds packages.
for program in node npm sh env python3; do
  ln -s "$(command -v "$program")" "$work/bin/$program"
done
cd "$work/project"
bare() {
  env -i HOME="$work/home" PATH="$work/bin" npm_config_update_notifier=false "$@"
}
bare npm init --yes >/dev/null
bare npm install --offline --no-audit --no-fund "$dist/belljar-$version.tgz" "$dist/belljar-data-$version.tgz"
bare node --input-type=module - <<'NODE'
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
const began = performance.now()
const { run, Sandbox } = await import('belljar')
const box = await Sandbox.create('python')
assert.equal((await box.eval("import pandas as pd\nint(pd.DataFrame({'a': [1, 2]})['a'].sum())")).value, 3)
const first = performance.now() - began
await box.close()
assert.equal((await run('python-lean', { source: 'import pandas' })).error.type, 'ModuleNotFoundError')
assert.equal((await run('python', { source: 'import numpy as np; int(np.arange(100000).sum())', fuel: 1e9 })).value, 4999950000)
assert.deepEqual((await run('javascript', { source: '[1, 2].map(x => x * 2)' })).value, [2, 4])
// What is linked in meets requirements, without anybody being asked for it; where another version is wanted, that is said.
const met = await run('python', { source: 'import numpy, PIL; numpy.__name__', packages: ['numpy', 'pandas>=3', 'Pillow'] })
assert.equal(met.value, 'numpy')
await assert.rejects(run('python', { source: '1', packages: ['numpy<2'] }), /numpy .* is linked into this Python.*numpy<2/)
// What is in the cache was unpacked, and not compiled.
const shipped = ['belljar/native', 'belljar-data'].flatMap((name) => readdirSync(`node_modules/${name}/guests/compiled`))
const kept = readdirSync(`${process.env.HOME}/.cache/belljar`).filter((name) => name.endsWith('.cwasm'))
assert.equal(kept.length, 4)
assert.deepEqual(kept.filter((name) => !shipped.includes(`${name}.zst`)), [])
console.log(`the full Python works; its first sandbox was there after ${(first / 1000).toFixed(2)} s`)
NODE
lean="require('belljar').run('python', { source: 'import pandas' }).then(({ error }) => { if (error?.type !== 'ModuleNotFoundError') process.exit(1) })"
# One of another version is refused by name.
sed -i 's/"version": "[^"]*"/"version": "9.9.0"/' node_modules/belljar-data/package.json
said=$(bare node -e "$lean" 2>&1) && { echo "test-npm-pack.sh: a belljar-data of another version was taken" >&2; exit 1; }
grep -q "belljar-data 9.9.0 is installed beside belljar" <<<"$said" || { echo "$said" >&2; exit 1; }
bare npm uninstall --offline --no-audit --no-fund belljar-data
bare node -e "$lean"
