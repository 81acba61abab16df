// Sandboxes that stay: state, order, snapshots, files, their end.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

import { BusyError, IOError, Sandbox, SandboxEndedError, Snapshot } from '../lib/index.mjs'
import { exits, folder, helloPath, sleep } from './helpers.mjs'

test('globals stay from one eval to the next, in both languages', async () => {
  for (const [program, first] of [['python', 'x = 41'], ['py', 'x = 41'], ['javascript', 'let x = 41'], ['js', 'var x = 41']]) {
    const box = await Sandbox.create(program)
    assert.equal((await box.eval(first)).outcome, 'ok')
    assert.equal((await box.eval('x + 1')).value, 42)
    await box.close()
  }
})

test('calls on one sandbox run in the order in which they were made', async () => {
  const box = await Sandbox.create('python')
  const all = [box.eval('seen = []')]
  for (let i = 0; i < 50; i++) all.push(box.eval(`seen.append(${i})`))
  const snapshot = box.snapshot()
  all.push(box.eval('seen.clear()'))
  const { value } = await box.eval('len(seen)')
  assert.equal(value, 0)
  await Promise.all(all)
  const twin = await (await snapshot).spawn()
  assert.deepEqual((await twin.eval('seen')).value, Array.from({ length: 50 }, (_, i) => i))
  await twin.close()
  await box.close()
})

test('a sandbox is disposed of at the end of its block', async () => {
  const box = await Sandbox.create('javascript')
  await box[Symbol.asyncDispose]()
  assert.equal(box.ended, true)
  await assert.rejects(box.eval('1'), SandboxEndedError)
  await box.close() // twice does no harm
})

test('closing ends what runs and what waits', async () => {
  const box = await Sandbox.create('python')
  const runs = box.eval('while True: pass')
  const waits = assert.rejects(box.eval('1'), SandboxEndedError)
  await sleep(50)
  const closed = box.close()
  assert.equal((await runs).outcome, 'interrupted')
  await waits
  await closed
})

test('an interrupt ends an eval, and a rewind revives the sandbox', async () => {
  const box = await Sandbox.create('python')
  await box.eval('x = 1')
  const here = await box.snapshot()
  const loop = box.eval('while True: pass')
  await sleep(20)
  box.interrupt()
  assert.equal((await loop).outcome, 'interrupted')
  assert.equal(box.ended, true)
  await assert.rejects(box.eval('x'), SandboxEndedError)
  await box.rewind(here)
  assert.equal(box.ended, false)
  assert.equal((await box.eval('x')).value, 1)
  await box.close()
})

test('an aborted eval rejects at once; one that has not begun leaves the sandbox alone', async () => {
  const box = await Sandbox.create('python', { timeout: 3600000 })
  const first = box.eval('import time; time.sleep(0.05); 1')
  const waiting = box.eval('2', { signal: AbortSignal.timeout(5) })
  await assert.rejects(waiting, { name: 'TimeoutError' })
  assert.equal((await first).value, 1)
  assert.equal((await box.eval('3')).value, 3)
  await assert.rejects(box.eval('while True: pass', { signal: AbortSignal.timeout(20) }), { name: 'TimeoutError' })
  await assert.rejects(box.eval('4'), SandboxEndedError)
  await box.close()
})

test('snapshots are values: spawned, forked, rewound', async () => {
  const box = await Sandbox.create('javascript')
  await box.eval('var hits = [1]')
  const snapshot = await box.snapshot()
  const twins = await Promise.all(Array.from({ length: 20 }, () => snapshot.spawn()))
  await Promise.all(twins.map((twin, i) => twin.eval(`hits.push(${i})`)))
  for (const [i, twin] of twins.entries()) assert.deepEqual((await twin.eval('hits')).value, [1, i])
  const fork = await box.fork()
  await box.eval('hits.push("box")')
  assert.deepEqual((await fork.eval('hits')).value, [1])
  await box.rewind(snapshot)
  assert.deepEqual((await box.eval('hits')).value, [1])
  await Promise.all([box, fork, ...twins].map((each) => each.close()))
  const late = await snapshot.spawn() // they live on without the sandbox
  assert.deepEqual((await late.eval('hits')).value, [1])
  await late.close()
})

