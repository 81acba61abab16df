// node:string_decoder: bytes that come in parts, as text without broken characters.
'use strict';

const { Buffer } = require('node:buffer');
const { coded, invalidArgType } = require('web:errors');

const names = {
  __proto__: null,
  'utf8': 'utf8', 'utf-8': 'utf8', 'ucs2': 'utf16le', 'ucs-2': 'utf16le', 'utf16le': 'utf16le', 'utf-16le': 'utf16le',
  'latin1': 'latin1', 'binary': 'latin1', 'base64': 'base64', 'base64url': 'base64url', 'ascii': 'ascii', 'hex': 'hex',
};

function StringDecoder(encoding) {
  const name = encoding === undefined || encoding === null ? 'utf8' : names[`${encoding}`.toLowerCase()];
  if (name === undefined) throw coded(TypeError, 'ERR_UNKNOWN_ENCODING', `Unknown encoding: ${encoding}`);
  this.encoding = name;
  const decoder = name === 'utf8' ? new TextDecoder('utf-8', { ignoreBOM: true }) : null;
  Object.defineProperty(this, 'decoder', { value: decoder, enumerable: false });
  Object.defineProperty(this, 'held', { value: Buffer.alloc(0), writable: true, enumerable: false });
}

// How many bytes at the end wait for others.
function waiting(bytes, encoding) {
  if (encoding === 'base64' || encoding === 'base64url') return bytes.length % 3;
  if (encoding !== 'utf16le') return 0;
  const odd = bytes.length % 2;
  const last = bytes.length - odd;
  // A high surrogate waits for its partner.
  return last >= 2 && (bytes[last - 1] & 0xfc) === 0xd8 ? odd + 2 : odd;
}

StringDecoder.prototype.write = function write(part) {
  if (typeof part === 'string') return part;
  if (!ArrayBuffer.isView(part)) throw invalidArgType('buf', ['Buffer', 'TypedArray', 'DataView'], part);
  const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  if (this.decoder) return this.decoder.decode(bytes, { stream: true });
  const all = this.held.length > 0 ? Buffer.concat([this.held, bytes]) : bytes;
  const rest = waiting(all, this.encoding);
  this.held = Buffer.from(all.subarray(all.length - rest));
  return all.toString(this.encoding, 0, all.length - rest);
};

StringDecoder.prototype.end = function end(part) {
  let text = part !== undefined ? this.write(part) : '';
  if (this.decoder) text += this.decoder.decode();
  else text += this.held.toString(this.encoding);
  this.held = Buffer.alloc(0);
  return text;
};

StringDecoder.prototype.text = function text(part, offset) {
  this.held = Buffer.alloc(0);
  return this.write(part.subarray(offset));
};

module.exports = { StringDecoder };
