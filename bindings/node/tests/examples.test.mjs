// Every example runs, offline, and says what it should.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'

import { process_ } from './helpers.mjs'

const folder = fileURLToPath(new URL('../examples/', import.meta.url))

const prints = {
  'session.mjs': 'total: 7\nmore: 3\nless: 1\nunknown: RangeError: nobody sells bell\n',
  'ai_agent.mjs': 'The sum is 285.\n',
  'langchain_agent.mjs': 'The sum is 285.\n',
  'mastra_agent.mjs': 'The sum is 285.\n',
}

for (const [name, expected] of Object.entries(prints))
  test(name, async () => {
    const { code, stdout, stderr } = await process_([folder + name])
    assert.deepEqual([code, stdout], [0, expected], stderr)
  })

test('mcp_server.mjs', async () => {
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [`${folder}mcp_server.mjs`], stderr: 'inherit' }))
  const { content } = await client.callTool({ name: 'python', arguments: { code: 'sum(n * n for n in range(10))' } })
  assert.equal(content[0].text, '285')
  await client.close()
})

test('server.mjs answers while others loop', async (t) => {
  const server = spawn(process.execPath, [`${folder}server.mjs`], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => server.kill())
  const url = String(await new Promise((resolve) => server.stdout.once('data', resolve))).trim()
  const post = async (body) => (await fetch(url, { method: 'POST', body })).json()
  const loops = Array.from({ length: 8 }, () => post('while True: pass'))
  assert.equal((await post('6 * 7')).value, 42)
  for (const receipt of await Promise.all(loops)) assert.equal(receipt.limit.name, 'timeout')
})

test('there is no example that is not run', () => {
  const run = [...Object.keys(prints), 'mcp_server.mjs', 'server.mjs']
  assert.deepEqual(readdirSync(folder).sort(), run.sort())
})
