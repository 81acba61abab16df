// Ends: of processes, of workers, of sandboxes that nobody holds any more; and memory that stays level.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import vm from 'node:vm'
import { Worker } from 'node:worker_threads'

import * as belljar from '../lib/index.mjs'
import { child, helloPath, process_, sleep } from './helpers.mjs'

const { run, Sandbox } = belljar
const require = createRequire(import.meta.url)

async function ends(text, expected = {}, options) {
  const result = await child(text, options)
  const { code = 0, stdout } = expected
  assert.deepEqual([result.code, result.signal], [code, null], JSON.stringify(result))
  if (stdout !== undefined) assert.equal(result.stdout, stdout, result.stderr)
  return result
}

test('a process ends with live sandboxes, which do not keep it; with pending evals only after them', async () => {
  await ends(`
    globalThis.box = await belljar.Sandbox.create('python'); await box.eval('x = 1'); globalThis.s = await box.snapshot()
    console.log('idle')`, { stdout: 'idle\n' })
  await ends(`
    const box = await belljar.Sandbox.create('python')
    box.eval('import time; time.sleep(0.3); 7').then((r) => console.log(r.value))`, { stdout: '7\n' })
})

test('process.exit() with sandboxes that run, wait and are queued', async () => {
  await ends(`
    const tools = { never: () => new Promise(() => {}) }
    const boxes = await Promise.all(Array.from({ length: 8 }, () => belljar.Sandbox.create('python', { tools })))
    boxes.forEach((box, i) => { box.eval(i % 2 ? 'while True: pass' : 'tools.never()'); box.eval('1') })
    for (let i = 0; i < 8; i++) belljar.run(helpers.loops)
    belljar.run('python', { source: 'import time; time.sleep(30)' })
    setTimeout(() => process.exit(5), 100)`, { code: 5 })
})

test('an uncaught exception and SIGTERM end a process in which guests run', async () => {
  const thrown = await ends(`belljar.run(helpers.loops); setTimeout(() => { throw new Error('own') }, 50)`, { code: 1 })
  assert.match(thrown.stderr, /Error: own/)
  const killed = await child(`belljar.run(helpers.loops); setTimeout(() => process.kill(process.pid, 'SIGTERM'), 50)`)
  assert.equal(killed.signal, 'SIGTERM')
})

const inWorker = (text, options = {}) =>
  new Worker(`const { parentPort } = require('node:worker_threads')
    const belljar = require(${JSON.stringify(require.resolve('../lib/index.js'))})
    ;(async () => { ${text} })().catch((error) => { setImmediate(() => { throw error }) })`, { eval: true, ...options })

const exit = (worker) => new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject))
const message = (worker) => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))

test('workers share one engine, and end with whatever runs, waits and was forgotten', async () => {
  const tools = '{ tools: { never: () => new Promise(() => {}) } }'
  const workers = Array.from({ length: 4 }, () => inWorker(`
    const boxes = await Promise.all(Array.from({ length: 4 }, () => belljar.Sandbox.create('python', ${tools})))
    boxes.forEach((box, i) => { box.eval(i % 2 ? 'while True: pass' : 'tools.never()'); box.eval('1'); box.eval('2') })
    const kept = await belljar.Sandbox.create('javascript')
    const { value } = await kept.eval('6 * 7')
    globalThis.kept = [kept, await kept.snapshot()]
    parentPort.postMessage(value)`))
  assert.deepEqual(await Promise.all(workers.map(message)), [42, 42, 42, 42])
  await Promise.all(workers.map((worker) => worker.terminate()))
  assert.equal((await run('python', { source: '6 * 7' })).value, 42)
})

test('a worker that has nothing to do ends by itself, one after the other', async () => {
  for (let i = 0; i < 10; i++)
    assert.equal(await exit(inWorker(`globalThis.box = await belljar.Sandbox.create('javascript'); await box.eval('1')`)), 0)
})

test('workers that end while much is under way', { timeout: 60000 }, async () => {
  for (let i = 0; i < 15; i++) {
    const worker = inWorker(`
      parentPort.postMessage(0)
      for (;;) await Promise.all(Array.from({ length: 20 }, () => belljar.run(${JSON.stringify(helloPath)})))`)
    await message(worker)
    await sleep(Math.random() * 30)
    await worker.terminate()
  }
  assert.equal((await run(helloPath)).stdout, 'hello\n')
})

