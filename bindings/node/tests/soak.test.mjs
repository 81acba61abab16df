// Anything at any time: whatever is asked for settles, in a bounded time, and nothing else breaks. Seeded, so that a failure can be had again:
// BELLJAR_SEED=…, BELLJAR_SOAK_MS=… for longer.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { BelljarError, run, Sandbox } from '../lib/index.mjs'
import { helloPath, loops, sleep, traps } from './helpers.mjs'

const seed = Number(process.env.BELLJAR_SEED ?? Date.now() % 1e6)
const howLong = Number(process.env.BELLJAR_SOAK_MS ?? 4000)

/** A small generator (mulberry32). */
function random(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296
  }
}

test(`whatever is asked for settles (seed ${seed})`, { timeout: howLong + 120000 }, async () => {
  const next = random(seed)
  const pick = (all) => all[Math.floor(next() * all.length)]
  const boxes = []
  const snapshots = []
  const settled = { fulfilled: 0, rejected: 0 }
  const pending = new Set()

  const keep = async (list, made) => {
    const thing = await made
    if (thing) list.push(thing)
  }

  /** Rejections are of our kind, or aborts. */
  function watch(name, promise) {
    const entry = { name }
    pending.add(entry)
    promise.then(
      () => settled.fulfilled++,
      (error) => {
        settled.rejected++
        assert.ok(error instanceof BelljarError || ['AbortError', 'TimeoutError'].includes(error.name), `${name}: ${error.stack}`)
      },
    ).finally(() => pending.delete(entry))
  }

  const tools = {
    now: ({ a = 1 }) => a,
    later: async () => (await sleep(next() * 10), 'later'),
    never: { call: () => new Promise(() => {}), timeout: 50 },
    fails: async () => { throw new RangeError('no') },
    other: async () => (await pick(boxes)?.eval('1'))?.value ?? null, // maybe the one that asks
    ends: () => void pick(boxes)?.interrupt(),
  }
  const sources = [
    'x = 1', 'x', '1/0', 'while True: pass', 'tools.now(a=2)', 'tools.later()', 'tools.never()', 'tools.fails()', 'tools.other()', 'tools.ends()',
    'import time; time.sleep(0.02)', 'raise SystemExit(2)', 'print("x" * 10000)', 'open("f", "w").write("x" * 1000)', '[i for i in range(100000)][-1]',
    'bytearray(1 << 22)', 'tools.gone()',
  ]
  const options = { timeout: 100, memory: '64M', tools }
  const steps = {
    create: () => keep(boxes, Sandbox.create('python', options)),
    eval: () => pick(boxes)?.eval(pick(sources), next() < 0.2 ? { signal: AbortSignal.timeout(Math.floor(next() * 30)) } : {}),
    run: () => run(pick([helloPath, loops, traps]), { timeout: 20, ...(next() < 0.3 && { signal: AbortSignal.timeout(Math.floor(next() * 10)) }) }),
    once: () => run('python', { ...options, source: pick(sources), stdout: () => {} }),
    snapshot: () => keep(snapshots, pick(boxes)?.snapshot()),
    spawn: () => keep(boxes, pick(snapshots)?.spawn()),
    fork: () => keep(boxes, pick(boxes)?.fork()),
    rewind: () => snapshots.length > 0 && pick(boxes)?.rewind(pick(snapshots)),
    write: () => pick(boxes)?.files.write('f', 'y'),
    list: () => pick(boxes)?.files.list(),
    changes: () => pick(boxes)?.changes(),
    interrupt: () => pick(boxes)?.interrupt(),
    close: () => boxes.length > 10 && boxes.splice(Math.floor(next() * boxes.length), 1)[0].close(),
    forget: () => boxes.length > 20 && void boxes.splice(Math.floor(next() * boxes.length), 1),
    tool: () => pick(boxes)?.addTool('more', () => 1),
    untool: () => pick(boxes)?.removeTool('more'),
  }
  const names = [...Object.keys(steps), ...Array(12).fill('eval'), ...Array(4).fill('run')]

  const end = performance.now() + howLong
  while (performance.now() < end) {
    for (let i = 0; i < 20; i++) {
      const name = pick(names)
      watch(name, (async () => steps[name]())())
    }
    if (snapshots.length > 20) snapshots.splice(0, snapshots.length - 20)
    await sleep(next() * 10)
    while (pending.size > 400) await sleep(5)
  }
  const until = performance.now() + 60000
  while (pending.size && performance.now() < until) await sleep(20)
  assert.deepEqual([...pending].map(({ name }) => name), [])
  await Promise.all(boxes.map((box) => box.close()))
  assert.ok(settled.fulfilled > 100 && settled.rejected > 10, JSON.stringify(settled))
  assert.equal((await run(helloPath)).stdout, 'hello\n')
})
