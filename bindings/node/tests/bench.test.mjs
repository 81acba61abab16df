// bench/node works, and what it needs no other package for gives figures.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

import { folder, root } from './helpers.mjs'

const bench = (...args) => promisify(execFile)(path.join(root, 'bench/node/run'), args)

test('the benchmark measures, draws and tells', { timeout: 120000 }, async (t) => {
  const dir = folder(t)
  const { stdout } = await bench('--rounds', '1', '--seconds', '0.05', '--only', 'node:wasi', '--json')
  const { results } = JSON.parse(stdout)
  const one = (what, peer) => results.find((r) => r.what === what && r.peer === peer).figures[0]
  assert.ok(one('ops', 'node:wasi').ops > 10)
  assert.ok(one('memory', 'node:wasi').bytes > 0)
  assert.ok(one('loops8', 'node:wasi in a worker').p99 > 0)
  const table = path.join(dir, 'table.md')
  const chart = path.join(dir, 'chart.svg')
  await bench('--rounds', '1', '--seconds', '0.05', '--only', 'Belljar', '--table', table, '--chart', chart)
  assert.match(readFileSync(table, 'utf8'), /\| Belljar \| Python `1\+1` \| .* ms \|/)
  assert.match(readFileSync(chart, 'utf8'), /<rect class="own" .*\n.*<rect class="more"/)
  assert.match((await bench('--help')).stdout, /^Measures/)
})