test('the package in a worker alone, whose end must not unload it', async () => {
  const text = `
    const { Worker } = require('node:worker_threads')
    const text = 'const b = require(' + JSON.stringify(${JSON.stringify(require.resolve('../lib/index.js'))}) + '); ' +
      'b.run("javascript", { source: "1" }).then(() => b.run("python", { source: "while True: pass" })); setTimeout(() => process.exit(), 100)'
    let left = 3
    const next = () => new Worker(text, { eval: true }).on('exit', () => { if (--left) next(); else setTimeout(() => console.log('over'), 100) })
    next()`
  const result = await process_(['-e', text])
  assert.deepEqual([result.code, result.signal, result.stdout], [0, null, 'over\n'], result.stderr)
})

test('values of another context are taken for what they are', async () => {
  const context = vm.createContext({ belljar, console })
  const result = await vm.runInContext(`(async () => {
    const box = await belljar.Sandbox.create('python', { args: ['x'], tools: { make: () => ({ raw: new Uint8Array([1]), set: new Set([2]), map: new Map() }) } })
    await box.set({ a: [1, new Date(0), new Uint8Array([5])] })
    const r = await box.eval(new Uint8Array([...'(a[2], tools.make()["raw"], tools.make()["set"])'].map((c) => c.charCodeAt(0))))
    await box.close()
    return r.throwIfFailed().value
  })()`, context)
  assert.deepEqual(result, [Buffer.from([5]), Buffer.from([1]), new Set([2])])
})

test('forgotten sandboxes and snapshots are collected, those whose tools name them too', { timeout: 120000 }, async () => {
  await ends(`
    const live = async () => (await belljar.describe()).sandboxes
    // More than may be alive at once.
    belljar.configure({ maxSandboxes: 200 })
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 50; i++) {
        const box = await belljar.Sandbox.create('javascript', { tools: { own: () => box.ended } })
        await box.eval('tools.own({})')
        if (i % 10 === 0) await box.snapshot()
      }
      for (let i = 0; i < 3; i++) { globalThis.gc(); await new Promise((r) => setTimeout(r, 10)) }
    }
    console.log('1000 were made')`, { stdout: '1000 were made\n' }, { args: ['--expose-gc'], timeout: 110000 })
})

test('configure({ hostDescriptors }) holds for all sandboxes together', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belljar-'))
  for (let i = 0; i < 20; i++) writeFileSync(path.join(folder, `f${i}`), 'x')
  await ends(`
    belljar.configure({ hostDescriptors: 25 })
    const source = 'kept = []\\ntry:\\n  for i in range(20): kept.append(open(f"/ro/f{i}"))\\nexcept OSError as e: print(e.strerror)\\nlen(kept)'
    const boxes = await Promise.all([1, 2, 3].map(() => belljar.Sandbox.create('python', { preopens: { '/ro': ${JSON.stringify(folder)} } })))
    const receipts = []
    for (const box of boxes) receipts.push(await box.eval(source))
    const all = receipts.reduce((sum, { value }) => sum + value, 0)
    console.log(all >= 1 && all <= 25, receipts[2].stdout.includes('in system'))`, { stdout: 'true true\n' })
  rmSync(folder, { recursive: true })
})

test('configure({ compileMs }) is what compiling a module may take', async () => {
  await ends(`
    belljar.configure({ compileMs: 30, compileBytes: 2 ** 29 })
    const loops = 600, body = Array.from({ length: loops }, (_, i) => \` loop local.get \${i} i64.const 1 i64.add local.set \${i}\`).join('')
    const text = \`(module (func (export "_start") (local\${' i64'.repeat(loops)}) \${body}\${' i32.const 1 br_if 0 end'.repeat(loops)}))\`
    await belljar.Sandbox.create(new TextEncoder().encode(text)).catch((error) => console.log(error.code, error.message.includes('compile_ms')))`,
  { stdout: 'ERR_BELLJAR_MODULE true\n' })
})

