// Bytes and typed arrays that stand beside the text of values: what comes is what went, up to the limit valueBytes.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import { ArgumentError, ArrowData, GuestException, Sandbox } from '../lib/index.mjs'

const { decode, encode, Malformed } = createRequire(import.meta.url)('../lib/values.js')

const MIB = 1 << 20
const filled = (size) => Buffer.alloc(size, Buffer.from(Array.from({ length: 256 }, (_, i) => i)))

for (const program of ['python', 'javascript'])
  test(`bytes of any size go into ${program} and come out`, async () => {
    await using box = await Sandbox.create(program)
    for (const size of [4095, 4096, MIB, 3 * MIB + 1, 30 * MIB]) {
      const value = filled(size)
      await box.set({ value })
      assert.ok(value.equals(await box.get('value')), `${size} bytes`)
    }
    const many = Array.from({ length: 200 }, (_, i) => Buffer.alloc(5000 + i, i))
    await box.set({ value: { many, small: Buffer.from('x') } })
    assert.deepEqual(await box.get('value'), { many, small: Buffer.from('x') })
  })

test('typed arrays stay what they are', async () => {
  await using box = await Sandbox.create('javascript')
  const values = [Int8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array].map((Of) =>
    Of.from({ length: 9000 }, (_, i) => i % 100),
  )
  values.push(BigInt64Array.from({ length: 9000 }, (_, i) => BigInt(-i)), new Float64Array(new ArrayBuffer(80000), 8, 9000))
  await box.set({ values })
  assert.deepEqual(await box.get('values'), values)
})

test('what is set is what it was when it was set', async () => {
  await using box = await Sandbox.create('python')
  const value = Buffer.alloc(MIB, 1)
  const done = box.set({ value })
  value.fill(2)
  await done
  assert.ok(Buffer.alloc(MIB, 1).equals(await box.get('value')))
})

test('beyond the limit bytes stay in the text', async () => {
  await using box = await Sandbox.create('python', { valueBytes: 10000 })
  for (const size of [9000, 10001, 500000]) {
    await box.set({ value: filled(size) })
    assert.ok(filled(size).equals(await box.get('value')))
  }
  await assert.rejects(box.set({ value: Buffer.alloc(2 * MIB) }), (error) => error instanceof ArgumentError && /value-bytes/.test(error.message))
  const { hasValue, unfinished } = await box.eval('bytes(2 << 20)')
  assert.deepEqual([hasValue, unfinished], [false, { value: 'bytes' }])
})

test('a guest without memory for them says so, and goes on', async () => {
  await using box = await Sandbox.create('python', { memory: '64M', valueBytes: '100M' })
  await assert.rejects(box.set({ value: Buffer.alloc(80 * MIB) }), (error) => error instanceof GuestException && /MemoryError/.test(error.message))
  assert.equal((await box.eval('6 * 7')).value, 42)
})

test('the receipt as JSON tells size and SHA-256', async () => {
  await using box = await Sandbox.create('python')
  const receipt = await box.eval("[b'ab' * 50000]")
  const sha256 = createHash('sha256').update(receipt.value[0]).digest('hex')
  const { value, valueBlobs } = JSON.parse(JSON.stringify(receipt))
  assert.deepEqual(value, [{ $blob: [0, 'bytes'] }])
  assert.deepEqual(valueBlobs, [{ bytes: 100000, sha256 }])
})

for (const [program, source] of [['python', 'tools.echo(value=value)'], ['javascript', 'tools.echo({ value })']])
  test(`tools of ${program} take and give bytes`, async () => {
    await using box = await Sandbox.create(program, { tools: { echo: { call: ({ value }) => value, maxBytes: '20M' } } })
    for (const size of [4096, 9 * MIB]) {
      await box.set({ value: filled(size) })
      const receipt = await box.eval(source)
      assert.ok(filled(size).equals(receipt.value))
      const told = [{ bytes: size, sha256: createHash('sha256').update(filled(size)).digest('hex') }]
      assert.deepEqual([receipt.toolCalls[0].argumentBlobs, receipt.toolCalls[0].resultBlobs], [told, told])
    }
    await box.set({ value: filled(30 * MIB) })
    const refused = await box.eval(source)
    assert.match(refused.error.message, /may take/)
  })

test('texts that name bytes wrongly are no values', () => {
  const blobs = [Buffer.alloc(7), Buffer.alloc(8)]
  const wrong = ['[2,"bytes"]', '[-1,"bytes"]', '["0","bytes"]', '[0.5,"bytes"]', '[0]', '0', '[0,"f64"]', '[0,"text/plain"]', '[0,"constructor"]']
  for (const held of wrong) assert.throws(() => decode(`{"$blob":${held}}`, blobs), Malformed, held)
  assert.throws(() => decode('{"$blob":["length","bytes"]}', blobs), Malformed)
  assert.deepEqual(decode('{"$blob":[1,"f64"]}', blobs), new Float64Array(1))
})

test('tables are streams that stand beside the text', async () => {
  const blobs = []
  const text = encode({ df: new ArrowData(Buffer.from('stream')) }, undefined, blobs)
  assert.equal(text, '{"df":{"$blob":[0,"application/vnd.apache.arrow.stream"]}}')
  const { df } = decode(text, blobs)
  assert.ok(df instanceof ArrowData && df.data.equals(Buffer.from('stream')))
  assert.throws(() => encode(df), TypeError)
  assert.throws(() => new ArrowData('text'), TypeError)
  await using box = await Sandbox.create('python')
  await assert.rejects(box.set({ df: new ArrowData(Buffer.alloc(64)) }), (error) => error instanceof GuestException && /ValueError/.test(error.message))
})
