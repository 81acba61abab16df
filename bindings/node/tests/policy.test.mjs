// Presets and policy files: what they give a sandbox, and what is said of wrong ones.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { ArgumentError, IOError, Sandbox, run } from '../lib/index.mjs'
import { folder } from './helpers.mjs'

test('a file gives limits and grants, and options stand over it', async (t) => {
  const dir = folder(t)
  mkdirSync(path.join(dir, 'in'))
  writeFileSync(path.join(dir, 'in/x'), 'hello')
  const file = path.join(dir, 'p.toml')
  writeFileSync(file, 'seed = 3\n[limits]\ntimeout = "200ms"\n[mounts]\n"/data" = "in"\n[env]\nA = "b"\n')
  const draws = []
  for (const policy of [file, pathToFileURL(file)]) {
    const box = await Sandbox.create('python', { policy })
    assert.deepEqual((await box.eval("import os; [os.environ['A'], open('/data/x').read()]")).value, ['b', 'hello'])
    draws.push((await box.eval('import random; random.random()')).value)
    assert.equal((await box.eval('while True: pass')).limit.name, 'timeout')
    await box.close()
  }
  assert.equal(draws[0], draws[1])
  const box = await Sandbox.create('python', { env: { A: 'c' }, timeout: 30000, policy: file })
  assert.equal((await box.eval("import os, time; time.sleep(.3); os.environ['A']")).value, 'c')
  await box.close()
})

test('presets', async () => {
  const box = await Sandbox.create('javascript', { policy: 'strict' })
  assert.equal((await box.eval("console.log('x'.repeat(2 << 20))")).limit.name, 'output-limit')
  await box.close()
  assert.equal((await run('python', { source: "print('x' * (2 << 20))", policy: 'strict' })).limit.name, 'output-limit')
})

test('wrong ones name the place', async (t) => {
  const file = path.join(folder(t), 'p.json')
  writeFileSync(file, '{"limits":\n{"memroy": 1}}')
  const create = (policy) => Sandbox.create('python', { policy })
  await assert.rejects(create(file), (error) => error instanceof ArgumentError && /p\.json:2: limits\.memroy/.test(error.message))
  await assert.rejects(create('stric'), /neither a preset/)
  await assert.rejects(create(file + '.toml'), IOError)
  await assert.rejects(create('a\0b'), ArgumentError)
  await assert.rejects(create(7), ArgumentError)
  await assert.rejects(create(''), ArgumentError)
})
