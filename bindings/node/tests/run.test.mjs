// Programs in sandboxes of their own: what they are given, how they end, what comes back.
import assert from 'node:assert/strict'
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

import * as belljar from '../lib/index.mjs'
import { copies, divides, echoes, exits, folder, helloPath, loops, outOfBounds, traps, wat } from './helpers.mjs'

const { run, runSync, executeAgentWasm } = belljar

test('quantities are read as at the command line', async () => {
  const { usage } = await run('python', { source: '1', timeout: '10s', memory: '64MB', fuel: '1e9', files: '1k' })
  assert.ok(usage.fuel > 0)
  for (const wrong of [{ memory: '64 M' }, { memory: 'much' }, { timeout: '10' }, { timeout: '0.5ms' }, { fuel: 'x' }, { memory: '1\0' }])
    await assert.rejects(run('python', { source: '1', ...wrong }), { code: 'ERR_BELLJAR_ARGUMENT' }, JSON.stringify(wrong))
})

test('a module is a path, a file: URL, a Buffer or an ArrayBuffer', async () => {
  const bytes = readFileSync(helloPath)
  const own = new Uint8Array(bytes).buffer
  for (const program of [helloPath, pathToFileURL(helloPath), bytes, new Uint8Array(bytes), own]) {
    const r = await run(program)
    assert.equal(r.outcome, 'ok')
    assert.equal(r.success, true)
    assert.equal(r.exitCode, 0)
    assert.equal(r.stdout, 'hello\n')
    assert.ok(r.durationMs > 0)
  }
})

test('all that a module may be given reaches it', async (t) => {
  const dir = folder(t)
  writeFileSync(path.join(dir, 'a.txt'), 'from the host')
  const source = `
import os, sys
print(open('/data/a.txt').read(), sys.argv, os.environ['WHO'], sys.stdin.read())
open('/tmp/b.txt', 'w').write('x' * 10)
try:
    open('/data/a.txt', 'w')
except OSError as e:
    print('refused')
`
  const r = await run('python', {
    source,
    args: ['a', 'b'],
    argv0: 'name',
    env: { WHO: 'me' },
    stdin: 'typed',
    preopens: { '/tmp': { memory: '16M' }, '/data': { host: dir, mode: 'ro' } },
    timeout: 10000,
    memory: '64M',
    fuel: 1e10,
  })
  assert.equal(r.stderr, '')
  assert.equal(r.stdout, "from the host ['name', 'a', 'b'] me typed\nrefused\n")
  assert.ok(r.usage.fuel > 1000)
  assert.deepEqual(r.files.map(({ path, change, size }) => [path, change, size]), [['/tmp/b.txt', 'created', 10]])
  assert.ok(r.denied.some(({ reason }) => reason === 'it is read-only'))
  assert.equal(readFileSync(path.join(dir, 'a.txt'), 'utf8'), 'from the host')
})

test('arguments of a module begin with its name', async () => {
  assert.equal((await run(echoes)).stdout.split('\0')[0], 'module.wasm')
  const given = await run(echoes, { args: ['one', 'two'] })
  assert.equal(given.stdout.replace(/\0+$/, ''), 'module.wasm\0one\0two'.slice(0, given.stdout.replace(/\0+$/, '').length))
  assert.ok((await run(echoes, { argv0: 'n' })).stdout.startsWith('n\0'))
})

test('stdin is text, bytes or a descriptor', async (t) => {
  const file = path.join(folder(t), 'in')
  writeFileSync(file, 'from a file')
  assert.equal((await run(copies)).stdout, '')
  assert.equal((await run(copies, { stdin: 'text' })).stdout, 'text')
  const bytes = Uint8Array.of(0, 255, 128)
  const r = await run(copies, { stdin: bytes })
  assert.deepEqual([...r.stdoutBytes], [0, 255, 128])
  assert.equal(r.stdout, '\0��')
  assert.equal((await run(copies, { stdin: openSync(file, 'r') })).stdout, 'from a file')
})

