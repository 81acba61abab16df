// Output as it comes: to functions, to streams, and as streams of a sandbox.
'use strict'

const { Readable } = require('node:stream')

const { classes } = require('./errors')
const { guarded } = require('./core')

const BITS = { stdout: 1 << 1, stderr: 1 << 2 }

/** A function that takes a Buffer, for what a caller gave as `stdout` or `stderr`. */
function sink(target, name) {
  if (target === undefined || target === null) return undefined
  if (typeof target === 'function') return target
  if (typeof target.write === 'function') return (chunk) => target.write(chunk)
  throw new classes.ArgumentError(`${name}: a function or a Writable`)
}

/** Where the output of one eval or run goes: to its own targets and to the sandbox's streams. */
class Output {
  #sinks
  #streams

  constructor(options, streams) {
    this.#sinks = [undefined, sink(options?.stdout, 'stdout'), sink(options?.stderr, 'stderr')]
    this.#streams = streams
  }

  /** Which streams somebody listens to, as bits. */
  get bits() {
    return (this.#sinks[1] ? BITS.stdout : 0) | (this.#sinks[2] ? BITS.stderr : 0) | (this.#streams?.bits ?? 0)
  }

  tell(stream, chunk) {
    if (this.#sinks[stream]) guarded(this.#sinks[stream], chunk)
    this.#streams?.push(stream, chunk)
  }
}

/** `stdout` and `stderr` of a sandbox, made when somebody asks for them. What nobody reads is held, up to the limit of output. */
class Streams {
  #made = []
  #changed

  constructor(changed) {
    this.#changed = changed
  }

  get bits() {
    return (this.#made[1] ? BITS.stdout : 0) | (this.#made[2] ? BITS.stderr : 0)
  }

  get(stream) {
    if (!this.#made[stream]) {
      this.#made[stream] = new Readable({ read() {} })
      this.#changed()
    }
    return this.#made[stream]
  }

  push(stream, chunk) {
    const made = this.#made[stream]
    if (made && !made.destroyed) made.push(chunk)
  }

  end() {
    for (const made of this.#made) if (made && !made.destroyed) made.push(null)
  }
}

module.exports = { Output, Streams }
