// Adapters with the real frameworks, and a script in place of a model.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { tool as aiTool, generateText, isStepCount } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import { Mastra } from '@mastra/core'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'

import { AgentSession, inputSchema } from 'belljar/agent'
import { codeTool as forAi } from 'belljar/ai'
import { codeTool as forLangchain } from 'belljar/langchain'
import { codeTool as forMastra } from 'belljar/mastra'
import { mcpTool } from 'belljar/mcp'

const steps = ["x = 20\nprint('seen')", '1 / 0', 'while True: pass', "_ = open('a.txt', 'w').write('hi')", 'x + 1']
const options = { timeout: 300 }

/** What each of the steps told the model. */
function check(told) {
  assert.equal(told[0], 'seen')
  assert.match(told[1], /ZeroDivisionError: division by zero$/)
  assert.match(told[2], /the limit timeout.*\n.*as they were before/)
  assert.match(told[3], /created \/work\/a\.txt/)
  assert.equal(told[4], '21')
}

async function each(call) {
  const told = []
  for (const step of steps) told.push(await call(step))
  check(told)
}

test('the session behind them', async () => {
  const session = new AgentSession(options)
  await each(async (code) => (await session.run(code)).text)
  assert.ok((await session.run('print("x" * 100000)')).text.length < 20_200)
  assert.equal((await session.run('pass')).text, '(no output)')
  assert.match((await session.run('raise SystemExit(3)')).text, /exit code 3/)
  const several = await Promise.all([0, 1, 2, 3].map((n) => session.run(`x + ${n}`)))
  assert.deepEqual(several.map(({ text }) => text), ['20', '21', '22', '23'])
  await assert.rejects(session.run('while True: pass', { signal: AbortSignal.timeout(20) }), { name: 'TimeoutError' })
  assert.equal((await session.run('x')).text, '20')
  await session.close()
  await assert.rejects(session.run('x'), { code: 'ERR_BELLJAR_ENDED' })
  const javascript = new AgentSession({ language: 'javascript', tools: { one: () => 1 } })
  assert.equal((await javascript.run('tools.one({}) + 1')).text, '2')
  await javascript[Symbol.asyncDispose]()
  assert.throws(() => new AgentSession({ language: 'ruby' }), { code: 'ERR_BELLJAR_ARGUMENT' })
})

const usage = { inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 }, outputTokens: { total: 1, text: 1, reasoning: 0 } }

test("Vercel's AI SDK", async () => {
  const python = forAi(options)
  const told = []
  let turn = 0
  const model = new MockLanguageModelV4({
    doGenerate: async ({ prompt, tools }) => {
      assert.deepEqual(tools[0].inputSchema.properties.code.type, 'string')
      if (turn) told.push(prompt.at(-1).content[0].output.value)
      const step = steps[turn++]
      const content = step
        ? [{ type: 'tool-call', toolCallId: String(turn), toolName: 'python', input: JSON.stringify({ code: step }) }]
        : [{ type: 'text', text: 'over' }]
      return { content, finishReason: { unified: step ? 'tool-calls' : 'stop', raw: undefined }, usage, warnings: [] }
    },
  })
  const result = await generateText({ model, tools: { python }, prompt: 'go', stopWhen: isStepCount(steps.length + 1) })
  assert.equal(result.text, 'over')
  check(told)
  assert.equal(typeof aiTool, 'function')
  await assert.rejects(python.execute({ code: 'while True: pass' }, { abortSignal: AbortSignal.timeout(20) }), { name: 'TimeoutError' })
})

test('Mastra', async () => {
  const python = forMastra(options)
  assert.equal(python.id, 'python')
  await each((code) => python.execute({ code }, {}))
  assert.equal((await python.execute({ code: 1 }, {})).error, true) // Mastra's own check
  const mastra = new Mastra({ tools: { python }, logger: false })
  assert.equal(await mastra.getTool('python').execute({ code: 'x + 2' }, {}), '22')
})

test('LangChain.js', async () => {
  const python = forLangchain(options)
  assert.equal(python.name, 'python')
  await each(async (code) => (await python.invoke({ type: 'tool_call', id: '1', name: 'python', args: { code } })).content)
  await assert.rejects(python.invoke({ code: 1 }))
  await assert.rejects(python.invoke({ code: 'while True: pass' }, { signal: AbortSignal.timeout(20) }), { name: 'TimeoutError' })
})

