// node:buffer: bytes as Node has them, a Uint8Array that knows encodings.
'use strict';

const { custom, inspect } = require('web:inspect');
const {
  invalidArgType, invalidArgValue, outOfRange, coded, checkString, checkNumber,
} = require('web:errors');

const MAX_LENGTH = 2 ** 32;
const MAX_STRING = 2 ** 30 - 1;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

// Numbers of bytes.c; UTF-8 is the coders' above.
const UTF8 = -1;
const LATIN1 = 0;
const ASCII = 1;
const UTF16 = 2;
const HEX = 3;
const BASE64 = 4;
const BASE64URL = 5;

const encodings = {
  __proto__: null,
  utf8: UTF8, 'utf-8': UTF8, latin1: LATIN1, binary: LATIN1, ascii: ASCII,
  ucs2: UTF16, 'ucs-2': UTF16, utf16le: UTF16, 'utf-16le': UTF16, hex: HEX, base64: BASE64, base64url: BASE64URL,
};

function encodingOf(name) {
  if (name === undefined || name === null || name === '') return UTF8;
  const known = encodings[name] ?? encodings[`${name}`.toLowerCase()];
  if (known === undefined) throw coded(TypeError, 'ERR_UNKNOWN_ENCODING', `Unknown encoding: ${name}`);
  return known;
}

const encode = (text, encoding) => (encoding === UTF8 ? encoder.encode(text) : native.fromText(text, encoding === ASCII ? LATIN1 : encoding));

function wrap(bytes) {
  return Object.setPrototypeOf(bytes, Buffer.prototype);
}

function checkSize(size) {
  checkNumber(size, 'size');
  if (!(size >= 0 && size <= MAX_LENGTH)) throw outOfRange('size', `>= 0 && <= ${MAX_LENGTH}`, size);
}

function Buffer(value, encodingOrOffset, length) {
  if (typeof value === 'number') {
    if (typeof encodingOrOffset === 'string') throw invalidArgType('string', 'string', value);
    return Buffer.alloc(value);
  }
  return Buffer.from(value, encodingOrOffset, length);
}
Object.defineProperty(Buffer, Symbol.species, { get() { return Buffer; }, configurable: true });

Buffer.poolSize = 8192;
Buffer.prototype = Object.create(Uint8Array.prototype, {
  constructor: { value: Buffer, writable: true, configurable: true },
});
Object.setPrototypeOf(Buffer, Uint8Array);

// ---- Making.

function fromArrayLike(object) {
  const length = +object.length;
  if (!(length > 0)) return wrap(new Uint8Array(0));
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = object[i];
  return wrap(bytes);
}

const isArrayBuffer = (value) => {
  const kind = native.kind(value);
  return kind === 'arraybuffer' || kind === 'sharedarraybuffer';
};

