// Timers as Node has them: objects that convert to their numbers.
'use strict';

const { checkFunction } = require('web:errors');
const { custom } = require('web:inspect');

const { setTimer, setRepeating, clearTimer, awaitTimer, refreshTimer } = native;
const id = Symbol('id');

class Timeout {
  constructor(callback, delay, repeats, given) {
    delay = +delay;
    if (!(delay >= 1 && delay <= 2147483647)) delay = 1;
    this._idleTimeout = Math.trunc(delay);
    this._onTimeout = callback;
    this._repeat = repeats ? this._idleTimeout : null;
    this._destroyed = false;
    this._awaited = true;
    this._given = given;
    for (const name of ['_awaited', '_given'])
      Object.defineProperty(this, name, { enumerable: false });
    Object.defineProperty(this, id, { value: 0, writable: true });
    start(this);
  }

  ref() {
    this._awaited = true;
    awaitTimer(this[id], true);
    return this;
  }

  unref() {
    this._awaited = false;
    awaitTimer(this[id], false);
    return this;
  }

  hasRef() { return this._awaited; }

  refresh() {
    if (!refreshTimer(this[id]) && this._onTimeout !== null) {
      this._destroyed = false;
      start(this);
    }
    return this;
  }

  close() {
    clear(this);
    return this;
  }

  [Symbol.toPrimitive]() { return this[id]; }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() { clear(this); }
}

function start(timer) {
  const callback = timer._repeat === null
    ? () => {
      timer._destroyed = true;
      const run = timer._onTimeout;
      return run.apply(timer, timer._given);
    }
    : () => timer._onTimeout.apply(timer, timer._given);
  timer[id] = (timer._repeat === null ? setTimer : setRepeating)(callback, timer._idleTimeout);
  if (!timer._awaited) awaitTimer(timer[id], false);
}

function clear(timer) {
  if (timer === null || timer === undefined) return;
  if (timer instanceof Timeout) {
    timer._destroyed = true;
    timer._onTimeout = null;
    clearTimer(timer[id]);
  } else if (typeof timer === 'number' || typeof timer === 'string') {
    clearTimer(+timer);
  }
}

function setTimeout(callback, delay, ...given) {
  checkFunction(callback, 'callback');
  return new Timeout(callback, delay, false, given);
}

function setInterval(callback, delay, ...given) {
  checkFunction(callback, 'callback');
  return new Timeout(callback, delay, true, given);
}

function clearTimeout(timer) { clear(timer); }
function clearInterval(timer) { clear(timer); }

class Immediate {
  constructor(callback, given) {
    this._onImmediate = callback;
    Object.defineProperty(this, id, { value: native.setImmediate(() => callback(...given)) });
  }

  ref() { return this; }
  unref() { return this; }
  hasRef() { return true; }
  [Symbol.toPrimitive]() { return this[id]; }
  [custom](depth, options, inspect) { return `Immediate ${inspect({ _onImmediate: this._onImmediate }, options)}`; }
}

function setImmediate(callback, ...given) {
  checkFunction(callback, 'callback');
  return new Immediate(callback, given);
}

function clearImmediate(immediate) {
  if (immediate instanceof Immediate) native.clearImmediate(immediate[id]);
}

module.exports = { setTimeout, clearTimeout, setImmediate, clearImmediate, setInterval, clearInterval };
Object.defineProperty(module.exports, 'promises', { get: () => require('node:timers/promises'), enumerable: true, configurable: true });
const { promisify } = require('web:promisify');
for (const name of ['setTimeout', 'setImmediate'])
  Object.defineProperty(module.exports[name], promisify, { get: () => require('node:timers/promises')[name] });
