// node:fs over the file tree of the sandbox. Every call is done at once; those with callbacks and promises say so later.
'use strict';

const { Buffer } = require('node:buffer');
const {
  invalidArgType, invalidArgValue, outOfRange, coded, notHere, checkInteger,
} = require('web:errors');
const { constants, O } = require('web:fsconstants');
const path = require('node:path');

const { os, errors } = native;

// ---- Errors.

// The texts of libuv.
const messages = {
  E2BIG: 'argument list too long', EACCES: 'permission denied', EAGAIN: 'resource temporarily unavailable',
  EBADF: 'bad file descriptor', EBUSY: 'resource busy or locked', ECANCELED: 'operation canceled',
  EDQUOT: 'disk quota exceeded', EEXIST: 'file already exists', EFBIG: 'file too large',
  EINTR: 'interrupted system call', EINVAL: 'invalid argument', EIO: 'i/o error',
  EISDIR: 'illegal operation on a directory', ELOOP: 'too many symbolic links encountered',
  EMFILE: 'too many open files', EMLINK: 'too many links', ENAMETOOLONG: 'name too long',
  ENFILE: 'file table overflow', ENODEV: 'no such device', ENOENT: 'no such file or directory',
  ENOMEM: 'not enough memory', ENOSPC: 'no space left on device', ENOSYS: 'function not implemented',
  ENOTDIR: 'not a directory', ENOTEMPTY: 'directory not empty', ENOTSUP: 'operation not supported on socket',
  ENXIO: 'no such device or address', EOVERFLOW: 'value too large for defined data type',
  EPERM: 'operation not permitted', EPIPE: 'broken pipe', ERANGE: 'result too large', EROFS: 'read-only file system',
  ESPIPE: 'invalid seek', ETXTBSY: 'text file is busy', EXDEV: 'cross-device link not permitted',
};

const names = new Map(Object.entries(errors).map(([name, number]) => [number, name]));
const numbers = require('node:os').constants.errno;

// What WASI calls a lack of capability is a lack of permission elsewhere.
function systemError(syscall, number, from, to) {
  let code = names.get(number) ?? 'UNKNOWN';
  if (code === 'ENOTCAPABLE') code = 'EPERM';
  const places = `${from === undefined ? '' : ` '${from}'`}${to === undefined ? '' : ` -> '${to}'`}`;
  const error = new Error(`${code}: ${messages[code] ?? native.message(number)}, ${syscall}${places}`);
  error.errno = -(numbers[code] ?? number);
  error.code = code;
  error.syscall = syscall;
  if (from !== undefined) error.path = from;
  if (to !== undefined) error.dest = to;
  return error;
}

function check(result, syscall, from, to) {
  if (typeof result === 'number' && result < 0) throw systemError(syscall, -result, from, to);
  return result;
}

// ---- Arguments.

function toPath(value, name = 'path') {
  if (value instanceof Uint8Array) value = Buffer.from(value).toString();
  else if (value !== null && typeof value === 'object' && value.href && value.protocol) value = require('node:url').fileURLToPath(value);
  if (typeof value !== 'string') throw invalidArgType(name, ['string', 'Buffer', 'URL'], value);
  if (value.includes('\0'))
    throw invalidArgValue(name, value, 'must be a string, Uint8Array, or URL without null bytes');
  return value.toWellFormed();
}

function toFd(fd) {
  checkInteger(fd, 'fd', 0, 2147483647);
  return fd;
}

function toOptions(options, usual) {
  if (options === null || options === undefined || typeof options === 'function') return usual;
  if (typeof options === 'string') return { ...usual, encoding: checkEncoding(options) };
  if (typeof options !== 'object') throw invalidArgType('options', ['string', 'Object'], options);
  if (options.encoding && options.encoding !== 'buffer') checkEncoding(options.encoding);
  if (options.signal?.aborted) throw abortError(options.signal);
  return { ...usual, ...options };
}

function abortError(signal) {
  const error = coded(Error, 'ABORT_ERR', 'The operation was aborted');
  error.name = 'AbortError';
  error.cause = signal.reason;
  return error;
}