test('how it ended is told, and thrown only when asked for', async () => {
  const exited = await run(exits(3))
  assert.deepEqual([exited.outcome, exited.success, exited.exitCode], ['exit', false, 3])
  assert.throws(() => exited.throwIfFailed(), (error) => error instanceof belljar.ExitError && error.receipt === exited)
  const trapped = await run(traps)
  assert.equal(trapped.outcome, 'trap')
  assert.equal(trapped.error.type, 'trap')
  assert.throws(() => trapped.throwIfFailed(), { code: 'ERR_BELLJAR_TRAP', name: 'TrapError' })
  assert.equal((await run(outOfBounds)).outcome, 'trap')
  assert.equal((await run(divides)).outcome, 'trap')
  const raised = await run('python', { source: '1/0' })
  assert.deepEqual([raised.outcome, raised.error.type], ['error', 'ZeroDivisionError'])
  assert.throws(() => raised.throwIfFailed(), { code: 'ERR_BELLJAR_GUEST_EXCEPTION', message: 'ZeroDivisionError: division by zero' })
})

test('time is the guest’s own: others’ turns are not counted, waiting costs no processor time', async () => {
  const source = 'for i in range(2_000_000): pass'
  const options = { timeout: 60000, source }
  const receipts = await Promise.all(Array.from({ length: 40 }, () => run('python', options)))
  for (const r of receipts) {
    assert.equal(r.outcome, 'ok', JSON.stringify(r))
    assert.ok(r.usage.queuedNs >= 0 && r.usage.queuedNs <= r.usage.wallNs)
  }
  assert.ok(receipts.some((r) => r.usage.queuedNs > 0))
  const waits = await run('python', { cpu: 1000, source: 'import time; time.sleep(1.3)' })
  assert.equal(waits.outcome, 'ok')
  assert.ok(waits.usage.cpuNs < 1e9 && waits.usage.wallNs > 1.3e9)
})

test('every limit holds and says its name', async () => {
  const cases = [
    [loops, { timeout: 50 }, 'timeout'],
    [loops, { cpu: 30 }, 'cpu'],
    [loops, { cpu: 30, fuel: 10n ** 15n }, 'cpu'],
    [loops, { fuel: 100000 }, 'fuel'],
    [loops, { fuel: 100000n }, 'fuel'],
    [wat('(module (func $f (export "_start") call $f call $f))'), { stack: '64K' }, 'stack'],
    [wat('(module (memory (export "memory") 257) (func (export "_start")))'), { memory: '16M' }, 'memory'],
    [helloPath, { output: 3 }, 'output-limit'],
    [wat(`(module (import "wasi_snapshot_preview1" "sched_yield" (func $y (result i32)))
      (func (export "_start") (loop (drop (call $y)) br 0)))`), { hostCalls: 100 }, 'host-calls'],
    [wat('(module (table 101 funcref) (func (export "_start")))'), { tableElements: 100 }, 'table-elements'],
  ]
  for (const [program, options, name] of cases) {
    const r = await run(program, options)
    assert.deepEqual([r.outcome, r.limit?.name], ['limit', name], `${name}: ${JSON.stringify(r)}`)
    assert.throws(() => r.throwIfFailed(), belljar.LimitError)
  }
  const python = await run('python', {
    files: 10, fileBytes: 4096, descriptors: 20, memory: '64M',
    source: `
import errno
def tried(f):
    try: f()
    except (OSError, MemoryError) as e: return errno.errorcode.get(getattr(e, 'errno', None), 'MemoryError')
def many():
    for i in range(20): open(f'{i}', 'w').close()
def held():
    kept = [open('0') for i in range(30)]
def written():
    with open('0', 'wb') as f: f.write(b'x' * 8192)
(tried(many), tried(written), tried(held), tried(lambda: bytearray(1 << 27)))`,
  })
  assert.deepEqual(python.value, ['ENOSPC', 'ENOSPC', 'EMFILE', 'MemoryError'], JSON.stringify(python))
  const opened = await run('python', {
    hostDescriptors: 5, preopens: { '/here': new URL('.', import.meta.url) },
    source: `
kept = []
try:
    while len(kept) < 100: kept.append(open('/here/run.test.mjs'))
except OSError as e: why = e.strerror
(len(kept), why)`,
  })
  assert.deepEqual(opened.value, [5, 'Too many open files'], JSON.stringify(opened))
  assert.match(opened.denied[0].reason, /host-descriptors/)
})

