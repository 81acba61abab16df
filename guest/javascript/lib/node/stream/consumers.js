// node:stream/consumers
'use strict';

const { Buffer } = require('node:buffer');

async function buffer(stream) {
  const parts = [];
  for await (const part of stream) parts.push(typeof part === 'string' ? Buffer.from(part) : Buffer.from(part.buffer, part.byteOffset, part.byteLength));
  return Buffer.concat(parts);
}

async function text(stream) {
  const decoder = new TextDecoder();
  let result = '';
  for await (const part of stream) result += typeof part === 'string' ? part : decoder.decode(part, { stream: true });
  return result + decoder.decode();
}

module.exports = {
  buffer,
  text,
  arrayBuffer: async (stream) => {
    const bytes = await buffer(stream);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  },
  json: async (stream) => JSON.parse(await text(stream)),
  blob: async (stream) => new (require('web:blob').Blob)([await buffer(stream)]),
};