function checkEncoding(encoding) {
  if (encoding && encoding !== 'buffer' && !Buffer.isEncoding(encoding))
    throw invalidArgValue('encoding', encoding, 'is invalid encoding');
  return encoding;
}

const flagNames = {
  __proto__: null,
  r: O.RDONLY, rs: O.RDONLY, sr: O.RDONLY, 'r+': O.RDWR, 'rs+': O.RDWR, 'sr+': O.RDWR,
  w: O.TRUNC | O.CREAT | O.WRONLY, wx: O.TRUNC | O.CREAT | O.WRONLY | O.EXCL, xw: O.TRUNC | O.CREAT | O.WRONLY | O.EXCL,
  'w+': O.TRUNC | O.CREAT | O.RDWR, 'wx+': O.TRUNC | O.CREAT | O.RDWR | O.EXCL, 'xw+': O.TRUNC | O.CREAT | O.RDWR | O.EXCL,
  a: O.APPEND | O.CREAT | O.WRONLY, ax: O.APPEND | O.CREAT | O.WRONLY | O.EXCL, xa: O.APPEND | O.CREAT | O.WRONLY | O.EXCL,
  as: O.APPEND | O.CREAT | O.WRONLY, sa: O.APPEND | O.CREAT | O.WRONLY,
  'a+': O.APPEND | O.CREAT | O.RDWR, 'ax+': O.APPEND | O.CREAT | O.RDWR | O.EXCL, 'xa+': O.APPEND | O.CREAT | O.RDWR | O.EXCL,
  'as+': O.APPEND | O.CREAT | O.RDWR, 'sa+': O.APPEND | O.CREAT | O.RDWR,
};

function toFlags(flags, name = 'flags') {
  if (flags === undefined || flags === null) return O.RDONLY;
  if (typeof flags === 'number') return fromLinux(flags);
  const known = flagNames[flags];
  if (known === undefined) throw invalidArgValue(name, flags);
  return known;
}

// Programs say the numbers of Linux (fs.constants); the C library here has others.
function fromLinux(flags) {
  const access = flags & 3;
  let result = access === 1 ? O.WRONLY : access === 2 ? O.RDWR : O.RDONLY;
  for (const name of ['CREAT', 'EXCL', 'TRUNC', 'APPEND']) if (flags & constants[`O_${name}`]) result |= O[name];
  return result;
}

const decode = (bytes, encoding) => (encoding && encoding !== 'buffer' ? bytes.toString(encoding) : bytes);
const decodeName = (name, encoding) => (encoding === 'buffer' ? Buffer.from(name) : !encoding || /^utf-?8$/i.test(encoding) ? name : Buffer.from(name).toString(encoding));

// ---- What a file is.

const KIND = { 4: constants.S_IFREG, 3: constants.S_IFDIR, 7: constants.S_IFLNK, 2: constants.S_IFCHR };

class Stats {
  constructor(list) {
    [this.dev, this.mode, this.nlink, this.uid, this.gid, this.rdev, this.blksize, this.ino, this.size, this.blocks] = list;
    [this.atimeMs, this.mtimeMs, this.ctimeMs, this.birthtimeMs] = [list[10], list[11], list[12], list[12]];
    // Modes come without permissions: a sandbox has no users.
    if ((this.mode & 0o777) === 0) this.mode |= this.isDirectory() ? 0o755 : this.isSymbolicLink() ? 0o777 : 0o644;
    for (const name of ['atime', 'mtime', 'ctime', 'birthtime']) this[name] = new Date(Math.round(this[`${name}Ms`]));
  }
}

class BigIntStats {
  constructor(stats) {
    for (const name of ['dev', 'mode', 'nlink', 'uid', 'gid', 'rdev', 'blksize', 'ino', 'size', 'blocks']) this[name] = BigInt(stats[name]);
    for (const name of ['atime', 'mtime', 'ctime', 'birthtime']) this[`${name}Ms`] = BigInt(Math.trunc(stats[`${name}Ms`]));
    for (const name of ['atime', 'mtime', 'ctime', 'birthtime']) this[`${name}Ns`] = BigInt(Math.round(stats[`${name}Ms`] * 1e6));
    for (const name of ['atime', 'mtime', 'ctime', 'birthtime']) this[name] = stats[name];
  }
}

