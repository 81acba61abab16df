// node:console
'use strict';

const { invalidArgType } = require('web:errors');

// A console that writes to streams of the program's.
class Console {
  #out;
  #err;
  #indent = '';
  #counts = new Map();
  #times = new Map();

  constructor(out, err = out) {
    if (out !== null && typeof out === 'object' && typeof out.write !== 'function') ({ stdout: out, stderr: err = out } = out);
    if (typeof out?.write !== 'function') throw invalidArgType('stdout', 'Stream', out);
    this.#out = out;
    this.#err = err;
    for (const name of ['log', 'warn', 'error', 'info', 'debug', 'dir', 'group', 'groupEnd', 'count', 'countReset', 'time', 'timeEnd', 'timeLog', 'assert', 'table', 'trace'])
      this[name] = this[name].bind(this);
  }

  #write(stream, text) { stream.write(`${this.#indent}${text.replace(/\n/g, `\n${this.#indent}`)}\n`); }
  log(...given) { this.#write(this.#out, native.format(...given)); }
  info(...given) { this.log(...given); }
  debug(...given) { this.log(...given); }
  warn(...given) { this.#write(this.#err, native.format(...given)); }
  error(...given) { this.warn(...given); }
  dir(value, options) { this.#write(this.#out, require('web:inspect').inspect(value, { customInspect: false, ...options })); }
  table(value) { this.log(value); }
  trace(...given) { this.warn(new Error(native.format(...given)).stack); }
  assert(ok, ...given) {
    if (!ok) this.warn(...(given.length > 0 ? [`Assertion failed: ${given[0]}`, ...given.slice(1)] : ['Assertion failed']));
  }
  group(...given) {
    if (given.length > 0) this.log(...given);
    this.#indent += '  ';
  }
  groupEnd() { this.#indent = this.#indent.slice(2); }
  count(label = 'default') {
    this.#counts.set(label, (this.#counts.get(label) ?? 0) + 1);
    this.log(`${label}: ${this.#counts.get(label)}`);
  }
  countReset(label = 'default') { this.#counts.delete(label); }
  time(label = 'default') { this.#times.set(label, native.performanceNow()); }
  timeLog(label = 'default', ...given) { this.log(`${label}: ${(native.performanceNow() - this.#times.get(label)).toFixed(3)}ms`, ...given); }
  timeEnd(label = 'default') {
    this.timeLog(label);
    this.#times.delete(label);
  }
}
Console.prototype.groupCollapsed = Console.prototype.group;

const { console } = globalThis;
console.Console = Console;

module.exports = console;
