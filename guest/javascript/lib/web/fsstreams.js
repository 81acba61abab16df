// fs.ReadStream and fs.WriteStream
'use strict';

const { Readable, Writable } = require('node:stream');
const { Buffer } = require('node:buffer');
const fs = require('node:fs');
const { checkInteger, outOfRange } = require('web:errors');
const { sync } = fs;

const toPath = (file) => (file !== null && typeof file === 'object' && file.href ? require('node:url').fileURLToPath(file) : file);
const later = (work, done) => native.setImmediate(() => {
  let result;
  try {
    result = work();
  } catch (error) {
    done(error);
    return;
  }
  done(null, result);
});

function settingsOf(options) {
  const settings = typeof options === 'string' ? { encoding: options } : { ...options };
  if (typeof settings.fd === 'object' && settings.fd !== null) settings.fd = settings.fd.fd;
  return settings;
}

class ReadStream extends Readable {
  constructor(file, options) {
    const settings = settingsOf(options);
    super({ highWaterMark: 64 * 1024, ...settings, encoding: settings.encoding, objectMode: false });
    this.path = toPath(file);
    this.flags = settings.flags ?? 'r';
    this.mode = settings.mode ?? 0o666;
    this.fd = settings.fd ?? null;
    this.start = settings.start;
    this.end = settings.end ?? Infinity;
    this.pos = settings.start;
    this.bytesRead = 0;
    this.autoClose = settings.autoClose ?? true;
    if (this.start !== undefined) checkInteger(this.start, 'start', 0);
    if (this.end !== Infinity) checkInteger(this.end, 'end', 0);
    if (this.start > this.end) throw outOfRange('start', `<= "end" (here: ${this.end})`, this.start);
  }

  _construct(done) {
    if (typeof this.fd === 'number') {
      done();
      return;
    }
    later(() => sync.open(this.path, this.flags, this.mode), (error, fd) => {
      if (error) {
        done(error);
        return;
      }
      this.fd = fd;
      done();
      this.emit('open', fd);
      this.emit('ready');
    });
  }

  _read(size) {
    const rest = this.end === Infinity ? size : Math.min(this.end - (this.pos ?? this.bytesRead) + 1, size);
    if (rest <= 0) {
      this.push(null);
      return;
    }
    const buffer = Buffer.allocUnsafe(rest);
    later(() => sync.read(this.fd, buffer, 0, rest, this.pos ?? null), (error, got) => {
      if (error) {
        this.destroy(error);
        return;
      }
      if (this.pos !== undefined) this.pos += got;
      this.bytesRead += got;
      this.push(got === 0 ? null : buffer.subarray(0, got));
    });
  }

  _destroy(error, done) { closeFd(this, error, done); }
  close(done) {
    if (done) require('node:stream').finished(this, done);
    this.destroy();
  }
  get pending() { return this.fd === null; }
}

class WriteStream extends Writable {
  constructor(file, options) {
    const settings = settingsOf(options);
    super({ ...settings, decodeStrings: true, objectMode: false });
    this.path = toPath(file);
    this.flags = settings.flags ?? 'w';
    this.mode = settings.mode ?? 0o666;
    this.fd = settings.fd ?? null;
    this.pos = settings.start;
    this.bytesWritten = 0;
    this.autoClose = settings.autoClose ?? true;
    if (settings.start !== undefined) checkInteger(settings.start, 'start', 0);
    if (settings.encoding) this.setDefaultEncoding(settings.encoding);
  }

  _write(chunk, encoding, done) {
    later(() => {
      for (let at = 0; at < chunk.length;) {
        const wrote = sync.write(this.fd, chunk, at, chunk.length - at, this.pos ?? null);
        at += wrote;
        this.bytesWritten += wrote;
        if (this.pos !== undefined) this.pos += wrote;
      }
    }, done);
  }

  _destroy(error, done) { closeFd(this, error, done); }
  close(done) {
    if (done) {
      if (this.closed) {
        native.addTick(done);
        return;
      }
      this.on('close', done);
    }
    if (!this.autoClose) this.on('finish', this.destroy);
    this.end();
  }
  get pending() { return this.fd === null; }
}
WriteStream.prototype._construct = ReadStream.prototype._construct;
WriteStream.prototype.destroySoon = WriteStream.prototype.end;

function closeFd(stream, error, done) {
  const { fd } = stream;
  if (typeof fd !== 'number' || !stream.autoClose || fd <= 2) {
    done(error);
    return;
  }
  stream.fd = null;
  later(() => sync.close(fd), (failed) => done(error ?? failed));
}

module.exports = { ReadStream, WriteStream };