const kinds = {
  isDirectory: 'S_IFDIR', isFile: 'S_IFREG', isBlockDevice: 'S_IFBLK', isCharacterDevice: 'S_IFCHR',
  isSymbolicLink: 'S_IFLNK', isFIFO: 'S_IFIFO', isSocket: 'S_IFSOCK',
};

class Dirent {
  constructor(name, parent, mode) {
    this.name = name;
    this.parentPath = parent;
    this.path = parent;
    Object.defineProperty(this, typeSymbol, { value: mode, enumerable: true });
  }
}
const typeSymbol = Symbol('type');

for (const [method, name] of Object.entries(kinds)) {
  const is = (mode) => (mode & constants.S_IFMT) === constants[name];
  const add = (constructor, modeOf) => Object.defineProperty(constructor.prototype, method, {
    value: { [method]() { return is(modeOf(this)); } }[method], writable: true, configurable: true,
  });
  add(Stats, (stats) => stats.mode);
  add(BigIntStats, (stats) => Number(stats.mode));
  add(Dirent, (entry) => entry[typeSymbol]);
}

// The C library's numbers for kinds of files are those of Linux, but for some.
function statsOf(list, options) {
  const stats = new Stats(list);
  return options?.bigint ? new BigIntStats(stats) : stats;
}

function statWith(file, options, follow, syscall) {
  file = toPath(file);
  const result = native.stat(file, follow);
  if (typeof result === 'number') {
    const missing = result === -errors.ENOENT || result === -errors.ENOTDIR;
    if (options?.throwIfNoEntry === false && missing) return undefined;
    check(result, syscall, file);
  }
  return statsOf(result, options);
}

// ---- Whole files.

function readAll(fd, syscall = 'read') {
  const parts = [];
  for (;;) {
    const part = Buffer.allocUnsafe(65536);
    const got = check(native.pread(fd, part, 0, part.length, -1), syscall);
    if (got === 0) return parts.length === 1 ? parts[0] : Buffer.concat(parts);
    parts.push(part.subarray(0, got));
  }
}

function readWhole(fd) {
  const status = native.fstat(fd);
  // A file knows its size; a pipe or a device doesn't.
  const size = Array.isArray(status) && (status[1] & constants.S_IFMT) === constants.S_IFREG ? status[8] : 0;
  if (size === 0) return readAll(fd);
  const whole = Buffer.allocUnsafe(size);
  let at = 0;
  while (at < size) {
    const got = check(native.pread(fd, whole, at, size - at, -1), 'read');
    if (got === 0) return whole.subarray(0, at);
    at += got;
  }
  return whole;
}

function bytesOf(data, encoding, name = 'data') {
  if (typeof data === 'string') return Buffer.from(data, encoding && encoding !== 'buffer' ? encoding : 'utf8');
  if (ArrayBuffer.isView(data)) return data;
  throw invalidArgType(name, ['string', 'Buffer', 'TypedArray', 'DataView'], data);
}

function writeBytes(fd, data, position = -1) {
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at < bytes.length;) {
    const done = check(native.pwrite(fd, bytes, at, bytes.length - at, position < 0 ? -1 : position + at), 'write');
    at += done;
  }
}

const isFd = (file) => typeof file === 'number' && file >= 0 && (file | 0) === file;

function withFile(file, flags, mode, use) {
  if (isFd(file)) return use(file);
  const fd = sync.open(file, flags, mode);
  try {
    return use(fd);
  } finally {
    sync.close(fd);
  }
}

// ---- Trees.

function removeTree(file, options) {
  const status = native.stat(file, false);
  if (typeof status === 'number') {
    if (options.force && (status === -errors.ENOENT || status === -errors.ENOTDIR)) return;
    check(status, 'lstat', file);
  }
  if ((status[1] & constants.S_IFMT) !== constants.S_IFDIR) {
    check(native.unlink(file), 'rm', file);
    return;
  }
  if (!options.recursive) {
    const error = coded(Error, 'ERR_FS_EISDIR', `Path is a directory: rm returned EISDIR (is a directory) ${file}`);
    error.name = 'SystemError';
    Object.assign(error, { info: { code: 'EISDIR', message: 'is a directory', path: file, syscall: 'rm', errno: 21 }, errno: 21, syscall: 'rm', path: file });
    throw error;
  }
  const list = check(native.list(file), 'rm', file);
  for (let i = 0; i < list.length; i += 2) removeTree(path.join(file, list[i]), options);
  check(native.rmdir(file), 'rm', file);
}

