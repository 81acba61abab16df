import type { DynamicStructuredTool } from '@langchain/core/tools'
import { AgentSession, type SessionOptions } from './agent.mjs'

export { AgentSession, type SessionOptions }
/** A tool of LangChain.js that runs code in a sandbox. */
export function codeTool(given?: AgentSession | SessionOptions): DynamicStructuredTool
