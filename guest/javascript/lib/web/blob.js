// Blob and File, by the File API; and URLs of blobs, as long as the sandbox lives.
'use strict';

const { custom } = require('web:inspect');
const { coded, invalidArgType } = require('web:errors');

const encoder = new TextEncoder();
const bytes = Symbol('bytes');

function partOf(part, endings) {
  if (part instanceof Blob) return part[bytes];
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  if (/arraybuffer$/.test(native.kind(part))) return new Uint8Array(part);
  const text = `${part}`;
  return encoder.encode(endings === 'native' ? text.replace(/\r\n?|\n/g, '\n') : text);
}

function join(parts, endings) {
  const list = Array.from(parts, (part) => partOf(part, endings));
  const result = new Uint8Array(list.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of list) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

const typeOf = (type) => (/[^\x20-\x7e]/.test(type) ? '' : type.toLowerCase());

class Blob {
  #type;

  constructor(parts = [], options = {}) {
    if (parts === null || typeof parts !== 'object' || typeof parts[Symbol.iterator] !== 'function')
      throw invalidArgType('sources', 'a sequence', parts);
    if (options !== null && options !== undefined && typeof options !== 'object') throw invalidArgType('options', 'Object', options);
    const endings = options?.endings ?? 'transparent';
    if (endings !== 'transparent' && endings !== 'native')
      throw require('web:errors').invalidArgValue('options.endings', endings);
    Object.defineProperty(this, bytes, { value: join(parts, endings) });
    this.#type = typeOf(`${options?.type ?? ''}`);
  }

  get size() { return this[bytes].length; }
  get type() { return this.#type; }

  async arrayBuffer() { return this[bytes].slice().buffer; }
  async bytes() { return this[bytes].slice(); }
  async text() { return new TextDecoder().decode(this[bytes]); }

  slice(start, end, type = '') {
    return new Blob([this[bytes].slice(start, end)], { type: `${type}` });
  }

  stream() {
    const { ReadableStream } = require('web:streams');
    const content = this[bytes];
    let at = 0;
    return new ReadableStream({
      type: 'bytes',
      pull(controller) {
        if (at < content.length) controller.enqueue(content.slice(at, at += 65536));
        if (at >= content.length) controller.close();
        if (at >= content.length) controller.byobRequest?.respond(0);
      },
    });
  }

  [custom](depth, options, inspect) {
    return depth < 0 ? this : `Blob ${inspect({ size: this.size, type: this.type }, options)}`;
  }
}

class File extends Blob {
  #name;
  #lastModified;

  constructor(parts, name, options = {}) {
    if (arguments.length < 2) throw coded(TypeError, 'ERR_MISSING_ARGS', 'The "fileBits" and "fileName" arguments must be specified');
    super(parts, options);
    this.#name = `${name}`.toWellFormed();
    this.#lastModified = options?.lastModified === undefined ? Date.now() : Math.trunc(+options.lastModified) || 0;
  }

  get name() { return this.#name; }
  get lastModified() { return this.#lastModified; }

  [custom](depth, options, inspect) {
    const { size, type, name, lastModified } = this;
    return depth < 0 ? this : `File ${inspect({ size, type, name, lastModified }, options)}`;
  }
}

for (const constructor of [Blob, File]) {
  Object.defineProperty(constructor.prototype, Symbol.toStringTag, { value: constructor.name, configurable: true });
  for (const name of Object.getOwnPropertyNames(constructor.prototype))
    if (name !== 'constructor') Object.defineProperty(constructor.prototype, name, { enumerable: true });
}

const registered = new Map();

function register(blob) {
  if (!(blob instanceof Blob)) throw invalidArgType('obj', 'Blob', blob);
  const url = `blob:nodedata:${require('web:crypto').randomUUID()}`;
  registered.set(url, blob);
  return url;
}

module.exports = {
  Blob, File, register,
  revoke: (url) => { registered.delete(url); },
  resolveObjectURL: (url) => registered.get(`${url}`),
};
