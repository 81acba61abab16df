// V8's traps and Belljar's are the same signals, in one process and often on one thread: whichever came first, a trap of
// either is an error of its own, and a fault of the process's is still fatal.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { child } from './helpers.mjs'

const v8 = `
  const bytes = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 5, 1, 1, 102, 0, 0, 10, 14, 1, 12, 0,
    65, 128, 128, 128, 128, 4, 40, 2, 0, 26, 11])
  const instance = await WebAssembly.instantiate(await WebAssembly.compile(bytes))
  const v8Traps = () => { try { instance.exports.f(); throw new Error('no trap') } catch (e) { if (!(e instanceof WebAssembly.RuntimeError)) throw e } };`
const ours = `
  const oursTraps = async () => {
    for (const program of [helpers.traps, helpers.outOfBounds, helpers.divides]) {
      if ((await belljar.run(program)).outcome !== 'trap') throw new Error('no trap')
      if (belljar.runSync(program).outcome !== 'trap') throw new Error('no trap')
    }
    const box = await belljar.Sandbox.create('python')
    if ((await box.eval('def f(): return f()\\nf()')).error.type !== 'RecursionError') throw new Error('no recursion')
    await box.close()
  };`

for (const [name, text] of Object.entries({
  'V8 first': `${v8} v8Traps(); ${ours} await oursTraps(); v8Traps(); await oursTraps(); v8Traps()`,
  'Belljar first': `${ours} await oursTraps(); ${v8} v8Traps(); await oursTraps(); v8Traps(); await oursTraps()`,
  'both at once': `${v8} ${ours}
    const all = Array.from({ length: 20 }, () => oursTraps())
    for (let i = 0; i < 2000; i++) { v8Traps(); if (i % 20 === 0) await new Promise(setImmediate) }
    await Promise.all(all)`,
  'V8 in a worker, Belljar here': `${ours}
    const { Worker } = await import('node:worker_threads')
    const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(`${v8} for (let i = 0; i < 5000; i++) v8Traps()`)})))
    const over = new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject))
    for (let i = 0; i < 5; i++) await oursTraps()
    if (await over !== 0) throw new Error('the worker failed')`,
}))
  test(`traps: ${name}`, async () => {
    for (const args of [[], ['--disable-wasm-trap-handler']]) {
      const result = await child(`${text}; console.log('fine')`, { args: args.filter((arg) => process.allowedNodeEnvironmentFlags.has(arg)) })
      assert.deepEqual([result.code, result.signal, result.stdout], [0, null, 'fine\n'], result.stderr)
    }
  })

test('a fault of the process itself stays fatal', async () => {
  const result = await child(`${ours} await oursTraps(); process.kill(process.pid, 'SIGSEGV'); setTimeout(() => {}, 1000)`)
  assert.equal(result.signal, 'SIGSEGV', JSON.stringify(result))
})
