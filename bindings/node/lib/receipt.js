// What comes back from an eval or a run.
'use strict'

const { createHash } = require('node:crypto')

const { changesOf } = require('./changes')
const { displaysOf, jsonOf } = require('./displays')
const { classes } = require('./errors')
const values = require('./values')

const OUTCOMES = ['ok', 'exit', 'error', 'limit', 'trap', 'interrupted', 'incomplete']

const FAILURES = {
  exit: classes.ExitError,
  error: classes.GuestException,
  limit: classes.LimitError,
  trap: classes.TrapError,
  interrupted: classes.InterruptedError,
}

// What src/receipt.c leaves out of a plain receipt, by place.
const VALUE = 0
const REPR = 1
const ERROR = 2
const LIMIT = 5
const FILES = 8
const DENIED = 10
const CALLS = 12
const DIGEST = 14
const UNFINISHED = 15
const DISPLAYS = 16
const BLOBS = 18

const told = (blob) => ({ bytes: blob.length, sha256: createHash('sha256').update(blob).digest('hex') })
const bytes = (output) => (typeof output === 'string' ? Buffer.from(output) : output)

class Receipt {
  #raw
  #rest
  #value
  #usage
  #files
  #displays
  #decoded = []

  /** @param raw of src/receipt.c */
  constructor(raw) {
    this.#raw = raw
    this.#rest = raw[5]
  }

  get outcome() {
    return OUTCOMES[this.#raw[0]]
  }

  get success() {
    return this.#raw[0] === 0
  }

  get exitCode() {
    return this.#raw[1]
  }

  get stdout() {
    return this.#text(2)
  }

  get stderr() {
    return this.#text(3)
  }

  /** What is long or no UTF-8 comes as bytes, and is decoded when somebody looks. */
  #text(place) {
    const raw = this.#raw
    if (typeof raw[place] === 'string') return raw[place]
    return (this.#decoded[place] ??= raw[place].toString())
  }

  get stdoutBytes() {
    return bytes(this.#raw[2])
  }

  get stderrBytes() {
    return bytes(this.#raw[3])
  }

  get usage() {
    if (!this.#usage) {
      const [fuel, wallNs, cpuNs, memoryPeakBytes, outputBytes, hostCalls, fileBytesWritten, queuedNs] = this.#raw[4].split(',')
      this.#usage = {
        fuel: fuel === '' ? null : Number(fuel),
        wallNs: Number(wallNs),
        cpuNs: Number(cpuNs),
        memoryPeakBytes: Number(memoryPeakBytes),
        outputBytes: Number(outputBytes),
        hostCalls: Number(hostCalls),
        fileBytesWritten: Number(fileBytesWritten),
        queuedNs: Number(queuedNs),
      }
    }
    return this.#usage
  }

  get durationMs() {
    return this.usage.wallNs / 1e6
  }

  /** The value, or nothing: its text is a guest's word. */
  #valued() {
    if (this.#value) return this.#value
    const text = this.#rest?.[VALUE]
    try {
      this.#value = typeof text === 'string' ? [values.decode(text, this.#rest[BLOBS])] : []
    } catch (error) {
      if (!(error instanceof values.Malformed)) throw error
      this.#value = []
    }
    return this.#value
  }

  get hasValue() {
    return this.#valued().length > 0
  }

  get value() {
    return this.#valued()[0]
  }

  get repr() {
    return this.#rest?.[REPR] ?? null
  }

  get error() {
    const rest = this.#rest
    if (typeof rest?.[ERROR] !== 'string') return null
    return { type: rest[ERROR], message: rest[ERROR + 1] ?? '', traceback: rest[ERROR + 2] ?? '' }
  }

  get limit() {
    const rest = this.#rest
    return typeof rest?.[LIMIT] === 'string' ? { name: rest[LIMIT], allowed: rest[LIMIT + 1], used: rest[LIMIT + 2] } : null
  }

  get files() {
    return (this.#files ??= this.#rest ? changesOf(this.#rest[FILES]) : [])
  }

  get filesTruncated() {
    return this.#rest?.[FILES + 1] ?? false
  }

  get unfinished() {
    const told = this.#rest?.[UNFINISHED] ?? []
    return Object.fromEntries(told.flatMap((part, i) => (i % 2 ? [] : [[part, told[i + 1]]])))
  }

  get denied() {
    return this.#rest ? this.#rest[DENIED].map(([call, path, reason, times]) => ({ call, path, reason, times })) : []
  }

  get deniedMore() {
    return this.#rest?.[DENIED + 1] ?? 0
  }

  get toolCalls() {
    if (!this.#rest) return []
    return this.#rest[CALLS].map(([name, outcome, message, args, argumentsBytes, resultBytes, wallNs, ...blobs]) => {
      const [argumentBlobs, resultBlobs] = blobs.map((list) => JSON.parse(list))
      return { name, outcome, message, arguments: args, argumentBlobs, resultBlobs, argumentsBytes, resultBytes, wallNs }
    })
  }

  get toolCallsMore() {
    return this.#rest?.[CALLS + 1] ?? 0
  }

  get displays() {
    return (this.#displays ??= this.#rest ? displaysOf(this.#rest[DISPLAYS]) : [])
  }

  get displaysMore() {
    return this.#rest?.[DISPLAYS + 1] ?? 0
  }

  get displaysTruncated() {
    return this.displaysMore > 0
  }

  get digest() {
    return this.#rest?.[DIGEST] ?? null
  }

  throwIfFailed() {
    if (this.success) return this
    const Failure = FAILURES[this.outcome] ?? classes.GuestError
    throw new Failure(this.#reason(), this)
  }

  #reason() {
    if (this.limit) return `limit ${this.limit.name} of ${this.limit.allowed} reached`
    if (this.error) return `${this.error.type}: ${this.error.message}`
    return this.outcome === 'exit' ? `exit code ${this.exitCode}` : this.outcome
  }

  toJSON() {
    const { outcome, success, exitCode, repr, error, limit, stdout, stderr, usage, durationMs } = this
    const { displaysMore, displaysTruncated, files, filesTruncated, unfinished, denied, deniedMore, toolCalls, toolCallsMore, digest } = this
    const value = this.hasValue ? JSON.parse(this.#rest[VALUE]) : null
    const valueBlobs = this.hasValue ? this.#rest[BLOBS].map(told) : []
    return {
      outcome, success, exitCode, value, valueBlobs, repr, error, limit, stdout, stderr, usage, durationMs,
      displays: this.displays.map(jsonOf), displaysMore, displaysTruncated,
      files, filesTruncated, unfinished, denied, deniedMore, toolCalls, toolCallsMore, digest,
    }
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) {
    const told = { outcome: this.outcome }
    if (this.exitCode) told.exitCode = this.exitCode
    if (this.hasValue) told.value = this.value
    if (this.error) told.error = `${this.error.type}: ${this.error.message}`
    if (this.limit) told.limit = this.limit
    if (this.stdout) told.stdout = this.stdout
    if (this.stderr && !this.error) told.stderr = this.stderr
    return `Receipt ${inspect(told, options)}`
  }
}

module.exports = { Receipt }
