// An agent of Mastra with a sandbox as its tool; a script stands in for the model, so that it runs offline.
//
//     npm install @mastra/core ai belljar && node mastra_agent.mjs
import { Agent } from '@mastra/core/agent'
import { MockLanguageModelV3 } from 'ai/test'

import { codeTool } from 'belljar/mastra'

const usage = { inputTokens: { total: 0 }, outputTokens: { total: 0 } }

/** One turn of the model: a call of the tool, then its answer in a sentence. */
function turn(prompt) {
  const told = prompt.at(-1).role === 'tool' ? prompt.at(-1).content[0].output.value : undefined
  const call = { type: 'tool-call', toolCallId: '1', toolName: 'python', input: '{"code": "sum(n * n for n in range(10))"}' }
  const content = told ? [{ type: 'text', text: `The sum is ${told}.` }] : [call]
  return { content, finishReason: { unified: told ? 'stop' : 'tool-calls', raw: undefined }, usage, warnings: [] }
}

const agent = new Agent({
  id: 'mathematician',
  name: 'mathematician',
  instructions: 'Answer by running Python.',
  model: new MockLanguageModelV3({ doGenerate: async ({ prompt }) => turn(prompt) }),
  tools: { python: codeTool({ timeout: 10_000, memory: '256M' }) },
})
const { text } = await agent.generate('The sum of the first squares?')
console.log(text)
