// Tools: functions of the host that guests call, and what they may not do.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ArgumentError, BusyError, configure, run, Sandbox } from '../lib/index.mjs'
import { sleep } from './helpers.mjs'

const schema = {
  type: 'object', properties: { query: { type: 'string' }, limit: { type: 'integer' } }, required: ['query'], additionalProperties: false,
}

test('a tool gets its arguments and gives its result, async or not, in both languages', async () => {
  const tools = {
    search: { schema, description: 'Finds.', call: async ({ query, limit = 2 }) => (await sleep(5), Array(limit).fill(query)) },
    add: ({ a, b }) => a + b,
  }
  const python = await Sandbox.create('python', { tools })
  const r = await python.eval('tools.search(query="q") + tools.search("p", 1) + [tools.add(a=1, b=2)]')
  assert.deepEqual(r.value, ['q', 'q', 'p', 3], JSON.stringify(r))
  assert.deepEqual(r.toolCalls.map(({ name, outcome }) => [name, outcome]), [['search', 'returned'], ['search', 'returned'], ['add', 'returned']])
  assert.equal((await python.eval('tools.search.__doc__')).value.includes('Finds.'), true)
  const javascript = await Sandbox.create('javascript', { tools })
  assert.deepEqual((await javascript.eval('[...tools.search({query: "q"}), tools.add({a: 1, b: 2})]')).value, ['q', 'q', 3])
  assert.deepEqual((await run('javascript', { tools, source: 'await tools.search({query: "once", limit: 1})' })).value, ['once'])
  await Promise.all([python.close(), javascript.close()])
})

test('values pass as what they are', async () => {
  const seen = []
  const box = await Sandbox.create('python', {
    tools: {
      echo: ({ it }) => (seen.push(it), it),
      make: () => ({ raw: Buffer.from('b'), when: new Date(0), set: new Set([1]), big: 2n ** 80n, nan: NaN, none: undefined }),
    },
  })
  const r = await box.eval(`
import datetime, math
made = tools.make()
assert made["raw"] == b"b" and made["set"] == {1} and made["big"] == 2**80 and math.isnan(made["nan"]), made
assert made["when"] == datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc), made
sent = [b"bytes", {1, 2}, 2**70, (1, None), {1: "one"}, 1.5, datetime.date(2026, 1, 2)]
[tools.echo(it=each) for each in sent] and None`)
  assert.equal(r.outcome, 'ok', JSON.stringify(r.error))
  assert.deepEqual(seen, [Buffer.from('bytes'), new Set([1, 2]), 2n ** 70n, [1, null], new Map([[1, 'one']]), 1.5, new Date('2026-01-02')])
  await box.close()
})

test('a rejection is an exception in the guest, with its name and message and nothing else of the host', async () => {
  class OutOfStock extends Error {
    name = 'OutOfStock'
  }
  const odd = { get name() { throw 1 }, get message() { throw 2 } }
  const tools = {
    sell: async () => { throw new OutOfStock('none left', { cause: new Error('secret cause') }) },
    now: () => { throw new TypeError('synchronous') },
    text: () => Promise.reject('a text'),
    nothing: () => Promise.reject(),
    odd: () => { throw odd },
    cannot: () => Symbol('s'),
    cycle: () => { const o = {}; o.o = o; return o },
    large: () => 'x'.repeat(2 << 20),
  }
  const box = await Sandbox.create('python', { tools })
  const raised = async (name) => (await box.eval(`
try:
    tools.${name}()
except Exception as e:
    told = (type(e).__name__, getattr(e, "type", None), e.message, repr(vars(e)))
told`)).value
  assert.deepEqual((await raised('sell')).slice(0, 3), ['ToolError', 'OutOfStock', 'none left'])
  for (const text of await raised('sell')) assert.doesNotMatch(text, /secret|\.mjs|at async|\/home|\/work/)
  assert.deepEqual((await raised('now')).slice(1, 3), ['TypeError', 'synchronous'])
  assert.deepEqual((await raised('text')).slice(1, 3), ['Error', 'a text'])
  assert.deepEqual((await raised('nothing')).slice(1, 3), ['Error', 'undefined'])
  assert.equal((await raised('odd'))[1], 'Error')
  assert.equal((await raised('cannot'))[1], 'TypeError')
  assert.equal((await raised('cycle'))[1], 'RangeError')
  assert.equal((await raised('large'))[1], 'RangeError')
  const javascript = await run('javascript', { tools, source: 'try { tools.sell() } catch (e) { [e.name, e.message, String(e.stack)].join("|") }' })
  assert.match(javascript.value, /none left/)
  assert.doesNotMatch(javascript.value, /secret|\.mjs/)
  await box.close()
})

