// AbortController and AbortSignal, by DOM.
'use strict';

const { custom } = require('web:inspect');
const { Event, EventTarget, defineHandler, trusted } = require('web:events');
const { DOMException } = require('web:domexception');
const { invalidArgType, coded } = require('web:errors');

const made = Symbol('made');

class AbortSignal extends EventTarget {
  #aborted = false;
  #reason = undefined;
  #dependents = [];
  #sources = [];

  constructor(token) {
    if (token !== made) throw coded(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');
    super();
  }

  get aborted() { return this.#aborted; }
  get reason() { return this.#reason; }

  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }

  static abort(reason = new DOMException('This operation was aborted', 'AbortError')) {
    const signal = new AbortSignal(made);
    signal.#aborted = true;
    signal.#reason = reason;
    return signal;
  }

  static timeout(milliseconds) {
    if (typeof milliseconds !== 'number') throw invalidArgType('delay', 'number', milliseconds);
    require('web:errors').checkInteger(milliseconds, 'delay', 0, Number.MAX_SAFE_INTEGER);
    const signal = new AbortSignal(made);
    const timer = require('node:timers').setTimeout(
      () => signal.#abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')), milliseconds);
    // As in Node, the timer alone keeps nothing alive.
    timer.unref();
    return signal;
  }

  static any(signals) {
    const result = new AbortSignal(made);
    const list = [...signals];
    list.forEach((signal, index) => {
      if (!(signal instanceof AbortSignal)) throw invalidArgType(`signals[${index}]`, 'AbortSignal', signal);
    });
    for (const signal of list) {
      if (signal.#aborted) {
        result.#aborted = true;
        result.#reason = signal.#reason;
        return result;
      }
    }
    for (const signal of list) {
      for (const source of signal.#sources.length > 0 ? signal.#sources : [signal]) {
        if (result.#sources.includes(source)) continue;
        result.#sources.push(source);
        source.#dependents.push(result);
      }
    }
    return result;
  }

  #abort(reason) {
    if (this.#aborted) return;
    const all = [this, ...this.#dependents.filter((signal) => !signal.#aborted)];
    for (const signal of all) {
      signal.#aborted = true;
      signal.#reason = reason;
    }
    this.#dependents = [];
    for (const signal of all) signal.dispatchEvent(new Event('abort', { [trusted]: true }));
  }

  static [made](signal, reason) {
    signal.#abort(reason);
  }

  [custom](depth, options, inspect) {
    return depth < 0 ? 'AbortSignal' : `AbortSignal ${inspect({ aborted: this.#aborted }, options)}`;
  }
}

const abortSignal = AbortSignal[made];
delete AbortSignal[made];
defineHandler(AbortSignal.prototype, 'abort');

class AbortController {
  #signal = new AbortSignal(made);

  get signal() { return this.#signal; }

  abort(reason = new DOMException('This operation was aborted', 'AbortError')) {
    abortSignal(this.#signal, reason);
  }

  [custom](depth, options, inspect) {
    return depth < 0 ? 'AbortController' : `AbortController ${inspect({ signal: this.#signal }, options)}`;
  }
}

for (const constructor of [AbortSignal, AbortController]) {
  Object.defineProperty(constructor.prototype, Symbol.toStringTag, { value: constructor.name, configurable: true });
  for (const name of Object.getOwnPropertyNames(constructor.prototype))
    if (name !== 'constructor') Object.defineProperty(constructor.prototype, name, { enumerable: true });
}

module.exports = { AbortController, AbortSignal };
