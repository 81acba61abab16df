// Sandboxes, their files and their snapshots.
'use strict'

const path = require('node:path')

const { changesOf } = require('./changes')
const { begin, beginRun, core, endRun, perform, prepare, roomForRun } = require('./core')
const { classes, makeError } = require('./errors')
const { Output, Streams } = require('./output')
const packages = require('./packages')
const { grantsOf, hostPath, only, programOf, sizeOf, whole } = require('./policy')
const { Receipt } = require('./receipt')
const { caller, Calls, refuseReentry, Tool } = require('./tools')
const values = require('./values')

const { ArgumentError, SandboxEndedError } = classes

// Of belljar.h.
const EVAL_INTERACTIVE = 1
const EVAL_MODULE = 2
const EVAL_RICH = 4 | 8 // … and bytes beside the value's text

/** Tools by their numbers. */
function toolsOf(tools) {
  if (tools === undefined) return new Map()
  if (typeof tools !== 'object' || tools === null) throw new ArgumentError('tools: an object of functions by name')
  const made = new Map()
  for (const [name, given] of Object.entries(tools)) {
    const tool = new Tool(name, given, { only, sizeOf, whole })
    made.set(tool.number, tool)
  }
  return made
}

// One listener a signal, however many tasks it may end: {signal: the functions to call}.
const aborts = new WeakMap()

function onAbort(signal, end) {
  let ends = aborts.get(signal)
  if (!ends) {
    aborts.set(signal, (ends = new Set()))
    const all = ends
    signal.addEventListener('abort', () => [...all].forEach((each) => each()), { once: true })
  }
  ends.add(end)
}

function offAbort(signal, end) {
  aborts.get(signal)?.delete(end)
}

/**
 * One task that runs a guest: a promise for its receipt. `entry.box` is the Sandbox, which is kept while it runs.
 */
function runGuest({ name, box, tools, signal, output, ended }, start) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      ended?.()
      throw signal.reason
    }
    const frame = { box, outer: caller(), over: false }
    let calls
    const abort = () => {
      core.cancel(entry.slot)
      reject(signal.reason)
    }
    const over = () => {
      frame.over = true
      calls?.end()
      if (signal) offAbort(signal, abort)
      ended?.()
    }
    const entry = {
      box,
      gave(raw) {
        over()
        resolve(new Receipt(raw))
      },
      failed(error) {
        over()
        reject(error)
      },
      called: (call, number, text, blobs) => (calls ??= new Calls(tools, frame)).answer(call, number, text, blobs),
      output: output && ((stream, chunk) => output.tell(stream, chunk)),
    }
    try {
      start(name, entry)
    } catch (error) {
      over()
      throw error
    }
    if (signal && !frame.over) onAbort(signal, abort)
  })
}

function signalOf(signal) {
  if (signal !== undefined && !(typeof signal?.addEventListener === 'function' && 'aborted' in signal))
    throw new ArgumentError('signal: an AbortSignal')
  return signal
}

/** Of the scheduler; null: one of the sandbox's own. */
function laneOf(lane) {
  if (lane === undefined) return null
  if (Number.isSafeInteger(lane) && lane >= 0) return lane
  throw new ArgumentError('lane: a whole number from 0: what has the same number shares its part of the threads')
}

function sourceOf(source) {
  if (typeof source === 'string' || ArrayBuffer.isView(source)) return source
  throw new ArgumentError('a source is a string or a Uint8Array')
}

function flagsOf({ module = false, interactive = false }) {
  return EVAL_RICH | (module ? EVAL_MODULE : 0) | (interactive ? EVAL_INTERACTIVE : 0)
}

// ---------------------------------------------------------------------- one shot

const PLAIN = { stdout: undefined, stderr: undefined }

/** What `run` and `runSync` hand to the addon. */
function prepared(program, options) {
  const { source, module, interactive, signal, lane, stdout, stderr, tools: given, ...policy } = options
  const named = programOf(program)
  const tools = toolsOf(given)
  const output = stdout === undefined && stderr === undefined ? undefined : new Output({ stdout, stderr })
  return {
    named, tools, output,
    lane: laneOf(lane),
    signal: signalOf(signal),
    source: source === undefined ? null : sourceOf(source),
    grants: grantsOf(named, policy, tools.values(), output),
    flags: flagsOf({ module, interactive }),
  }
}