function makeTree(directory, mode) {
  const missing = [];
  let at = path.resolve(directory);
  for (;;) {
    const result = os.mkdir(at, mode);
    if (result === 0) break;
    if (result === -errors.ENOENT && path.dirname(at) !== at) {
      missing.push(at);
      at = path.dirname(at);
      continue;
    }
    if (isDirectory(at)) {
      if (missing.length === 0) return undefined;
      at = undefined;
      break;
    }
    if (missing.length > 0) throw systemError('mkdir', errors.ENOTDIR, directory);
    throw systemError('mkdir', -result, directory);
  }
  const first = at ?? missing[missing.length - 1];
  while (missing.length > 0) check(os.mkdir(missing.pop(), mode), 'mkdir', directory);
  return first;
}

function listTree(directory, options, prefix, entries) {
  const list = check(native.list(directory), 'scandir', directory);
  const found = [];
  for (let i = 0; i < list.length; i += 2) found.push([list[i], list[i + 1]]);
  found.sort((a, b) => (a[0] < b[0] ? -1 : 1));
  for (const [name, kind] of found) {
    if (options.withFileTypes) entries.push(new Dirent(decodeName(name, options.encoding), directory, KIND[kind] ?? 0));
    else entries.push(decodeName(prefix === '' ? name : `${prefix}/${name}`, options.encoding));
    if (options.recursive && (kind === 3 || (kind === 7 && isDirectory(path.join(directory, name)))))
      listTree(path.join(directory, name), options, prefix === '' ? name : `${prefix}/${name}`, entries);
  }
  return entries;
}

function isDirectory(file) {
  const status = native.stat(file, true);
  return Array.isArray(status) && (status[1] & constants.S_IFMT) === constants.S_IFDIR;
}

function copyTree(from, to, options) {
  const status = check(native.stat(from, !!options.dereference), 'cp', from);
  if (options.filter && !options.filter(from, to)) return;
  const kind = status[1] & constants.S_IFMT;
  if (kind === constants.S_IFDIR) {
    if (!options.recursive)
      throw coded(Error, 'ERR_FS_EISDIR', `Recursive option not enabled, cannot copy a directory: ${from}`);
    makeTree(to);
    const list = check(native.list(from), 'cp', from);
    for (let i = 0; i < list.length; i += 2) copyTree(path.join(from, list[i]), path.join(to, list[i]), options);
  } else if (kind === constants.S_IFLNK) {
    sync.symlink(sync.readlink(from), to);
  } else {
    if (sync.exists(to)) {
      if (options.errorOnExist && !options.force) throw coded(Error, 'ERR_FS_CP_EEXIST', `Target already exists: ${to}`);
      if (options.force === false) return;
    }
    makeTree(path.dirname(path.resolve(to)));
    sync.copyFile(from, to);
  }
}

const secondsOf = (time) => {
  if (typeof time === 'string' && +time == time) return +time; // eslint-disable-line eqeqeq
  if (typeof time === 'number') return Number.isFinite(time) ? time : Date.now() / 1000;
  if (time instanceof Date) return time.getTime() / 1000;
  throw invalidArgType('time', ['Date', 'Time in seconds'], time);
};

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

function randomName() {
  const bytes = new Uint8Array(6);
  native.random(bytes);
  return Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join('');
}

// Position for native.pread: -1 is where the descriptor stands.
const toPosition = (position) => (position === null || position === undefined ? -1 : Number(position));

function transferArguments(buffer, offset, length, position) {
  if (!ArrayBuffer.isView(buffer)) throw invalidArgType('buffer', ['Buffer', 'TypedArray', 'DataView'], buffer);
  if (offset !== null && typeof offset === 'object') ({ offset, length, position } = { ...offset });
  offset = offset ?? 0;
  checkInteger(offset, 'offset', 0);
  length = length ?? buffer.byteLength - offset;
  checkInteger(length, 'length', 0);
  if (offset > buffer.byteLength || length > buffer.byteLength - offset)
    throw outOfRange('length', `<= ${buffer.byteLength - offset}`, length);
  return [buffer, offset, length, toPosition(position)];
}