test('MCP, by its own client', async () => {
  const python = mcpTool(options)
  const server = new Server({ name: 'sandbox', version: '1' }, { capabilities: { tools: {} } })
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [python.definition] }))
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal }) => python.call(params, { signal }))
  const client = new Client({ name: 'test', version: '1' })
  const [here, there] = InMemoryTransport.createLinkedPair()
  await Promise.all([server.connect(there), client.connect(here)])
  const { tools } = await client.listTools()
  assert.deepEqual(tools[0].inputSchema, inputSchema)
  const failed = []
  await each(async (code) => {
    const { content, isError } = await client.callTool({ name: 'python', arguments: { code } })
    failed.push(isError)
    return content[0].text
  })
  assert.deepEqual(failed, [false, true, true, false, false])
  assert.equal((await client.callTool({ name: 'python', arguments: {} })).isError, true)
  assert.equal((await client.callTool({ name: 'ruby', arguments: { code: '1' } })).isError, true)
  await client.close()
  assert.deepEqual(JSON.parse(JSON.stringify(python.definition)), python.definition)
})

// ---------------------------------------------------------------------- pictures

// A PNG of 1×1, and one that is cut off.
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
const drawing = `import base64
png = base64.b64decode('${png.toString('base64')}')
print('drawn')
display({'image/png': png}, raw=True)
display({'image/png': png[:-8]}, raw=True)`
const drawn = 'drawn\n[image/png, 1×1, 70 bytes]\n[image/png, 1×1, 62 bytes]'
const data = png.toString('base64')

test('pictures of a session', async () => {
  const session = new AgentSession(options)
  const { text, pictures } = await session.run(drawing)
  assert.equal(text, drawn)
  assert.deepEqual(pictures, [{ mediaType: 'image/png', data }])
  const many = await session.run("for i in range(300): display({'image/png': png}, raw=True)")
  assert.equal(many.pictures.length, 8)
  assert.match(many.text, /200 more displays were left out/)
  for (const [type, bytes] of [['png', '\\x89PNG\\r\\n\\x1a\\n'], ['png', ''], ['jpeg', '\\xff\\xd8\\xff'], ['gif', 'GIF8'], ['webp', 'RIFF....WEBP']])
    assert.deepEqual((await session.run(`display({'image/${type}': b'${bytes}'}, raw=True)`)).pictures, [])
  await session.close()
})

test("pictures in Vercel's AI SDK", async () => {
  let output
  const model = new MockLanguageModelV4({
    doGenerate: async ({ prompt }) => {
      output = prompt.at(-1).role === 'tool' ? prompt.at(-1).content[0].output : undefined
      const content = output
        ? [{ type: 'text', text: 'over' }]
        : [{ type: 'tool-call', toolCallId: '1', toolName: 'python', input: JSON.stringify({ code: drawing }) }]
      return { content, finishReason: { unified: output ? 'stop' : 'tool-calls', raw: undefined }, usage, warnings: [] }
    },
  })
  await generateText({ model, tools: { python: forAi(options) }, prompt: 'go', stopWhen: isStepCount(3) })
  assert.equal(output.type, 'content')
  assert.deepEqual(output.value[0], { type: 'text', text: drawn })
  assert.deepEqual(JSON.parse(JSON.stringify(output.value.slice(1))), [{ type: 'file', mediaType: 'image/png', data: { type: 'data', data } }])
})

test('pictures in Mastra', async () => {
  const python = forMastra(options)
  const output = await python.execute({ code: drawing }, {})
  assert.deepEqual(python.toModelOutput(output), {
    type: 'content',
    value: [{ type: 'text', text: drawn }, { type: 'image-data', mediaType: 'image/png', data }],
  })
  assert.deepEqual(python.toModelOutput('text'), { type: 'text', value: 'text' })
})

test('pictures in LangChain.js', async () => {
  const message = await forLangchain(options).invoke({ type: 'tool_call', id: '1', name: 'python', args: { code: drawing } })
  const [text, image] = message.contentBlocks
  assert.equal(text.text, drawn)
  assert.deepEqual([image.type, image.mimeType, image.data], ['image', 'image/png', data])
})

test('pictures in MCP', async () => {
  const python = mcpTool(options)
  const server = new Server({ name: 'sandbox', version: '1' }, { capabilities: { tools: {} } })
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal }) => python.call(params, { signal }))
  const client = new Client({ name: 'test', version: '1' })
  const [here, there] = InMemoryTransport.createLinkedPair()
  await Promise.all([server.connect(there), client.connect(here)])
  const { content, isError } = await client.callTool({ name: 'python', arguments: { code: drawing } })
  assert.deepEqual([content, isError], [[{ type: 'text', text: drawn }, { type: 'image', mimeType: 'image/png', data }], false])
  await client.close()
})
