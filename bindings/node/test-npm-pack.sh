#!/usr/bin/env bash
# Installs the archive of `make npm-pack` into an empty project, with an empty cache and neither compiler nor network in reach, and
# runs Python, JavaScript, TypeScript and a module by it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
archive=$(realpath "$here"/../../dist/belljar-[0-9]*.tgz)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/project" "$work/home"
for program in node npm sh env; do
  ln -s "$(command -v "$program")" "$work/bin/$program"
done
cp "$here/../../bench/hello.wat" "$work/project"
cd "$work/project"
bare() {
  env -i HOME="$work/home" PATH="$work/bin" npm_config_update_notifier=false "$@"
}
bare npm init --yes >/dev/null
bare npm install --offline --no-audit --no-fund "$archive"
bare node --input-type=module - <<'NODE'
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
const began = performance.now()
const { run, Sandbox } = await import('belljar')
const box = await Sandbox.create('python', { tools: { twice: ({ x }) => 2 * x } })
assert.equal((await box.eval('sum(range(10)) + tools.twice(x=1)')).value, 47)
const first = performance.now() - began
await box.close()
assert.deepEqual((await run('javascript', { source: '[1, 2].map(x => x * 2)' })).value, [2, 4])
assert.ok((await run('python', { source: '1', fuel: 1e9 })).usage.fuel > 0)
assert.equal((await run('typescript', { source: 'enum Kind { A = 42 }\nKind.A as number' })).value, 42)
const shipped = readdirSync('node_modules/belljar/native/guests/compiled')
const kept = readdirSync(`${process.env.HOME}/.cache/belljar`).filter((name) => name.endsWith('.cwasm'))
assert.deepEqual(kept.filter((name) => !shipped.includes(`${name}.zst`)), [], 'something was compiled')
assert.equal((await run('hello.wat')).stdout, 'hello\n')
console.log(`the archive works; the first sandbox was there after ${(first / 1000).toFixed(2)} s`)
NODE
bare node -e "require('belljar').run('python', { source: '6 * 7' }).then(({ value }) => { if (value !== 42) process.exit(1) })"
