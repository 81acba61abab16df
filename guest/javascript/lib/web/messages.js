// MessageChannel and its ports, by HTML, within the one thread that there is; also Node's `on` of a port.
'use strict';

const { Event, EventTarget, defineHandler } = require('web:events');
const { coded } = require('web:errors');

class MessageEvent extends Event {
  #about;

  constructor(type, about = {}) {
    super(type, about);
    this.#about = about;
  }

  get data() { return this.#about.data ?? null; }
  get origin() { return `${this.#about.origin ?? ''}`; }
  get lastEventId() { return `${this.#about.lastEventId ?? ''}`; }
  get source() { return this.#about.source ?? null; }
  get ports() { return this.#about.ports ?? []; }
}

const made = Symbol('made');
const handlers = Symbol('handlers');

class MessagePort extends EventTarget {
  #peer = null;
  #waiting = [];
  #started = false;
  #closed = false;

  constructor(token) {
    if (token !== made) throw coded(TypeError, 'ERR_CONSTRUCT_CALL_INVALID', 'Constructor cannot be called');
    super();
    Object.defineProperty(this, handlers, { value: new Map() });
  }

  static join(one, other) {
    one.#peer = other;
    other.#peer = one;
  }

  #deliver() {
    if (!this.#started || this.#closed || this.#waiting.length === 0) return;
    const data = this.#waiting.shift();
    this.dispatchEvent(new MessageEvent('message', { data }));
  }

  postMessage(value, options) {
    if (arguments.length === 0) throw coded(TypeError, 'ERR_MISSING_ARGS', 'The "value" argument must be specified');
    const transfer = Array.isArray(options) ? options : options?.transfer;
    const copy = require('web:clone').structuredClone(value, { transfer });
    const peer = this.#peer;
    if (!peer || peer.#closed || this.#closed) return;
    peer.#waiting.push(copy);
    native.setImmediate(() => peer.#deliver());
  }

  start() {
    if (this.#started) return;
    this.#started = true;
    for (let i = 0; i < this.#waiting.length; i++) native.setImmediate(() => this.#deliver());
  }

  close() {
    for (const port of [this, this.#peer]) {
      if (!port || port.#closed) continue;
      native.setImmediate(() => {
        if (port.#closed) return;
        port.#closed = true;
        port.dispatchEvent(new Event('close'));
      });
    }
  }

  take() { return this.#waiting.length > 0 ? { message: this.#waiting.shift() } : undefined; }

  ref() {}
  unref() {}
  hasRef() { return false; }

  on(type, listener) {
    const listen = type === 'message' ? (event) => listener.call(this, event.data) : () => listener.call(this);
    this[handlers].set(listener, listen);
    this.addEventListener(type, listen);
    if (type === 'message') this.start();
    return this;
  }

  once(type, listener) {
    const first = (...given) => {
      this.off(type, first);
      listener.apply(this, given);
    };
    return this.on(type, first);
  }

  off(type, listener) {
    this.removeEventListener(type, this[handlers].get(listener) ?? listener);
    return this;
  }

  addListener(type, listener) { return this.on(type, listener); }
  removeListener(type, listener) { return this.off(type, listener); }
}

for (const type of ['message', 'messageerror']) defineHandler(MessagePort.prototype, type);
// A handler starts its port, a listener does not.
const { get, set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage');
Object.defineProperty(MessagePort.prototype, 'onmessage', {
  get,
  set(value) {
    set.call(this, value);
    this.start();
  },
  enumerable: true,
  configurable: true,
});
const { join } = MessagePort;
const { take } = MessagePort.prototype;
delete MessagePort.join;
delete MessagePort.prototype.take;

class MessageChannel {
  constructor() {
    this.port1 = new MessagePort(made);
    this.port2 = new MessagePort(made);
    join(this.port1, this.port2);
  }
}

const receiveMessageOnPort = (port) => take.call(port);

for (const constructor of [MessageEvent, MessagePort, MessageChannel])
  Object.defineProperty(constructor.prototype, Symbol.toStringTag, { value: constructor.name, configurable: true });

module.exports = { MessageEvent, MessagePort, MessageChannel, receiveMessageOnPort };
