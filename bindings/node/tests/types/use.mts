// What a program in TypeScript writes. Checked by tsc, and run: `await using` is compiled down for Node 20.
import assert from 'node:assert/strict'
import { ArgumentError, executeAgentWasm, LimitError, run, runSync, Sandbox, Snapshot, type Receipt, type Tool, type Tools } from 'belljar'

const search: Tool<{ query: string; limit?: number }> = {
  description: 'Finds documents.',
  schema: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
  call: async ({ query, limit = 1 }, { signal }) => (signal.aborted ? [] : Array(limit).fill(query.toUpperCase())),
}
const tools: Tools = { search, plain: ({ a }) => a }

async function session(): Promise<number> {
  await using box = await Sandbox.create('python', { tools, memory: '64M', preopens: { '/tmp': { memory: '16M' } }, timeout: 10_000 })
  await box.eval('x = 41')
  const receipt: Receipt<number> = await box.eval<number>('x + 1')
  const value: number = receipt.value
  const [found] = (await box.eval<string[]>('tools.search(query="a")')).value
  assert.equal(found, 'A')
  const snapshot: Snapshot = await box.snapshot()
  await using twin = await snapshot.spawn()
  assert.equal(await twin.get<number>('x'), 41)
  box.stdout.on('data', (chunk: Buffer) => chunk.length)
  return value
}

const hello = process.argv[2]!
const limited = await run(hello, { output: 1, fuel: 10n ** 9n, signal: new AbortController().signal, stdout: (chunk) => chunk.byteLength })
assert.throws(() => limited.throwIfFailed(), LimitError)
const name: string | undefined = limited.limit?.name
assert.equal(name, 'output-limit')
assert.equal(runSync('javascript', { source: '1 + 1' }).value, 2)
assert.equal((await executeAgentWasm(hello, ['a'])).success, true)
assert.equal(await session(), 42)

// What must not compile.
// @ts-expect-error a misspelt option
const wrong1 = () => run(hello, { preopen: {} })
// @ts-expect-error a mode that there is not
const wrong2 = () => run(hello, { preopens: { '/x': { host: '.', mode: 'wr' } } })
// @ts-expect-error runSync serves no tools
const wrong3 = () => runSync(hello, { tools })
// @ts-expect-error sandboxes are made by create()
const wrong4 = () => new Sandbox()
// @ts-expect-error an eval has no policy
const wrong5 = () => Sandbox.create('python').then((box) => box.eval('1', { timeout: 1 }))
void [wrong1, wrong2, wrong3, wrong4, wrong5]
console.log('types hold')