/** Runs a program in a sandbox of its own. */
async function run(program, options = PLAIN) {
  if (options?.packages?.length) options = await packages.granted(programOf(program), options)
  const { named, tools, output, lane, signal, source, grants, flags } = prepared(program, options)
  prepare()
  signal?.throwIfAborted()
  if (!beginRun()) await roomForRun(signal)
  const what = { name: 'run', box: undefined, tools, signal, output, ended: endRun }
  return runGuest(what, (name, entry) => begin(name, entry, named, grants, source, flags, output ? output.bits : 0, lane))
}

/** The same on this thread, which waits. */
function runSync(program, options = PLAIN) {
  const { named, tools, output, lane, signal, source, grants, flags } = prepared(program, options)
  if (tools.size || output || signal || lane !== null || options?.packages?.length)
    throw new ArgumentError('runSync() has no tools, packages, streams, signal or lane: the event loop, which serves them, waits')
  prepare()
  const raw = core.runSync(named, grants, source, flags)
  if (raw.length === 2) throw makeError(raw[1])
  return new Receipt(raw)
}

/** The function of the article on node:wasi. */
async function executeAgentWasm(program, args = [], options = {}) {
  const { success, exitCode, durationMs, stdout, stderr } = await run(program, { argv0: 'sandbox', args, ...options })
  return { success, exitCode, durationMs, stdout, stderr }
}

// ---------------------------------------------------------------------- files

/** Relative paths are below /work, as for the guest when it starts. */
function absolute(guest) {
  if (typeof guest !== 'string') throw new ArgumentError('a path is a string')
  return guest.startsWith('/') ? guest : `/work/${guest}`
}

class Files {
  #perform

  constructor(perform_) {
    this.#perform = perform_
  }

  async write(guest, data) {
    await this.#perform('writeFile', undefined, absolute(guest), data)
  }

  read(guest, { most = '256M' } = {}) {
    return this.#perform('readFile', undefined, absolute(guest), sizeOf(most, 'most'))
  }

  async readText(guest, options) {
    return (await this.read(guest, options)).toString()
  }

  list(guest = '/work') {
    const folder = absolute(guest)
    const made = (json) =>
      JSON.parse(json).map(({ name, type, bytes }) => ({ name, path: path.posix.join(folder, name), type, size: bytes }))
    return this.#perform('listFiles', made, folder)
  }

  async remove(guest) {
    await this.#perform('removeFile', undefined, absolute(guest))
  }

  async exists(guest) {
    const { dir, base } = path.posix.parse(absolute(guest))
    if (!base) return true
    try {
      return (await this.list(dir)).some(({ name }) => name === base)
    } catch (error) {
      if (error instanceof classes.IOError) return false
      throw error
    }
  }

  copyOut(guest, host) {
    return this.#perform('copyOut', undefined, absolute(guest), hostPath(host, 'host'))
  }
}

// ---------------------------------------------------------------------- sandboxes

const CREATE = Symbol('create')

class Sandbox {
  #handle
  #program
  #tools
  #streams
  #defaults
  #listening = 0
  #closing