test('a snapshot goes through a file, and is given its grants anew', async (t) => {
  const file = path.join(folder(t), 's.bj')
  const box = await Sandbox.create('python', { tools: { who: () => 'first' } })
  await box.eval('state = {"a": 1}')
  const snapshot = await box.snapshot()
  assert.equal((await snapshot.describe()).runtime.length > 0, true)
  await snapshot.save(file)
  const loaded = await Snapshot.load('python', file, { tools: { who: () => 'second' }, timeout: 5000 })
  const twin = await loaded.spawn()
  assert.deepEqual((await twin.eval('(state, tools.who())')).value, [{ a: 1 }, 'second'])
  const bytes = readFileSync(file)
  bytes[bytes.length >> 1] ^= 1
  writeFileSync(file, bytes)
  await assert.rejects(Snapshot.load('python', file), { code: 'ERR_BELLJAR_MODULE' })
  await assert.rejects(Snapshot.load('python', '/no/such'), IOError)
  await twin.close()
  await box.close()
})

test('saving and loading can be ended', async (t) => {
  const file = path.join(folder(t), 's.bj')
  const box = await Sandbox.create('python')
  // So much to pack that whoever may end it is asked.
  await box.eval('import random; data = random.Random(1).randbytes(48 << 20)')
  const snapshot = await box.snapshot()
  await box.close()
  await snapshot.save(file, { timeout: 600_000, signal: new AbortController().signal })
  const before = readFileSync(file)
  const reason = new Error('enough')
  const soon = () => {
    const controller = new AbortController()
    setImmediate(() => controller.abort(reason))
    return controller.signal
  }
  await assert.rejects(snapshot.save(file, { timeout: 1 }), { code: 'ERR_BELLJAR_STOPPED' })
  await assert.rejects(snapshot.save(file, { signal: soon() }), reason)
  await assert.rejects(snapshot.save(file, { signal: AbortSignal.abort(reason) }), reason)
  assert.ok(readFileSync(file).equals(before))
  await assert.rejects(Snapshot.load('python', file, { loadTimeout: 1 }), { code: 'ERR_BELLJAR_STOPPED' })
  await assert.rejects(Snapshot.load('python', file, { signal: soon() }), reason)
  for (const timeout of [0, -1, NaN, '1', 2 ** 40]) await assert.rejects(snapshot.save(file, { timeout }), { code: 'ERR_BELLJAR_ARGUMENT' })
  await assert.rejects(snapshot.save(file, { signal: 1 }), { code: 'ERR_BELLJAR_ARGUMENT' })
  const loaded = await (await Snapshot.load('python', file, { loadTimeout: 600_000 })).spawn()
  assert.equal((await loaded.eval('len(data)')).value, 48 << 20)
  await loaded.close()
})

test('forks draw their own numbers, and twins the same', async () => {
  for (const [program, first, draw] of [
    ['javascript', 'Math.random()', 'Math.random()'],
    ['python', 'import random; random.random()', 'random.random()'],
  ]) {
    const box = await Sandbox.create(program)
    await box.eval(first)
    const snapshot = await box.snapshot()
    const drawn = async (make) => {
      const boxes = [await make(), await make()]
      const numbers = await Promise.all(boxes.map(async (each) => (await each.eval(draw)).value))
      await Promise.all(boxes.map((each) => each.close()))
      return numbers
    }
    for (const make of [() => box.fork(), () => snapshot.spawn(), () => snapshot.spawn({ timeout: 5000 })])
      assert.notEqual(...(await drawn(make)))
    for (const make of [() => box.fork({ twin: true }), () => snapshot.spawn({ twin: true })]) assert.equal(...(await drawn(make)))
    const rewound = async (options) => {
      await box.rewind(snapshot, options)
      return (await box.eval(draw)).value
    }
    assert.notEqual(await rewound(), await rewound())
    assert.equal(await rewound({ twin: true }), await rewound({ twin: true }))
    await box.close()
  }
})

