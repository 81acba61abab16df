// Values between host and guest: JSON, and what JSON cannot hold as an object with one key that starts with "$". A key that is the
// program's own and starts so gets another "$" in front. docs/values.md has it all in a table.
//
// What comes from a guest is hostile: it is parsed, never evaluated, and makes objects of the types of that table alone, whose work is
// bounded by the size of the text. No key of the guest's reaches a prototype.
'use strict'

const { types } = require('node:util')

const { ArrowData, TYPE } = require('./arrow')
const { tableOf } = require('./tables')

const DEPTH = 64
const SIZE = 1 << 20

// ---------------------------------------------------------------------- what JavaScript has no type for

const FOREIGN = new Set(['decimal', 'complex', 'time', 'timedelta'])

/** A value of Python's that JavaScript has no type for. It goes back as what it was. */
class Foreign {
  constructor(tag, value) {
    if (!FOREIGN.has(tag)) throw new TypeError(`a Foreign is one of ${[...FOREIGN].join(', ')}`)
    this.tag = tag
    this.value = value
    Object.freeze(this)
  }
}

// ---------------------------------------------------------------------- to JSON

/** The text of a value. Throws a TypeError or RangeError where it has none. What has many bytes is appended to the list `blobs`, if there is one, to
 * stand beside the text. */
function encode(value, size = SIZE, blobs = undefined) {
  const text = written(value, { depth: DEPTH, blobs })
  if (text.length > size || Buffer.byteLength(text) > size) throw new RangeError(`the value is longer than ${size} bytes of JSON`)
  return text
}

// Bytes that are as many stand beside the text, where there is room: BELLJAR_BLOBS_MOST.
const BESIDE = 4096
const BESIDE_MOST = 65536

