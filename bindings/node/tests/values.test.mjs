// Texts from guests, taken apart on the event loop: whatever they say, it takes a bounded time and makes plain values.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import { run, Sandbox } from '../lib/index.mjs'

const { decode, encode } = createRequire(import.meta.url)('../lib/values.js')

/** The value, and how long it held the loop. */
function timed(text) {
  const began = performance.now()
  const value = decode(text, true)
  return [value, performance.now() - began]
}

/** As V8 hashes a small integer: what the attack is made from. */
function hash(key) {
  let x = (~key + (key << 15)) | 0
  x ^= x >>> 12
  x = (x + (x << 2)) | 0
  x ^= x >>> 4
  x = Math.imul(x, 2057)
  x ^= x >>> 16
  return x & 0x3fffffff
}

function colliding(count) {
  const keys = []
  for (let key = 0; keys.length < count; key++) if ((hash(key) & 0x3fff) === 0) keys.push(key)
  return keys
}

test('tables made so that all hashes are the same are refused before they take long', () => {
  const big = Array.from({ length: 40000 }, (_, i) => `{"$int":"${i.toString(16)}00000000000000ff"}`)
  const small = colliding(20000)
  const attacks = {
    'bigints in a set': `{"$set":[${big}]}`,
    'bigints in a dict': `{"$dict":[${big.slice(0, 30000).map((key) => `[${key},0]`)}]}`,
    'bigints in many sets': `[${Array.from({ length: 40 }, () => `{"$frozenset":[${big.slice(0, 1000)}]}`)}]`,
    'integers in a set': `{"$set":[${small}]}`,
    'integers behind honest ones': `[{"$set":[${Array.from({ length: 20000 }, (_, i) => i)}]},{"$set":[${small}]}]`,
  }
  for (const [name, text] of Object.entries(attacks)) {
    const [value, ms] = timed(text)
    assert.equal(value, undefined, name)
    assert.ok(ms < 1000, `${name}: ${ms} ms`) // half a minute without the check
  }
})

test('honest tables of any size are taken', () => {
  const numbers = Array.from({ length: 100000 }, (_, i) => i)
  assert.equal(timed(`{"$set":[${numbers}]}`)[0].size, 100000)
  const dict = timed(`{"$dict":[${numbers.slice(0, 50000).map((n) => `[${n * 7919},"x"]`)}]}`)[0]
  assert.equal(dict.get(7919 * 3), 'x')
  assert.equal(timed(`{"$set":[${numbers.slice(0, 30000).map((n) => `{"$int":"${(2n ** 64n + BigInt(n)).toString(16)}"}`)}]}`)[0].size, 30000)
})

test('what has no form is undefined, and nothing throws', () => {
  for (const text of [
    '', 'x', '{', '{"$nothing":1}', '{"$int":1}', '{"$int":"1.5"}', '{"$int":"--1"}', '{"$bytes":"*"}', '{"$float":"NaN"}', '{"$tuple":1}',
    '{"$dict":[[1]]}', '{"$dict":[1]}', '{"$datetime":"yesterday"}', '{"$datetime":"2026-13-45T99:99"}', '{"$timedelta":[1,2]}', '{"$complex":[1]}',
    `${'['.repeat(70)}${']'.repeat(70)}`, `{"a":${'{"$tuple":['.repeat(70)}${']}'.repeat(70)}}`, '{"$decimal":{}}', '{"$time":"a"}',
  ])
    assert.equal(decode(text, true), undefined, text)
  assert.equal(decode('['.repeat(100000) + ']'.repeat(100000), true), undefined)
})

test('integers keep their digits, and texts that look like some are left alone', () => {
  const text = String.raw`["1234567890123456789", "\"1234567890123456789", "\\", 1234567890123456789, -9223372036854775808, 1e400, 0.12345678901234567890, 12345678901234567e2]`
  assert.deepEqual(decode(text, true), [
    '1234567890123456789', '"1234567890123456789', '\\', 1234567890123456789n, -9223372036854775808n, Infinity, 0.1234567890123456789, 1.2345678901234567e18,
  ])
  const long = `["${'\\"1'.repeat(2e6)}", 1234567890123456789]`
  assert.equal(decode(long, true)[1], 1234567890123456789n)
})

test('what goes in is bounded, and told', () => {
  const cycle = {}
  cycle.own = cycle
  for (const value of [cycle, 'x'.repeat(2 << 20), Symbol('s'), () => 1, Promise.resolve(), new Proxy({}, {})])
    assert.throws(() => encode(value, true), (error) => error instanceof TypeError || error instanceof RangeError)
  assert.equal(encode(undefined, true), 'null')
  assert.equal(encode({ a: undefined, b: () => 1, c: { toJSON: () => 'told' } }, true), '{"c":"told"}')
  assert.equal(encode('\ud800', true), '"\ufffd"')
})

test('a guest cannot hold the loop by what it hands out', { timeout: 60000 }, async () => {
  const box = await Sandbox.create('python', { tools: { take: (args) => typeof args.it } })
  const late = async (work) => {
    let most = 0
    let last = performance.now()
    const timer = setInterval(() => {
      most = Math.max(most, performance.now() - last)
      last = performance.now()
    }, 1)
    const result = await work()
    clearInterval(timer)
    return [result, Math.max(most, performance.now() - last)]
  }
  const [files, filesLate] = await late(() => box.eval('for i in range(9000): open(f"{i}", "w").close()'))
  assert.equal(files.files.length, 9000)
  assert.ok(filesLate < 250, `${filesLate} ms for files`)
  const [output, outputLate] = await late(() => run('python', { source: 'import sys; sys.stdout.write("ä\\u20ac" * (3 << 20))', output: '16M', timeout: 20000 }))
  assert.ok(outputLate < 250, `${outputLate} ms for output`)
  assert.equal(output.stdout.length, 6 << 20)
  const attack = 'hostile = {(i << 64) + 255 for i in range(25000)}'
  await box.eval(attack)
  const [value, valueLate] = await late(async () => (await box.eval('hostile')).value)
  assert.equal(value, undefined)
  assert.ok(valueLate < 1000, `${valueLate} ms for a value`)
  const refused = await box.eval(`
try: tools.take(it=hostile)
except Exception as e: told = e.message
told`)
  assert.match(refused.value, /arguments/)
  assert.equal((await box.eval('tools.take(it=[1])')).value, 'object')
  await box.close()
})