test('arguments that do not fit the schema never reach the function', async () => {
  let calls = 0
  const box = await Sandbox.create('python', { tools: { search: { schema, call: () => ++calls } } })
  for (const bad of ['', 'query=1', 'query="a", more=1', 'query="a", limit="b"', 'query="a", limit=1.5']) {
    const r = await box.eval(`
try: tools.search(${bad}); told = None
except Exception as e: told = type(e).__name__
told`)
    assert.equal(r.value, 'ToolRefused', bad)
  }
  assert.equal(calls, 0)
  assert.equal((await box.eval('tools.search(query="a")')).value, 1)
  await box.close()
})

test('limits of a tool hold', async () => {
  const signals = []
  const box = await Sandbox.create('python', {
    tools: {
      twice: { call: () => 1, maxCalls: 2 },
      slow: { call: (_, { signal }) => (signals.push(signal), new Promise(() => {})), timeout: 30 },
      small: { call: () => 'x'.repeat(100), maxBytes: 50 },
    },
  })
  const name = async (source) => (await box.eval(source)).error?.type
  assert.match(await name('[tools.twice() for i in range(3)]'), /ToolRefused/)
  assert.match(await name('tools.slow()'), /ToolTimeout/)
  assert.match(await name('tools.small()'), /ToolError/)
  assert.equal(signals[0].aborted, true)
  assert.equal((await box.eval('1')).value, 1)
  await box.close()
})

test('a tool that never answers ends by the sandbox\'s time, an interrupt or an abort, and is told', async () => {
  const signals = []
  const tools = { never: (_, { signal }) => (signals.push(signal), new Promise(() => {})) }
  const source = 'tools.never()'
  assert.equal((await run('python', { tools, source, timeout: 50 })).limit.name, 'timeout')
  await assert.rejects(run('python', { tools, source, signal: AbortSignal.timeout(30) }), { name: 'TimeoutError' })
  const box = await Sandbox.create('python', { tools })
  const waits = box.eval(source)
  await sleep(30)
  box.interrupt()
  assert.equal((await waits).outcome, 'interrupted')
  await box.close()
  await sleep(20)
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true, true, true])
})

test('guests that wait hold no thread', async () => {
  let release
  const gate = new Promise((resolve) => (release = resolve))
  let waiting = 0
  const tools = { wait: () => (waiting++, gate) }
  const boxes = await Promise.all(Array.from({ length: 40 }, () => Sandbox.create('javascript', { tools })))
  const all = boxes.map((box, i) => box.eval(`tools.wait({}) + ${i}`))
  while (waiting < 40) await sleep(1)
  assert.equal((await run('javascript', { source: '1 + 1' })).value, 2) // there is a thread for others
  release(100)
  assert.deepEqual((await Promise.all(all)).map(({ value }) => value), boxes.map((_, i) => 100 + i))
  await Promise.all(boxes.map((box) => box.close()))
})

