// The adapters' types fit the frameworks'.
import { type ToolSet } from 'ai'
import { Agent } from '@mastra/core/agent'
import type { StructuredToolInterface } from '@langchain/core/tools'

import { AgentSession } from 'belljar/agent'
import { codeTool as forAi } from 'belljar/ai'
import { codeTool as forLangchain } from 'belljar/langchain'
import { codeTool as forMastra } from 'belljar/mastra'
import { mcpTool } from 'belljar/mcp'

const session = new AgentSession({ language: 'javascript', timeout: 1000, maxOutput: 100 })
export const tools: ToolSet = { javascript: forAi(session) }
export const langchain: StructuredToolInterface = forLangchain({ memory: '64M' })
export const agent = (model: ConstructorParameters<typeof Agent>[0]['model']) =>
  new Agent({ id: 'a', name: 'a', instructions: '', model, tools: { python: forMastra(session) } })
export const text: Promise<string | undefined> = mcpTool(session)
  .call({ name: 'javascript', arguments: { code: '1' } })
  .then(({ content }) => (content[0]?.type === 'text' ? content[0].text : content[0]?.mimeType))
// @ts-expect-error no such language
export const wrong = forAi({ language: 'ruby' })