// ---- The calls. Each of them is `nameSync`, `name` with a callback, and (most of them) a promise.

const sync = {
  access(file, mode = constants.F_OK) {
    file = toPath(file);
    check(native.access(file, mode), 'access', file);
  },

  exists(file) {
    try {
      return Array.isArray(native.stat(toPath(file), true));
    } catch {
      return false;
    }
  },

  open(file, flags = 'r', mode = 0o666) {
    file = toPath(file);
    return check(os.open(file, toFlags(flags), typeof mode === 'string' ? parseInt(mode, 8) : mode), 'open', file);
  },

  close(fd) { check(os.close(toFd(fd)), 'close'); },
  stat: (file, options) => statWith(file, options, true, 'stat'),
  lstat: (file, options) => statWith(file, options, false, 'lstat'),
  fstat: (fd, options) => statsOf(check(native.fstat(toFd(fd)), 'fstat'), options),

  statfs(file) {
    sync.stat(file);
    return { type: 0, bsize: 4096, blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0 };
  },

  readFile(file, options) {
    options = toOptions(options, { encoding: null, flag: 'r' });
    if (!isFd(file)) {
      const name = toPath(file);
      if (isDirectory(name)) throw systemError('read', errors.EISDIR);
    }
    return decode(withFile(file, options.flag, 0o666, readWhole), options.encoding);
  },

  writeFile(file, data, options) {
    options = toOptions(options, { encoding: 'utf8', mode: 0o666, flag: 'w' });
    const bytes = bytesOf(data, options.encoding);
    withFile(file, options.flag, options.mode, (fd) => writeBytes(fd, bytes));
  },

  appendFile(file, data, options) {
    options = toOptions(options, { encoding: 'utf8', mode: 0o666, flag: 'a' });
    const bytes = bytesOf(data, options.encoding);
    withFile(file, options.flag, options.mode, (fd) => writeBytes(fd, bytes));
  },

  read(fd, buffer, offset, length, position) {
    return check(native.pread(toFd(fd), ...transferArguments(buffer, offset, length, position)), 'read');
  },

  write(fd, data, ...rest) {
    toFd(fd);
    if (typeof data === 'string') {
      const [position, encoding] = rest;
      const bytes = Buffer.from(data, encoding ?? 'utf8');
      return check(native.pwrite(fd, bytes, 0, bytes.length, toPosition(position)), 'write');
    }
    return check(native.pwrite(fd, ...transferArguments(data, ...rest)), 'write');
  },

  readv(fd, buffers, position) {
    let total = 0;
    for (const buffer of buffers) {
      const got = sync.read(fd, buffer, 0, buffer.byteLength, typeof position === 'number' ? position + total : null);
      total += got;
      if (got < buffer.byteLength) break;
    }
    return total;
  },

  writev(fd, buffers, position) {
    let total = 0;
    for (const buffer of buffers)
      total += sync.write(fd, buffer, 0, buffer.byteLength, typeof position === 'number' ? position + total : null);
    return total;
  },

  unlink(file) {
    file = toPath(file);
    check(native.unlink(file), 'unlink', file);
  },

  rmdir(file, options) {
    file = toPath(file);
    if (options?.recursive) removeTree(file, { recursive: true });
    else check(native.rmdir(file), 'rmdir', file);
  },

  rm(file, options) { removeTree(toPath(file), { recursive: false, force: false, ...options }); },

  mkdir(file, options) {
    file = toPath(file);
    const mode = typeof options === 'object' && options !== null ? options.mode : options;
    const bits = mode === undefined || mode === null ? 0o777 : typeof mode === 'string' ? parseInt(mode, 8) : mode;
    if (options?.recursive) return makeTree(file, bits);
    check(os.mkdir(file, bits), 'mkdir', file);
    return undefined;
  },

  mkdtemp(prefix, options) {
    prefix = toPath(prefix, 'prefix');
    for (;;) {
      const name = `${prefix}${randomName()}`;
      const result = os.mkdir(name, 0o700);
      if (result === 0) return decodeName(name, toOptions(options, {}).encoding);
      if (result !== -errors.EEXIST) throw systemError('mkdtemp', -result, `${prefix}XXXXXX`);
    }
  },

  readdir(file, options) {
    return listTree(toPath(file), toOptions(options, { encoding: 'utf8' }), '', []);
  },

  opendir(file, options) { return new Dir(toPath(file), options); },

  rename(from, to) {
    [from, to] = [toPath(from, 'oldPath'), toPath(to, 'newPath')];
    check(os.rename(from, to), 'rename', from, to);
  },

  copyFile(from, to, mode = 0) {
    [from, to] = [toPath(from, 'src'), toPath(to, 'dest')];
    let bytes;
    try {
      bytes = sync.readFile(from);
      sync.writeFile(to, bytes, { flag: mode & constants.COPYFILE_EXCL ? 'wx' : 'w' });
    } catch (error) {
      throw error.syscall ? systemError('copyfile', errors[error.code] ?? errors.EIO, from, to) : error;
    }
  },

  cp(from, to, options) {
    copyTree(toPath(from, 'src'), toPath(to, 'dest'), { force: true, recursive: false, ...options });
  },

  symlink(target, file) {
    [target, file] = [toPath(target, 'target'), toPath(file)];
    check(os.symlink(target, file), 'symlink', target, file);
  },

  link(from, to) {
    [from, to] = [toPath(from, 'existingPath'), toPath(to, 'newPath')];
    check(native.link(from, to), 'link', from, to);
  },

  readlink(file, options) {
    file = toPath(file);
    const [target, error] = os.readlink(file);
    if (error) throw systemError('readlink', error, file);
    return decodeName(target, toOptions(options, {}).encoding);
  },

  realpath(file, options) {
    file = toPath(file);
    return decodeName(realPath(file), toOptions(options, {}).encoding);
  },

  truncate(file, length = 0) {
    if (typeof file === 'number') {
      sync.ftruncate(file, length);
      return;
    }
    withFile(file, 'r+', 0o666, (fd) => sync.ftruncate(fd, length));
  },

  ftruncate(fd, length = 0) {
    checkInteger(length, 'len');
    check(native.truncate(toFd(fd), Math.max(0, length)), 'ftruncate');
  },

  fsync(fd) { check(native.sync(toFd(fd)), 'fsync'); },
  fdatasync(fd) { check(native.sync(toFd(fd)), 'fdatasync'); },

  utimes(file, atime, mtime) {
    file = toPath(file);
    check(os.utimes(file, secondsOf(atime) * 1000, secondsOf(mtime) * 1000), 'utime', file);
  },

  lutimes(file, atime, mtime) { sync.utimes(file, atime, mtime); },
  futimes(fd) { sync.fstat(fd); throw notHere('fs.futimes'); },

  // A sandbox has no users and no permissions: that the file is there is all that is looked at.
  chmod(file) { sync.stat(file); },
  lchmod(file) { sync.lstat(file); },
  chown(file) { sync.stat(file); },
  lchown(file) { sync.lstat(file); },
  fchmod(fd) { sync.fstat(fd); },
  fchown(fd) { sync.fstat(fd); },
};

