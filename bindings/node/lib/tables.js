// Whether a Set or Map of keys from a guest is made in time that grows with their number.
//
// V8 hashes strings with a secret and objects by chance, but numbers and bigints by functions that anybody knows: a guest can make tables of
// them in which every key is compared with all before it, and a mebibyte of those would hold the event loop for half a minute. So the
// table is gone through beforehand, with V8's own hashes, and comparisons are counted. The answer is the same on every machine, however
// busy. Should V8 come to hash otherwise, honest tables are still taken.
'use strict'

/** V8's ComputeUnseededHash, of integers of 32 bits. */
function hashInteger(key) {
  let x = (~key + (key << 15)) | 0
  x ^= x >>> 12
  x = (x + (x << 2)) | 0
  x ^= x >>> 4
  x = Math.imul(x, 2057)
  x ^= x >>> 16
  return x & 0x3fffffff
}

const MASK = (1n << 64n) - 1n

/** V8's ComputeLongHash, of the bits of other numbers, and of the lowest 64 of a bigint. */
function hashLong(key) {
  let x = (~key + (key << 18n)) & MASK
  x ^= x >> 31n
  x = (x * 21n) & MASK
  x ^= x >> 11n
  x = (x + (x << 6n)) & MASK
  x ^= x >> 22n
  return Number(x & 0x3fffffffn)
}

const view = new DataView(new ArrayBuffer(8))

/** The hash of a key that has no secret; undefined for others. */
function hashOf(key) {
  if (typeof key === 'number') {
    if (Number.isNaN(key)) return hashInteger(0x7fffffff)
    if ((key | 0) === key) return hashInteger(key)
    view.setFloat64(0, key)
    return hashLong(view.getBigUint64(0))
  }
  return typeof key === 'bigint' ? hashLong(BigInt.asUintN(64, key < 0n ? -key : key)) : undefined
}

// An honest table compares each key with two at most on average, whatever its size; and small ones cost nothing.
const COMPARISONS = 16
const FREE = 4096

/** Throws an `Error_` where keys were made so that their table takes long. */
function tableOf(keys, Error_) {
  const hashes = []
  for (const key of keys) {
    const hash = hashOf(key)
    if (hash !== undefined) hashes.push(hash)
  }
  let size = 2 // of V8's table: the power of two that holds them, two to a bucket
  let counts = new Uint32Array(size)
  let compared = 0
  for (let i = 0; i < hashes.length; i++) {
    if (i === 2 * size) {
      size *= 2
      counts = new Uint32Array(size)
      for (let j = 0; j < i; j++) counts[hashes[j] & (size - 1)]++
    }
    compared += counts[hashes[i] & (size - 1)]++
    if (compared > FREE + COMPARISONS * i) throw new Error_('made so that its hashes are the same')
  }
}

module.exports = { tableOf }
