// crypto: random numbers, and the digests and HMAC of SubtleCrypto, by Web Cryptography.
'use strict';

const { DOMException } = require('web:domexception');
const { coded, invalidArgType } = require('web:errors');
const { custom } = require('web:inspect');

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
const DIGESTS = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };
const made = Symbol('made');

function randomUUID() {
  const b = new Uint8Array(16);
  native.random(b);
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  const part = (from, to) => {
    let text = '';
    for (let i = from; i < to; i++) text += HEX[b[i]];
    return text;
  };
  return `${part(0, 4)}-${part(4, 6)}-${part(6, 8)}-${part(8, 10)}-${part(10, 16)}`;
}

function bytesOf(data, name) {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  if (native.kind(data) === 'arraybuffer' || native.kind(data) === 'sharedarraybuffer') return new Uint8Array(data).slice();
  throw invalidArgType(name, ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], data);
}

const notSupported = (what) => new DOMException(`${what} is not available in this sandbox`, 'NotSupportedError');

function digestName(algorithm) {
  const given = typeof algorithm === 'string' ? algorithm : algorithm?.name;
  const name = `${given}`.toUpperCase();
  if (!(name in DIGESTS)) throw new DOMException('Unrecognized algorithm name', 'NotSupportedError');
  return name;
}

const BLOCK = { 'SHA-1': 64, 'SHA-256': 64, 'SHA-384': 128, 'SHA-512': 128 };

function join(a, b) {
  const result = new Uint8Array(a.length + b.length);
  result.set(a);
  result.set(b, a.length);
  return result;
}

// RFC 2104. `hash` is a name of hash.c's.
function hmac(hash, block, key, data) {
  const padded = new Uint8Array(block);
  padded.set(key.length > block ? native.hash(hash, key) : key);
  return native.hash(hash, join(padded.map((b) => b ^ 0x5c), native.hash(hash, join(padded.map((b) => b ^ 0x36), data))));
}

class CryptoKey {
  #about;

  constructor(token, about) {
    if (token !== made) throw coded(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');
    this.#about = about;
  }

  get type() { return this.#about.type; }
  get extractable() { return this.#about.extractable; }
  get algorithm() { return this.#about.algorithm; }
  get usages() { return [...this.#about.usages]; }
  static [made](key) { return key.#about; }

  [custom](depth, options, inspect) {
    const { type, extractable, algorithm, usages } = this.#about;
    return `CryptoKey ${inspect({ type, extractable, algorithm, usages }, options)}`;
  }
}

const aboutKey = CryptoKey[made];
delete CryptoKey[made];

function hmacKey(algorithm, extractable, usages, secret) {
  const hash = digestName(algorithm.hash);
  return new CryptoKey(made, {
    type: 'secret', extractable: !!extractable, usages: [...usages], secret,
    algorithm: { name: 'HMAC', length: secret.length * 8, hash: { name: hash } },
  });
}

function checkHmac(algorithm) {
  const name = `${typeof algorithm === 'string' ? algorithm : algorithm?.name}`.toUpperCase();
  if (name !== 'HMAC') throw notSupported(`crypto.subtle with ${name}`);
}

function useKey(algorithm, key, usage) {
  checkHmac(algorithm);
  const about = aboutKey(key);
  if (!about.usages.includes(usage)) throw new DOMException(`The key may not be used to ${usage}`, 'InvalidAccessError');
  return about;
}

function signWith(about, data) {
  const hash = about.algorithm.hash.name;
  return hmac(DIGESTS[hash], BLOCK[hash], about.secret, bytesOf(data, 'data'));
}

class SubtleCrypto {
  constructor(token) {
    if (token !== made) throw coded(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');
  }

  async digest(algorithm, data) {
    const name = digestName(algorithm);
    return native.hash(DIGESTS[name], bytesOf(data, 'data')).buffer;
  }

  async importKey(format, data, algorithm, extractable, usages) {
    checkHmac(algorithm);
    if (format === 'raw') return hmacKey(algorithm, extractable, usages, bytesOf(data, 'keyData'));
    if (format === 'jwk') return hmacKey(algorithm, extractable, usages, native.fromText(data.k, 5));
    throw new DOMException(`The format ${format} is not supported`, 'NotSupportedError');
  }

  async exportKey(format, key) {
    const about = aboutKey(key);
    if (!about.extractable) throw new DOMException('key is not extractable', 'InvalidAccessException');
    if (format === 'raw') return about.secret.slice().buffer;
    if (format !== 'jwk') throw new DOMException(`The format ${format} is not supported`, 'NotSupportedError');
    return {
      key_ops: [...about.usages], ext: true, kty: 'oct', k: native.toText(about.secret, 5, 0, about.secret.length),
      alg: `HS${about.algorithm.hash.name.slice(4)}`,
    };
  }

  async generateKey(algorithm, extractable, usages) {
    checkHmac(algorithm);
    const secret = new Uint8Array(algorithm.length !== undefined ? algorithm.length / 8 : BLOCK[digestName(algorithm.hash)]);
    native.random(secret);
    return hmacKey(algorithm, extractable, usages, secret);
  }

  async sign(algorithm, key, data) {
    return signWith(useKey(algorithm, key, 'sign'), data).buffer;
  }

  async verify(algorithm, key, signature, data) {
    const expected = signWith(useKey(algorithm, key, 'verify'), data);
    const given = bytesOf(signature, 'signature');
    let difference = expected.length ^ given.length;
    for (let i = 0; i < expected.length; i++) difference |= expected[i] ^ given[i];
    return difference === 0;
  }
}

for (const name of ['encrypt', 'decrypt', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey'])
  Object.defineProperty(SubtleCrypto.prototype, name, {
    value: async () => { throw notSupported(`crypto.subtle.${name}`); }, writable: true, configurable: true,
  });

class Crypto {
  #subtle = new SubtleCrypto(made);

  constructor(token) {
    if (token !== made) throw coded(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');
  }

  get subtle() { return this.#subtle; }

  getRandomValues(array) {
    const name = native.className(array);
    if (!ArrayBuffer.isView(array) || name === 'DataView' || name.startsWith('Float'))
      throw new DOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
    if (array.byteLength > 65536)
      throw new DOMException(
        `The ArrayBufferView's byte length (${array.byteLength}) exceeds the number of bytes of entropy available via this API (65536)`,
        'QuotaExceededError');
    native.random(array);
    return array;
  }

  randomUUID() { return randomUUID(); }

  [custom](depth, options, inspect) {
    return `Crypto ${inspect({}, options)}`;
  }
}

for (const constructor of [Crypto, SubtleCrypto, CryptoKey])
  Object.defineProperty(constructor.prototype, Symbol.toStringTag, { value: constructor.name, configurable: true });

module.exports = { crypto: new Crypto(made), Crypto, SubtleCrypto, CryptoKey, hmac, join, randomUUID };