test('variables and arguments are those of the spawn', async () => {
  for (const [program, seen, none] of [
    ['javascript', 'let std = await import("std"); [std.getenv("KEY") ?? null, std.getenv("OTHER") ?? null, scriptArgs]', []],
    ['python', 'import os, sys; [os.environ.get("KEY"), os.environ.get("OTHER"), sys.argv]', ['']],
  ]) {
    const box = await Sandbox.create(program, { env: { KEY: 'secret' }, args: ['x', '--token=abc'] })
    await box.eval('1')
    const snapshot = await box.snapshot()
    const made = ['secret', null, ['', 'x', '--token=abc']]
    for (const [options, expected] of [
      [undefined, made],
      [{ timeout: 5000 }, [null, null, none]],
      [{ timeout: 5000, keepEnv: true }, made],
      [{ env: { OTHER: 'o' }, args: ['y'] }, [null, 'o', ['', 'y']]],
    ]) {
      const spawned = await snapshot.spawn(options)
      assert.deepEqual((await spawned.eval(seen)).value, expected)
      await spawned.close()
    }
    await box.close()
  }
})

test('a snapshot file with a key loads with that key alone', async (t) => {
  const file = path.join(folder(t), 's.bj')
  const key = crypto.getRandomValues(new Uint8Array(32))
  const box = await Sandbox.create('javascript')
  await box.eval('let x = "needle"')
  const snapshot = await box.snapshot()
  await snapshot.save(file, { key })
  const loaded = await Snapshot.load('javascript', file, { key })
  const spawned = await loaded.spawn()
  assert.equal((await spawned.eval('x')).value, 'needle')
  await spawned.close()
  for (const wrong of [undefined, new Uint8Array(32), new Uint8Array(3), 'text'])
    await assert.rejects(Snapshot.load('javascript', file, { key: wrong }), { code: 'ERR_BELLJAR_ARGUMENT' })
  await assert.rejects(snapshot.save(file, { key: new Uint8Array(3) }), { code: 'ERR_BELLJAR_ARGUMENT' })
  await loaded.save(file)
  await assert.rejects(Snapshot.load('javascript', file, { key }), { code: 'ERR_BELLJAR_MODULE' })
  await box.close()
})

test('files can be written, read, listed and removed from outside', async (t) => {
  const box = await Sandbox.create('python')
  const { files } = box
  await files.write('in.csv', 'a,b\n')
  await files.write('/work/deep/er/raw', Uint8Array.of(0, 255))
  assert.equal((await box.eval('open("/work/in.csv").read()')).value, 'a,b\n')
  assert.deepEqual([...(await files.read('deep/er/raw'))], [0, 255])
  assert.equal(await files.readText('in.csv'), 'a,b\n')
  assert.deepEqual(await files.list(), [
    { name: 'deep', path: '/work/deep', type: 'directory', size: 0 },
    { name: 'in.csv', path: '/work/in.csv', type: 'file', size: 4 },
  ])
  assert.equal(await files.exists('in.csv'), true)
  assert.equal(await files.exists('other'), false)
  assert.equal(await files.exists('/no/such/place'), false)
  const out = path.join(folder(t), 'out')
  assert.equal(await files.copyOut('/work', out), 2)
  assert.equal(readFileSync(path.join(out, 'in.csv'), 'utf8'), 'a,b\n')
  await files.remove('in.csv')
  await assert.rejects(files.read('in.csv'), IOError)
  await assert.rejects(files.read('deep/er/raw', { most: 1 }), { code: 'ERR_BELLJAR_ARGUMENT' })
  await assert.rejects(files.write('/etc/passwd', 'x'), IOError)
  await assert.rejects(files.write('a\0b', 'x'), { code: 'ERR_BELLJAR_ARGUMENT' })
  const changes = await box.changes()
  assert.deepEqual(changes.map(({ path: name, change }) => [name, change]), [
    ['/work/deep', 'created'], ['/work/deep/er', 'created'], ['/work/deep/er/raw', 'created'],
  ])
  assert.deepEqual(changes.unfinished, {})
  await box.close()
})