test('what the caller got wrong rejects with an ArgumentError', async () => {
  const wrong = [
    { preopen: {} }, { timeout: -1 }, { timeout: 'soon' }, { timeout: 1e12 }, { memory: '1X' }, { memory: 3 }, { seed: 1 },
    { fuel: 1.5 }, { preopens: { '/x': { host: '.', mode: 'wr' } } }, { preopens: { '/x': {} } }, { preopens: { x: '.' } },
    { preopens: { '/x': { host: '.', memory: 1 } } }, { env: { A: 1 } }, { env: { 'A=B': 'c' } }, { args: 'a' }, { args: [1] },
    { args: ['a\0b'] }, { stdin: {} }, { signal: {} }, { stdout: 1 }, { tools: { f: 1 } }, { tools: { 'no name': () => 1 } },
    { tools: { f: { call: () => 1, schema: { type: 'nothing' } } } }, { tools: { f: { call: () => 1, shcema: {} } } }, { source: 1 },
  ]
  for (const options of wrong)
    await assert.rejects(run(helloPath, options), { code: 'ERR_BELLJAR_ARGUMENT' }, JSON.stringify(options))
  for (const program of [undefined, null, 1, {}, '', new URL('http://127.0.0.1/')]) await assert.rejects(run(program), String(program))
})

test('what is no module rejects by what is wrong with it', async (t) => {
  await assert.rejects(run('/no/such.wasm'), { code: 'ERR_BELLJAR_IO', errnoCode: 'ENOENT' })
  await assert.rejects(run(Buffer.from('nonsense')), { code: 'ERR_BELLJAR_MODULE' })
  await assert.rejects(run(Buffer.alloc(0)), { code: 'ERR_BELLJAR_MODULE' })
  await assert.rejects(run(wat('(module (import "env" "f" (func)) (func (export "_start")))')), { code: 'ERR_BELLJAR_IMPORT' })
  await assert.rejects(run(helloPath, { source: '1' }), { code: 'ERR_BELLJAR_UNSUPPORTED' })
  await assert.rejects(run('python'), { code: 'ERR_BELLJAR_UNSUPPORTED' })
  const missing = path.join(folder(t), 'missing')
  await assert.rejects(run(helloPath, { preopens: { '/x': missing } }), { code: 'ERR_BELLJAR_IO', errnoCode: 'ENOENT' })
})

test('a file that has changed and a Buffer that was used again are what they are now', async (t) => {
  const file = path.join(folder(t), 'm.wat')
  const text = (code) => exits(code).toString()
  const buffer = Buffer.from(text(3))
  for (let code = 1; code < 9; code++) {
    writeFileSync(file, text(code))
    assert.equal((await run(file)).exitCode, code)
    buffer.write(text(code))
    assert.equal((await run(buffer)).exitCode, code)
  }
})

test('many at once, of which some are compiled for the first time', async () => {
  const runs = Array.from({ length: 200 }, (_, i) => run(exits(i % 20)))
  const receipts = await Promise.all(runs)
  receipts.forEach((r, i) => assert.equal(r.exitCode, i % 20))
})

test('a module throws where that is granted, and what it does not catch is a trap', async () => {
  const catches = wat('(module (memory (export "memory") 1) (tag $t) (func (export "_start") (block $b (try_table (catch $t $b) (throw $t)))))')
  await assert.rejects(run(catches), { code: 'ERR_BELLJAR_MODULE', message: /exceptions/ })
  await assert.rejects(run(catches, { exceptions: false }), { code: 'ERR_BELLJAR_MODULE' })
  assert.equal((await run(catches, { exceptions: true })).outcome, 'ok')
  const throws = wat('(module (memory (export "memory") 1) (tag $t) (func (export "_start") (throw $t)))')
  const receipt = await run(throws, { exceptions: true })
  assert.deepEqual([receipt.outcome, receipt.error.message], ['trap', 'uncaught exception'])
})