test('a tool that waits for the sandbox that waits for it is told so, however far away', async () => {
  const tried = []
  const box = await Sandbox.create('python', {
    tools: {
      again: async () => (await box.eval('1')).value,
      later: async () => (await sleep(5), box.snapshot()),
      files: () => box.files.list(),
      through: async () => (await other.eval('tools.back()')).throwIfFailed().value,
      aside: async () => (await other.eval('40 + 2')).value,
    },
  })
  const other = await Sandbox.create('python', { tools: { back: async () => (tried.push(1), (await box.eval('1')).value) } })
  for (const name of ['again', 'later', 'files'])
    assert.match((await box.eval(`
try: tools.${name}()
except Exception as e: told = e.type
told`)).value, /^BusyError$/, name)
  assert.match((await box.eval('tools.through()')).error.message, /BusyError|waits for the tool/)
  assert.equal(tried.length, 1)
  assert.equal((await box.eval('tools.aside()')).value, 42) // another sandbox is another matter
  assert.equal((await box.eval('1')).value, 1) // and so is afterwards
  assert.ok(new BusyError('') instanceof Error)
  await Promise.all([box.close(), other.close()])
})

test('a tool may interrupt or close the sandbox that calls it', async () => {
  const box = await Sandbox.create('python', { tools: { stop: () => box.interrupt(), end: () => box.close() } })
  const here = await box.snapshot()
  assert.equal((await box.eval('tools.stop()\nwhile True: pass')).outcome, 'interrupted')
  await box.rewind(here)
  assert.equal((await box.eval('tools.end()\nwhile True: pass')).outcome, 'interrupted')
  assert.equal(box.ended, true)
})

test('tools are added, replaced and taken away between evals; spawned sandboxes keep them', async () => {
  const box = await Sandbox.create('python')
  await assert.rejects(box.addTool('no name', () => 1), ArgumentError)
  await box.addTool('f', { call: () => 1, global: true })
  assert.equal((await box.eval('f()')).value, 1)
  await box.addTool('f', { call: () => 2, global: true })
  assert.equal((await box.eval('f()')).value, 2)
  const twin = await box.fork()
  await box.removeTool('f')
  assert.equal((await box.eval('tools.f()')).outcome, 'error')
  await assert.rejects(box.removeTool('f'), ArgumentError)
  assert.equal((await twin.eval('tools.f()')).value, 2)
  const snapshot = await twin.snapshot()
  const other = await snapshot.spawn({ tools: { f: () => 3 } })
  assert.equal((await other.eval('tools.f()')).value, 3)
  await Promise.all([box, twin, other].map((each) => each.close()))
})

test('what is asked for before a tool is granted finds it, and is told in its order', { timeout: 60000 }, async () => {
  for (let round = 0; round < 60; round++) {
    const box = await Sandbox.create('python', { timeout: 2000 })
    const granted = box.addTool('f', () => 1)
    const value = box.eval('tools.f()')
    const twin = box.fork()
    const snapshot = box.snapshot()
    const gone = box.removeTool('f')
    await granted
    assert.equal((await value).value, 1)
    const spawned = await (await snapshot).spawn()
    assert.equal((await (await twin).eval('tools.f()')).value, 1)
    assert.equal((await spawned.eval('tools.f()')).value, 1)
    await gone
    assert.equal((await box.eval('tools.f()')).outcome, 'error')
    await Promise.all([box.close(), (await twin).close(), spawned.close()])
  }
})

test('configure() refuses what is no number of threads', () => {
  assert.throws(() => configure({ threads: 0 }), ArgumentError)
  assert.throws(() => configure({ thread: 1 }), ArgumentError)
  assert.throws(() => configure({ maxSandboxes: 1e6 }), ArgumentError)
  assert.throws(() => configure({ hostDescriptors: 0 }), ArgumentError)
  assert.throws(() => configure({ compileMs: 0 }), ArgumentError)
  assert.throws(() => configure({ compileBytes: 1.5 }), ArgumentError)
  assert.throws(() => configure({ threads: 2 }), /before the first sandbox/)
})
