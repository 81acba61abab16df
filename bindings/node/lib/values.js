// Values between host and guest: JSON, and what JSON cannot hold as an object with one key that starts with "$": docs/values.md.
//
//     bytes <-> Buffer     int beyond 2**53 <-> bigint     nan, inf <-> NaN, Infinity     datetime, date <-> Date
//     tuple, list -> Array     set, frozenset <-> Set     dict with other keys <-> Map
//
// What comes from a guest is hostile: it is parsed, never evaluated, and makes objects of the types above alone, whose work is
// bounded by the size of the text. No key of the guest's reaches a prototype.
'use strict'

const { types } = require('node:util')

const DEPTH = 64
const SIZE = 1 << 20

// ---------------------------------------------------------------------- to JSON

/** The text of a value. `rich`: tagged, for Python. Throws a TypeError or RangeError where it has none. */
function encode(value, rich, size = SIZE) {
  const text = JSON.stringify(plain(value, rich, DEPTH)) ?? 'null'
  if (Buffer.byteLength(text) > size) throw new RangeError(`the value is longer than ${size} bytes of JSON`)
  return text
}

function plain(value, rich, depth) {
  if (depth < 0) throw new RangeError(`the value is nested deeper than ${DEPTH}, or holds itself`)
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? value : value.toWellFormed()
    case 'boolean':
      return value
    case 'undefined':
      return null
    case 'number':
      return number(value, rich)
    case 'bigint':
      return bigint(value, rich)
    case 'object':
      return value === null ? null : object(value, rich, depth - 1)
    default:
      throw new TypeError(`a ${typeof value} does not go into a sandbox: pass what it holds`)
  }
}

function number(value, rich) {
  if (Number.isFinite(value)) return value
  if (rich) return { $float: Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf' }
  throw new TypeError(`${value} is no JSON`)
}

function bigint(value, rich) {
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) return Number(value)
  if (rich) return { $int: value.toString(16) }
  throw new TypeError(`${value}n is more than a number of JSON holds`)
}

function object(value, rich, depth) {
  if (Array.isArray(value)) return value.map((item) => plain(item, rich, depth))
  if (types.isUint8Array(value) || types.isAnyArrayBuffer(value)) return bytes(value, rich)
  if (types.isDate(value)) return rich ? { $datetime: value.toISOString() } : value.toISOString()
  if (types.isSet(value)) return collection('$set', [...value], rich, depth)
  if (types.isMap(value)) return map(value, rich, depth)
  if (typeof value.toJSON === 'function') return plain(value.toJSON(), rich, depth)
  if (types.isPromise(value) || types.isProxy(value)) throw new TypeError('a promise or proxy does not go into a sandbox: pass what it holds')
  const entries = Object.entries(value).filter(([, item]) => item !== undefined && typeof item !== 'function')
  if (rich && entries.some(([key]) => key.startsWith('$'))) return pairs(entries, rich, depth)
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item, rich, depth)]))
}

