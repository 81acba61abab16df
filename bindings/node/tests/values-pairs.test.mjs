// Random values of a Node host, to and from guests of both languages, in all four ways: what arrives is what the model says.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { Foreign, Sandbox } from '../lib/index.mjs'
import { page, PAGE } from './values-table.mjs'

test('docs/values.md says what arrives', async () => {
  assert.equal(await page(), readFileSync(PAGE, 'utf8'), 'run node bindings/node/tests/values-table.mjs --write')
})

// -------------------------------------------------------------------- the model

class Refused extends Error {}

/** Of whatever guest: bytes are a Buffer. */
function bytesOf(value) {
  if (value instanceof ArrayBuffer) return Buffer.from(value)
  if (value instanceof DataView) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (value instanceof Uint8Array) return Buffer.from(value)
  return value
}

const mapped = (value, model) => {
  if (Array.isArray(value)) return value.map(model)
  if (value instanceof Set) return new Set([...value].map(model))
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [model(key), model(item)]))
  if (Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined).map(([key, item]) => [key, model(item)]))
  return bytesOf(value)
}

function throughJavaScript(value) {
  return typeof value === 'object' && value !== null ? mapped(value, throughJavaScript) : value
}

/** Python's keys: 1, 1n and true are one; lists and dicts are none. */
function pythonKeys(keys) {
  const seen = new Set()
  for (const key of keys) {
    if (typeof key === 'object' && key !== null && !(key instanceof Date || key instanceof Uint8Array || key instanceof Foreign)) throw new Refused()
    const form = typeof key === 'string' ? `"${key}` : key instanceof Date ? `d${+key}` : String(typeof key === 'boolean' ? Number(key) : key)
    if (seen.has(form === 'undefined' ? 'null' : form)) throw new Refused()
    seen.add(form === 'undefined' ? 'null' : form)
  }
}

function throughPython(value) {
  if (value === undefined) return null
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8ClampedArray) return new Uint8ClampedArray(value)
  if (value instanceof Set) pythonKeys(value)
  if (value instanceof Map) {
    pythonKeys(value.keys())
    if ([...value.keys()].every((key) => typeof key === 'string')) return throughPython(Object.fromEntries(value))
  }
  return mapped(value, throughPython)
}

// -------------------------------------------------------------------- values

const TEXTS = ['', 'a', '$set', '$', '$$x', '__proto__', '1', 'é\0\u2028😀', '"\\', 'toJSON', 'constructor']
const LEAVES = [
  null, undefined, true, false, 0, -0, 1, -1, 2 ** 53 - 1, 2 ** 53, -(2 ** 60), 0.1, 5e-324, 1e21, 1.7976931348623157e308, NaN, Infinity, -Infinity,
  0n, 7n, -7n, 2n ** 53n, -(2n ** 64n), 10n ** 40n, new Uint8Array([0, 255]), new ArrayBuffer(3), new DataView(new ArrayBuffer(4), 1, 2),
  new Float64Array([1.5, -0]), new BigInt64Array([-1n]), new Int16Array(2), new Date(0), new Date(-1), new Date(253402300799999), ...TEXTS,
]
const KEYS = [null, undefined, true, 1, 2, 1n, 3.5, 10n ** 30n, NaN, 'k', '$dict', '1', new Date(5), [1], {}]

