// node:events
'use strict';

const { invalidArgType, coded, checkFunction, checkNumber, checkObject } = require('web:errors');
const { inspect } = require('web:inspect');

const kCapture = Symbol('kCapture');
const kShapeMode = Symbol('shapeMode');
const errorMonitor = Symbol('events.errorMonitor');
const captureRejection = Symbol.for('nodejs.rejection');

let defaultMaxListeners = 10;

function EventEmitter(options) {
  EventEmitter.init.call(this, options);
}

EventEmitter.init = function (options) {
  if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
    this._events = { __proto__: null };
    this._eventsCount = 0;
  }
  this._maxListeners = this._maxListeners || undefined;
  this[kShapeMode] = false;
  if (options?.captureRejections) {
    require('web:errors').checkBoolean(options.captureRejections, 'options.captureRejections');
    this[kCapture] = true;
  } else {
    this[kCapture] = EventEmitter.prototype[kCapture];
  }
};

Object.defineProperty(EventEmitter.prototype, kCapture, { value: false, writable: true, enumerable: false });
EventEmitter.prototype._events = undefined;
EventEmitter.prototype._eventsCount = 0;
EventEmitter.prototype._maxListeners = undefined;

const limitOf = (emitter) => (emitter._maxListeners === undefined ? defaultMaxListeners : emitter._maxListeners);

function checkCount(n, name) {
  checkNumber(n, name, 0);
}

EventEmitter.prototype.setMaxListeners = function setMaxListeners(n) {
  checkCount(n, 'setMaxListeners');
  this._maxListeners = n;
  return this;
};

EventEmitter.prototype.getMaxListeners = function getMaxListeners() {
  return limitOf(this);
};

// A listener that returns a promise which is rejected: an error, where the emitter asks for that.
function watch(emitter, result, type, given) {
  if (!emitter[kCapture] || result === undefined || result === null || typeof result.then !== 'function') return;
  result.then(undefined, (error) => native.addTick(() => {
    if (typeof emitter[captureRejection] === 'function') {
      emitter[captureRejection](error, type, ...given);
      return;
    }
    const before = emitter[kCapture];
    try {
      emitter[kCapture] = false;
      emitter.emit('error', error);
    } finally {
      emitter[kCapture] = before;
    }
  }));
}

function emitUnhandled(given) {
  const error = given[0];
  if (error instanceof Error) throw error;
  let text;
  try {
    text = inspect(error);
  } catch {
    text = error;
  }
  const unhandled = coded(Error, 'ERR_UNHANDLED_ERROR', `Unhandled error. (${text})`);
  unhandled.context = error;
  throw unhandled;
}

EventEmitter.prototype.emit = function emit(type, ...given) {
  const events = this._events;
  if (type === 'error') {
    if (events !== undefined && events[errorMonitor] !== undefined) this.emit(errorMonitor, ...given);
    if (events === undefined || events.error === undefined) emitUnhandled(given);
  }
  const handler = events?.[type];
  if (handler === undefined) return false;
  if (typeof handler === 'function') {
    watch(this, handler.apply(this, given), type, given);
  } else {
    for (const listener of handler.slice()) watch(this, listener.apply(this, given), type, given);
  }
  return true;
};

function warnOfLeak(emitter, type, list) {
  const limit = limitOf(emitter);
  if (!(limit > 0 && list.length > limit && !list.warned)) return;
  list.warned = true;
  const warning = new Error(
    `Possible EventEmitter memory leak detected. ${list.length} ${String(type)} listeners added to ${inspect(emitter, { depth: -1 })}. MaxListeners is ${limit}. Use emitter.setMaxListeners() to increase limit`);
  warning.name = 'MaxListenersExceededWarning';
  warning.emitter = emitter;
  warning.type = type;
  warning.count = list.length;
  require('node:process').emitWarning(warning);
}

const checkListener = (listener) => checkFunction(listener, 'listener');

function add(emitter, type, listener, first) {
  checkListener(listener);
  let events = emitter._events;
  if (events === undefined) {
    events = emitter._events = { __proto__: null };
    emitter._eventsCount = 0;
  } else if (events.newListener !== undefined) {
    // Before it is added, so that it does not hear of itself.
    emitter.emit('newListener', type, listener.listener ?? listener);
    events = emitter._events;
  }
  const existing = events[type];
  if (existing === undefined) {
    events[type] = listener;
    emitter._eventsCount++;
    return emitter;
  }
  if (typeof existing === 'function') events[type] = first ? [listener, existing] : [existing, listener];
  else if (first) existing.unshift(listener);
  else existing.push(listener);
  warnOfLeak(emitter, type, events[type]);
  return emitter;
}

EventEmitter.prototype.addListener = function addListener(type, listener) { return add(this, type, listener, false); };
EventEmitter.prototype.on = EventEmitter.prototype.addListener;
EventEmitter.prototype.prependListener = function prependListener(type, listener) { return add(this, type, listener, true); };

