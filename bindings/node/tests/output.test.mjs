// Output as it comes.
import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'

import { run, Sandbox } from '../lib/index.mjs'
import { sleep } from './helpers.mjs'

test('functions and Writables get output while the guest runs', async () => {
  const written = []
  let told = '', heard
  const first = new Promise((resolve) => { heard = resolve })
  const stream = new Writable({ write(chunk, encoding, done) { written.push(chunk.toString()); done() } })
  const runs = run('python', {
    source: 'import sys, time\nprint("one", flush=True)\nprint("err", file=sys.stderr, flush=True)\ntools.go_on()\nprint("two")',
    stdout: (chunk) => { told += chunk; heard() },
    tools: { go_on: () => first }, // it goes on when its first line has come
    stderr: stream,
  })
  const r = await runs
  assert.equal(r.outcome, 'ok')
  assert.equal(told, 'one\ntwo\n')
  assert.equal(written.join(''), 'err\n')
  assert.equal(r.stdout, 'one\ntwo\n') // the receipt has it too
})

test('a sandbox has streams, of all its evals', async () => {
  const box = await Sandbox.create('python')
  await box.eval('print("nobody listens yet")')
  const { stdout } = box
  assert.equal(box.stdout, stdout)
  await box.eval('print("one")')
  await box.eval('print("two")')
  await box.close()
  let text = ''
  for await (const chunk of stdout) text += chunk
  assert.equal(text, 'one\ntwo\n')
})

test('targets of a sandbox and of an eval', async () => {
  const all = []
  const one = []
  const box = await Sandbox.create('javascript', { stdout: (chunk) => all.push(String(chunk)) })
  await box.eval('print(1)')
  await box.eval('print(2)', { stdout: (chunk) => one.push(String(chunk)) })
  await box.eval('print(3)')
  assert.deepEqual([all.join(''), one.join('')], ['1\n3\n', '2\n'])
  await box.close()
})

test('who asks for a stream while an eval runs takes nothing from its targets', async () => {
  const box = await Sandbox.create('python')
  const told = []
  const runs = box.eval('import time; time.sleep(0.1); print("late")', { stdout: (chunk) => told.push(String(chunk)) })
  const { stderr } = box
  await runs
  assert.equal(told.join(''), 'late\n')
  await box.close()
  stderr.resume()
})

test('output comes before the receipt, whole, up to its limit', async () => {
  let bytes = 0
  const r = await run('python', { source: 'for i in range(10**6): print("x" * 99)', output: '1M', stdout: (chunk) => (bytes += chunk.length) })
  assert.deepEqual([r.outcome, r.limit.name], ['limit', 'output-limit'])
  assert.equal(bytes, 1 << 20)
  assert.equal(r.stdout.length, 1 << 20)
})

test('what a target throws is uncaught, as of any callback, and harms nobody', async () => {
  const errors = []
  const before = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => errors.push(error.message))
  try {
    const r = await run('javascript', { source: 'print(1); 2', stdout: () => { throw new Error('of the target') } })
    assert.equal(r.value, 2)
    await sleep(5)
    assert.deepEqual(errors, ['of the target'])
  } finally {
    process.removeAllListeners('uncaughtException')
    before.forEach((listener) => process.on('uncaughtException', listener))
  }
})