// One thread, and thirty evals of at least a turn each that were asked for before: what is closed has every second turn.
test('closing idle sandboxes waits for no turns of others', { timeout: 60000 }, async () => {
  await ends(`
    belljar.configure({ threads: 1, firstSlice: 0 })
    const make = (count) => Promise.all(Array.from({ length: count }, () => belljar.Sandbox.create('javascript')))
    const [idle, busy] = [await make(5), await make(30)]
    await Promise.all(idle.map((box) => box.eval('for (let i = 0; i < 5e5; i++);'))) // their lanes have had much time
    let done = 0
    const evals = busy.map((box) => box.eval('for (let i = 0; i < 1e5; i++);').then(() => done++))
    await Promise.all(idle.map((box) => box.close()))
    console.log(done < 20)
    await Promise.all(evals)
    await Promise.all(busy.map((box) => box.close()))`, { stdout: 'true\n' })
})

test('a sandbox is kept while something runs in it', async () => {
  await ends(`
    const promise = (await belljar.Sandbox.create('python')).eval('import time; time.sleep(0.3); 5')
    const timer = setInterval(() => globalThis.gc(), 10)
    console.log((await promise).value)
    const sandbox = await belljar.Sandbox.create('python')
    await sandbox.eval('x = bytearray(20 << 20)')
    // A dozen snapshots of it, asked for by nobody that holds the twin that they are taken of.
    const snapshots = await Promise.all(Array.from({ length: 12 }, async () => {
      const twin = await sandbox.fork()
      const all = [twin.files.write('a', 'b'), twin.snapshot(), twin.files.list()]
      return (await Promise.all(all))[1]
    }))
    console.log(snapshots.length)
    clearInterval(timer)`, { stdout: '5\n12\n' }, { args: ['--expose-gc'] })
})

test('memory stays level over 100,000 runs, and over thousands of sandboxes, tools, aborts and errors', { timeout: 300000, skip: /asan/.test(process.env.LD_PRELOAD) && 'a sanitizer keeps what was freed' }, async () => {
  const { stdout } = await ends(`
    const { run, Sandbox } = belljar
    const hello = helpers.helloPath
    const many = async (count, width, work) => {
      let left = count
      await Promise.all(Array.from({ length: width }, async () => { while (left-- > 0) await work() }))
    }
    const rss = async () => {
      for (let i = 0; i < 5; i++) { globalThis.gc(); await new Promise((r) => setTimeout(r, 20)) }
      return process.memoryUsage().rss / 2 ** 20
    }
    const works = {
      run: [100000, () => run(hello)],
      sandbox: [3000, async () => { const box = await Sandbox.create('javascript'); await box.eval('1'); await box.close() }],
      tool: [3000, () => run('javascript', { source: 'tools.f({a: "x".repeat(1000)})', tools: { f: async ({ a }) => a } })],
      snapshot: [1000, async () => {
        const box = await Sandbox.create('javascript'); await box.eval('var x = 1')
        const s = await box.snapshot(); const twin = await s.spawn(); await twin.eval('x'); await Promise.all([box.close(), twin.close()])
      }],
      abort: [500, () => run(helpers.loops, { signal: AbortSignal.timeout(1) }).catch(() => {})],
      error: [3000, () => run(hello, { timeout: -1 }).catch(() => {})],
      output: [3000, () => run(hello, { stdout: () => {} })],
    }
    // Slots of the engine that are used for the first time add to it until all have been: what leaks adds to it each time.
    for (const [name, [count, work]] of Object.entries(works)) {
      await many(Math.max(count / 10, 300), 16, work)
      let least = Infinity
      for (let pass = 0; pass < 6 && least >= 3; pass++) {
        const before = await rss()
        await many(count, 16, work)
        least = Math.min(least, (await rss()) - before)
      }
      console.log(name, least)
    }`, {}, { args: ['--expose-gc'], timeout: 290000 })
  const grown = Object.fromEntries(stdout.trim().split('\n').map((line) => line.split(' ')))
  assert.equal(Object.keys(grown).length, 7, stdout)
  for (const [name, mebibytes] of Object.entries(grown)) assert.ok(Number(mebibytes) < 3, `${name}: ${mebibytes} MiB more`)
})