function written(value, at) {
  switch (typeof value) {
    case 'string':
      return string(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'undefined':
      return '{"$undefined":null}'
    case 'number':
      return number(value)
    case 'bigint':
      return `{"$int":"${value.toString(16)}"}`
    case 'object':
      return value === null ? 'null' : nested(value, at)
    default:
      throw refusal(`a ${typeof value}`)
  }
}

const refusal = (what) => new TypeError(`${what} does not go into a sandbox: pass what it holds`)

function string(value) {
  if (!value.isWellFormed()) throw refusal('a string with a lone surrogate')
  return JSON.stringify(value)
}

// What is beyond 2**53 - 1 is written so that nobody takes its digits for those of an integer.
function number(value) {
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? '-0.0' : String(value)
  if (Number.isFinite(value)) {
    const text = String(value)
    return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text
  }
  return `{"$float":"${Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'}"}`
}

function nested(value, { depth, blobs }) {
  if (depth === 0) throw new RangeError(`the value is nested deeper than ${DEPTH}, or holds itself`)
  return object(value, { depth: depth - 1, blobs })
}

function object(value, at) {
  if (Array.isArray(value)) return items(value, at)
  if (types.isProxy(value)) throw refusal('a proxy')
  if (ArrayBuffer.isView(value) || types.isArrayBuffer(value)) return bytes(value, at.blobs)
  if (types.isDate(value)) return date(value)
  if (types.isSet(value)) return `{"$set":${items([...value], at)}}`
  if (types.isMap(value)) return `{"$dict":[${[...value].map(([key, item]) => `[${written(key, at)},${written(item, at)}]`)}]}`
  if (value instanceof Foreign) return foreign(value, at)
  if (value instanceof ArrowData) return table(value.data, at.blobs)
  if (types.isBoxedPrimitive(value)) return written(value.valueOf(), at)
  if (typeof value.toJSON === 'function') return written(value.toJSON(''), at)
  if (types.isPromise(value)) throw refusal('a promise')
  if (types.isNativeError(value) || types.isRegExp(value) || types.isGeneratorObject(value)) throw refusal(`a ${value.constructor?.name ?? 'generator'}`)
  if (types.isWeakMap(value) || types.isWeakSet(value) || types.isSharedArrayBuffer(value)) throw refusal('an object of this kind')
  return members(value, at)
}

function items(list, at) {
  const texts = []
  for (let i = 0; i < list.length; i++) {
    if (!Object.hasOwn(list, i)) throw refusal('an array with holes')
    texts.push(written(list[i], at))
  }
  return `[${texts}]`
}

/** A property that is undefined is as one that is not there. */
function members(value, at) {
  const texts = []
  for (const [key, item] of Object.entries(value))
    if (item !== undefined) texts.push(`${string(key.startsWith('$') ? `$${key}` : key)}:${written(item, at)}`)
  return `{${texts}}`
}

// Typed arrays by what tagged JSON calls the type of their elements.
const ARRAYS = new Map([
  ['u8', Uint8Array], ['u8c', Uint8ClampedArray], ['i8', Int8Array], ['i16', Int16Array], ['u16', Uint16Array], ['i32', Int32Array],
  ['u32', Uint32Array], ['i64', BigInt64Array], ['u64', BigUint64Array], ['f32', Float32Array], ['f64', Float64Array],
])
const KINDS = new Map([...ARRAYS].map(([kind, { name }]) => [name, kind]))
const nameOfArray = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get

function bytes(value, blobs) {
  const view = ArrayBuffer.isView(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.from(value)
  const name = nameOfArray.call(value) // undefined: an ArrayBuffer or DataView
  const isBytes = name === undefined || name === 'Uint8Array'
  if (!isBytes && !KINDS.has(name)) throw refusal(`a ${name}`)
  if (blobs && view.length >= BESIDE && blobs.length < BESIDE_MOST)
    return `{"$blob":[${blobs.push(view) - 1},"${isBytes ? 'bytes' : KINDS.get(name)}"]}`
  if (isBytes) return `{"$bytes":"${view.toString('base64')}"}`
  return `{"$array":["${KINDS.get(name)}","${view.toString('base64')}"]}`
}

function table(data, blobs) {
  if (!blobs || blobs.length === BESIDE_MOST) throw refusal('a table beside 65,536 other bytes')
  return `{"$blob":[${blobs.push(data) - 1},"${TYPE}"]}`
}

function date(value) {
  const time = value.getTime()
  const year = value.getUTCFullYear()
  if (Number.isNaN(time) || year < 1 || year > 9999) throw refusal('a Date that is invalid, or not of the years 1 to 9999,')
  return `{"$datetime":"${value.toISOString().replace('Z', '+00:00')}"}`
}

function foreign({ tag, value }, at) {
  return `{"$${tag}":${written(value, at)}}`
}

// ---------------------------------------------------------------------- from JSON

class Malformed extends Error {}

/** The value of a text from the guest, beside which `blobs` stand. Throws a Malformed where the text is not of this form. */
function decode(text, blobs = []) {
  let tree
  try {
    tree = JSON.parse(text)
  } catch (error) {
    throw new Malformed(`no JSON: ${error.message}`)
  }
  return untagged(tree, { depth: DEPTH, blobs })
}

function untagged(tree, at) {
  if (typeof tree === 'number') return finite(tree)
  if (typeof tree === 'string') return wellFormed(tree)
  if (typeof tree !== 'object' || tree === null) return tree
  if (at.depth === 0) throw new Malformed('nested too deep')
  const inside = { depth: at.depth - 1, blobs: at.blobs }
  if (Array.isArray(tree)) return tree.map((item) => untagged(item, inside))
  const keys = Object.keys(tree)
  if (keys.length === 1 && isTag(keys[0])) {
    const decoder = decoders.get(keys[0])
    if (!decoder) throw new Malformed('no value has this tag')
    return decoder(tree[keys[0]], inside)
  }
  // fromEntries defines properties: "__proto__" is a key like others.
  return Object.fromEntries(keys.map((key) => [name(key), untagged(tree[key], inside)]))
}

const isTag = (key) => key.startsWith('$') && !key.startsWith('$$')

function name(key) {
  if (isTag(key)) throw new Malformed('a tag beside other members')
  return wellFormed(key.startsWith('$') ? key.slice(1) : key)
}

/** An integer beyond 2**53 - 1 is tagged: digits of one would be another's by now. The library has refused those. */
function finite(value) {
  if (!Number.isFinite(value)) throw new Malformed('a number beyond the largest double')
  return value
}

function wellFormed(value) {
  if (!value.isWellFormed()) throw new Malformed('a string with a lone surrogate')
  return value
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
  return digits.startsWith('-') ? -BigInt(`0x${digits.slice(1)}`) : BigInt(`0x${digits}`)
}

const MOMENT = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d(:\d\d(\.\d+)?)?)?)?$/

