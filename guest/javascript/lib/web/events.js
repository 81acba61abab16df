// Event, CustomEvent and EventTarget, by DOM; without a tree, an event has one target.
'use strict';

const { custom } = require('web:inspect');
const { invalidArgType, coded } = require('web:errors');

const state = Symbol('state');
const trusted = Symbol('trusted');

class Event {
  constructor(type, options = undefined) {
    if (arguments.length === 0) throw coded(TypeError, 'ERR_MISSING_ARGS', 'The "type" argument must be specified');
    if (options != null && typeof options !== 'object' && typeof options !== 'function')
      throw invalidArgType('options', 'Object', options);
    Object.defineProperty(this, state, {
      value: {
        type: `${type}`,
        bubbles: !!options?.bubbles,
        cancelable: !!options?.cancelable,
        composed: !!options?.composed,
        canceled: false,
        stopped: false,
        propagation: false,
        passive: false,
        target: null,
        current: null,
        trusted: options !== null && options !== undefined && options[trusted] === true,
        stamp: require('web:performance').performance.now(),
      },
    });
  }

  get type() { return this[state].type; }
  get target() { return this[state].target; }
  get currentTarget() { return this[state].current; }
  get srcElement() { return this[state].target; }
  get bubbles() { return this[state].bubbles; }
  get cancelable() { return this[state].cancelable; }
  get composed() { return this[state].composed; }
  get defaultPrevented() { return this[state].canceled; }
  get returnValue() { return !this[state].canceled; }
  get timeStamp() { return this[state].stamp; }
  get isTrusted() { return this[state].trusted; }
  get eventPhase() { return this[state].current ? Event.AT_TARGET : Event.NONE; }
  get cancelBubble() { return this[state].propagation; }
  set cancelBubble(value) { if (value) this.stopPropagation(); }

  composedPath() { return this[state].current ? [this[state].current] : []; }
  preventDefault() {
    if (this[state].cancelable && !this[state].passive) this[state].canceled = true;
  }
  stopPropagation() { this[state].propagation = true; }
  stopImmediatePropagation() { this[state].stopped = this[state].propagation = true; }

  initEvent(type, bubbles = false, cancelable = false) {
    Object.assign(this[state], { type: `${type}`, bubbles: !!bubbles, cancelable: !!cancelable });
  }

  [custom](depth, options, inspect) {
    const name = this.constructor.name;
    if (depth < 0) return name;
    return `${name} ${inspect({
      type: this.type,
      defaultPrevented: this.defaultPrevented,
      cancelable: this.cancelable,
      timeStamp: this.timeStamp,
    }, { ...options, depth: options.depth === null ? null : options.depth - 1 })}`;
  }
}

for (const [name, value] of Object.entries({ NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 })) {
  Object.defineProperty(Event, name, { value, enumerable: true });
  Object.defineProperty(Event.prototype, name, { value, enumerable: true });
}

class CustomEvent extends Event {
  #detail;

  constructor(type, options = undefined) {
    if (arguments.length === 0) throw coded(TypeError, 'ERR_MISSING_ARGS', 'The "type" argument must be specified');
    super(type, options);
    this.#detail = options?.detail ?? null;
  }

  get detail() { return this.#detail; }

  initCustomEvent(type, bubbles = false, cancelable = false, detail = null) {
    this.initEvent(type, bubbles, cancelable);
    this.#detail = detail;
  }
}

const listeners = Symbol('listeners');

// An error of a listener is no error of the one who dispatches: it is thrown when that one is done.
const reportLater = (error) => native.os.setTimeout(() => { throw error; }, 0);

class EventTarget {
  constructor() {
    Object.defineProperty(this, listeners, { value: new Map() });
  }

  addEventListener(type, callback, options = undefined) {
    if (arguments.length < 2)
      throw coded(TypeError, 'ERR_MISSING_ARGS', 'The "type" and "listener" arguments must be specified');
    if (callback === null || callback === undefined) return;
    if (typeof callback !== 'function' && typeof callback !== 'object')
      throw invalidArgType('listener', 'EventListener', callback);
    const settings = typeof options === 'boolean' ? { capture: options } : options ?? {};
    const capture = !!settings.capture;
    const signal = settings.signal;
    if (signal !== undefined && !(signal instanceof require('web:abort').AbortSignal))
      throw invalidArgType('options.signal', 'AbortSignal', signal);
    if (signal?.aborted) return;
    type = `${type}`;
    const list = this[listeners].get(type) ?? [];
    if (list.some((other) => other.callback === callback && other.capture === capture)) return;
    const entry = { callback, capture, once: !!settings.once, passive: !!settings.passive, removed: false };
    this[listeners].set(type, [...list, entry]);
    signal?.addEventListener('abort', () => this.removeEventListener(type, callback, { capture }), { once: true });
  }

  removeEventListener(type, callback, options = undefined) {
    if (arguments.length < 2)
      throw coded(TypeError, 'ERR_MISSING_ARGS', 'The "type" and "listener" arguments must be specified');
    const capture = typeof options === 'boolean' ? options : !!options?.capture;
    type = `${type}`;
    const list = this[listeners].get(type);
    const entry = list?.find((other) => other.callback === callback && other.capture === capture);
    if (!entry) return;
    entry.removed = true;
    this[listeners].set(type, list.filter((other) => other !== entry));
  }

  dispatchEvent(event) {
    if (!(event instanceof Event)) throw invalidArgType('event', 'Event', event);
    const about = event[state];
    if (about.current)
      throw coded(Error, 'ERR_EVENT_RECURSION', `The event "${about.type}" is already being dispatched`);
    about.target = about.current = this;
    for (const entry of this[listeners].get(about.type) ?? []) {
      if (entry.removed) continue;
      if (entry.once) this.removeEventListener(about.type, entry.callback, { capture: entry.capture });
      about.passive = entry.passive;
      try {
        const { callback } = entry;
        const result = typeof callback === 'function' ? callback.call(this, event) : callback.handleEvent(event);
        if (result !== null && typeof result === 'object' && typeof result.then === 'function')
          result.then(undefined, reportLater);
      } catch (error) {
        reportLater(error);
      }
      about.passive = false;
      if (about.stopped) break;
    }
    about.current = null;
    about.stopped = about.propagation = false;
    return !about.canceled;
  }

  [custom](depth, options, inspect) {
    const name = this.constructor.name;
    return depth < 0 ? name : `${name} ${inspect({}, options)}`;
  }
}

// The attribute "onabort" and its like: a listener that takes the place of the one before.
function defineHandler(prototype, type) {
  const handlers = new WeakMap();
  Object.defineProperty(prototype, `on${type}`, {
    get() {
      return handlers.get(this)?.callback ?? null;
    },
    set(value) {
      const old = handlers.get(this);
      if (old) {
        old.callback = typeof value === 'function' ? value : null;
      } else if (typeof value === 'function') {
        const handler = { callback: value };
        handlers.set(this, handler);
        this.addEventListener(type, function (event) { handler.callback?.call(this, event); });
      }
    },
    enumerable: true,
    configurable: true,
  });
}

for (const constructor of [Event, CustomEvent, EventTarget]) {
  Object.defineProperty(constructor.prototype, Symbol.toStringTag, { value: constructor.name, configurable: true });
  for (const name of Object.getOwnPropertyNames(constructor.prototype))
    if (name !== 'constructor') Object.defineProperty(constructor.prototype, name, { enumerable: true });
}

module.exports = { Event, CustomEvent, EventTarget, defineHandler, listeners, trusted };
