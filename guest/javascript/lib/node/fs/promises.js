// node:fs/promises
'use strict';

const fs = require('node:fs');
const { Buffer } = require('node:buffer');
const EventEmitter = require('node:events');
const { sync, promised, constants } = fs;

class FileHandle extends EventEmitter {
  #fd;

  constructor(fd) {
    super();
    this.#fd = fd;
  }

  get fd() { return this.#fd; }
  appendFile(data, options) { return promised(() => sync.appendFile(this.#fd, data, options)); }
  chmod() { return promised(() => sync.fchmod(this.#fd)); }
  chown() { return promised(() => sync.fchown(this.#fd)); }
  datasync() { return promised(() => sync.fdatasync(this.#fd)); }
  sync() { return promised(() => sync.fsync(this.#fd)); }
  stat(options) { return promised(() => sync.fstat(this.#fd, options)); }
  truncate(length) { return promised(() => sync.ftruncate(this.#fd, length)); }
  utimes(atime, mtime) { return promised(() => sync.futimes(this.#fd, atime, mtime)); }
  readFile(options) { return promised(() => sync.readFile(this.#fd, options)); }
  writeFile(data, options) { return promised(() => sync.writeFile(this.#fd, data, options)); }

  read(buffer, ...rest) {
    if (buffer === undefined || !ArrayBuffer.isView(buffer)) {
      const { buffer: given = Buffer.alloc(16384), ...options } = buffer ?? {};
      return promised(() => ({ bytesRead: sync.read(this.#fd, given, options), buffer: given }));
    }
    return promised(() => ({ bytesRead: sync.read(this.#fd, buffer, ...rest), buffer }));
  }

  write(buffer, ...rest) { return promised(() => ({ bytesWritten: sync.write(this.#fd, buffer, ...rest), buffer })); }
  readv(buffers, position) { return promised(() => ({ bytesRead: sync.readv(this.#fd, buffers, position), buffers })); }
  writev(buffers, position) { return promised(() => ({ bytesWritten: sync.writev(this.#fd, buffers, position), buffers })); }
  createReadStream(options) { return fs.createReadStream('', { ...options, fd: this.#fd }); }
  createWriteStream(options) { return fs.createWriteStream('', { ...options, fd: this.#fd }); }

  async* readLines(options) {
    yield* require('node:readline').createInterface({ input: this.createReadStream(options), crlfDelay: Infinity });
  }

  async close() {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    await promised(() => sync.close(fd));
    this.emit('close');
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() { await this.close(); }
}

const promises = { constants };
for (const name of [
  'access', 'appendFile', 'chmod', 'chown', 'copyFile', 'cp', 'lchmod', 'lchown', 'link', 'lstat', 'lutimes', 'mkdir', 'mkdtemp',
  'opendir', 'readFile', 'readdir', 'readlink', 'realpath', 'rename', 'rm', 'rmdir', 'stat', 'statfs', 'symlink',
  'truncate', 'unlink', 'utimes', 'writeFile',
])
  promises[name] = Object.defineProperty(async (...given) => {
    given = given.map((one) => (one instanceof FileHandle ? one.fd : one));
    if ((name === 'writeFile' || name === 'appendFile') && isIterable(given[1])) given[1] = await collect(given[1], given[2]);
    return promised(() => sync[name](...given));
  }, 'name', { value: name });

const isIterable = (data) =>
  data !== null && typeof data === 'object' && !ArrayBuffer.isView(data) && (Symbol.asyncIterator in data || Symbol.iterator in data);

async function collect(data, options) {
  const encoding = typeof options === 'string' ? options : options?.encoding;
  const parts = [];
  for await (const part of data) parts.push(typeof part === 'string' ? Buffer.from(part, encoding ?? 'utf8') : part);
  return Buffer.concat(parts);
}

promises.open = async (...given) => new FileHandle(await promised(() => sync.open(...given)));
promises.watch = () => { throw require('web:errors').notHere('fs.promises.watch'); };

module.exports = promises;
