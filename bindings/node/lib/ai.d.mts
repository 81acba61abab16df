import type { Tool } from 'ai'
import { AgentSession, type SessionOptions } from './agent.mjs'

export { AgentSession, type SessionOptions }
/** A tool of the AI SDK that runs code in a sandbox. */
export function codeTool(given?: AgentSession | SessionOptions): Tool<{ code: string }, string>
