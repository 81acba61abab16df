// Texts from guests, taken apart on the event loop: whatever they say, it takes a bounded time and makes plain values.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import { run, Sandbox } from '../lib/index.mjs'

const { decode, encode, Malformed } = createRequire(import.meta.url)('../lib/values.js')

const refused = (text, what) => assert.throws(() => decode(text), Malformed, what ?? text.slice(0, 60))

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

test('tables made so that all hashes are the same are refused, by a count of comparisons', () => {
  const big = Array.from({ length: 40000 }, (_, i) => `{"$int":"${i.toString(16)}00000000000000ff"}`)
  const small = colliding(20000)
  const fractions = Array.from({ length: 20000 }, (_, i) => i + 0.5)
  refused(`{"$set":[${big}]}`, 'bigints in a set')
  refused(`{"$set":[${big.map((key) => key.replace('":"', '":"-'))}]}`, 'negative ones')
  refused(`{"$dict":[${big.slice(0, 30000).map((key) => `[${key},0]`)}]}`, 'bigints in a dict')
  refused(`[${Array.from({ length: 40 }, () => `{"$frozenset":[${big.slice(0, 1000)}]}`)}]`, 'bigints in many sets')
  refused(`{"$set":[${small}]}`, 'integers in a set')
  refused(`[{"$set":[${Array.from({ length: 20000 }, (_, i) => i)}]},{"$set":[${small}]}]`, 'integers behind honest ones')
  assert.equal(decode(`{"$set":[${fractions}]}`).size, 20000)
})

test('honest tables of any size are taken', () => {
  const numbers = Array.from({ length: 100000 }, (_, i) => i)
  assert.equal(decode(`{"$set":[${numbers}]}`).size, 100000)
  const dict = decode(`{"$dict":[${numbers.slice(0, 50000).map((n) => `[${n * 7919},"x"]`)}]}`)
  assert.equal(dict.get(7919 * 3), 'x')
  assert.equal(decode(`{"$set":[${numbers.slice(0, 30000).map((n) => `{"$int":"${(2n ** 64n + BigInt(n)).toString(16)}"}`)}]}`).size, 30000)
  for (const step of [1, 2, 1024, 4096, 65536, 2 ** 20, 0.25, 1e10]) assert.equal(decode(`{"$set":[${Array.from({ length: 2000 }, (_, i) => i * step)}]}`).size, 2000)
})

test('what has no form is refused', () => {
  for (const text of [
    '', 'x', '{', '{"$nothing":1}', '{"$int":1}', '{"$int":"1.5"}', '{"$int":"--1"}', '{"$bytes":"*"}', '{"$float":"NaN"}', '{"$tuple":1}',
    '{"$dict":[[1]]}', '{"$dict":[1]}', '{"$datetime":"yesterday"}', '{"$datetime":"2026-13-45T99:99"}', '{"$timedelta":[1,2]}', '{"$complex":[1]}',
    `${'['.repeat(70)}${']'.repeat(70)}`, `{"a":${'{"$tuple":['.repeat(70)}${']}'.repeat(70)}}`, '{"$decimal":{}}', '{"$time":"a"}',
    '{"$set":[1],"a":1}', '{"a":1,"$set":[]}', '1e400', '"\\ud800"', '{"\\ud800":1}', '{"$set":[1,1]}', '{"$dict":[[1,2],[1,3]]}', '{"$array":["f64","AAA="]}',
    '{"$array":["f16",""]}', '{"$undefined":1}', '{"$int":"FF"}', '{"$bytes":"A"}', '{"$float":"1"}', '{"$complex":["1",2]}',
  ])
    refused(text)
  refused('['.repeat(100000) + ']'.repeat(100000))
})

test('keys are data', () => {
  assert.deepEqual(decode('{"$$set":[1],"b":{"$$":1,"$$$c":2}}'), { $set: [1], b: { $: 1, $$c: 2 } })
  const made = decode('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')
  assert.ok(Object.hasOwn(made, '__proto__') && Object.getPrototypeOf(made) === Object.prototype && {}.polluted === undefined)
  assert.equal(encode(made), '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')
  assert.equal(encode({ $set: [1], a: { $$b: 1 } }), '{"$$set":[1],"a":{"$$$b":1}}')
})

test('numbers are told so that every reader finds the same', () => {
  assert.equal(encode([2 ** 53 - 1, 2 ** 53, -(2 ** 60), 1e21, -0, 0.1, 5n]), '[9007199254740991,9007199254740992.0,-1152921504606847000.0,1e+21,-0.0,0.1,{"$int":"5"}]')
  assert.ok(Object.is(decode('-0.0'), -0) && Object.is(decode('{"$float":"-0"}'), -0))
  assert.equal(decode('{"$int":"-20000000000001"}'), -9007199254740993n)
})

test('what goes in is bounded, and told', () => {
  const cycle = {}
  cycle.own = cycle
  const sparse = [1, , 2] // eslint-disable-line no-sparse-arrays
  for (const value of [
    cycle, 'x'.repeat(2 << 20), Symbol('s'), () => 1, Promise.resolve(), new Proxy({}, {}), '\ud800', { '\udc00': 1 }, { f() {} }, sparse, new Date(NaN),
    new Error('e'), /x/, new WeakMap(), new Set([() => 1]), new SharedArrayBuffer(1), new Date(-1e15),
  ])
    assert.throws(() => encode(value), (error) => error instanceof TypeError || error instanceof RangeError)
  assert.equal(encode({ a: undefined, c: { toJSON: () => 'told' }, d: new String('s') }), '{"c":"told","d":"s"}')
  assert.equal(encode([undefined]), '[{"$undefined":null}]')
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
  const receipt = await box.eval('hostile')
  assert.equal(receipt.value, undefined)
  assert.equal(receipt.hasValue, false)
  const answered = await box.eval(`
try: tools.take(it=hostile)
except Exception as e: told = e.message
told`)
  assert.match(answered.value, /arguments/)
  assert.equal((await box.eval('tools.take(it=[1])')).value, 'object')
  await box.close()
})
