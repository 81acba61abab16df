// node:process: the program's surroundings, as far as there are any.
'use strict';

const EventEmitter = require('node:events');
const {
  invalidArgType, invalidArgValue, notHere, checkFunction, outOfRange,
} = require('web:errors');
const { custom } = require('web:inspect');

const { performanceNow, std, os } = native;

const VERSION = '20.20.2'; // the Node whose modules these follow

function process() {}
process.prototype = Object.create(EventEmitter.prototype, { constructor: { value: process, writable: true, configurable: true } });
const self = Object.create(process.prototype);
EventEmitter.call(self);
Object.defineProperty(self, Symbol.toStringTag, { value: 'process', configurable: true });

// ---- What it was called with.

const nameOf = (script) => (script === '' ? '[eval]' : require('node:path').resolve(script));

function argv() {
  const list = native.scriptArguments();
  return ['/usr/local/bin/node', ...(list.length > 0 ? [nameOf(`${list[0]}`), ...list.slice(1).map(String)] : [])];
}

// Variables are those of the guest: what is set here std.getenv finds.
// Printing a proxy shows its target, which therefore has a say.
const shown = Object.defineProperty({}, custom, { value: () => ({ ...std.getenviron() }) });
const env = new Proxy(shown, {
  __proto__: null,
  get: (target, name) => (typeof name === 'symbol' ? undefined : std.getenv(name) ?? Object.prototype[name]),
  set(target, name, value) {
    if (typeof name === 'symbol' || typeof value === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
    std.setenv(name, `${value}`);
    return true;
  },
  has: (target, name) => typeof name === 'string' && std.getenv(name) !== undefined,
  deleteProperty(target, name) {
    if (typeof name === 'string') std.unsetenv(name);
    return true;
  },
  ownKeys: () => Object.keys(std.getenviron()),
  getOwnPropertyDescriptor(target, name) {
    const value = typeof name === 'string' ? std.getenv(name) : undefined;
    return value === undefined ? undefined : { __proto__: null, value, writable: true, enumerable: true, configurable: true };
  },
  defineProperty(target, name, descriptor) {
    std.setenv(name, `${descriptor.value}`);
    return true;
  },
});

function failed(syscall, result, ...paths) {
  return require('node:fs').systemError(syscall, -result, ...paths);
}

function cwd() {
  const [path, error] = os.getcwd();
  if (error) throw failed('uv_cwd', -error);
  return path;
}

function chdir(directory) {
  require('web:errors').checkString(directory, 'directory');
  if (directory.includes('\0')) throw invalidArgValue('directory', directory, 'must be a string without null bytes');
  const result = os.chdir(directory);
  if (result < 0) throw failed('chdir', result, cwd(), directory);
}

// ---- Clocks.

function hrtime(previous) {
  const now = native.nanoseconds();
  const seconds = Number(now / 1000000000n);
  const rest = Number(now % 1000000000n);
  if (previous === undefined) return [seconds, rest];
  if (!Array.isArray(previous)) throw invalidArgType('time', 'Array', previous);
  if (previous.length !== 2) throw outOfRange('time', '2', previous.length);
  let s = seconds - previous[0];
  let ns = rest - previous[1];
  if (ns < 0) {
    s--;
    ns += 1e9;
  }
  return [s, ns];
}
hrtime.bigint = () => native.nanoseconds();

function memoryUsage() {
  const { used, total } = native.memory();
  return { rss: total, heapTotal: total, heapUsed: used, external: 0, arrayBuffers: 0 };
}
memoryUsage.rss = () => native.memory().total;

function cpuUsage(previous) {
  const user = Math.trunc(performanceNow() * 1000);
  return { user: user - (previous?.user ?? 0), system: 0 };
}

// ---- The end.

let exitCode;
let exiting = false;

function checkCode(value) {
  if (value === undefined || value === null) return;
  if (typeof value === 'string' && /^-?\d+$/.test(value.trim())) return;
  if (typeof value !== 'number') throw invalidArgType('code', 'number', value);
  if (!Number.isInteger(value)) throw outOfRange('code', 'an integer', value);
}

function emitExit(code) {
  if (exiting) return exitCode ?? code;
  exiting = true;
  self._exiting = true;
  if (exitCode === undefined && code) exitCode = code;
  try {
    self.emit('exit', +(exitCode ?? 0));
  } finally {
    exiting = false;
    self._exiting = false;
  }
  return exitCode ?? 0;
}

function exit(code) {
  checkCode(code);
  if (code !== undefined && code !== null) exitCode = code;
  if (!exiting) emitExit(0);
  const result = +(exitCode ?? 0) & 255;
  exitCode = undefined;
  native.exit(result);
}

// An eval is a program: what it hangs on its end is of that end.
native.setHandlers(
  (final, code) => {
    if (!final) {
      self.emit('beforeExit', +(exitCode ?? 0));
      return 0;
    }
    const result = +emitExit(code) & 255;
    exitCode = undefined;
    for (const name of ['exit', 'beforeExit']) self.removeAllListeners(name);
    return result;
  },
  (error) => {
    if (self.listenerCount('uncaughtExceptionMonitor') > 0) self.emit('uncaughtExceptionMonitor', error, 'uncaughtException');
    return self.emit('uncaughtException', error, 'uncaughtException');
  },
  (reason, promise) => self.emit('unhandledRejection', reason, promise));

// ---- Warnings.

const warnings = new Set();

function emitWarning(warning, type, code) {
  let detail;
  if (type !== null && typeof type === 'object' && !Array.isArray(type)) {
    detail = typeof type.detail === 'string' ? type.detail : undefined;
    code = type.code;
    type = type.type;
  }
  if (typeof type === 'function') type = undefined;
  if (typeof code === 'function') code = undefined;
  if (typeof warning === 'string') {
    const text = warning;
    warning = new Error(text);
    warning.name = `${type || 'Warning'}`;
    if (code !== undefined) warning.code = code;
    if (detail !== undefined) warning.detail = detail;
  } else if (!(warning instanceof Error)) {
    throw invalidArgType('warning', ['Error', 'string'], warning);
  }
  if (warning.name === 'DeprecationWarning' && (self.noDeprecation || (warning.code && warnings.has(warning.code)))) return;
  if (warning.name === 'DeprecationWarning' && self.throwDeprecation) throw warning;
  if (warning.code) warnings.add(warning.code);
  native.addTick(() => {
    self.emit('warning', warning);
    if (std.getenv('NODE_NO_WARNINGS') === '1') return;
    const shown = `(node:1) ${warning.code ? `[${warning.code}] ` : ''}${warning.name}: ${warning.message}`;
    std.err.puts(`${shown}${warning.detail ? `\n${warning.detail}` : ''}\n`);
  });
}

// ---- Ticks and streams.

function nextTick(callback, ...given) {
  checkFunction(callback, 'callback');
  if (!exiting) native.addTick(callback, ...given);
}

const streams = {};

const define = (name, get) => Object.defineProperty(self, name, {
  get: () => (streams[name] ??= get()),
  set(value) { streams[name] = value; },
  enumerable: true,
  configurable: true,
});

define('stdin', () => require('web:stdio').stdin());
define('stdout', () => require('web:stdio').output(1));
define('stderr', () => require('web:stdio').output(2));
define('argv', argv);

const missing = (name) => () => { throw notHere(`process.${name}`); };

Object.assign(self, {
  title: 'node',
  version: `v${VERSION}`,
  versions: { node: VERSION, quickjs: native.version, wasi: '0.1.0', modules: '115' },
  arch: 'wasm32',
  platform: 'linux',
  release: { name: 'node', lts: 'Iron' },
  argv0: 'node',
  execArgv: [],
  execPath: '/usr/local/bin/node',
  env,
  pid: 1,
  ppid: 0,
  debugPort: 9229,
  features: { inspector: false, debug: false, uv: false, ipv6: false, tls_alpn: false, tls_sni: false, tls_ocsp: false, tls: false, typescript: false },
  config: { target_defaults: {}, variables: {} },
  allowedNodeEnvironmentFlags: new Set(),
  noDeprecation: false,
  cwd,
  chdir,
  hrtime,
  memoryUsage,
  cpuUsage,
  resourceUsage: () => ({ userCPUTime: cpuUsage().user, systemCPUTime: 0, maxRSS: native.memory().total >>> 10 }),
  constrainedMemory: () => native.memory().total,
  availableMemory: () => native.memory().total - native.memory().used,
  uptime: () => performanceNow() / 1000,
  exit,
  reallyExit: (code) => native.exit(code),
  abort: () => native.exit(134),
  emitWarning,
  nextTick,
  umask: () => 0o22,
  getuid: () => 0,
  geteuid: () => 0,
  getgid: () => 0,
  getegid: () => 0,
  getgroups: () => [0],
  getActiveResourcesInfo: () => [],
  setUncaughtExceptionCaptureCallback(callback) {
    self.removeAllListeners('uncaughtException');
    if (callback !== null) self.on('uncaughtException', callback);
  },
  hasUncaughtExceptionCaptureCallback: () => self.listenerCount('uncaughtException') > 0,
  setSourceMapsEnabled() {},
  getBuiltinModule: (name) => native.public(`${name}`),
  binding: missing('binding'),
  dlopen: missing('dlopen'),
  kill(pid, signal) {
    if (pid === self.pid && signal === 0) return true;
    throw notHere('process.kill');
  },
});
self.report = { getReport: missing('report.getReport'), writeReport: missing('report.writeReport') };

Object.defineProperty(self, 'exitCode', {
  get: () => exitCode,
  set(value) {
    checkCode(value);
    exitCode = value === null ? undefined : value;
  },
  enumerable: true,
  configurable: true,
});

module.exports = self;