test('runSync does the same on this thread', () => {
  assert.equal(runSync(helloPath).stdout, 'hello\n')
  assert.equal(runSync('python', { source: '6 * 7' }).value, 42)
  assert.equal(runSync('javascript', { source: '[1, 2].map((x) => x * 2)' }).value[1], 4)
  assert.equal(runSync(loops, { timeout: 20 }).limit.name, 'timeout')
  assert.equal(runSync(traps).outcome, 'trap')
  assert.throws(() => runSync(helloPath, { tools: { f: () => 1 } }), belljar.ArgumentError)
  assert.throws(() => runSync('/no/such.wasm'), belljar.IOError)
  assert.throws(() => runSync(Buffer.from('nonsense')), belljar.ModuleError)
})

test('executeAgentWasm is the function of the article', async () => {
  const r = await executeAgentWasm(helloPath, ['a'])
  assert.deepEqual(Object.keys(r), ['success', 'exitCode', 'durationMs', 'stdout', 'stderr'])
  assert.deepEqual([r.success, r.exitCode, r.stdout, r.stderr], [true, 0, 'hello\n', ''])
  assert.ok((await executeAgentWasm(echoes, ['a'])).stdout.startsWith('sandbox\0'))
  assert.deepEqual([(await executeAgentWasm(exits(7))).success, (await executeAgentWasm(exits(7))).exitCode], [false, 7])
  assert.equal((await executeAgentWasm(loops, [], { timeout: 20 })).success, false)
})

test('an abort rejects with its reason, before, while and after it runs', async () => {
  await assert.rejects(run(helloPath, { signal: AbortSignal.abort() }), { name: 'AbortError' })
  await assert.rejects(run(loops, { signal: AbortSignal.timeout(30) }), { name: 'TimeoutError' })
  const controller = new AbortController()
  const reason = new Error('not needed')
  const many = Array.from({ length: 50 }, () => run(loops, { signal: controller.signal }))
  setTimeout(() => controller.abort(reason), 20)
  for (const result of await Promise.allSettled(many)) assert.equal(result.reason, reason)
  const late = new AbortController()
  assert.equal((await run(helloPath, { signal: late.signal })).stdout, 'hello\n')
  late.abort()
  assert.equal((await run(helloPath)).stdout, 'hello\n') // threads are free again
})

test('a receipt tells all, as JSON and to a person', async () => {
  const r = await run('python', { source: 'print("out"); {"a": (1, b"x")}' })
  const json = JSON.parse(JSON.stringify(r))
  assert.equal(json.outcome, 'ok')
  assert.deepEqual(json.value, { a: { $tuple: [1, { $bytes: 'eA==' }] } })
  assert.equal(json.repr, "{'a': (1, b'x')}")
  const { inspect } = await import('node:util')
  assert.match(inspect(r), /^Receipt \{ outcome: 'ok', value: \{ a: \[ 1, <Buffer 78> \] \}, stdout: 'out\\n' \}$/)
})

test('the same seed gives the same digest', async () => {
  const source = 'import random, time; print(random.random(), time.time())'
  const one = await run('python', { source, deterministic: true, seed: 7 })
  const two = await run('python', { source, deterministic: true, seed: 7 })
  const other = await run('python', { source, deterministic: true, seed: 8 })
  assert.match(one.digest, /^sha256:[0-9a-f]{64}$/)
  assert.equal(one.digest, two.digest)
  assert.notEqual(one.digest, other.digest)
  assert.equal((await run('python', { source })).digest, null)
})

test('describe tells of the machine and of a module', async () => {
  const machine = await belljar.describe()
  assert.equal(machine.version, belljar.version)
  assert.match(machine.guests.dir, /guests$/)
  const module = await belljar.describe(helloPath)
  assert.equal(module.kind, 'command')
  assert.equal(module.imports[0].name, 'fd_write')
})

test('a folder of zips and one of the host are mounts too', async (t) => {
  const dir = folder(t)
  mkdirSync(path.join(dir, 'sub'))
  const r = await run('python', {
    preopens: { '/code': pathToFileURL(dir), '/both': { host: dir, mode: 'overlay' } },
    source: "import os; open('/both/new', 'w').write('1'); (os.listdir('/code'), sorted(os.listdir('/both')))",
  })
  assert.deepEqual(r.value, [['sub'], ['new', 'sub']])
})