function realPath(file) {
  const seen = new Set();
  let rest = path.resolve(file).split('/').filter(Boolean);
  let at = '/';
  while (rest.length > 0) {
    const name = rest.shift();
    const next = at === '/' ? `/${name}` : `${at}/${name}`;
    const status = check(native.stat(next, false), 'lstat', next);
    if ((status[1] & constants.S_IFMT) !== constants.S_IFLNK) {
      at = next;
      continue;
    }
    if (seen.size > 40) throw systemError('lstat', errors.ELOOP, next);
    seen.add(`${seen.size}`);
    const [target] = os.readlink(next);
    rest = [...target.split('/').filter((part) => part && part !== '.'), ...rest];
    if (target[0] === '/') at = '/';
    for (; rest[0] === '..'; rest.shift()) at = path.dirname(at);
  }
  return at;
}

class Dir {
  #path;
  #entries;
  #closed = false;

  constructor(file, options) {
    this.#path = file;
    this.#entries = listTree(file, { ...toOptions(options, {}), withFileTypes: true }, '', []);
  }

  get path() { return this.#path; }

  readSync() {
    if (this.#closed) throw coded(Error, 'ERR_DIR_CLOSED', 'Directory handle was closed');
    return this.#entries.shift() ?? null;
  }

  read(callback) { return callback ? later(callback, () => this.readSync()) : promised(() => this.readSync()); }

  closeSync() {
    if (this.#closed) throw coded(Error, 'ERR_DIR_CLOSED', 'Directory handle was closed');
    this.#closed = true;
  }

  close(callback) { return callback ? later(callback, () => this.closeSync()) : promised(() => this.closeSync()); }

  async* entries() {
    for (let entry = this.readSync(); entry; entry = this.readSync()) yield entry;
    this.closeSync();
  }
}
Dir.prototype[Symbol.asyncIterator] = Dir.prototype.entries;

// ---- The three forms.

// Calls back as an event of its own, after what runs now.
function later(callback, work, ...extra) {
  let error = null;
  let result;
  try {
    result = work();
  } catch (thrown) {
    if (!thrown.syscall && thrown.code !== 'ABORT_ERR' && !/^ERR_FS/.test(thrown.code)) throw thrown;
    error = thrown;
  }
  native.setImmediate(() => (error ? callback(error) : result === undefined ? callback(null) : callback(null, result, ...extra)));
}

const promised = (work) => new Promise((resolve, reject) => {
  let error = null;
  let result;
  try {
    result = work();
  } catch (thrown) {
    error = { thrown };
  }
  native.setImmediate(() => (error ? reject(error.thrown) : resolve(result)));
});

const fs = { constants, Stats, BigIntStats, Dirent, Dir, systemError, promised, sync, F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1 };
for (const name of ['BigIntStats', 'systemError', 'promised', 'sync']) Object.defineProperty(fs, name, { enumerable: false });

for (const [name, call] of Object.entries(sync)) {
  fs[`${name}Sync`] = Object.defineProperty((...given) => call(...given), 'name', { value: `${name}Sync` });
  fs[name] = Object.defineProperty((...given) => {
    const callback = given.pop();
    if (typeof callback !== 'function') throw invalidArgType('cb', 'Function', undefined);
    if (name === 'read' || name === 'write') {
      const buffer = given[1] ?? Buffer.alloc(16384);
      later(callback, () => call(given[0], buffer, ...given.slice(2)), buffer);
    } else if (name === 'exists') {
      const there = call(...given);
      native.setImmediate(() => callback(there));
    } else {
      later(callback, () => call(...given));
    }
  }, 'name', { value: name });
}
fs.realpathSync.native = fs.realpathSync;
fs.realpath.native = fs.realpath;
const { promisify } = require('web:promisify');
Object.defineProperty(fs.exists, promisify, { value: (file) => Promise.resolve(sync.exists(file)) });
for (const [name, key] of [['read', 'bytesRead'], ['write', 'bytesWritten']])
  Object.defineProperty(fs[name], promisify, {
    value: (fd, buffer, ...rest) => promised(() => ({ [key]: sync[name](fd, buffer, ...rest), buffer })),
  });

fs._toUnixTimestamp = secondsOf;

// ---- Streams and watching.

fs.createReadStream = (file, options) => new (require('web:fsstreams').ReadStream)(file, options);
fs.createWriteStream = (file, options) => new (require('web:fsstreams').WriteStream)(file, options);
for (const name of ['ReadStream', 'WriteStream'])
  Object.defineProperty(fs, name, { get: () => require('web:fsstreams')[name], enumerable: true, configurable: true });
Object.defineProperty(fs, 'promises', { get: () => require('node:fs/promises'), enumerable: true, configurable: true });
for (const name of ['watch', 'watchFile', 'unwatchFile']) fs[name] = () => { throw notHere(`fs.${name}`); };
fs.openAsBlob = async (file, options) => new (require('web:blob').Blob)([sync.readFile(file)], options);

module.exports = fs;