/** Without an offset it is taken for UTC. A Date has milliseconds: where there are more digits, `iso` has them all. */
function moment(held) {
  const iso = text(held, MOMENT).replace(' ', 'T')
  const [, day, time = '00:00', sign = '', offset = ''] = /^([^T]*)(?:T([\d:.]*)(?:Z|([+-])([\d:.]*))?)?$/.exec(iso)
  const micro = microseconds(time) - (sign === '-' ? -1 : 1) * microseconds(offset)
  const value = new Date(Date.parse(day) + Math.floor(micro / 1000))
  if (Number.isNaN(value.getTime())) throw new Malformed('no date')
  if (micro % 1000 !== 0) Object.defineProperty(value, 'iso', { value: held, configurable: true, writable: true })
  return value
}

/** Of HH:MM:SS.ffffff. */
function microseconds(time) {
  const [hours = 0, minutes = 0, seconds = '0'] = time.split(':')
  const [whole, fraction = ''] = seconds.split('.')
  return (Number(hours) * 3600 + Number(minutes) * 60 + Number(whole)) * 1e6 + Number(fraction.padEnd(6, '0').slice(0, 6))
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const buffer = (held) => Buffer.from(text(held, BASE64), 'base64')

function array(held) {
  const [kind, base64] = list(held, 2)
  const made = ARRAYS.get(kind)
  const read = buffer(base64)
  if (!made || read.length % made.BYTES_PER_ELEMENT) throw new Malformed('no array of such elements')
  return new made(new Uint8Array(read).buffer) // a copy, at an address that fits the elements
}

/** Each is named once, which the library has seen to. */
function blob(held, { blobs }) {
  const [number, kind] = list(held, 2)
  const read = Number.isInteger(number) ? blobs[number] : undefined
  if (!read) throw new Malformed('bytes that are not there')
  if (kind === 'bytes') return read
  if (kind === TYPE) return new ArrowData(read)
  const made = ARRAYS.get(kind)
  if (!made || read.length % made.BYTES_PER_ELEMENT) throw new Malformed('no array of such elements')
  const { buffer: whole, byteOffset, length } = read
  return new made(byteOffset % made.BYTES_PER_ELEMENT ? whole.slice(byteOffset, byteOffset + length) : whole,
    byteOffset % made.BYTES_PER_ELEMENT ? 0 : byteOffset, length / made.BYTES_PER_ELEMENT)
}

function nothing(held) {
  if (held !== null) throw new Malformed('undefined holds nothing')
}

const SPECIAL = { nan: NaN, inf: Infinity, '-inf': -Infinity, '-0': -0 }
const all = (held, at) => list(held).map((item) => untagged(item, at))
const timedelta = (held) => {
  if (!list(held, 3).every(Number.isSafeInteger)) throw new Malformed('no timedelta')
  return new Foreign('timedelta', held)
}
const complex = (held, at) => {
  const parts = all(list(held, 2), at)
  if (!parts.every((part) => typeof part === 'number')) throw new Malformed('no complex number')
  return new Foreign('complex', parts)
}

function set(held, at) {
  const given = all(held, at)
  tableOf(given, Malformed)
  const made = new Set(given)
  if (made.size !== given.length) throw new Malformed('elements that differ in the guest are one here')
  return made
}

function map(held, at) {
  const pairs = list(held).map((pair) => all(list(pair, 2), at))
  tableOf(pairs.map(([key]) => key), Malformed)
  const made = new Map(pairs)
  if (made.size !== pairs.length) throw new Malformed('keys that differ in the guest are one here')
  return made
}

const decoders = new Map([
  ['$bytes', buffer],
  ['$int', integer],
  ['$float', (held) => SPECIAL[text(held, /^(nan|-?inf|-0)$/)]],
  ['$complex', complex],
  ['$decimal', (held) => new Foreign('decimal', text(held, /^[-+.\w]{1,100000}$/))],
  ['$datetime', moment],
  ['$date', moment],
  ['$time', (held) => new Foreign('time', text(held, /^[\d:.+-]{1,64}$/))],
  ['$timedelta', timedelta],
  ['$tuple', all],
  ['$set', set],
  ['$frozenset', set],
  ['$dict', map],
  ['$array', array],
  ['$blob', blob],
  ['$undefined', nothing],
])

module.exports = { encode, decode, Foreign, Malformed, SIZE }
