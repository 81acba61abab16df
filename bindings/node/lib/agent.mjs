// What the adapters to agent frameworks share: a session that a model talks to in text.
import belljar from './index.js'
import { outline, pictureOf, picturesOf } from './pictures.mjs'

const { ArgumentError, Sandbox, SandboxEndedError } = belljar

const LANGUAGES = { python: 'Python', javascript: 'JavaScript' }

const description = (language) =>
  `Runs ${LANGUAGES[language]} in a sandbox and returns what it printed and the value of its last expression. Variables and the ` +
  'files in /work stay from call to call. There is no network and no shell.'

/** What a model is told of the tool: JSON Schema. */
export const inputSchema = {
  type: 'object',
  properties: { code: { type: 'string', description: 'The source to run.' } },
  required: ['code'],
  additionalProperties: false,
}

/** What was shown, in text: a picture in a few words, the last expression's value but once. */
function shown(display, at, receipt) {
  const picture = pictureOf(display)
  if (picture) return outline(...picture)
  const plain = display.data['text/plain']
  if (plain === undefined) return Object.entries(display.data).map((form) => outline(...form)).join(' ')
  return at === receipt.displays.length - 1 && plain === receipt.repr ? '' : plain
}

/** A receipt as a model reads it. */
export function told(receipt, most = 20_000) {
  const parts = [receipt.stdout.replace(/\n+$/, ''), ...receipt.displays.map((display, at) => shown(display, at, receipt))]
  if (receipt.displaysMore) parts.push(`(${receipt.displaysMore} more displays were left out)`)
  if (receipt.repr !== null && receipt.repr !== 'None' && receipt.repr !== 'undefined') parts.push(receipt.repr)
  if (receipt.error) parts.push(receipt.error.traceback.trimEnd() || `${receipt.error.type}: ${receipt.error.message}`)
  else if (receipt.limit) parts.push(`stopped: the limit ${receipt.limit.name} (${receipt.limit.allowed}) was reached`)
  else if (!receipt.success) parts.push(`stopped: ${receipt.outcome}, exit code ${receipt.exitCode}`)
  const changed = receipt.files.filter(({ type }) => type === 'file').slice(0, 20)
  if (changed.length) parts.push(`files: ${changed.map(({ change, path }) => `${change} ${path}`).join(', ')}`)
  const text = parts.filter(Boolean).join('\n') || '(no output)'
  if (text.length <= most) return text
  const half = most >> 1
  return `${text.slice(0, half)}\n… ${text.length - 2 * half} characters left out …\n${text.slice(-half)}`
}

/** One sandbox for all calls of one tool. A call that ends it takes it back to where it stood before that call. */
export class AgentSession {
  #made
  #options
  #maxOutput
  #turn = Promise.resolve()

  constructor({ language = 'python', box, name, description: given, maxOutput = 20_000, ...options } = {}) {
    if (!Object.hasOwn(LANGUAGES, language)) throw new ArgumentError(`language: 'python' or 'javascript', not ${String(language)}`)
    this.language = language
    this.name = name ?? language
    this.description = given ?? description(language)
    this.#made = box && Promise.resolve(box)
    this.#options = options
    this.#maxOutput = maxOutput
  }

  static of(given) {
    return given instanceof AgentSession ? given : new AgentSession(given)
  }

  /** The sandbox, which is made when it is first wanted. */
  box() {
    this.#made ??= Sandbox.create(this.language, this.#options)
    return this.#made
  }

  /** Runs code, in turn, and tells of it: { text, pictures: [{ mediaType, data }], failed, receipt }; data is base64. Rejects where it is aborted. */
  run(code, { signal } = {}) {
    const result = this.#turn.then(() => this.#run(code, signal))
    this.#turn = result.catch(() => {})
    return result
  }

  async #run(code, signal) {
    signal?.throwIfAborted()
    const box = await this.box()
    if (box.ended) throw new SandboxEndedError('the sandbox of this tool has ended')
    const before = await box.snapshot()
    let receipt
    try {
      receipt = await box.eval(code, { signal })
    } catch (error) {
      await box.rewind(before) // after an abort
      throw error
    }
    let text = told(receipt, this.#maxOutput)
    if (box.ended) {
      await box.rewind(before)
      text += '\nThe variables and files are as they were before this call.'
    }
    return { text, pictures: picturesOf(receipt), failed: !receipt.success, receipt }
  }

  async close() {
    if (this.#made) await (await this.#made).close()
  }

  [Symbol.asyncDispose]() {
    return this.close()
  }
}
