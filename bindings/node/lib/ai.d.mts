import type { Tool } from 'ai'
import { AgentSession, type Picture, type SessionOptions } from './agent.mjs'

export { AgentSession, type SessionOptions }
/** Text; where the code showed pictures, they too. The model is sent them as images. */
export type Output = string | { text: string; pictures: Picture[] }
/** A tool of the AI SDK that runs code in a sandbox. */
export function codeTool(given?: AgentSession | SessionOptions): Tool<{ code: string }, Output>
