// Functions of the host that a guest may call. They run on the event loop, while the guest waits without holding a thread.
'use strict'

const { AsyncLocalStorage } = require('node:async_hooks')

const { core } = require('./core')
const { classes } = require('./errors')
const values = require('./values')

const { ArgumentError, BusyError } = classes

let last = 0

class Tool {
  /** @param given a function, or { call, schema, description, global, maxCalls, maxBytes, timeout } */
  constructor(name, given, sizes) {
    const { call, schema, description = '', global = false, maxCalls = 0, maxBytes, timeout = 0, ...rest } =
      typeof given === 'function' ? { call: given } : (given ?? {})
    sizes.only(rest, `tools.${name}`)
    if (typeof call !== 'function') throw new ArgumentError(`tools.${name}: a function, or an object with a function \`call\``)
    if (typeof description !== 'string') throw new ArgumentError(`tools.${name}.description: a string`)
    if (schema !== undefined && (typeof schema !== 'object' || schema === null) && typeof schema !== 'boolean')
      throw new ArgumentError(`tools.${name}.schema: a JSON Schema, as an object`)
    this.name = name
    this.number = ++last
    this.call = call
    this.timeout = sizes.whole(timeout, `tools.${name}.timeout`)
    this.maxBytes = maxBytes === undefined ? values.SIZE : Number(sizes.sizeOf(maxBytes, `tools.${name}.maxBytes`))
    /** What src/tools.c reads. */
    this.grant = [
      this.number, name, description, schema === undefined ? null : JSON.stringify(schema), Boolean(global),
      sizes.whole(maxCalls, `tools.${name}.maxCalls`), this.maxBytes, this.timeout,
    ]
  }
}

/** Whose tool is running: { box, outer }, so that a tool that waits for the sandbox that waits for it is told so. */
const running = new AsyncLocalStorage()
let used = false

/** Who calls, for the tools of what is begun now. */
function caller() {
  return used ? running.getStore() : undefined
}

/** Refuses what would wait for ever: a call on a sandbox that waits for the tool that makes it. */
function refuseReentry(box) {
  for (let at = caller(); at; at = at.outer)
    if (at.box === box && !at.over) throw new BusyError('this sandbox waits for the tool that asks: use another one, or a fork made before')
}

/** The open calls of one eval or run. */
class Calls {
  #tools
  #frame
  #aborts

  /** @param frame of the eval: { box, outer: caller(), over } */
  constructor(tools, frame) {
    this.#tools = tools
    this.#frame = frame
  }

  /** The guest has called tool `number`. */
  answer(call, number, text, blobs) {
    const tool = this.#tools.get(number)
    used = true
    this.#run(tool, text, blobs).then(
      ({ result, beside }) => core.answer(call, result, beside),
      (error) => core.answer(call, undefined, nameOf(error), messageOf(error)),
    )
  }

  async #run(tool, text, blobs) {
    if (!tool) throw new ReferenceError('the tool is gone')
    const args = argumentsOf(text, blobs)
    const controller = new AbortController()
    this.#aborts ??= new Set()
    this.#aborts.add(controller)
    const timer = tool.timeout ? setTimeout(() => controller.abort(), tool.timeout) : undefined
    timer?.unref()
    try {
      const result = await running.run(this.#frame, () => tool.call(args, { signal: controller.signal, name: tool.name }))
      const beside = []
      return { result: values.encode(result, tool.maxBytes, beside), beside }
    } finally {
      clearTimeout(timer)
      this.#aborts.delete(controller)
    }
  }

  /** The guest waits no longer. */
  end() {
    for (const controller of this.#aborts ?? []) controller.abort()
  }
}

function argumentsOf(text, blobs) {
  try {
    return values.decode(text, blobs)
  } catch (error) {
    if (error instanceof values.Malformed) throw new TypeError(`the arguments have a form that JavaScript does not take: ${error.message}`)
    throw error
  }
}

const printable = (text, otherwise) => (typeof text === 'string' && text ? text.replaceAll('\0', '?').slice(0, 65536) : otherwise)

/** Name and message, and nothing else of the host: no stack, no cause. */
function nameOf(error) {
  try {
    return printable(error?.name, 'Error')
  } catch {
    return 'Error'
  }
}

function messageOf(error) {
  try {
    return printable(error instanceof Error || typeof error?.message === 'string' ? error.message : String(error), '')
  } catch {
    return '(its message cannot be told)'
  }
}

module.exports = { Tool, Calls, caller, refuseReentry }
