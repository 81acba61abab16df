import { AgentSession, inputSchema, type SessionOptions } from './agent.mjs'

export { AgentSession, type SessionOptions }

export type McpContent = { type: 'text'; text: string } | { type: 'image'; data: string; mimeType: string }

export interface McpTool {
  readonly session: AgentSession
  /** What tools/list tells of it. */
  readonly definition: {
    name: string
    title: string
    description: string
    inputSchema: typeof inputSchema
    annotations: { readOnlyHint: boolean; destructiveHint: boolean; idempotentHint: boolean; openWorldHint: boolean }
  }
  /** What answers tools/call. */
  call(
    params: { name: string; arguments?: Record<string, unknown> | undefined },
    options?: { signal?: AbortSignal | undefined },
  ): Promise<{ content: McpContent[]; isError: boolean }>
}

export function mcpTool(given?: AgentSession | SessionOptions): McpTool
