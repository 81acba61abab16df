// A server of the Model Context Protocol on stdin and stdout with one tool: Python in a sandbox.
//
//     npm install @modelcontextprotocol/sdk belljar && node mcp_server.mjs
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'

import { mcpTool } from 'belljar/mcp'

const python = mcpTool({ timeout: 10_000, memory: '256M' })
const server = new Server({ name: 'python-under-glass', version: '1.0.0' }, { capabilities: { tools: {} } })
server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [python.definition] }))
server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal }) => python.call(params, { signal }))
await server.connect(new StdioServerTransport())