/** Seeded (mulberry32), so that a failure can be found again. */
function randomOf(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

function tree(random, depth) {
  const pick = (list) => list[Math.floor(random() * list.length)]
  const some = (make) => Array.from({ length: Math.floor(random() * 4) }, make)
  const kind = random()
  if (depth === 0 || kind < 0.4) return pick(LEAVES)
  if (kind < 0.6) return some(() => tree(random, depth - 1))
  if (kind < 0.8) return Object.fromEntries(some(() => [pick(TEXTS), tree(random, depth - 1)]))
  if (kind < 0.9) return new Map(some(() => [pick(KEYS), tree(random, depth - 1)]))
  return new Set(some(() => pick(KEYS)))
}

// -------------------------------------------------------------------- the four ways

class Pair {
  static async create(program) {
    const pair = new Pair()
    pair.program = program
    pair.box = await Sandbox.create(program, {
      tools: {
        give: { call: () => pair.given, schema: { type: 'object' } },
        take: { call: ({ value }) => void (pair.taken = value), schema: { type: 'object' } },
      },
    })
    return pair
  }

  async bySetAndGet(value) {
    await this.box.set({ x: value })
    return this.box.get('x')
  }

  async byResult(value) {
    this.given = value
    const receipt = await this.box.eval(this.program === 'python' ? 'y = tools.give()\ny' : 'y = tools.give(); y')
    receipt.throwIfFailed()
    if (!receipt.hasValue && receipt.repr !== null) throw new TypeError('no value')
    return receipt.value
  }

  async byArgument(value) {
    await this.box.set({ x: value })
    ;(await this.box.eval(this.program === 'python' ? 'tools.take(value=x)' : 'tools.take({value: x, gone: undefined})')).throwIfFailed()
    return this.taken
  }
}

async function check(pair, value) {
  const model = pair.program === 'python' ? throughPython : throughJavaScript
  let expected
  try {
    expected = model(value)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    for (const way of ['bySetAndGet', 'byResult', 'byArgument']) await assert.rejects(pair[way](value), undefined, way)
    return
  }
  for (const way of ['bySetAndGet', 'byResult', 'byArgument']) assert.deepStrictEqual(await pair[way](value), expected, way)
}

for (const program of ['python', 'javascript'])
  test(`random values arrive: ${program}`, { timeout: 120000 }, async () => {
    const pair = await Pair.create(program)
    for (const leaf of LEAVES) {
      if (leaf !== undefined) await check(pair, leaf)
      await check(pair, [leaf])
    }
    const random = randomOf(15)
    for (let i = 0; i < 250; i++) {
      const value = tree(random, 3)
      if (value !== undefined) await check(pair, value)
    }
    await pair.box.close()
  })

test('values of Python that JavaScript has no type for are marked, and go back', async () => {
  const pair = await Pair.create('python')
  await pair.box.eval('import datetime, decimal\nx = [decimal.Decimal("1.50"), 1+2j, datetime.time(3, 4), datetime.timedelta(1, 2, 3)]')
  const found = await pair.box.get('x')
  assert.deepEqual(found, [new Foreign('decimal', '1.50'), new Foreign('complex', [1, 2]), new Foreign('time', '03:04:00'), new Foreign('timedelta', [1, 2, 3])])
  await pair.box.set({ y: found })
  assert.equal((await pair.box.eval('x == y and list(map(type, x)) == list(map(type, y))')).value, true)
  const moment = (await pair.box.eval('datetime.datetime(2024, 1, 2, 3, 4, 5, 678901, datetime.timezone(datetime.timedelta(hours=1)))')).value
  assert.equal(moment.toISOString(), '2024-01-02T02:04:05.678Z')
  assert.equal(moment.iso, '2024-01-02T03:04:05.678901+01:00')
  await pair.box.close()
})

test('values arrive in JavaScript as what they are', async () => {
  const pair = await Pair.create('javascript')
  await pair.box.set({ a: new Map([[1, { $gt: 5 }]]), b: 5n, c: -0, d: new Set(['x']), e: new Float32Array([1.5]) })
  assert.deepEqual(
    (await pair.box.eval(`[a instanceof Map && a.get(1).$gt, typeof b, Object.is(c, -0), d.has('x'), e instanceof Float32Array]`)).value,
    [5, 'bigint', true, true, true],
  )
  await pair.box.eval('let declared = 1')
  await pair.box.set({ declared: 2 })
  assert.equal((await pair.box.eval('declared')).value, 2)
  await pair.box.close()
})