function onlyOnce(emitter, type, listener) {
  let fired = false;
  const wrapper = function (...given) {
    if (fired) return undefined;
    emitter.removeListener(type, wrapper);
    fired = true;
    return listener.apply(emitter, given);
  };
  wrapper.listener = listener;
  return wrapper;
}

EventEmitter.prototype.once = function once(type, listener) {
  checkListener(listener);
  return this.on(type, onlyOnce(this, type, listener));
};

EventEmitter.prototype.prependOnceListener = function prependOnceListener(type, listener) {
  checkListener(listener);
  return this.prependListener(type, onlyOnce(this, type, listener));
};

EventEmitter.prototype.removeListener = function removeListener(type, listener) {
  checkListener(listener);
  const events = this._events;
  const list = events?.[type];
  if (list === undefined) return this;
  if (list === listener || list.listener === listener) {
    if (--this._eventsCount === 0) {
      this._events = { __proto__: null };
    } else {
      delete events[type];
    }
    if (events.removeListener) this.emit('removeListener', type, list.listener || listener);
    return this;
  }
  if (typeof list === 'function') return this;
  let position = list.length - 1;
  while (position >= 0 && list[position] !== listener && list[position].listener !== listener) position--;
  if (position < 0) return this;
  list.splice(position, 1);
  if (list.length === 1) events[type] = list[0];
  if (events.removeListener !== undefined) this.emit('removeListener', type, listener);
  return this;
};
EventEmitter.prototype.off = EventEmitter.prototype.removeListener;

EventEmitter.prototype.removeAllListeners = function removeAllListeners(type) {
  const events = this._events;
  if (events === undefined) return this;
  if (events.removeListener === undefined) {
    if (arguments.length === 0) {
      this._events = { __proto__: null };
      this._eventsCount = 0;
    } else if (events[type] !== undefined) {
      if (--this._eventsCount === 0) this._events = { __proto__: null };
      else delete events[type];
    }
    return this;
  }
  if (arguments.length === 0) {
    for (const key of Reflect.ownKeys(events)) if (key !== 'removeListener') this.removeAllListeners(key);
    this.removeAllListeners('removeListener');
    this._events = { __proto__: null };
    this._eventsCount = 0;
    return this;
  }
  const list = events[type];
  if (typeof list === 'function') this.removeListener(type, list);
  else if (list !== undefined) for (let i = list.length - 1; i >= 0; i--) this.removeListener(type, list[i]);
  return this;
};

function listenersOf(emitter, type, unwrap) {
  const list = emitter._events?.[type];
  if (list === undefined) return [];
  const all = typeof list === 'function' ? [list] : list.slice();
  return unwrap ? all.map((one) => one.listener || one) : all;
}

EventEmitter.prototype.listeners = function listeners(type) { return listenersOf(this, type, true); };
EventEmitter.prototype.rawListeners = function rawListeners(type) { return listenersOf(this, type, false); };

EventEmitter.prototype.listenerCount = function listenerCount(type, listener) {
  const all = listenersOf(this, type, false);
  return listener == null ? all.length : all.filter((one) => one === listener || one.listener === listener).length;
};

EventEmitter.prototype.eventNames = function eventNames() {
  return this._eventsCount > 0 ? Reflect.ownKeys(this._events) : [];
};

// ---- Functions of the module.

function abortError(signal) {
  const error = coded(Error, 'ABORT_ERR', 'The operation was aborted');
  error.name = 'AbortError';
  error.cause = signal.reason;
  return error;
}

const isTarget = (emitter) => typeof emitter.addEventListener === 'function';

function listen(emitter, name, listener, flags) {
  if (typeof emitter.on === 'function') emitter[flags?.once ? 'once' : 'on'](name, listener);
  else if (isTarget(emitter)) emitter.addEventListener(name, listener, flags);
  else throw invalidArgType('emitter', 'EventEmitter', emitter);
}

function unlisten(emitter, name, listener) {
  if (typeof emitter.removeListener === 'function') emitter.removeListener(name, listener);
  else emitter.removeEventListener(name, listener);
}

