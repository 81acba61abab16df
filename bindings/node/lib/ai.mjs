// A sandbox as a tool of Vercel's AI SDK.
//
//     const result = await generateText({ model, tools: { python: codeTool({ timeout: 10_000 }) }, … })
import { jsonSchema, tool } from 'ai'

import { AgentSession, inputSchema } from './agent.mjs'
import { modelOutputOf, outputOf } from './pictures.mjs'

export { AgentSession }

const image = ({ mediaType, data }) => ({ type: 'file', mediaType, data: { type: 'data', data } })

/** @param given an AgentSession, or the options to make one */
export function codeTool(given) {
  const session = AgentSession.of(given)
  return tool({
    description: session.description,
    inputSchema: jsonSchema(inputSchema),
    execute: async ({ code }, { abortSignal } = {}) => outputOf(await session.run(code, { signal: abortSignal })),
    toModelOutput: ({ output }) => modelOutputOf(output, image),
  })
}
