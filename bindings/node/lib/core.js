// The addon, and who waits for what it does: a slot a task, a small number that is used again when the task has been told.
'use strict'

const { availableParallelism } = require('node:os')
const path = require('node:path')

const { classes, makeError } = require('./errors')

const NATIVE = path.join(__dirname, '../native')
const GUESTS = path.join(NATIVE, 'guests')
const core = require(path.join(NATIVE, 'belljar.node'))

// Of core_kind in src/core.h.
const FAILED = 0
const GAVE = 1
const OUTPUT = 2

/** @type {Array<object | undefined>} */
const entries = []
const free = []

let configured = false

/** Of the process, not of this environment alone: before the first sandbox. */
function configure(options = {}) {
  setUp(options, false)
}

function setUp({ threads, maxSandboxes, maxRuns, firstSlice = 0.2, cacheDir, hostDescriptors, compileMs, compileBytes, ...rest }, defaults) {
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) throw new classes.ArgumentError(`configure() has no option ${unknown}`)
  const own = process.env.BELLJAR_GUESTS ? null : GUESTS
  const wanted = threads ?? (Number(process.env.BELLJAR_THREADS) || availableParallelism())
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > 1024)
    throw new classes.ArgumentError('threads: a whole number from 1 to 1024')
  if (maxSandboxes !== undefined && !(Number.isInteger(maxSandboxes) && maxSandboxes >= 1 && maxSandboxes <= 30000))
    throw new classes.ArgumentError('maxSandboxes: a whole number from 1 to 30000')
  if (maxRuns !== undefined && !(Number.isInteger(maxRuns) && maxRuns >= 1)) throw new classes.ArgumentError('maxRuns: a whole number from 1')
  if (!(typeof firstSlice === 'number' && firstSlice >= 0 && firstSlice <= 1000))
    throw new classes.ArgumentError('firstSlice: a number of milliseconds, from 0 to 1000')
  if (hostDescriptors !== undefined && !(Number.isInteger(hostDescriptors) && hostDescriptors >= 1 && hostDescriptors < 2 ** 32))
    throw new classes.ArgumentError('hostDescriptors: a whole number from 1')
  for (const [name, value, most] of [['compileMs', compileMs, 2 ** 32], ['compileBytes', compileBytes, 2 ** 48]])
    if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value < most)) throw new classes.ArgumentError(`${name}: a whole number from 1`)
  const inTime = core.configure(
    wanted, own, cacheDir ?? null, maxSandboxes ?? 0, Math.round(firstSlice * 1000), defaults, hostDescriptors ?? 0,
    compileMs ?? 0, compileBytes ?? 0,
  )
  if (inTime === false && !defaults) throw new classes.ArgumentError('configure() comes before the first sandbox of the process')
  configured = true
  runs.most = maxRuns ?? Math.ceil((maxSandboxes ?? 1000) * 0.75)
}

/** Runs under way of this event loop, and those that wait until there are fewer: each has a sandbox of its own. */
const runs = { most: 750, count: 0, waiting: new Set() }

/** Takes the room for one more run, if there is any: endRun() gives it back. */
function beginRun() {
  const hasRoom = runs.count < runs.most
  if (hasRoom) runs.count++
  return hasRoom
}

/** The same, waiting in order until there is room, or until the signal aborts. */
function roomForRun(signal) {
  return new Promise((resolve, reject) => {
    const give = () => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }
    const abort = () => {
      runs.waiting.delete(give)
      reject(signal.reason)
    }
    signal?.addEventListener('abort', abort, { once: true })
    runs.waiting.add(give)
  })
}

function endRun() {
  const [next] = runs.waiting
  if (!next) return void runs.count--
  runs.waiting.delete(next)
  next()
}

/** Before anything is done. */
function prepare() {
  if (!configured) setUp({}, true)
}

function enter(entry) {
  prepare()
  const slot = free.length ? free.pop() : entries.length
  entries[slot] = entry
  entry.slot = slot
  return slot
}

function leave(slot) {
  const entry = entries[slot]
  entries[slot] = undefined
  free.push(slot)
  return entry
}

/** What a user's callback throws is the user's to see: it must not keep others from being told. */
function guarded(function_, ...args) {
  try {
    function_(...args)
  } catch (error) {
    process.nextTick(() => {
      throw error
    })
  }
}

function told(list) {
  for (let i = 0; i < list.length; i += 3) {
    const slot = list[i + 1]
    const what = list[i + 2]
    switch (list[i]) {
      case GAVE:
        leave(slot).gave(what)
        break
      case FAILED:
        leave(slot).failed(makeError(what))
        break
      case OUTPUT:
        guarded(entries[slot].output, what[0], what[1])
        break
      default:
        entries[slot].called(what[0], what[1], what[2], what[3])
    }
  }
}

core.attach(told)

// Whether something has been begun in this very microtask already. What is begun in one go, many at once, is for the threads; what
// is awaited one after the other may have its first turn here.
let several = false
const one = () => {
  several = false
}

/** Starts the addon's operation `name` for an entry, which has gave(what) and failed(error): they are called now where it was done at once. */
function begin(name, entry, a, b, c, d, e, f) {
  const slot = enter(entry)
  const here = !several
  if (here) {
    several = true
    queueMicrotask(one)
  }
  let now
  try {
    now = core[name](slot, a, b, c, d, e, f, here)
  } catch (error) {
    leave(slot)
    throw error
  }
  if (now === undefined) return
  leave(slot)
  if (now[0] === GAVE) entry.gave(now[1])
  else entry.failed(makeError(now[1]))
}

/** A promise for what the operation gives. */
function perform(name, make, a, b, c, d, e) {
  return new Promise((resolve, reject) => {
    begin(name, { gave: make ? (what) => resolve(make(what)) : resolve, failed: reject }, a, b, c, d, e)
  })
}

module.exports = { core, configure, prepare, begin, beginRun, roomForRun, endRun, perform, guarded, GUESTS }
