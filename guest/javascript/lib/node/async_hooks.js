// node:async_hooks: AsyncLocalStorage and AsyncResource. The engine and the loop carry the stores from whoever asks for
// something to what runs then (async.c).
'use strict';

const { notHere, checkFunction, checkString, coded } = require('web:errors');

const { stores, setStores, newId, execution, trigger, setExecution } = native;
const { apply, defineProperties, is } = { apply: Reflect.apply, defineProperties: Object.defineProperties, is: Object.is };
const { isInteger } = Number;

// The stores are a list of nodes that never change, one for each storage, so that carrying them costs nothing; undefined is the
// empty one.
function find(list, storage) {
  for (; list !== undefined; list = list.next) if (list.storage === storage) return list;
  return undefined;
}

function without(list, storage) {
  if (!find(list, storage)) return list;
  let result;
  for (; list !== undefined; list = list.next)
    if (list.storage !== storage) result = { storage: list.storage, store: list.store, next: result };
  return result;
}

const put = (list, storage, store) => ({ storage, store, next: without(list, storage) });

class AsyncLocalStorage {
  #isEnabled = false;

  // To what it was before: what other storages were told meanwhile stays.
  #restore(before) { setStores(before ? put(stores(), this, before.store) : without(stores(), this)); }

  run(store, callback, ...given) {
    if (this.#isEnabled && is(store, this.getStore())) return apply(callback, null, given);
    const before = find(stores(), this);
    this.enterWith(store);
    try {
      return apply(callback, null, given);
    } finally {
      this.#restore(before);
    }
  }

  exit(callback, ...given) {
    const before = find(stores(), this);
    if (!this.#isEnabled || !before) return apply(callback, null, given);
    setStores(without(stores(), this));
    try {
      return apply(callback, null, given);
    } finally {
      this.#restore(before);
    }
  }

  enterWith(store) {
    this.#isEnabled = true;
    setStores(put(stores(), this, store));
  }

  getStore() { return this.#isEnabled ? find(stores(), this)?.store : undefined; }

  disable() {
    this.#isEnabled = false;
    setStores(without(stores(), this));
  }

  static bind(callback) { return AsyncResource.bind(callback); }

  static snapshot() { return AsyncLocalStorage.bind((callback, ...given) => apply(callback, null, given)); }
}

let resource = {};

class AsyncResource {
  #stores = stores();
  #id = newId();
  #trigger;

  constructor(type, options = {}) {
    checkString(type, 'type');
    if (type === '') throw coded(TypeError, 'ERR_ASYNC_TYPE', `Invalid name for async "type": ${type}`);
    const by = typeof options === 'number' ? options : options.triggerAsyncId ?? execution();
    if (!isInteger(by) || by < -1) throw coded(RangeError, 'ERR_INVALID_ASYNC_ID', `Invalid triggerAsyncId value: ${String(by)}`);
    this.#trigger = by;
  }

  runInAsyncScope(callback, self, ...given) {
    const before = { stores: stores(), execution: execution(), trigger: trigger(), resource };
    setStores(this.#stores);
    setExecution(this.#id, this.#trigger);
    resource = this;
    try {
      return apply(callback, self, given);
    } finally {
      resource = before.resource;
      setExecution(before.execution, before.trigger);
      setStores(before.stores);
    }
  }

  bind(callback, self) {
    checkFunction(callback, 'fn');
    const scope = this;
    const bound = function (...given) { return scope.runInAsyncScope(callback, self === undefined ? this : self, ...given); };
    return defineProperties(bound, {
      length: { value: callback.length, configurable: true },
      asyncResource: { value: this, enumerable: true, writable: true, configurable: true },
    });
  }

  emitDestroy() { return this; }
  asyncId() { return this.#id; }
  triggerAsyncId() { return this.#trigger; }

  static bind(callback, type, self) {
    checkFunction(callback, 'fn');
    return new AsyncResource(type || callback.name || 'bound-anonymous-fn').bind(callback, self);
  }
}

module.exports = {
  AsyncLocalStorage,
  createHook() { throw notHere('async_hooks.createHook'); },
  executionAsyncId: execution,
  triggerAsyncId: trigger,
  executionAsyncResource: () => resource,
  asyncWrapProviders: { __proto__: null },
  AsyncResource,
};