  constructor(key, handle, program, tools, defaults) {
    if (key !== CREATE) throw new TypeError('use await Sandbox.create()')
    this.#handle = handle
    this.#program = program
    this.#tools = tools
    this.#defaults = defaults
    this.#streams = new Streams(() => this.#listen(this.#streams.bits))
    this.files = new Files((...args) => this.#perform(...args))
  }

  static async create(program, options = {}) {
    if (options.packages?.length) options = await packages.granted(programOf(program), options)
    const { tools: given, stdout, stderr, lane, ...policy } = options
    const named = programOf(program)
    const tools = toolsOf(given)
    const defaults = { stdout, stderr }
    const grants = grantsOf(named, policy, tools.values(), true)
    const make = (handle) => new Sandbox(CREATE, handle, named, tools, defaults)
    return perform('create', make, named, grants, 0, laneOf(lane))
  }

  /** Has the addon tell of output; it goes on to do so, for what runs may have been asked for by somebody else. */
  #listen(bits) {
    if ((this.#listening | bits) === this.#listening) return
    this.#listening |= bits
    core.listen(this.#handle, this.#listening)
  }

  /** For what uses the sandbox: it waits for what was asked for before, and holds this object until it is done. */
  async #perform(name, make, ...args) {
    this.#check()
    return perform(name, (what) => (make ? make.call(this, what) : what), this.#handle, ...args)
  }

  #check() {
    if (this.#closing) throw new SandboxEndedError('the sandbox is closed')
    refuseReentry(this)
  }

  async #guest(name, options, ...args) {
    this.#check()
    const { signal, stdout, stderr } = options
    const output = new Output({ stdout: stdout ?? this.#defaults.stdout, stderr: stderr ?? this.#defaults.stderr }, this.#streams)
    const what = { name, box: this, tools: this.#tools, signal: signalOf(signal), output }
    this.#listen(output.bits)
    return runGuest(what, (operation, entry) => begin(operation, entry, this.#handle, ...args))
  }

  async eval(source, { signal, stdout, stderr, module, interactive, ...rest } = {}) {
    only(rest, 'eval')
    return this.#guest('eval', { signal, stdout, stderr }, sourceOf(source), flagsOf({ module, interactive }))
  }

  async run({ signal, stdout, stderr, ...rest } = {}) {
    only(rest, 'run')
    return this.#guest('start', { signal, stdout, stderr })
  }

  // -------------------------------------------------------------------- output

  get stdout() {
    return this.#streams.get(1)
  }

  get stderr() {
    return this.#streams.get(2)
  }

  // -------------------------------------------------------------------- its end

  interrupt() {
    if (!this.#closing) core.interrupt(this.#handle)
  }

  get ended() {
    return Boolean(this.#closing) || core.ended(this.#handle)
  }

  close() {
    if (!this.#closing) {
      core.cancelAll(this.#handle)
      this.#closing = perform('close', () => this.#streams.end(), this.#handle)
    }
    return this.#closing
  }

  [Symbol.asyncDispose]() {
    return this.close()
  }

  // -------------------------------------------------------------------- values

  async set(variables) {
    for (const [name, value] of Object.entries(variables)) {
      ;(await this.#setOne(checkName(name), value)).throwIfFailed()
    }
  }

  async #setOne(name, value) {
    const setter = SETTERS[this.#language()]
    const blobs = []
    const text = values.encode(value, undefined, blobs)
    if (!blobs.length) return this.eval(setter(name, text))
    try {
      return await this.#guest('evalWith', {}, setter(name, text), EVAL_RICH, blobs)
    } catch (error) {
      // More than the limit valueBytes: what is short enough goes in the text.
      if (!(error instanceof ArgumentError) || blobs.reduce((sum, { length }) => sum + length, 0) > values.SIZE) throw error
      return this.eval(setter(name, values.encode(value)))
    }
  }

  async get(name) {
    const receipt = await this.eval(checkName(name))
    receipt.throwIfFailed()
    if (!receipt.hasValue && receipt.repr !== null && receipt.repr !== 'undefined')
      throw new ArgumentError(`${name} cannot leave the sandbox: ${receipt.repr.slice(0, 200)}`)
    return receipt.value
  }

  #language() {
    if (this.#program in SETTERS) return this.#program
    throw new classes.UnsupportedError('values go into Python and JavaScript')
  }

  // -------------------------------------------------------------------- tools

  async addTool(name, given) {
    const tool = new Tool(name, given, { only, sizeOf, whole })
    this.#tools.set(tool.number, tool) // now: an eval may have been asked for before it is granted
    try {
      await this.#perform('grantTool', undefined, tool.grant)
    } catch (error) {
      this.#tools.delete(tool.number)
      throw error
    }
  }

  async removeTool(name) {
    const gone = [...this.#tools.values()].filter((tool) => tool.name === name) // not those that are added meanwhile
    await this.#perform('revokeTool', undefined, name)
    for (const { number } of gone) this.#tools.delete(number)
  }

  // -------------------------------------------------------------------- files of the host

  changes(guest = '/') {
    return this.#perform('changes', changesOf, absolute(guest))
  }

  commit(guest) {
    return this.#perform('commit', undefined, absolute(guest))
  }

  // -------------------------------------------------------------------- states

  snapshot() {
    return this.#perform('snapshot', (handle) => new Snapshot(CREATE, handle, this.#program, new Map(this.#tools), undefined))
  }

  fork(options = {}) {
    const made = (handle) => new Sandbox(CREATE, handle, this.#program, new Map(this.#tools), this.#defaults)
    return this.#perform('fork', made, spawnFlags(options))
  }

  async rewind(snapshot, options = {}) {
    await this.#perform('rewind', undefined, handleOf(snapshot), spawnFlags(options))
  }
}

// A text in JSON is a literal of both languages, once the few characters that end a line in JavaScript alone are escaped.
const literal = (text) => JSON.stringify(text).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)

const SETTERS = {
  // JSON.stringify may split a character beyond the first plane into two halves, which Python's literals do not join.
  python: (name, text) => `${name} = __import__('belljar_values').unpack(${literal(ascii(text))})`,
  javascript: (name, text) => `${name} = globalThis[Symbol.for("belljar.unpack")](${literal(text)}); void 0`,
}

/** JSON in ASCII: its escapes are the JSON reader's to join. */
const ascii = (text) => text.replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)

function checkName(name) {
  if (/^[A-Za-z_][A-Za-z_0-9]*$/.test(name)) return name
  throw new ArgumentError(`${JSON.stringify(name)} is no name of a variable`)
}

// ---------------------------------------------------------------------- snapshots

let handleOf

// BJ_SPAWN_… of belljar.h.
const spawnFlags = ({ twin = false, keepEnv = false }) => (twin ? 1 : 0) | (keepEnv ? 2 : 0)

function keyOf(key) {
  if (key === undefined || key === null) return null
  if (key instanceof Uint8Array) return key
  throw new ArgumentError('a key is a Uint8Array of 32 random bytes')
}

// 0 stands for none.
function millisecondsOf(timeout, what) {
  if (timeout === undefined) return 0
  if (typeof timeout !== 'number' || !(timeout > 0 && timeout < 2 ** 32 - 1))
    throw new ArgumentError(`${what}: milliseconds, more than 0`)
  return Math.ceil(timeout)
}

/** As perform; when the signal is aborted the task ends, which rejects the promise with the signal's reason. */
function performEndable(name, make, signal, ...given) {
  signalOf(signal)
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    let over = false
    const abort = () => core.cancel(entry.slot)
    const end = () => {
      over = true
      if (signal) offAbort(signal, abort)
    }
    const entry = {
      gave(what) {
        end()
        resolve(make ? make(what) : what)
      },
      failed(error) {
        end()
        reject(signal?.aborted ? signal.reason : error)
      },
    }
    begin(name, entry, ...given)
    if (signal && !over) onAbort(signal, abort)
  })
}

class Snapshot {
  #handle
  #program
  #tools
  #grants

  static {
    handleOf = (snapshot) => {
      if (snapshot instanceof Snapshot) return snapshot.#handle
      throw new ArgumentError('not a Snapshot')
    }
  }

  constructor(key, handle, program, tools, grants) {
    if (key !== CREATE) throw new TypeError('use await box.snapshot() or Snapshot.load()')
    this.#handle = handle
    this.#program = program
    this.#tools = tools
    this.#grants = grants
  }

  /** Without options all is granted as it was. */
  async spawn({ twin, keepEnv, ...rest } = {}) {
    let options = Object.keys(rest).length ? rest : undefined
    let tools = this.#tools
    let grants = this.#grants ?? null
    let defaults = { stdout: undefined, stderr: undefined }
    let lane = null
    if (options !== undefined) {
      if (options.packages?.length) options = await packages.granted(this.#program, options)
      const { tools: given, stdout, stderr, lane: wanted, ...policy } = options
      lane = laneOf(wanted)
      tools = toolsOf(given)
      defaults = { stdout, stderr }
      grants = grantsOf('python', policy, tools.values(), true)
    }
    const make = (handle) => new Sandbox(CREATE, handle, this.#program, new Map(tools), defaults)
    return perform('spawn', make, this.#handle, grants, spawnFlags({ twin, keepEnv }), lane)
  }

  async save(file, { key, timeout, signal } = {}) {
    const within = millisecondsOf(timeout, 'timeout')
    await performEndable('save', undefined, signal, this.#handle, hostPath(file, 'save'), keyOf(key), within)
  }

  static async load(program, file, options = {}) {
    if (options.packages?.length) options = await packages.granted(programOf(program), options)
    const { tools: given, most = 0, key, loadTimeout, signal, ...policy } = options
    const within = millisecondsOf(loadTimeout, 'loadTimeout')
    const named = programOf(program)
    const tools = toolsOf(given)
    const grants = grantsOf('python', policy, tools.values(), true)
    const made = (handle) => new Snapshot(CREATE, handle, named, tools, grants)
    return performEndable('load', made, signal, named, hostPath(file, 'load'), sizeOf(most, 'most'), keyOf(key), within)
  }

  describe() {
    return perform('describeSnapshot', JSON.parse, this.#handle)
  }
}

/** What this machine supports and what was chosen; with a program, what it imports and would be denied. */
function describe(program) {
  return program === undefined
    ? perform('describeEngine', JSON.parse)
    : perform('describeProgram', JSON.parse, programOf(program))
}

module.exports = { run, runSync, executeAgentWasm, Sandbox, Snapshot, describe }
