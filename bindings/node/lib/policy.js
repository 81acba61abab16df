// What a sandbox may use: options of JavaScript as the flat list of grants that src/policy.c reads.
'use strict'

const path = require('node:path')
const { fileURLToPath } = require('node:url')
const { types } = require('node:util')

const { core } = require('./core')
const { classes } = require('./errors')

const { ArgumentError } = classes

// Of src/policy.c.
const [LIMIT, DETERMINISTIC, DIR, TMP, ARCHIVE, ENV, ARG, STDIN, STDIN_FD, DEVICES, TOOL, OUTPUT, EXCEPTIONS, BASE] = Array(14).keys()

const MODES = { ro: 0, rw: 1, overlay: 2 }

/** A number of a unit, given as such or as text, as the command reads it. */
function quantityOf(value, what, unit) {
  if (typeof value !== 'string') return whole(value, what)
  // A number is milliseconds here, seconds at the command line: text says which.
  if (unit === 'milliseconds' && /^[\d._]+$/.test(value)) throw new ArgumentError(`${what}: '${value}' has no unit: 500ms, 10s or 2m`)
  const read = core.readQuantity(unit, value)
  if (typeof read === 'string') throw new ArgumentError(`${what}: ${read}`)
  return read
}

/** A number of bytes: K, M and G are powers of 1,024, kB, MB and GB of 1,000. */
function sizeOf(size, what) {
  return quantityOf(size, what, 'bytes')
}

function whole(number, what) {
  if (typeof number === 'bigint' ? number >= 0n && number < 1n << 64n : Number.isInteger(number) && number >= 0 && number < 2 ** 64)
    return number
  throw new ArgumentError(`${what}: ${String(number)} is no whole number from 0`)
}

// The options that are limits, as the library calls them: a place in its table, and a unit.
const names = {
  'output-limit': 'output', 'table-elements': 'tableElements', 'host-calls': 'hostCalls', 'file-bytes': 'fileBytes', 'open-calls': 'openCalls',
  'display-bytes': 'displayBytes',
  'value-bytes': 'valueBytes',
  'host-descriptors': 'hostDescriptors',
}
const limits = new Map(core.limits.map(([name, unit], at) => [names[name] ?? name, { at, unit }]))

function takeLimit(list, name, value) {
  const { at, unit } = limits.get(name)
  list.push(LIMIT, at, quantityOf(value, name, unit))
}

// ---------------------------------------------------------------------- grants

/** A path of the host, from text, a Buffer or a file: URL. */
function hostPath(value, what) {
  if (value instanceof URL || (typeof value === 'object' && value?.protocol === 'file:')) return fileURLToPath(value)
  if (typeof value === 'string' && value) return value
  throw new ArgumentError(`${what}: a path or a file: URL`)
}

function takeMount(list, guest, mount) {
  if (typeof mount === 'string' || mount instanceof URL) mount = { host: mount }
  if (typeof mount !== 'object' || mount === null) throw new ArgumentError(`${guest}: no mount: ${String(mount)}`)
  const { host, mode = 'ro', memory, archive, ...rest } = mount
  only(rest, guest)
  if ([host, memory, archive].filter((given) => given !== undefined).length !== 1)
    throw new ArgumentError(`${guest}: a mount is one of { host, mode }, { memory } and { archive }`)
  if (memory !== undefined) list.push(TMP, guest, sizeOf(memory, guest))
  else if (archive !== undefined) list.push(ARCHIVE, hostPath(archive, guest), guest)
  else if (Object.hasOwn(MODES, mode)) list.push(DIR, hostPath(host, guest), guest, MODES[mode])
  else throw new ArgumentError(`${guest}: a mount is 'ro', 'rw' or 'overlay', not ${String(mode)}`)
}

function takeStdin(list, stdin) {
  if (Number.isInteger(stdin) && stdin >= 0) list.push(STDIN_FD, stdin)
  else if (typeof stdin === 'string' || types.isUint8Array(stdin)) list.push(STDIN, stdin)
  else throw new ArgumentError('stdin: a string, a Uint8Array or a descriptor')
}

function record(value, what) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ArgumentError(`${what}: an object`)
  return Object.entries(value)
}

function text(value, what) {
  if (typeof value === 'string') return value
  throw new ArgumentError(`${what}: ${String(value)} is no string`)
}

/** Refuses what nobody knows: a misspelt limit must not be a limit that is not there. */
function only(rest, what) {
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) throw new ArgumentError(`${what}: there is no option ${unknown}`)
}

// Options that are grants. `args` and `argv0` belong together; tools and packages are seen to before.
const takers = {
  deterministic: (list, value, options) => value && list.push(DETERMINISTIC, whole(options.seed ?? 0, 'seed')),
  seed: (list, value, options) => {
    if (!options.deterministic) throw new ArgumentError('seed: wants deterministic: true')
  },
  preopens: (list, value) => record(value, 'preopens').forEach(([guest, mount]) => takeMount(list, guest, mount)),
  env: (list, value) => record(value, 'env').forEach(([name, item]) => list.push(ENV, name, text(item, `env.${name}`))),
  stdin: takeStdin,
  devices: (list, value) => value && list.push(DEVICES),
  exceptions: (list, value) => value && list.push(EXCEPTIONS),
}

/** What the program is called, as its argv[0]. */
function nameOf(program) {
  return typeof program === 'string' ? path.basename(program) : 'module.wasm'
}

function takeArguments(list, program, { argv0, args }) {
  const isGuest = program === 'python' || program === 'javascript' || program === 'typescript'
  if (args !== undefined && !Array.isArray(args)) throw new ArgumentError('args: an array of strings')
  if (isGuest && argv0 === undefined && args === undefined) return
  list.push(ARG, argv0 === undefined ? (isGuest ? '' : nameOf(program)) : text(argv0, 'argv0'))
  for (const arg of args ?? []) list.push(ARG, text(arg, 'args'))
}

/** The list for src/policy.c. What it does not know is left in place for `only`. */
function grantsOf(program, options, tools, output) {
  const list = []
  // First: what the other options say stands over it.
  if (options.policy !== undefined) list.push(BASE, hostPath(options.policy, 'policy'))
  for (const name in options) {
    const value = options[name]
    if (value === undefined) continue
    if (limits.has(name)) takeLimit(list, name, value)
    else if (Object.hasOwn(takers, name)) takers[name](list, value, options)
    else if (name !== 'args' && name !== 'argv0' && name !== 'policy') throw new ArgumentError(`there is no option ${name}`)
  }
  takeArguments(list, program, options)
  for (const tool of tools) list.push(TOOL, ...tool.grant)
  if (output) list.push(OUTPUT)
  return list
}

// ---------------------------------------------------------------------- programs

const ALIASES = { py: 'python', js: 'javascript', ts: 'typescript' }

/** A program as the addon takes it: a name, a path or bytes. */
function programOf(program) {
  if (typeof program === 'string') return Object.hasOwn(ALIASES, program) ? ALIASES[program] : hostPath(program, 'program')
  if (types.isUint8Array(program)) return program
  if (types.isAnyArrayBuffer(program)) return new Uint8Array(program)
  return hostPath(program, 'program: "python", "javascript", "typescript", the bytes of a module')
}

module.exports = { grantsOf, programOf, hostPath, sizeOf, whole, only }
