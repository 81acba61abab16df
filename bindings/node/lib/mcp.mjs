// A sandbox as a tool of the Model Context Protocol: its definition as JSON, and what answers its calls. Of no package: it goes
// into any server, and into any API that takes name, description and JSON Schema.
//
//     const python = mcpTool({ timeout: 10_000 })
//     server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [python.definition] }))
//     server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal }) => python.call(params, { signal }))
import { AgentSession, inputSchema } from './agent.mjs'

export { AgentSession }

/** @param given an AgentSession, or the options to make one */
export function mcpTool(given) {
  const session = AgentSession.of(given)
  return {
    session,
    definition: {
      name: session.name,
      title: `${session.name} in a sandbox`,
      description: session.description,
      inputSchema,
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
    },
    /** The result of tools/call: what the guest did wrong is a result with isError, for the model to read. */
    async call({ name, arguments: args }, { signal } = {}) {
      if (name !== session.name) return failure(`there is no tool ${String(name)}`)
      if (typeof args?.code !== 'string') return failure('code: a string')
      const { text, pictures, failed } = await session.run(args.code, { signal })
      const images = pictures.map(({ mediaType, data }) => ({ type: 'image', data, mimeType: mediaType }))
      return { content: [{ type: 'text', text }, ...images], isError: failed }
    },
  }
}

const failure = (text) => ({ content: [{ type: 'text', text }], isError: true })
