import type { ToolAction } from '@mastra/core/tools'
import { AgentSession, type Picture, type SessionOptions } from './agent.mjs'

export { AgentSession, type SessionOptions }
/** Text; where the code showed pictures, they too. The model is sent them as images. */
export type Output = string | { text: string; pictures: Picture[] }
/** A tool of Mastra that runs code in a sandbox. */
export function codeTool(given?: AgentSession | SessionOptions): ToolAction<{ code: string }, Output>
