// node:diagnostics_channel
'use strict';

const { checkFunction, invalidArgType } = require('web:errors');

class Channel {
  #subscribers = [];
  #stores = new Map();

  constructor(name) { this.name = name; }
  get hasSubscribers() { return this.#subscribers.length > 0 || this.#stores.size > 0; }

  subscribe(subscriber) {
    checkFunction(subscriber, 'subscription');
    this.#subscribers = [...this.#subscribers, subscriber];
  }

  unsubscribe(subscriber) {
    const at = this.#subscribers.indexOf(subscriber);
    if (at < 0) return false;
    this.#subscribers = this.#subscribers.filter((_, i) => i !== at);
    return true;
  }

  bindStore(store, transform) { this.#stores.set(store, transform); }
  unbindStore(store) { return this.#stores.delete(store); }

  publish(message) {
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(message, this.name);
      } catch (error) {
        native.addTick(() => { throw error; });
      }
    }
  }

  runStores(message, callback, self, ...given) {
    let run = () => {
      this.publish(message);
      return Reflect.apply(callback, self, given);
    };
    for (const [store, transform] of this.#stores) {
      const next = run;
      run = () => store.run(transform ? transform(message) : message, next);
    }
    return run();
  }
}

const channels = new Map();

function channel(name) {
  if (typeof name !== 'string' && typeof name !== 'symbol') throw invalidArgType('channel', ['string', 'symbol'], name);
  if (!channels.has(name)) channels.set(name, new Channel(name));
  return channels.get(name);
}

class TracingChannel {
  constructor(names) {
    for (const event of ['start', 'end', 'asyncStart', 'asyncEnd', 'error'])
      this[event] = typeof names === 'string' ? channel(`tracing:${names}:${event}`) : names[event];
  }

  subscribe(handlers) { for (const [name, handler] of Object.entries(handlers)) this[name]?.subscribe(handler); }
  unsubscribe(handlers) { return Object.entries(handlers).map(([name, handler]) => this[name]?.unsubscribe(handler)).every(Boolean); }

  traceSync(callback, context = {}, self = undefined, ...given) {
    return this.start.runStores(context, () => {
      try {
        return context.result = Reflect.apply(callback, self, given);
      } catch (error) {
        context.error = error;
        this.error.publish(context);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }

  tracePromise(callback, context = {}, self = undefined, ...given) {
    const settle = (key, value) => {
      context[key] = value;
      if (key === 'error') this.error.publish(context);
      this.asyncStart.publish(context);
      this.asyncEnd.publish(context);
    };
    return this.start.runStores(context, () => {
      try {
        return Promise.resolve(Reflect.apply(callback, self, given)).then(
          (value) => { settle('result', value); return value; },
          (error) => { settle('error', error); throw error; });
      } finally {
        this.end.publish(context);
      }
    });
  }
}

module.exports = {
  Channel,
  channel,
  hasSubscribers: (name) => channels.get(name)?.hasSubscribers ?? false,
  subscribe: (name, subscriber) => channel(name).subscribe(subscriber),
  unsubscribe: (name, subscriber) => channel(name).unsubscribe(subscriber),
  tracingChannel: (names) => new TracingChannel(names),
};