function bytes(value, rich) {
  if (!rich) throw new TypeError('bytes do not go into JavaScript by JSON: pass text, or write a file')
  const view = types.isUint8Array(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.from(value)
  return { $bytes: view.toString('base64') }
}

function collection(tag, items, rich, depth) {
  if (!rich) throw new TypeError('a Set or Map does not go into JavaScript by JSON: pass an array or an object')
  return { [tag]: items.map((item) => plain(item, rich, depth)) }
}

function map(value, rich, depth) {
  if (!rich) return collection('$dict', [], rich, depth)
  return pairs([...value], rich, depth)
}

function pairs(entries, rich, depth) {
  return { $dict: entries.map(([key, item]) => [plain(key, rich, depth), plain(item, rich, depth)]) }
}

// ---------------------------------------------------------------------- from JSON

class Malformed extends Error {}

// Strings, so that what looks like a number in them is left alone; and numbers.
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** Integers that a number of JavaScript does not hold exactly, as tags. */
function keepIntegers(text) {
  return text.replace(TOKENS, (token) => {
    if (token.length < 16 || !/^-?\d+$/.test(token) || Number.isSafeInteger(Number(token))) return token
    return token.length > 21 ? 'null' : `{"$int":"${BigInt(token).toString(16)}"}`
  })
}

/** The value of a text from the guest; undefined where the text is not of this form. */
function decode(text, rich) {
  slow = 0
  try {
    const tree = JSON.parse(rich && /\d{16}/.test(text) ? keepIntegers(text) : text)
    return rich ? untagged(tree, DEPTH + 1) : tree
  } catch (error) {
    if (error instanceof Malformed || error instanceof SyntaxError || error instanceof RangeError) return undefined
    throw error
  }
}

function untagged(tree, depth) {
  if (depth < 0) throw new Malformed('nested too deep')
  if (typeof tree !== 'object' || tree === null) return tree
  if (Array.isArray(tree)) return tree.map((item) => untagged(item, depth - 1))
  const keys = Object.keys(tree)
  if (keys.length === 1 && keys[0].startsWith('$')) {
    const decoder = decoders.get(keys[0])
    if (!decoder) throw new Malformed('no value has this tag')
    return decoder(tree[keys[0]], depth - 1)
  }
  // fromEntries defines properties: "__proto__" is a key like others.
  return Object.fromEntries(keys.map((key) => [key, untagged(tree[key], depth - 1)]))
}

function text(held, pattern) {
  if (typeof held !== 'string' || !pattern.test(held)) throw new Malformed('not the text that its tag wants')
  return held
}

function list(held, length) {
  if (!Array.isArray(held) || (length !== undefined && held.length !== length)) throw new Malformed('not the list that its tag wants')
  return held
}

function integer(held) {
  const digits = text(held, /^-?[0-9a-f]{1,1000000}$/)
  const value = BigInt(`0x${digits.replace('-', '')}`)
  const signed = digits.startsWith('-') ? -value : value
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed
}

/** Without a time zone it is taken for UTC, as guests have it. */
function date(held) {
  const iso = text(held, /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([+-]\d\d:\d\d(:\d\d(\.\d+)?)?)?)?$/).replace(' ', 'T')
  const zone = iso.length > 10 && !/[+-]\d\d:\d\d[\d:.]*$/.test(iso.slice(10))
  const value = new Date(zone ? `${iso}Z` : iso)
  if (Number.isNaN(value.getTime())) throw new Malformed('no date')
  return value
}

// V8 hashes numbers and bigints without a secret: a guest can make tables of them in which every key is compared with all before it, and
// a mebibyte of those would hold the event loop for half a minute. What takes long again and again is no accident: a chunk of an honest
// one takes some 20 microseconds, and more than a few of a value are never that unlucky.
const CHUNK = 256
const SLOW_MS = 0.3
const MOST_SLOW = 8
let slow = 0

/** Adds items to a Set or Map, unless that takes time that grows with their square. */
function filled(made, given, add) {
  for (let i = 0; i < given.length; i += CHUNK) {
    const began = performance.now()
    for (let j = i; j < given.length && j < i + CHUNK; j++) add(made, given[j])
    if (performance.now() - began > SLOW_MS && ++slow > MOST_SLOW) throw new Malformed('made so that its hashes are the same')
  }
  return made
}

const addKey = (set, key) => set.add(key)
const addPair = (map_, [key, value]) => map_.set(key, value)

const SPECIAL = { nan: NaN, inf: Infinity, '-inf': -Infinity }
const items = (held, depth) => list(held).map((item) => untagged(item, depth))

// What JavaScript has no type for comes as the text or the list that the tag holds.
const decoders = new Map([
  ['$bytes', (held) => Buffer.from(text(held, /^[A-Za-z0-9+/]*={0,2}$/), 'base64')],
  ['$int', integer],
  ['$float', (held) => SPECIAL[text(held, /^(nan|-?inf)$/)]],
  ['$complex', (held, depth) => ({ real: untagged(list(held, 2)[0], depth), imag: untagged(held[1], depth) })],
  ['$decimal', (held) => text(held, /^[-+.\w]{1,100000}$/)],
  ['$datetime', date],
  ['$date', date],
  ['$time', (held) => text(held, /^[\d:.+-]{1,64}$/)],
  ['$timedelta', (held) => timedelta(list(held, 3))],
  ['$tuple', items],
  ['$set', (held, depth) => filled(new Set(), items(held, depth), addKey)],
  ['$frozenset', (held, depth) => filled(new Set(), items(held, depth), addKey)],
  ['$dict', (held, depth) => filled(new Map(), list(held).map((pair) => items(list(pair, 2), depth)), addPair)],
])

/** In milliseconds. */
function timedelta(parts) {
  if (!parts.every(Number.isSafeInteger)) throw new Malformed('no timedelta')
  return parts[0] * 86400000 + parts[1] * 1000 + parts[2] / 1000
}

module.exports = { encode, decode, SIZE }
