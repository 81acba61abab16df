// node:crypto: hashes, HMAC, random numbers and keys derived of them. Ciphers, signatures and certificates are not here.
'use strict';

const { Buffer } = require('node:buffer');
const { crypto, hmac, join, randomUUID, CryptoKey } = require('web:crypto');
const { invalidArgType, outOfRange, coded, notHere, checkInteger, checkString, checkFunction } = require('web:errors');
const { Transform } = require('node:stream');

const BLOCK = { md5: 64, sha1: 64, sha224: 64, sha256: 64, sha384: 128, sha512: 128 };

function hashName(algorithm) {
  checkString(algorithm, 'algorithm');
  const name = algorithm.toLowerCase().replace(/^rsa-/, '').replace(/^sha-/, 'sha');
  if (!(name in BLOCK)) {
    const error = coded(Error, 'ERR_OSSL_EVP_UNSUPPORTED', 'Digest method not supported');
    error.code = undefined;
    delete error.code;
    throw error;
  }
  return name;
}

function bytesOf(data, encoding, name = 'data') {
  if (typeof data === 'string') return Buffer.from(data, encoding === 'buffer' ? 'utf8' : encoding);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  throw invalidArgType(name, ['string', 'Buffer', 'TypedArray', 'DataView'], data);
}

const out = (bytes, encoding) => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return encoding && encoding !== 'buffer' ? buffer.toString(encoding) : buffer;
};

class Digest extends Transform {
  #parts = [];
  #finish;
  #done = false;

  constructor(finish, options) {
    super(options);
    this.#finish = finish;
  }

