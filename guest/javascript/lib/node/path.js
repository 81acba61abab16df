// node:path: names of files, of POSIX and of Windows. Nothing here looks at a file.
'use strict';

const { checkString } = require('web:errors');

const isSlash = (c) => c === '/';
const isEither = (c) => c === '/' || c === '\\';
const isLetter = (c) => /^[A-Za-z]$/.test(c);

// Takes "." and ".." out of what follows the root.
function normalizeParts(path, allowAbove, separator, isSeparator) {
  const parts = [];
  let part = '';
  for (let i = 0; i <= path.length; i++) {
    const c = i < path.length ? path[i] : separator;
    if (!isSeparator(c)) {
      part += c;
      continue;
    }
    if (part === '..') {
      if (parts.length > 0 && parts[parts.length - 1] !== '..') parts.pop();
      else if (allowAbove) parts.push('..');
    } else if (part !== '' && part !== '.') {
      parts.push(part);
    }
    part = '';
  }
  return parts.join(separator);
}

function basenameOf(path, suffix, isSeparator, start) {
  checkString(path, 'path');
  if (suffix !== undefined) checkString(suffix, 'ext');
  let end = path.length;
  while (end > start && isSeparator(path[end - 1])) end--;
  let begin = end;
  while (begin > start && !isSeparator(path[begin - 1])) begin--;
  const name = path.slice(begin, end);
  if (suffix !== undefined && suffix.length > 0 && name.length > suffix.length && name.endsWith(suffix))
    return name.slice(0, name.length - suffix.length);
  // The suffix of the whole path is no suffix, unless slashes follow.
  return suffix !== undefined && name === suffix && path === suffix ? '' : name;
}

function extnameOf(path, isSeparator, start) {
  checkString(path, 'path');
  const name = basenameOf(path, undefined, isSeparator, start);
  const dot = name.lastIndexOf('.');
  return dot <= 0 || name === '..' ? '' : name.slice(dot);
}

function checkObject(value, name) {
  if (value === null || typeof value !== 'object') {
    const { invalidArgType } = require('web:errors');
    throw invalidArgType(name, 'Object', value);
  }
}

function formatOf(separator, object) {
  checkObject(object, 'pathObject');
  const directory = object.dir || object.root;
  const base = object.base || `${object.name || ''}${formatExtension(object.ext)}`;
  if (!directory) return base;
  return directory === object.root ? `${directory}${base}` : `${directory}${separator}${base}`;
}

const formatExtension = (extension) => (extension ? `${extension[0] === '.' ? '' : '.'}${extension}` : '');

function parseNames(path, start, isSeparator) {
  const base = basenameOf(path, undefined, isSeparator, start);
  const dot = base.lastIndexOf('.');
  const isPlain = dot <= 0 || base === '..';
  return { base, ext: isPlain ? '' : base.slice(dot), name: isPlain ? base : base.slice(0, dot) };
}

