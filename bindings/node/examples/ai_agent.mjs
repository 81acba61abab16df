// Vercel's AI SDK with a sandbox as its tool; a script stands in for the model, so that it runs offline.
//
//     npm install ai belljar && node ai_agent.mjs
import { generateText, isStepCount } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'

import { codeTool } from 'belljar/ai'

const usage = { inputTokens: { total: 0 }, outputTokens: { total: 0 } }
const model = new MockLanguageModelV4({
  doGenerate: async ({ prompt }) => {
    const answer = prompt.at(-1).role === 'tool' ? prompt.at(-1).content[0].output.value : undefined
    return answer
      ? { content: [{ type: 'text', text: `The sum is ${answer}.` }], finishReason: { unified: 'stop' }, usage, warnings: [] }
      : {
          content: [{ type: 'tool-call', toolCallId: '1', toolName: 'python', input: '{"code": "sum(n * n for n in range(10))"}' }],
          finishReason: { unified: 'tool-calls' }, usage, warnings: [],
        }
  },
})

const { text } = await generateText({
  model,
  tools: { python: codeTool({ timeout: 10_000, memory: '256M' }) },
  prompt: 'The sum of the first squares?',
  stopWhen: isStepCount(5),
})
console.log(text)
