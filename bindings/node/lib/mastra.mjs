// A sandbox as a tool of Mastra.
//
//     const agent = new Agent({ …, tools: { python: codeTool({ timeout: 10_000 }) } })
import { createTool } from '@mastra/core/tools'

import { AgentSession, inputSchema } from './agent.mjs'
import { modelOutputOf, outputOf } from './pictures.mjs'

export { AgentSession }

const image = ({ mediaType, data }) => ({ type: 'image-data', mediaType, data })

/** @param given an AgentSession, or the options to make one */
export function codeTool(given) {
  const session = AgentSession.of(given)
  return createTool({
    id: session.name,
    description: session.description,
    inputSchema,
    execute: async ({ code }, context) => outputOf(await session.run(code, { signal: context?.abortSignal })),
    toModelOutput: (output) => modelOutputOf(output, image),
  })
}