const posix = {
  resolve(...paths) {
    let resolved = '';
    let isAbsolute = false;
    for (let i = paths.length - 1; i >= 0 && !isAbsolute; i--) {
      checkString(paths[i], `paths[${i}]`);
      if (paths[i].length === 0) continue;
      resolved = resolved === '' ? paths[i] : `${paths[i]}/${resolved}`;
      isAbsolute = paths[i][0] === '/';
    }
    if (!isAbsolute) {
      const cwd = native.os.getcwd()[0];
      resolved = `${cwd}/${resolved}`;
      isAbsolute = true;
    }
    return `/${normalizeParts(resolved, false, '/', isSlash)}`;
  },

  normalize(path) {
    checkString(path, 'path');
    if (path.length === 0) return '.';
    const isAbsolute = path[0] === '/';
    const trailing = path[path.length - 1] === '/';
    const parts = normalizeParts(path, !isAbsolute, '/', isSlash);
    if (parts.length === 0) return isAbsolute ? '/' : trailing ? './' : '.';
    return `${isAbsolute ? '/' : ''}${parts}${trailing ? '/' : ''}`;
  },

  isAbsolute(path) {
    checkString(path, 'path');
    return path.length > 0 && path[0] === '/';
  },

  join(...paths) {
    let joined = '';
    for (const path of paths) {
      checkString(path, 'path');
      if (path.length > 0) joined += joined === '' ? path : `/${path}`;
    }
    return joined === '' ? '.' : posix.normalize(joined);
  },

  relative(from, to) {
    checkString(from, 'from');
    checkString(to, 'to');
    if (from === to) return '';
    from = posix.resolve(from);
    to = posix.resolve(to);
    if (from === to) return '';
    const a = from.split('/').filter(Boolean);
    const b = to.split('/').filter(Boolean);
    let same = 0;
    while (same < a.length && same < b.length && a[same] === b[same]) same++;
    return [...a.slice(same).fill('..'), ...b.slice(same)].join('/');
  },

  toNamespacedPath: (path) => path,

  dirname(path) {
    checkString(path, 'path');
    if (path.length === 0) return '.';
    let end = path.length;
    while (end > 1 && path[end - 1] === '/') end--;
    while (end > 0 && path[end - 1] !== '/') end--;
    if (end === 0) return path[0] === '/' ? '/' : '.';
    if (end === 1) return '/';
    // "//a" keeps both of its slashes.
    if (end === 2 && path[0] === '/') return '//';
    return path.slice(0, end - 1);
  },

  basename: (path, suffix) => basenameOf(path, suffix, isSlash, 0),
  extname: (path) => extnameOf(path, isSlash, 0),
  format: (object) => formatOf('/', object),

  parse(path) {
    checkString(path, 'path');
    const root = path[0] === '/' ? '/' : '';
    const { base, ext, name } = parseNames(path, root.length, isSlash);
    let end = path.length;
    while (end > root.length && path[end - 1] === '/') end--;
    end -= base.length;
    const dir = end > root.length ? path.slice(0, end - 1) : root;
    return { root, dir, base, ext, name };
  },

  sep: '/',
  delimiter: ':',
};

// The root of a path of Windows: its device ("C:", "\\\\server\\share"), how long it is in the path, and whether a
// slash follows.
function windowsRoot(path) {
  if (path.length === 0) return { device: '', size: 0, isAbsolute: false };
  if (isEither(path[0])) {
    const share = /^[\\/]{2}([^\\/]+)[\\/]+([^\\/]+)/.exec(path);
    if (share && share[1] !== '.' && share[1] !== '?')
      return { device: `\\\\${share[1]}\\${share[2]}`, size: share[0].length, isAbsolute: true };
    return { device: '', size: 1, isAbsolute: true };
  }
  if (path.length > 1 && isLetter(path[0]) && path[1] === ':') {
    const isAbsolute = path.length > 2 && isEither(path[2]);
    return { device: path.slice(0, 2), size: isAbsolute ? 3 : 2, isAbsolute };
  }
  return { device: '', size: 0, isAbsolute: false };
}

