import type { ToolAction } from '@mastra/core/tools'
import { AgentSession, type SessionOptions } from './agent.mjs'

export { AgentSession, type SessionOptions }
/** A tool of Mastra that runs code in a sandbox. */
export function codeTool(given?: AgentSession | SessionOptions): ToolAction<{ code: string }, string>
