// Whose turn it is: first slices on the event loop's own thread, lanes, runs that wait for room, and clocks that are the guest's own.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { run, Sandbox } from '../lib/index.mjs'
import { child, loops } from './helpers.mjs'

const stopped = (all) => all.every(({ reason }) => reason?.name === 'AbortError')

test('a new sandbox has its turn beside 300 endless loops', { timeout: 120000 }, async () => {
  const end = new AbortController()
  const endless = Array.from({ length: 300 }, () => run(loops, { timeout: 600000, signal: end.signal }))
  await using_(await Sandbox.create('javascript'), async (box) => assert.equal((await box.eval('1 + 1')).value, 2))
  assert.equal((await run('python', { source: '6 * 7' })).value, 42)
  end.abort()
  assert.ok(stopped(await Promise.allSettled(endless)))
})

test('a lane has one part of the threads, however much it wants', { timeout: 120000 }, async () => {
  const end = new AbortController()
  const endless = Array.from({ length: 100 }, () => run(loops, { timeout: 600000, lane: 7, signal: end.signal }))
  for (let i = 0; i < 20; i++) assert.equal((await run('javascript', { source: `${i} + 1`, lane: 8 })).value, i + 1)
  end.abort()
  assert.ok(stopped(await Promise.allSettled(endless)))
})

test('waiting for a thread is no time of the guest', { timeout: 600000 }, async () => {
  // How many at load, how long each computes, and its timeout: BELLJAR_AT_LOAD=full has the numbers of the promise.
  const [length, ms, timeout] = process.env.BELLJAR_AT_LOAD === 'full' ? [300, 300, 5000] : [80, 50, 1500]
  const took = []
  for (let i = 0; i < 3; i++) took.push((await run('python', { source: 'for i in range(1000000): pass' })).usage.cpuNs / 1e6)
  const source = `for i in range(${Math.ceil(1e6 * ms / Math.min(...took))}): pass\n1`
  const receipts = await Promise.all(Array.from({ length }, () => run('python', { source, timeout })))
  for (const r of receipts) assert.equal(r.outcome, 'ok', JSON.stringify(r))
  assert.ok(receipts.reduce((sum, r) => sum + r.usage.cpuNs / 1e6, 0) > timeout)
})

test('a row of evals that are done at once lets the loop go round', { timeout: 120000 }, async () => {
  const box = await Sandbox.create('javascript')
  let rounds = 0
  const timer = setInterval(() => rounds++, 1)
  for (let i = 0; i < 3000 || rounds < 5; i++) assert.equal((await box.eval('1 + 1')).value, 2)
  clearInterval(timer)
  await box.close()
})

test('output is told before the receipt, also of what is done at once', async () => {
  const box = await Sandbox.create('javascript')
  for (let i = 0; i < 50; i++) {
    let told = ''
    await box.eval(`print('line ${i}')`, { stdout: (chunk) => (told += chunk) })
    assert.equal(told, `line ${i}\n`)
  }
  await box.close()
})

test('an abort before, in and after the first slice', async () => {
  await assert.rejects(run(loops, { signal: AbortSignal.abort() }), { name: 'AbortError' })
  const end = new AbortController()
  const looping = run(loops, { timeout: 600000, signal: end.signal })
  end.abort()
  await assert.rejects(looping, { name: 'AbortError' })
  const late = new AbortController()
  assert.equal((await run('javascript', { source: '2', signal: late.signal })).value, 2)
  late.abort()
})

test('no more than maxRuns are under way, and what waits can be aborted', { timeout: 60000 }, async () => {
  const { code, stdout, stderr } = await child(`
    belljar.configure({ maxRuns: 2 })
    let now = 0, most = 0
    const tools = { wait: async () => { most = Math.max(most, ++now); await helpers.sleep(5); now-- } }
    const end = new AbortController()
    const all = Array.from({ length: 20 }, () => belljar.run('python', { source: 'tools.wait()\\n1', tools }))
    const aborted = belljar.run('python', { source: '1', signal: end.signal }).catch(({ name }) => name)
    end.abort()
    const outcomes = (await Promise.all(all)).map(({ value }) => value)
    console.log(most, outcomes.every((value) => value === 1), await aborted)
    console.log((await belljar.run('python', { source: '7' })).value)`)
  assert.equal(code, 0, stderr)
  assert.equal(stdout, '2 true AbortError\n7\n')
})

test('nothing is begun on the event loop where firstSlice is 0', { timeout: 60000 }, async () => {
  const { code, stdout, stderr } = await child(`
    belljar.configure({ firstSlice: 0, threads: 1 })
    console.log((await belljar.run('python', { source: '6 * 7' })).value)`)
  assert.equal(code, 0, stderr)
  assert.equal(stdout, '42\n')
})

async function using_(box, use) {
  await use(box)
  await box.close()
}
