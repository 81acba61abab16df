// Streams of Node as streams of the web, and the other way round.
'use strict';

const { Readable, Writable, finished } = require('node:stream');
const { ReadableStream, WritableStream } = require('web:streams');

function readableToWeb(stream) {
  const iterator = stream[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(stream.readableObjectMode || typeof value === 'string' ? value : new Uint8Array(value));
    },
    async cancel(reason) {
      stream.destroy(reason instanceof Error ? reason : undefined);
    },
  }, { highWaterMark: 0 });
}

const readableFromWeb = (stream, options) => Readable.from(stream, { objectMode: false, ...options });

function writableToWeb(stream) {
  return new WritableStream({
    write: (chunk) => new Promise((resolve, reject) => stream.write(chunk, (error) => (error ? reject(error) : resolve()))),
    close: () => new Promise((resolve, reject) => {
      finished(stream, { readable: false }, (error) => (error ? reject(error) : resolve()));
      stream.end();
    }),
    abort: (reason) => { stream.destroy(reason instanceof Error ? reason : new Error(`${reason}`)); },
  });
}

function writableFromWeb(stream, options) {
  const writer = stream.getWriter();
  return new Writable({
    ...options,
    write(chunk, encoding, done) { writer.ready.then(() => writer.write(chunk)).then(() => done(), done); },
    final(done) { writer.close().then(() => done(), done); },
    destroy(error, done) { (error ? writer.abort(error) : Promise.resolve()).then(() => done(error), () => done(error)); },
  });
}

module.exports = { readableToWeb, readableFromWeb, writableToWeb, writableFromWeb };
