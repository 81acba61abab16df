// What code that nobody has read might try, driven through this binding: the one-liners of tests/sandbox/, read from there, and
// modules that do their worst. Whatever they do, the process goes on, and its event loop never waits for them.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

import { run, runSync, Sandbox } from '../lib/index.mjs'
import { folder, loops, root, sleep, wat } from './helpers.mjs'

const timeout = 3600000 // no test takes that long

/** What is begun and must not end by itself: how many have, and how all did. */
function underWay(promises) {
  const all = { ended: 0, settled: Promise.allSettled(promises) }
  for (const each of promises) each.catch(() => {}).then(() => all.ended++)
  return all
}

/** Of a C file, the strings between two braces: [[source, exceptions], …]. */
function attempts(name) {
  const text = readFileSync(path.join(root, 'tests/sandbox', name), 'utf8')
  const body = /static const attempt attempts\[\] = \{\n(.*?)\n\};/s.exec(text)[1].replace(/\/\*.*?\*\//gs, '')
  const entries = body.split(/\},?\s*\n?\s*(?=\{\(?"|$)/).filter((entry) => entry.includes('"'))
  return entries.map((entry) => {
    const [source, ...rest] = splitLiterals(entry)
    assert.equal(rest.length, 1, `${name}: ${entry}`)
    return [source, rest[0]]
  })
}

/** Literals side by side are one; those behind a comma are the next. */
function splitLiterals(entry) {
  const texts = ['']
  for (const [, literal, comma] of entry.matchAll(/"((?:[^"\\]|\\.)*)"|(,)/g)) {
    if (comma) texts.push('')
    else texts[texts.length - 1] += JSON.parse(`"${literal.replaceAll('\\0', '\\u0000')}"`)
  }
  return texts
}

for (const [program, file, survivor, expected] of [
  ['python', 'test_hostile_python.c', 'survivor = 41', 'survivor + 1'],
  ['javascript', 'test_hostile_javascript.c', 'var survivor = 41', 'survivor + 1'],
]) {
  test(`hostile one-liners of ${program} are exceptions, and the session goes on`, { timeout: 600000 }, async () => {
    const all = attempts(file)
    assert.ok(all.length > 40, `${all.length} attempts were found`)
    const box = await Sandbox.create(program, { timeout })
    await box.eval(survivor)
    for (const [source, types] of all) {
      const r = await box.eval(source)
      assert.equal(r.outcome, 'error', `${source}: ${JSON.stringify(r).slice(0, 500)}`)
      if (types) assert.ok(types.split('|').some((type) => r.error.type.split('.').pop() === type.split('.').pop()), `${source}: ${r.error.type}`)
    }
    assert.equal((await box.eval(expected)).value, 42)
    await box.close()
  })
}

const write = '(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))'
const hello = `(memory (export "memory") 1) (data (i32.const 16) "hello\\n") (data (i32.const 0) "\\10\\00\\00\\00\\06\\00\\00\\00")`
const say = '(drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))'

const modules = {
  'an endless start function': ['(module (func $s (loop br 0)) (start $s) (func (export "_start")))', 'timeout'],
  'an endless loop': ['(module (func (export "_start") (loop br 0)))', 'timeout'],
  'tail calls': ['(module (func $a (export "_start") return_call $b) (func $b return_call $a))', 'timeout'],
  'endless bulk operations': [
    `(module (memory 256) (table 100000 funcref) (func (export "_start") (loop (memory.fill (i32.const 0) (i32.const 1)
      (i32.const 16777216)) (table.fill (i32.const 0) (ref.null func) (i32.const 100000)) br 0)))`, 'timeout'],
  recursion: ['(module (func $f (export "_start") call $f call $f))', 'stack'],
  'a flood of output': [`(module ${write} ${hello} (func (export "_start") (loop ${say} br 0)))`, 'output-limit'],
  'a flood of calls': [
    `(module (import "wasi_snapshot_preview1" "sched_yield" (func $y (result i32))) (func (export "_start") (loop (drop (call $y)) br 0)))`,
    'timeout'],
  'too much memory at once': ['(module (memory 65536) (func (export "_start")))', 'memory'],
  'too large a table': ['(module (table 100001 funcref) (func (export "_start")))', 'table-elements'],
  unreachable: ['(module (func (export "_start") unreachable))', 'trap'],
  'out of bounds': ['(module (memory 1) (func (export "_start") (drop (i32.load offset=1000000 (i32.const 0)))))', 'trap'],
  'a null reference': ['(module (table 1 funcref) (func (export "_start") (call_indirect (i32.const 0))))', 'trap'],
  'a division by zero': ['(module (func (export "_start") (drop (i32.div_s (i32.const 1) (i32.const 0)))))', 'trap'],
  'pointers past the end': [
    `(module ${write} (memory (export "memory") 1) (func (export "_start")
      (drop (call $write (i32.const 1) (i32.const -8) (i32.const 0x7fffffff) (i32.const -4)))))`, 'ok'],
  'growing until it cannot': [
    '(module (memory (export "memory") 1) (func (export "_start") (loop (br_if 0 (i32.ne (memory.grow (i32.const 1000)) (i32.const -1))))))', 'ok'],
}

test('hostile modules end by what they did, on the pool and on this thread', async () => {
  for (const [name, [text, expected]] of Object.entries(modules)) {
    const options = { timeout: expected === 'timeout' ? 100 : timeout, output: '1M' }
    for (const r of [await run(wat(text), options), runSync(wat(text), options)])
      assert.equal(r.limit?.name ?? r.outcome, expected, `${name}: ${JSON.stringify(r)}`)
  }
})

test('all of them at once, twenty times over', async () => {
  const all = Object.values(modules).flatMap((entry) => Array(20).fill(entry))
  const receipts = await Promise.all(all.map(([text]) => run(wat(text), { timeout: 1000, fuel: 3e6, output: '64K' })))
  receipts.forEach((r, i) => {
    const expected = all[i][1] === 'timeout' ? ['timeout', 'fuel', 'ok'] : [all[i][1], 'fuel']
    assert.ok(expected.includes(r.limit?.name ?? r.outcome), `${all[i][0]}: ${JSON.stringify(r)}`)
  })
})

test('the event loop goes on beside 32 endless loops, and so do other sandboxes', async () => {
  const end = new AbortController()
  const boxes = await Promise.all(Array.from({ length: 4 }, () => Sandbox.create('python', { timeout })))
  const all = underWay([
    ...Array.from({ length: 28 }, () => run(loops, { timeout, signal: end.signal })),
    ...boxes.map((box) => box.eval('while True: pass', { signal: end.signal })),
  ])
  await sleep(100)
  assert.equal((await run('javascript', { source: '1 + 1' })).value, 2)
  for (let rounds = 0; rounds < 50; rounds++) await sleep(1)
  assert.equal(all.ended, 0)
  end.abort()
  for (const { reason } of await all.settled) assert.equal(reason?.name, 'AbortError')
  await Promise.all(boxes.map((box) => box.close()))
})

test('guests that read what never comes do not keep others from running', async (t) => {
  const pipe = path.join(folder(t), 'pipe')
  execFileSync('mkfifo', [pipe])
  const fd = openSync(pipe, 'r+') // somebody could write to it
  const end = new AbortController()
  const readers = underWay(Array.from({ length: 16 }, () => run('python', { source: 'input()', stdin: fd, timeout, signal: end.signal })))
  await sleep(100)
  assert.equal((await run('javascript', { source: '1 + 1' })).value, 2)
  assert.equal(readers.ended, 0)
  end.abort()
  for (const { reason } of await readers.settled) assert.equal(reason?.name, 'AbortError')
  closeSync(fd)
})

test('sleeping guests do not keep others from running', async () => {
  const end = new AbortController()
  const source = 'import time; time.sleep(3000)'
  const sleepers = underWay(Array.from({ length: 16 }, () => run('python', { source, timeout, signal: end.signal })))
  await sleep(50)
  assert.equal((await run('javascript', { source: '1 + 1' })).value, 2)
  assert.equal(sleepers.ended, 0)
  end.abort()
  for (const { reason } of await sleepers.settled) assert.equal(reason?.name, 'AbortError')
})
