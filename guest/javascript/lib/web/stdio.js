// process.stdin, stdout and stderr as streams. What is written is written at once, in one order with the console's.
'use strict';

const { Writable, Readable } = require('node:stream');
const { isatty } = native.os;

const bytesOf = (chunk, encoding) => (typeof chunk === 'string' ? require('node:buffer').Buffer.from(chunk, encoding) : chunk);

function write(fd, chunk, encoding) {
  const bytes = bytesOf(chunk, encoding === 'buffer' ? undefined : encoding);
  native.pwrite(fd, bytes, 0, bytes.length, -1);
}

function output(fd) {
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, encoding, done) {
      write(fd, chunk, encoding);
      done();
    },
  });
  stream.fd = fd;
  stream._type = 'fs';
  stream._isStdio = true;
  stream.isTTY = isatty(fd) || undefined;
  stream.destroySoon = stream.destroy;
  stream._destroy = (error, done) => done(error);
  if (stream.isTTY) Object.assign(stream, { columns: 80, rows: 24, getColorDepth: () => 1, hasColors: () => false, getWindowSize: () => [80, 24] });
  return stream;
}

function stdin() {
  const { Buffer } = require('node:buffer');
  const stream = new Readable({
    highWaterMark: 65536,
    read(size) {
      const buffer = Buffer.alloc(Math.min(size, 65536));
      const got = native.pread(0, buffer, 0, buffer.length, -1);
      if (got < 0) this.destroy(require('node:fs').systemError('read', -got));
      else this.push(got === 0 ? null : buffer.subarray(0, got));
    },
  });
  stream.fd = 0;
  stream.isTTY = isatty(0) || undefined;
  stream.setRawMode = () => stream;
  stream.ref = stream.unref = () => stream;
  return stream;
}

module.exports = { output, stdin };
