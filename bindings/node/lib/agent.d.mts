import type { Receipt, Sandbox, SandboxOptions } from './index.mjs'

export interface SessionOptions extends SandboxOptions {
  /** Default "python". */
  language?: 'python' | 'javascript'
  /** A sandbox to use; default: one of its own, made with the other options when it is first wanted. */
  box?: Sandbox
  /** Of the tool; default: the language. */
  name?: string
  /** What the model is told of it. */
  description?: string
  /** Characters of text that a call gives at most; default 20,000. */
  maxOutput?: number
}

/** A picture that the code showed, fit to be sent to a model: `data` is base64. */
export interface Picture {
  mediaType: string
  data: string
}

/** What a call came to. */
export interface Reply {
  text: string
  pictures: Picture[]
  failed: boolean
  receipt: Receipt
}

/** JSON Schema of the tool's arguments: `{ code: string }`. */
export const inputSchema: {
  type: 'object'
  properties: { code: { type: 'string'; description: string } }
  required: ['code']
  additionalProperties: false
}

/** A receipt as a model reads it. */
export function told(receipt: Receipt, most?: number): string

/** One sandbox for all calls of one tool: variables and files stay. Calls take turns. A call that ends the sandbox takes it back to
 * where it stood before that call. */
export class AgentSession {
  constructor(options?: SessionOptions)
  readonly language: 'python' | 'javascript'
  readonly name: string
  readonly description: string
  box(): Promise<Sandbox>
  run(code: string, options?: { signal?: AbortSignal | undefined }): Promise<Reply>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