test('an overlay is committed when the host says so', async (t) => {
  const dir = folder(t)
  writeFileSync(path.join(dir, 'old'), '1')
  const box = await Sandbox.create('python', { preopens: { '/src': { host: dir, mode: 'overlay' } } })
  const r = await box.eval('import os; open("/src/new", "w").write("2"); os.remove("/src/old")')
  assert.deepEqual(r.files.map(({ path: name, change }) => [name, change]), [['/src/new', 'created'], ['/src/old', 'deleted']])
  assert.ok(existsSync(path.join(dir, 'old')))
  assert.equal(await box.commit('/src'), 2)
  assert.deepEqual([existsSync(path.join(dir, 'old')), readFileSync(path.join(dir, 'new'), 'utf8')], [false, '2'])
  await box.close()
})

test('values go in and come out as what they are', async () => {
  const python = await Sandbox.create('python')
  const when = new Date('2026-01-02T03:04:05.678Z')
  const given = {
    text: 'ä\u2028\u{1f600}"\\', big: 2n ** 70n, small: -3, real: 0.1, nothing: null, raw: Buffer.from([1, 2]), when,
    set: new Set([1, 'a']), map: new Map([[1, 'one']]), list: [1, [2]], odd: { $tag: 1, __proto__: null }, nan: NaN, inf: -Infinity,
  }
  await python.set(given)
  for (const [name, value] of Object.entries(given)) {
    const expected = name === 'odd' ? { $tag: 1 } : value
    assert.deepEqual(await python.get(name), expected, name)
  }
  assert.deepEqual((await python.eval('(10**15, 2**53 - 1, 2**53, -2**63, 2**64, "12345678901234567890", 0.1234567890123456789)')).value, [
    10 ** 15, 2 ** 53 - 1, 2n ** 53n, -(2n ** 63n), 2n ** 64n, '12345678901234567890', 0.1234567890123456789,
  ])
  const hostile = await python.eval('{"__proto__": {"polluted": 1}, "constructor": 2}')
  assert.equal({}.polluted, undefined)
  assert.deepEqual(Object.keys(hostile.value), ['__proto__', 'constructor'])
  assert.equal(Object.getPrototypeOf(hostile.value), Object.prototype)
  await assert.rejects(python.set({ 'a b': 1 }), { code: 'ERR_BELLJAR_ARGUMENT' })
  await assert.rejects(python.set({ a: Symbol('s') }), TypeError)
  await assert.rejects(python.get('no_such'), { code: 'ERR_BELLJAR_GUEST_EXCEPTION' })
  await assert.rejects(python.get('print'), { code: 'ERR_BELLJAR_ARGUMENT' })
  const javascript = await Sandbox.create('javascript')
  await javascript.set({ o: { a: [1, 'ä\u2028'], b: null } })
  assert.deepEqual(await javascript.get('o'), { a: [1, 'ä\u2028'], b: null })
  await javascript.set({ m: new Map([[1, new Date(0)]]) })
  assert.equal((await javascript.eval('m.get(1).getTime()')).value, 0)
  await assert.rejects(javascript.set({ m: () => 1 }), TypeError)
  await Promise.all([python.close(), javascript.close()])
})

test('a command in a sandbox runs once', async () => {
  const box = await Sandbox.create(exits(4))
  assert.equal((await box.run()).exitCode, 4)
  await assert.rejects(box.run(), SandboxEndedError)
  await assert.rejects(box.eval('1'), { code: 'ERR_BELLJAR_UNSUPPORTED' })
  await box.close()
  const hello = await Sandbox.create(helloPath)
  assert.equal((await hello.run()).stdout, 'hello\n')
  await hello.close()
})

test('nobody else makes sandboxes, and only what is made is taken', async () => {
  assert.throws(() => new Sandbox(), TypeError)
  assert.throws(() => new Snapshot(), TypeError)
  const box = await Sandbox.create('javascript')
  await assert.rejects(box.rewind({}), { code: 'ERR_BELLJAR_ARGUMENT' })
  await assert.rejects(box.eval('1', { timeout: 3 }), { code: 'ERR_BELLJAR_ARGUMENT' })
  await assert.rejects(box.eval(1), { code: 'ERR_BELLJAR_ARGUMENT' })
  assert.equal(BusyError.prototype instanceof Error, true)
  await box.close()
})
