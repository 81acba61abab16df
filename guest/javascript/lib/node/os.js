// node:os: the machine as far as a sandbox has one, and what QuickJS's module "os" has besides.
'use strict';

const errno = {
  E2BIG: 7, EACCES: 13, EADDRINUSE: 98, EAGAIN: 11, EBADF: 9, EBUSY: 16, ECANCELED: 125, ECONNREFUSED: 111,
  ECONNRESET: 104, EEXIST: 17, EFAULT: 14, EFBIG: 27, EINTR: 4, EINVAL: 22, EIO: 5, EISDIR: 21, ELOOP: 40, EMFILE: 24,
  EMLINK: 31, ENAMETOOLONG: 36, ENFILE: 23, ENODEV: 19, ENOENT: 2, ENOMEM: 12, ENOSPC: 28, ENOSYS: 38, ENOTDIR: 20,
  ENOTEMPTY: 39, ENOTSUP: 95, ENXIO: 6, EPERM: 1, EPIPE: 32, ERANGE: 34, EROFS: 30, ESPIPE: 29, ESRCH: 3,
  ETIMEDOUT: 110, ETXTBSY: 26, EXDEV: 18,
};

const signals = {
  SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGILL: 4, SIGTRAP: 5, SIGABRT: 6, SIGIOT: 6, SIGBUS: 7, SIGFPE: 8, SIGKILL: 9,
  SIGUSR1: 10, SIGSEGV: 11, SIGUSR2: 12, SIGPIPE: 13, SIGALRM: 14, SIGTERM: 15, SIGCHLD: 17, SIGSTKFLT: 16,
  SIGCONT: 18, SIGSTOP: 19, SIGTSTP: 20, SIGTTIN: 21, SIGTTOU: 22, SIGURG: 23, SIGXCPU: 24, SIGXFSZ: 25,
  SIGVTALRM: 26, SIGPROF: 27, SIGWINCH: 28, SIGIO: 29, SIGPOLL: 29, SIGPWR: 30, SIGSYS: 31,
};

const priority = {
  PRIORITY_LOW: 19, PRIORITY_BELOW_NORMAL: 10, PRIORITY_NORMAL: 0, PRIORITY_ABOVE_NORMAL: -7, PRIORITY_HIGH: -14,
  PRIORITY_HIGHEST: -20,
};

// One processor, of which nothing is known: a sandbox is not told about its host.
const cpus = () => [{ model: 'wasm32', speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } }];

const MEMORY = 4 * 1024 ** 3;

const variable = (name, otherwise) => native.std.getenv(name) ?? otherwise;

// The usual place where there is one; else the scratch directory that every sandbox has.
const tmpdir = () => variable('TMPDIR', Array.isArray(native.stat('/tmp', true)) ? '/tmp' : '/work').replace(/(.)\/$/, '$1');

module.exports = {
  ...Object.fromEntries(Object.getOwnPropertyNames(native.os).map((name) => [name, native.os[name]])),
  EOL: '\n',
  arch: () => 'wasm32',
  availableParallelism: () => 1,
  constants: Object.assign(Object.create(null), {
    UV_UDP_REUSEADDR: 4,
    errno: Object.assign(Object.create(null), errno),
    signals: Object.assign(Object.create(null), signals),
    priorities: Object.assign(Object.create(null), priority),
  }),
  cpus,
  devNull: '/dev/null',
  endianness: () => 'LE',
  freemem: () => MEMORY - native.memory().total,
  getPriority: () => 0,
  homedir: () => variable('HOME', '/work'),
  hostname: () => 'sandbox',
  loadavg: () => [0, 0, 0],
  machine: () => 'wasm32',
  networkInterfaces: () => ({}),
  platform: () => 'linux',
  release: () => '0.0.0',
  setPriority() {},
  tmpdir,
  totalmem: () => MEMORY,
  type: () => 'Linux',
  uptime: () => Number(native.nanoseconds()) / 1e9,
  userInfo: () => ({ uid: 0, gid: 0, username: variable('USER', 'sandbox'), homedir: variable('HOME', '/work'), shell: null }),
  version: () => 'WASI preview 1',
};
