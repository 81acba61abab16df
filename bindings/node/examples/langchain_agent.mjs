// LangChain.js with a sandbox as its tool; a script stands in for the model, so that it runs offline.
//
//     npm install @langchain/core belljar && node langchain_agent.mjs
import { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessage, HumanMessage } from '@langchain/core/messages'

import { codeTool } from 'belljar/langchain'

class Script extends BaseChatModel {
  _llmType() {
    return 'script'
  }

  bindTools() {
    return this
  }

  async _generate(messages) {
    const last = messages.at(-1)
    const call = { name: 'python', args: { code: 'sum(n * n for n in range(10))' }, id: '1', type: 'tool_call' }
    const message =
      last.getType() === 'tool' ? new AIMessage(`The sum is ${last.content}.`) : new AIMessage({ content: '', tool_calls: [call] })
    return { generations: [{ message, text: '' }] }
  }
}

const python = codeTool({ timeout: 10_000, memory: '256M' })
const model = new Script({}).bindTools([python])
const messages = [new HumanMessage('The sum of the first squares?')]
for (;;) {
  const answer = await model.invoke(messages)
  messages.push(answer)
  if (!answer.tool_calls.length) break
  for (const call of answer.tool_calls) messages.push(await python.invoke(call))
}
console.log(messages.at(-1).content)