  update(data, encoding) {
    if (this.#done) throw coded(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
    this.#parts.push(bytesOf(data, encoding));
    return this;
  }

  digest(encoding) {
    if (this.#done) throw coded(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
    this.#done = true;
    return out(this.#finish(Buffer.concat(this.#parts)), encoding);
  }

  copy() {
    if (this.#done) throw coded(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
    const other = new this.constructor(this.#finish);
    other.#parts = [...this.#parts];
    return other;
  }

  _transform(chunk, encoding, done) {
    this.update(chunk, encoding);
    done();
  }

  _flush(done) {
    this.push(this.digest());
    done();
  }
}

class Hash extends Digest {}
class Hmac extends Digest {}

function createHash(algorithm, options) {
  const name = hashName(algorithm);
  return new Hash((data) => native.hash(name, data), options);
}

function createHmac(algorithm, key, options) {
  const name = hashName(algorithm);
  const secret = key instanceof KeyObject ? key.export() : bytesOf(key, options?.encoding, 'key');
  return new Hmac((data) => hmac(name, BLOCK[name], secret, data), options);
}

class KeyObject {
  #secret;
  constructor(secret) { this.#secret = secret; }
  get type() { return 'secret'; }
  get symmetricKeySize() { return this.#secret.length; }
  export() { return out(this.#secret); }
  equals(other) { return native.compare(this.#secret, other.#secret) === 0; }
}

// ---- Random.

function randomBytes(size, callback) {
  checkInteger(size, 'size', 0, 2 ** 31 - 1);
  const bytes = Buffer.alloc(size);
  native.random(bytes);
  if (callback === undefined) return bytes;
  checkFunction(callback, 'callback');
  native.setImmediate(() => callback(null, bytes));
  return undefined;
}

function randomFillSync(view, offset = 0, size = view.byteLength - offset) {
  const whole = ArrayBuffer.isView(view) ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength) : new Uint8Array(view);
  native.random(whole.subarray(offset, offset + size));
  return view;
}

function randomFill(view, ...rest) {
  const callback = rest.pop();
  checkFunction(callback, 'callback');
  randomFillSync(view, ...rest);
  native.setImmediate(() => callback(null, view));
}

function randomInt(min, max, callback) {
  if (max === undefined || typeof max === 'function') [min, max, callback] = [0, min, max];
  if (!Number.isSafeInteger(min)) throw invalidArgType('min', 'a safe integer', min);
  if (!Number.isSafeInteger(max)) throw invalidArgType('max', 'a safe integer', max);
  if (max <= min) throw outOfRange('max', `greater than the value of "min" (${min})`, max);
  const range = max - min;
  if (!(range <= 2 ** 48 - 1)) throw outOfRange('max - min', `<= ${2 ** 48 - 1}`, range);
  const limit = 2 ** 48 - (2 ** 48 % range);
  const bytes = Buffer.alloc(6);
  let value;
  do {
    native.random(bytes);
    value = bytes.readUIntBE(0, 6);
  } while (value >= limit);
  const result = min + (value % range);
  if (callback === undefined) return result;
  native.addTick(callback, undefined, result);
  return undefined;
}

// ---- Derived keys.

// RFC 8018
function pbkdf2Sync(password, salt, iterations, length, digest) {
  const name = hashName(digest);
  checkInteger(iterations, 'iterations', 1);
  checkInteger(length, 'keylen', 0);
  const key = bytesOf(password, undefined, 'password');
  const start = bytesOf(salt, undefined, 'salt');
  const parts = [];
  for (let block = 1, made = 0; made < length; block++) {
    const number = new Uint8Array([block >>> 24, block >>> 16, block >>> 8, block]);
    let step = hmac(name, BLOCK[name], key, join(start, number));
    const sum = step.slice();
    for (let i = 1; i < iterations; i++) {
      step = hmac(name, BLOCK[name], key, step);
      for (let j = 0; j < sum.length; j++) sum[j] ^= step[j];
    }
    parts.push(sum);
    made += sum.length;
  }
  return Buffer.concat(parts).subarray(0, length);
}

function pbkdf2(password, salt, iterations, length, digest, callback) {
  const key = pbkdf2Sync(password, salt, iterations, length, digest);
  native.setImmediate(() => callback(null, key));
}

// RFC 5869
function hkdfSync(digest, key, salt, info, length) {
  const name = hashName(digest);
  const secret = hmac(name, BLOCK[name], bytesOf(salt), bytesOf(key));
  const about = bytesOf(info);
  let made = new Uint8Array(0);
  let last = new Uint8Array(0);
  for (let i = 1; made.length < length; i++) {
    last = hmac(name, BLOCK[name], secret, join(join(last, about), new Uint8Array([i])));
    made = join(made, last);
  }
  return made.slice(0, length).buffer;
}

function timingSafeEqual(a, b) {
  if (!ArrayBuffer.isView(a)) throw invalidArgType('buf1', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], a);
  if (!ArrayBuffer.isView(b)) throw invalidArgType('buf2', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], b);
  if (a.byteLength !== b.byteLength)
    throw coded(RangeError, 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', 'Input buffers must have the same byte length');
  const [x, y] = [bytesOf(a), bytesOf(b)];
  let difference = 0;
  for (let i = 0; i < x.length; i++) difference |= x[i] ^ y[i];
  return difference === 0;
}

const missing = {};
for (const name of [
  'createCipheriv', 'createDecipheriv', 'createSign', 'createVerify', 'createDiffieHellman', 'createECDH',
  'createPublicKey', 'createPrivateKey', 'generateKeyPair', 'generateKeyPairSync', 'sign', 'verify', 'publicEncrypt',
  'privateDecrypt', 'scrypt', 'scryptSync', 'getDiffieHellman', 'diffieHellman', 'generatePrime', 'generatePrimeSync',
])
  missing[name] = Object.defineProperty(() => { throw notHere(`crypto.${name}`); }, 'name', { value: name });

module.exports = {
  ...missing,
  createHash,
  createHmac,
  createSecretKey: (key, encoding) => new KeyObject(bytesOf(key, encoding, 'key')),
  hash: (algorithm, data, encoding = 'hex') => out(native.hash(hashName(algorithm), bytesOf(data)), encoding),
  hkdfSync,
  pbkdf2,
  pbkdf2Sync,
  randomBytes,
  pseudoRandomBytes: randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID: () => randomUUID(),
  timingSafeEqual,
  getHashes: () => ['RSA-MD5', 'RSA-SHA1', 'RSA-SHA224', 'RSA-SHA256', 'RSA-SHA384', 'RSA-SHA512', 'md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'],
  getCiphers: () => [],
  getCurves: () => [],
  constants: {},
  Hash,
  Hmac,
  KeyObject,
  CryptoKey,
  webcrypto: crypto,
  subtle: crypto.subtle,
  getRandomValues: (array) => crypto.getRandomValues(array),
};
