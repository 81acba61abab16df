// What guests show, as receipts have it.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { run, Sandbox } from 'belljar'

test('forms are text or bytes, in order', async () => {
  const source = `display({'text/plain': 'é', 'image/png': bytes([137, 0, 255]), 'a/b+json': [1]}, raw=True, metadata={'m': 1})
display({'text/html': 'x' * 100_000}, raw=True)`
  const receipt = await run('python', { source })
  assert.deepEqual(receipt.displays, [
    { data: { 'text/plain': 'é', 'image/png': Buffer.from([137, 0, 255]), 'a/b+json': '[1]' }, metadata: { m: 1 } },
    { data: { 'text/html': 'x'.repeat(100_000) }, metadata: {} },
  ])
  assert.deepEqual([receipt.displaysMore, receipt.displaysTruncated], [0, false])
  assert.deepEqual(receipt.toJSON().displays[0].data['image/png'], 'iQD/')
  assert.deepEqual((await run('python', { source: '1' })).displays, [])
  assert.deepEqual((await run('python', { source: 'pass' })).displays, [])
})

test('what is left out is counted', async () => {
  const box = await Sandbox.create('javascript', { displays: 2, displayBytes: '64K' })
  const many = await box.eval('for (let i = 0; i < 5; i++) display(i)')
  assert.deepEqual([many.displays.length, many.displaysMore, many.displaysTruncated], [2, 3, true])
  assert.deepEqual(many.unfinished, { displays: 'count' })
  const large = await box.eval("display({'image/png': new Uint8Array(1e5)}); display(1)")
  assert.deepEqual([large.displays.length, large.displaysMore, large.unfinished], [1, 1, { displays: 'bytes' }])
  await box.close()
})