function fromArrayBuffer(buffer, offset, length) {
  offset = offset === undefined ? 0 : +offset || 0;
  const most = buffer.byteLength - offset;
  if (most < 0) throw coded(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', '"offset" is outside of buffer bounds');
  if (length === undefined) {
    length = most;
  } else {
    length = +length;
    if (!(length > 0)) length = 0;
    else if (length > most) throw coded(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', '"length" is outside of buffer bounds');
  }
  return wrap(new Uint8Array(buffer, offset, length));
}

Buffer.from = function from(value, encodingOrOffset, length) {
  if (typeof value === 'string') return wrap(encode(value, encodingOf(typeof encodingOrOffset === 'string' ? encodingOrOffset : undefined)));
  if (typeof value === 'object' && value !== null) {
    if (isArrayBuffer(value)) return fromArrayBuffer(value, encodingOrOffset, length);
    const primitive = value.valueOf?.();
    if (primitive !== undefined && primitive !== null && primitive !== value && (typeof primitive === 'string' || typeof primitive === 'object'))
      return Buffer.from(primitive, encodingOrOffset, length);
    if (value.length !== undefined || isArrayBuffer(value.buffer))
      return typeof value.length !== 'number' ? wrap(new Uint8Array(0)) : fromArrayLike(value);
    if (value.type === 'Buffer' && Array.isArray(value.data)) return fromArrayLike(value.data);
    if (typeof value[Symbol.toPrimitive] === 'function') {
      const text = value[Symbol.toPrimitive]('string');
      if (typeof text === 'string') return Buffer.from(text, encodingOrOffset);
    }
  }
  throw invalidArgType('first argument', ['string', 'Buffer', 'ArrayBuffer', 'Array', 'Array-like Object'], value);
};

Buffer.copyBytesFrom = function copyBytesFrom(view, offset = 0, length = undefined) {
  if (native.kind(view) !== 'typedarray') throw invalidArgType('view', ['TypedArray'], view);
  const part = view.subarray(offset, length === undefined ? undefined : offset + length);
  return wrap(new Uint8Array(part.buffer, part.byteOffset, part.byteLength).slice());
};

Buffer.of = (...bytes) => fromArrayLike(bytes);

Buffer.alloc = function alloc(size, fill, encoding) {
  checkSize(size);
  const buffer = wrap(new Uint8Array(size));
  if (fill !== undefined && fill !== 0 && size > 0) {
    if (encoding !== undefined && typeof encoding !== 'string') throw invalidArgType('encoding', 'string', encoding);
    buffer.fill(fill, encoding);
  }
  return buffer;
};

Buffer.allocUnsafe = function allocUnsafe(size) {
  checkSize(size);
  return wrap(new Uint8Array(size));
};
Buffer.allocUnsafeSlow = Buffer.allocUnsafe;

Buffer.isBuffer = (value) => value instanceof Buffer;
Buffer.isEncoding = (name) => typeof name === 'string' && name.length !== 0 && name.toLowerCase() in encodings;

Buffer.compare = function compare(a, b) {
  if (!(a instanceof Uint8Array)) throw invalidArgType('buf1', ['Buffer', 'Uint8Array'], a);
  if (!(b instanceof Uint8Array)) throw invalidArgType('buf2', ['Buffer', 'Uint8Array'], b);
  return native.compare(a, b);
};

Buffer.byteLength = function byteLength(value, encoding) {
  if (typeof value === 'string') {
    const known = Buffer.isEncoding(encoding) ? encodingOf(encoding) : UTF8;
    if (known === LATIN1 || known === ASCII) return value.length;
    if (known === UTF16) return value.length * 2;
    if (known === HEX) return value.length >>> 1;
    if (known === UTF8) return encoder.encode(value).length;
    return Math.floor((value.replace(/={1,2}$/, '').length * 3) / 4);
  }
  if (ArrayBuffer.isView(value) || isArrayBuffer(value)) return value.byteLength;
  throw invalidArgType('string', ['string', 'Buffer', 'ArrayBuffer'], value);
};

Buffer.concat = function concat(list, length) {
  if (!Array.isArray(list)) throw invalidArgType('list', 'Array', list);
  list.forEach((one, i) => {
    if (!(one instanceof Uint8Array)) throw invalidArgType(`list[${i}]`, ['Buffer', 'Uint8Array'], one);
  });
  if (length === undefined) {
    length = 0;
    for (const one of list) length += one.length;
  } else {
    require('web:errors').checkInteger(length, 'length', 0);
  }
  const result = new Uint8Array(length);
  let at = 0;
  for (const one of list) {
    if (at >= length) break;
    result.set(one.length > length - at ? one.subarray(0, length - at) : one, at);
    at += one.length;
  }
  return wrap(result);
};

// ---- Text.

function toText(buffer, encoding, start, end) {
  if (encoding === UTF8) return decoder.decode(start === 0 && end === buffer.length ? buffer : new Uint8Array(buffer.buffer, buffer.byteOffset + start, end - start));
  return native.toText(buffer, encoding, start, end);
}

const methods = {
  toString(encoding, start, end) {
    const length = this.length;
    start = start === undefined || start <= 0 ? 0 : start >= length ? length : Math.trunc(start) || 0;
    end = end === undefined || end > length ? length : end <= 0 ? 0 : Math.trunc(end) || 0;
    if (end <= start) return '';
    return toText(this, encodingOf(encoding), start, end);
  },

  toJSON() {
    return { type: 'Buffer', data: Array.from(this) };
  },

  equals(other) {
    if (!(other instanceof Uint8Array)) throw invalidArgType('otherBuffer', ['Buffer', 'Uint8Array'], other);
    return this === other || (this.length === other.length && native.compare(this, other) === 0);
  },

  compare(target, targetStart = 0, targetEnd = target?.length, sourceStart = 0, sourceEnd = this.length) {
    if (!(target instanceof Uint8Array)) throw invalidArgType('target', ['Buffer', 'Uint8Array'], target);
    const { checkInteger } = require('web:errors');
    checkInteger(targetStart, 'targetStart', 0);
    checkInteger(targetEnd, 'targetEnd', 0, target.length);
    checkInteger(sourceStart, 'sourceStart', 0);
    checkInteger(sourceEnd, 'sourceEnd', 0, this.length);
    const part = (bytes, from, to) => new Uint8Array(bytes.buffer, bytes.byteOffset + Math.min(from, bytes.length), Math.max(0, to - from));
    return native.compare(part(this, sourceStart, sourceEnd), part(target, targetStart, targetEnd));
  },

  write(text, offset, length, encoding) {
    checkString(text, 'argument');
    if (typeof offset === 'string') [encoding, offset, length] = [offset, undefined, undefined];
    else if (typeof length === 'string') [encoding, length] = [length, undefined];
    offset = offset === undefined ? 0 : offset;
    require('web:errors').checkInteger(offset, 'offset', 0, this.length);
    const room = this.length - offset;
    if (length === undefined) length = room;
    else require('web:errors').checkInteger(length, 'length', 0, this.length);
    return writeText(this, text, offset, Math.min(length, room), encodingOf(encoding));
  },

  fill(value, offset, end, encoding) {
    if (typeof value === 'string') {
      if (offset === undefined || typeof offset === 'string') [encoding, offset, end] = [offset, 0, this.length];
      else if (typeof end === 'string') [encoding, end] = [end, this.length];
      const known = encodingOf(encoding);
      if (value.length === 0) {
        value = 0;
      } else {
        value = encode(value, known);
        if (value.length === 0) throw invalidArgValue('value', value);
      }
    } else if (typeof value === 'boolean') {
      value = +value;
    }
    offset = offset === undefined ? 0 : offset;
    end = end === undefined ? this.length : end;
    require('web:errors').checkInteger(offset, 'offset', 0);
    require('web:errors').checkInteger(end, 'end', 0, this.length);
    if (offset >= end) return this;
    if (!(value instanceof Uint8Array)) {
      Uint8Array.prototype.fill.call(this, value & 255, offset, end);
      return this;
    }
    if (value.length === 0) throw invalidArgValue('value', value);
    for (let at = offset; at < end; at += value.length)
      this.set(value.length > end - at ? value.subarray(0, end - at) : value, at);
    return this;
  },

  indexOf(value, offset, encoding) { return search(this, value, offset, encoding, false); },
  lastIndexOf(value, offset, encoding) { return search(this, value, offset, encoding, true); },
  includes(value, offset, encoding) { return search(this, value, offset, encoding, false) !== -1; },

  copy(target, targetStart = 0, sourceStart = 0, sourceEnd = this.length) {
    if (!ArrayBuffer.isView(target)) throw invalidArgType('target', ['Buffer', 'Uint8Array'], target);
    targetStart = Math.trunc(targetStart) || 0;
    sourceStart = Math.trunc(sourceStart) || 0;
    sourceEnd = Math.trunc(sourceEnd) || 0;
    if (targetStart < 0) throw outOfRange('targetStart', '>= 0', targetStart);
    if (sourceStart < 0 || sourceStart > this.length) throw outOfRange('sourceStart', `>= 0 && <= ${this.length}`, sourceStart);
    if (sourceEnd < 0) throw outOfRange('sourceEnd', '>= 0', sourceEnd);
    const size = Math.min(sourceEnd - sourceStart, this.length - sourceStart, target.byteLength - targetStart);
    if (!(size > 0)) return 0;
    const to = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
    to.set(new Uint8Array(this.buffer, this.byteOffset + sourceStart, size), targetStart);
    return size;
  },

  subarray(start, end) {
    const part = Uint8Array.prototype.subarray.call(plain(this), start, end);
    return wrap(part);
  },

  slice(start, end) { return methods.subarray.call(this, start, end); },

  swap16() { return swap(this, 2); },
  swap32() { return swap(this, 4); },
  swap64() { return swap(this, 8); },

  toLocaleString(encoding, start, end) { return this.toString(encoding, start, end); },

  [custom](depth, options) {
    const most = 50;
    const shown = Math.min(most, this.length);
    let text = native.toText(this, HEX, 0, shown).replace(/(.{2})/g, '$1 ').trim();
    if (this.length > most) text += ` ... ${this.length - most} more byte${this.length - most > 1 ? 's' : ''}`;
    const names = Object.keys(this).filter((key) => !/^\d+$/.test(key));
    if (names.length > 0) {
      const extra = Object.fromEntries(names.map((name) => [name, this[name]]));
      text += `${text === '' ? '' : ', '}${inspect(extra, { ...options, breakLength: Infinity, compact: true }).slice(2, -2)}`;
    }
    return `<${this.constructor.name} ${text}>`;
  },
};

const plain = (buffer) => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);

function writeText(buffer, text, offset, length, encoding) {
  const bytes = encode(text, encoding);
  let size = Math.min(bytes.length, length);
  if (encoding === UTF8) while (size > 0 && size < bytes.length && (bytes[size] & 0xc0) === 0x80) size--;
  if (encoding === UTF16) size -= size % 2;
  buffer.set(size === bytes.length ? bytes : bytes.subarray(0, size), offset);
  return size;
}

function search(buffer, value, offset, encoding, backwards) {
  if (typeof offset === 'string') [encoding, offset] = [offset, undefined];
  offset = +offset;
  if (Number.isNaN(offset)) offset = backwards ? buffer.length : 0;
  offset = Math.trunc(Math.max(-0x80000000, Math.min(0x7fffffff, offset)));
  if (offset < 0) offset += buffer.length;
  if (offset < 0) {
    if (backwards) return -1;
    offset = 0;
  }
  if (typeof value === 'number') {
    value &= 255;
    return backwards ? Uint8Array.prototype.lastIndexOf.call(buffer, value, Math.min(offset, buffer.length - 1)) : Uint8Array.prototype.indexOf.call(buffer, value, offset);
  }
  const known = encodingOf(encoding);
  if (typeof value === 'string') value = encode(value, known);
  else if (!(value instanceof Uint8Array)) throw invalidArgType('value', ['number', 'string', 'Buffer', 'Uint8Array'], value);
  if (value.length === 0) return backwards ? Math.min(offset, buffer.length) : Math.min(offset, buffer.length);
  return native.find(buffer, value, offset, known === UTF16 ? 2 : 1, backwards);
}

function swap(buffer, size) {
  if (buffer.length % size !== 0)
    throw coded(RangeError, 'ERR_INVALID_BUFFER_SIZE', `Buffer size must be a multiple of ${size * 8}-bits`);
  for (let i = 0; i < buffer.length; i += size) Uint8Array.prototype.reverse.call(new Uint8Array(buffer.buffer, buffer.byteOffset + i, size));
  return buffer;
}

// ---- Numbers.

function checkOffset(buffer, offset, size) {
  if (offset === undefined) offset = 0;
  if (typeof offset !== 'number') throw invalidArgType('offset', 'number', offset);
  if (offset >= 0 && offset + size <= buffer.length && Number.isInteger(offset)) return offset;
  if (!Number.isInteger(offset)) throw outOfRange('offset', 'an integer', offset);
  if (buffer.length - size < 0)
    throw coded(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', 'Attempt to access memory outside buffer bounds');
  throw outOfRange('offset', `>= 0 and <= ${buffer.length - size}`, offset);
}

const view = (buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.length);

function checkRange(value, min, max, size) {
  if (value >= min && value <= max) return;
  const n = typeof min === 'bigint' ? 'n' : '';
  let range;
  if (size > 4 || typeof min === 'bigint') {
    if (min === 0 || min === 0n) range = `>= 0${n} and < 2${n} ** ${size * 8}${n}`;
    else range = `>= -(2${n} ** ${size * 8 - 1}${n}) and < 2${n} ** ${size * 8 - 1}${n}`;
  } else {
    range = `>= ${min}${n} and <= ${max}${n}`;
  }
  throw outOfRange('value', range, value);
}

function defineNumber(names, size, get, set, check) {
  for (const name of names) {
    methods[`read${name}`] = function (offset) {
      offset = checkOffset(this, offset, size);
      return get(view(this), offset);
    };
    methods[`write${name}`] = function (value, offset) {
      if (check) value = check(value);
      offset = checkOffset(this, offset, size);
      set(view(this), offset, value);
      return offset + size;
    };
    for (const kind of ['read', 'write'])
      Object.defineProperty(methods[kind + name], 'name', { value: kind + name });
  }
}

const both = (name) => [name, name.replace('UInt', 'Uint')];

for (const [suffix, little] of [['LE', true], ['BE', false]]) {
  for (const bits of [16, 32]) {
    defineNumber(both(`UInt${bits}${suffix}`), bits / 8, (v, at) => v[`getUint${bits}`](at, little),
      (v, at, value) => v[`setUint${bits}`](at, value, little), (value) => { value = +value; checkRange(value, 0, 2 ** bits - 1, bits / 8); return value; });
    defineNumber([`Int${bits}${suffix}`], bits / 8, (v, at) => v[`getInt${bits}`](at, little),
      (v, at, value) => v[`setInt${bits}`](at, value, little), (value) => { value = +value; checkRange(value, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1, bits / 8); return value; });
  }
  const big = (value, name) => {
    if (typeof value !== 'bigint') throw invalidArgType('value', 'bigint', value);
    return value;
  };
  defineNumber(both(`BigUInt64${suffix}`), 8, (v, at) => v.getBigUint64(at, little),
    (v, at, value) => v.setBigUint64(at, value, little), (value) => { big(value); checkRange(value, 0n, 2n ** 64n - 1n, 8); return value; });
  defineNumber([`BigInt64${suffix}`], 8, (v, at) => v.getBigInt64(at, little),
    (v, at, value) => v.setBigInt64(at, value, little), (value) => { big(value); checkRange(value, -(2n ** 63n), 2n ** 63n - 1n, 8); return value; });
  defineNumber([`Float${suffix}`], 4, (v, at) => v.getFloat32(at, little), (v, at, value) => v.setFloat32(at, value, little));
  defineNumber([`Double${suffix}`], 8, (v, at) => v.getFloat64(at, little), (v, at, value) => v.setFloat64(at, value, little));
}
defineNumber(both('UInt8'), 1, (v, at) => v.getUint8(at), (v, at, value) => v.setUint8(at, value), (value) => { value = +value; checkRange(value, 0, 255, 1); return value; });
defineNumber(['Int8'], 1, (v, at) => v.getInt8(at), (v, at, value) => v.setInt8(at, value), (value) => { value = +value; checkRange(value, -128, 127, 1); return value; });

function checkByteLength(size) {
  if (typeof size !== 'number') throw invalidArgType('byteLength', 'number', size);
  require('web:errors').checkInteger(size, 'byteLength', 1, 6);
}

function defineWide(name, little, signed) {
  methods[`read${name}`] = function (offset, size) {
    if (offset === undefined) throw invalidArgType('offset', 'number', offset);
    checkByteLength(size);
    offset = checkOffset(this, offset, size);
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + this[offset + (little ? size - 1 - i : i)];
    return signed && value >= 2 ** (size * 8 - 1) ? value - 2 ** (size * 8) : value;
  };
  methods[`write${name}`] = function (value, offset, size) {
    checkByteLength(size);
    value = +value;
    if (signed) checkRange(value, -(2 ** (size * 8 - 1)), 2 ** (size * 8 - 1) - 1, size);
    else checkRange(value, 0, 2 ** (size * 8) - 1, size);
    offset = checkOffset(this, offset, size);
    let rest = value < 0 ? value + 2 ** (size * 8) : value;
    for (let i = 0; i < size; i++) {
      this[offset + (little ? i : size - 1 - i)] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    return offset + size;
  };
}

for (const prefix of ['UInt', 'Uint', 'Int'])
  for (const suffix of ['LE', 'BE']) defineWide(`${prefix}${suffix}`, suffix === 'LE', prefix === 'Int');

for (const [name, encoding] of Object.entries({ ascii: ASCII, base64: BASE64, base64url: BASE64URL, latin1: LATIN1, hex: HEX, ucs2: UTF16, utf8: UTF8 })) {
  methods[`${name}Slice`] = function (start = 0, end = this.length) { return toText(this, encoding, start, end); };
  methods[`${name}Write`] = function (text, offset = 0, length = this.length - offset) { return writeText(this, text, offset, length, encoding); };
}

for (const name of Reflect.ownKeys(methods))
  Object.defineProperty(Buffer.prototype, name, { value: methods[name], writable: true, configurable: true, enumerable: typeof name === 'string' });
Object.defineProperty(Buffer.prototype, 'parent', { get() { return this instanceof Buffer ? this.buffer : undefined; }, enumerable: true, configurable: true });
Object.defineProperty(Buffer.prototype, 'offset', { get() { return this instanceof Buffer ? this.byteOffset : undefined; }, enumerable: true, configurable: true });

// ---- The module.

function transcode(source, from, to) {
  if (!(source instanceof Uint8Array)) throw invalidArgType('source', ['Buffer', 'Uint8Array'], source);
  const text = toText(wrap(plain(source)), encodingOf(from), 0, source.length);
  const encoding = encodingOf(to);
  if (encoding === LATIN1 || encoding === ASCII) {
    const most = encoding === ASCII ? 127 : 255;
    return wrap(Uint8Array.from(Array.from(text), (c) => (c.codePointAt(0) > most ? 63 : c.codePointAt(0))));
  }
  return wrap(encode(text, encoding));
}

const bytesIn = (input) => {
  if (isArrayBuffer(input)) return new Uint8Array(input);
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  throw invalidArgType('input', ['ArrayBuffer', 'Buffer', 'TypedArray'], input);
};

const strict = new TextDecoder('utf-8', { fatal: true });

function isUtf8(input) {
  try {
    strict.decode(bytesIn(input));
    return true;
  } catch (error) {
    if (error.code === 'ERR_INVALID_ARG_TYPE') throw error;
    return false;
  }
}

const base64 = require('web:base64');

module.exports = {
  Buffer,
  SlowBuffer: Buffer.allocUnsafeSlow,
  transcode,
  isUtf8,
  isAscii: (input) => bytesIn(input).every((byte) => byte < 128),
  INSPECT_MAX_BYTES: 50,
  kMaxLength: MAX_LENGTH,
  kStringMaxLength: MAX_STRING,
  constants: { MAX_LENGTH, MAX_STRING_LENGTH: MAX_STRING },
  atob: base64.atob,
  btoa: base64.btoa,
};
for (const name of ['Blob', 'File'])
  Object.defineProperty(module.exports, name, { get: () => require('web:blob')[name], enumerable: true, configurable: true });
