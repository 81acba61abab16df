// A sandbox as a tool of LangChain.js and LangGraph.
//
//     const agent = createAgent({ model, tools: [codeTool({ timeout: 10_000 })] })
import { tool } from '@langchain/core/tools'

import { AgentSession, inputSchema } from './agent.mjs'

export { AgentSession }

/** Text; with pictures, the standard content blocks. */
function content({ text, pictures }) {
  if (!pictures.length) return text
  return [{ type: 'text', text }, ...pictures.map(({ mediaType, data }) => ({ type: 'image', mimeType: mediaType, data }))]
}

/** @param given an AgentSession, or the options to make one */
export function codeTool(given) {
  const session = AgentSession.of(given)
  const run = async ({ code }, config) => content(await session.run(code, { signal: config?.signal }))
  return tool(run, { name: session.name, description: session.description, schema: inputSchema })
}
