// A sandbox as a tool of LangChain.js and LangGraph.
//
//     const agent = createAgent({ model, tools: [codeTool({ timeout: 10_000 })] })
import { tool } from '@langchain/core/tools'

import { AgentSession, inputSchema } from './agent.mjs'

export { AgentSession }

/** @param given an AgentSession, or the options to make one */
export function codeTool(given) {
  const session = AgentSession.of(given)
  const run = async ({ code }, config) => (await session.run(code, { signal: config?.signal })).text
  return tool(run, { name: session.name, description: session.description, schema: inputSchema })
}
