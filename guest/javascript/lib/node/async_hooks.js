// node:async_hooks: AsyncLocalStorage, through promises, timers and ticks.
'use strict';

const { notHere, checkFunction, checkString } = require('web:errors');

// The stores of what runs now. Who waits for something carries them along: see `bind`.
let current = new Map();

function runWith(stores, callback, self, given) {
  const before = current;
  current = stores;
  try {
    return Reflect.apply(callback, self, given);
  } finally {
    current = before;
  }
}

const bind = (callback) => {
  if (typeof callback !== 'function') return callback;
  const stores = current;
  return function (...given) { return runWith(stores, callback, this, given); };
};

let isPatched = false;

// From the first store on, callbacks are bound to what was current when they were given.
function patch() {
  if (isPatched) return;
  isPatched = true;
  const { then } = Promise.prototype;
  Object.defineProperty(Promise.prototype, 'then', {
    value: Object.defineProperty(function (onFulfilled, onRejected) {
      return current.size === 0 ? then.call(this, onFulfilled, onRejected) : then.call(this, bind(onFulfilled), bind(onRejected));
    }, 'name', { value: 'then' }),
    writable: true, configurable: true,
  });
  const { addTick, setImmediate } = native;
  const wrap = (fn) => (callback, ...given) => fn(current.size === 0 ? callback : bind(callback), ...given);
  Object.assign(native, { addTick: wrap(addTick), setImmediate: wrap(setImmediate) });
  const timers = require('node:timers');
  for (const name of ['setTimeout', 'setInterval', 'setImmediate']) {
    const original = timers[name];
    const wrapped = Object.defineProperties(wrap(original), Object.getOwnPropertyDescriptors(original));
    timers[name] = wrapped;
    if (globalThis[name] === original) globalThis[name] = wrapped;
  }
  const { queueMicrotask } = globalThis;
  globalThis.queueMicrotask = Object.defineProperty(wrap(queueMicrotask), 'name', { value: 'queueMicrotask' });
}

class AsyncLocalStorage {
  run(store, callback, ...given) {
    patch();
    return runWith(new Map(current).set(this, store), callback, undefined, given);
  }

  exit(callback, ...given) {
    const stores = new Map(current);
    stores.delete(this);
    return runWith(stores, callback, undefined, given);
  }

  enterWith(store) {
    patch();
    current = new Map(current).set(this, store);
  }

  getStore() { return current.get(this); }

  disable() {
    current = new Map(current);
    current.delete(this);
  }

  static bind(callback) {
    checkFunction(callback, 'fn');
    return bind(callback);
  }

  static snapshot() {
    const stores = current;
    return (callback, ...given) => runWith(stores, callback, undefined, given);
  }
}

let lastId = 1;

class AsyncResource {
  #stores = current;
  #id = ++lastId;

  constructor(type) { checkString(type, 'type'); }

  runInAsyncScope(callback, self, ...given) { return runWith(this.#stores, callback, self, given); }
  bind(callback, self) {
    const stores = this.#stores;
    return function (...given) { return runWith(stores, callback, self === undefined ? this : self, given); };
  }
  static bind(callback, type, self) { return new AsyncResource(type ?? callback.name ?? 'bound-anonymous-fn').bind(callback, self); }
  emitDestroy() { return this; }
  asyncId() { return this.#id; }
  triggerAsyncId() { return 1; }
}

module.exports = {
  AsyncLocalStorage,
  AsyncResource,
  executionAsyncId: () => 1,
  triggerAsyncId: () => 0,
  executionAsyncResource: () => ({}),
  createHook() { throw notHere('async_hooks.createHook'); },
  asyncWrapProviders: {},
};