async function once(emitter, name, options = {}) {
  checkObject(options, 'options');
  const { signal } = options;
  if (signal?.aborted) throw abortError(signal);
  return new Promise((resolve, reject) => {
    const done = () => {
      unlisten(emitter, name, resolver);
      if (name !== 'error' && !isTarget(emitter)) unlisten(emitter, 'error', onError);
      signal?.removeEventListener('abort', onAbort);
    };
    const onError = (error) => {
      done();
      reject(error);
    };
    const onAbort = () => {
      done();
      reject(abortError(signal));
    };
    const resolver = (...given) => {
      done();
      resolve(given);
    };
    listen(emitter, name, resolver, { once: true });
    if (name !== 'error' && typeof emitter.once === 'function') emitter.once('error', onError);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function on(emitter, name, options = {}) {
  checkObject(options, 'options');
  const { signal } = options;
  if (signal?.aborted) throw abortError(signal);
  const values = [];
  const waiting = [];
  let failure = null;
  let finished = false;
  const onEvent = (...given) => {
    const waiter = waiting.shift();
    if (waiter) waiter.resolve({ value: given, done: false });
    else values.push(given);
  };
  const onError = (error) => {
    const waiter = waiting.shift();
    if (waiter) waiter.reject(error);
    else failure = { error };
    iterator.return();
  };
  const onAbort = () => onError(abortError(signal));
  const finish = () => {
    finished = true;
    unlisten(emitter, name, onEvent);
    if (name !== 'error' && !isTarget(emitter)) unlisten(emitter, 'error', onError);
    for (const close of options.close ?? []) unlisten(emitter, close, finish);
    signal?.removeEventListener('abort', onAbort);
    for (const waiter of waiting.splice(0)) waiter.resolve({ value: undefined, done: true });
    return Promise.resolve({ value: undefined, done: true });
  };
  const iterator = Object.setPrototypeOf({
    next() {
      if (values.length > 0) return Promise.resolve({ value: values.shift(), done: false });
      if (failure) {
        const { error } = failure;
        failure = null;
        return Promise.reject(error);
      }
      if (finished) return finish();
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return: finish,
    throw(error) {
      if (!(error instanceof Error)) throw invalidArgType('EventEmitter.AsyncIterator', 'Error', error);
      onError(error);
    },
    [Symbol.asyncIterator]() { return this; },
  }, Object.prototype);
  listen(emitter, name, onEvent);
  if (name !== 'error' && typeof emitter.on === 'function') emitter.on('error', onError);
  for (const close of options.close ?? []) listen(emitter, close, finish);
  signal?.addEventListener('abort', onAbort, { once: true });
  return iterator;
}

function getEventListeners(emitter, type) {
  if (typeof emitter.listeners === 'function') return emitter.listeners(type);
  const { EventTarget, listeners } = require('web:events');
  if (emitter instanceof EventTarget) return (emitter[listeners].get(`${type}`) ?? []).map((one) => one.callback);
  throw invalidArgType('emitter', ['EventEmitter', 'EventTarget'], emitter);
}

// Its listeners run in the context that it was made in.
class EventEmitterAsyncResource extends EventEmitter {
  #resource;

  constructor(options) {
    const { AsyncResource } = require('node:async_hooks');
    const name = typeof options === 'string' ? options : options?.name || new.target.name;
    super(typeof options === 'string' ? undefined : options);
    this.#resource = new AsyncResource(name, { triggerAsyncId: options?.triggerAsyncId });
  }

  emit(...given) { return this.#resource.runInAsyncScope(super.emit, this, ...given); }
  emitDestroy() { this.#resource.emitDestroy(); }
  get asyncId() { return this.#resource.asyncId(); }
  get triggerAsyncId() { return this.#resource.triggerAsyncId(); }
  get asyncResource() { return this.#resource; }
}

Object.assign(EventEmitter, {
  once,
  on,
  getEventListeners,
  getMaxListeners: (emitter) => (typeof emitter.getMaxListeners === 'function' ? emitter.getMaxListeners() : 0),
  listenerCount: (emitter, type) => emitter.listenerCount(type),
  setMaxListeners(n = defaultMaxListeners, ...targets) {
    checkCount(n, 'setMaxListeners');
    if (targets.length === 0) defaultMaxListeners = n;
    for (const target of targets) if (typeof target.setMaxListeners === 'function') target.setMaxListeners(n);
  },
  addAbortListener(signal, listener) {
    checkListener(listener);
    if (signal.aborted) queueMicrotask(() => listener());
    else signal.addEventListener('abort', listener, { once: true });
    return { [Symbol.dispose ?? Symbol.for('Symbol.dispose')]: () => signal.removeEventListener('abort', listener) };
  },
  EventEmitter,
  EventEmitterAsyncResource,
  errorMonitor,
  captureRejectionSymbol: captureRejection,
  usingDomains: false,
});
Object.defineProperties(EventEmitter, {
  captureRejections: {
    get: () => EventEmitter.prototype[kCapture],
    set(value) {
      require('web:errors').checkBoolean(value, 'EventEmitter.captureRejections');
      EventEmitter.prototype[kCapture] = value;
    },
    enumerable: true,
  },
  defaultMaxListeners: {
    get: () => defaultMaxListeners,
    set(n) {
      checkCount(n, 'defaultMaxListeners');
      defaultMaxListeners = n;
    },
    enumerable: true,
  },
});

module.exports = EventEmitter;