const win32 = {
  resolve(...paths) {
    let device = '';
    let tail = '';
    let isAbsolute = false;
    for (let i = paths.length - 1; i >= -1; i--) {
      let path;
      if (i >= 0) {
        path = paths[i];
        checkString(path, `paths[${i}]`);
        if (path.length === 0) continue;
      } else if (device.length === 0) {
        path = native.os.getcwd()[0];
      } else {
        path = `${device}\\`;
      }
      const root = windowsRoot(path);
      if (root.device.length > 0) {
        if (device.length > 0 && root.device.toLowerCase() !== device.toLowerCase()) continue;
        if (device.length === 0) device = root.device;
      }
      if (isAbsolute) {
        if (device.length > 0) break;
      } else {
        tail = `${path.slice(root.size)}\\${tail}`;
        isAbsolute = root.isAbsolute;
        if (isAbsolute && device.length > 0) break;
      }
    }
    tail = normalizeParts(tail, !isAbsolute, '\\', isEither);
    return isAbsolute ? `${device}\\${tail}` : `${device}${tail}` || '.';
  },

  normalize(path) {
    checkString(path, 'path');
    if (path.length === 0) return '.';
    if (path.length === 1) return path[0] === '/' ? '\\' : path;
    const { device, size, isAbsolute } = windowsRoot(path);
    let tail = size < path.length ? normalizeParts(path.slice(size), !isAbsolute, '\\', isEither) : '';
    if (tail.length === 0 && !isAbsolute) tail = '.';
    if (tail.length > 0 && isEither(path[path.length - 1])) tail += '\\';
    return device === '' ? (isAbsolute ? `\\${tail}` : tail) : isAbsolute ? `${device}\\${tail}` : `${device}${tail}`;
  },

  isAbsolute(path) {
    checkString(path, 'path');
    return path.length > 0 && (isEither(path[0]) || (path.length > 2 && isLetter(path[0]) && path[1] === ':' && isEither(path[2])));
  },

  join(...paths) {
    let joined;
    let first;
    for (const path of paths) {
      checkString(path, 'path');
      if (path.length === 0) continue;
      if (joined === undefined) joined = first = path;
      else joined += `\\${path}`;
    }
    if (joined === undefined) return '.';
    // Two slashes at the beginning are a server's name only where the first part says so itself.
    if (/^[\\/]/.test(first) && !/^[\\/]{2}[^\\/]/.test(first)) joined = joined.replace(/^[\\/]+/, '\\');
    return win32.normalize(joined);
  },

  relative(from, to) {
    checkString(from, 'from');
    checkString(to, 'to');
    if (from === to) return '';
    const a = win32.resolve(from);
    const b = win32.resolve(to);
    if (a.toLowerCase() === b.toLowerCase()) return '';
    const x = a.split('\\').filter(Boolean);
    const y = b.split('\\').filter(Boolean);
    let same = 0;
    while (same < x.length && same < y.length && x[same].toLowerCase() === y[same].toLowerCase()) same++;
    if (same === 0) return b;
    return [...x.slice(same).fill('..'), ...y.slice(same)].join('\\');
  },

  toNamespacedPath(path) {
    if (typeof path !== 'string' || path.length === 0) return path;
    const resolved = win32.resolve(path);
    if (resolved.length <= 2) return path;
    if (resolved.startsWith('\\\\') && resolved[2] !== '?' && resolved[2] !== '.')
      return `\\\\?\\UNC\\${resolved.slice(2)}`;
    return /^[A-Za-z]:\\/.test(resolved) ? `\\\\?\\${resolved}` : path;
  },

  dirname(path) {
    checkString(path, 'path');
    if (path.length === 0) return '.';
    const { size } = windowsRoot(path);
    let end = path.length;
    while (end > size && isEither(path[end - 1])) end--;
    while (end > size && !isEither(path[end - 1])) end--;
    if (end <= size) return size > 0 ? path.slice(0, size) : '.';
    return path.slice(0, end - 1);
  },

  basename: (path, suffix) => basenameOf(path, suffix, isEither, typeof path === 'string' && /^[A-Za-z]:/.test(path) ? 2 : 0),
  extname: (path) => extnameOf(path, isEither, typeof path === 'string' && /^[A-Za-z]:/.test(path) ? 2 : 0),
  format: (object) => formatOf('\\', object),

  parse(path) {
    checkString(path, 'path');
    const { size } = windowsRoot(path);
    let rootEnd = size;
    if (rootEnd < path.length && isEither(path[rootEnd]) && rootEnd > 0 && !isEither(path[rootEnd - 1]) && path[1] !== ':') rootEnd++;
    const root = path.slice(0, rootEnd);
    const { base, ext, name } = parseNames(path, rootEnd, isEither);
    let end = path.length;
    while (end > rootEnd && isEither(path[end - 1])) end--;
    end -= base.length;
    const dir = end > rootEnd ? path.slice(0, end - 1) : root;
    return { root, dir, base, ext, name };
  },

  sep: '\\',
  delimiter: ';',
};

posix.win32 = win32.win32 = win32;
posix.posix = win32.posix = posix;

module.exports = posix;
