// node:timers/promises
'use strict';

const timers = require('node:timers');
const { invalidArgType, checkBoolean, coded } = require('web:errors');

function abortError(signal) {
  const error = coded(Error, 'ABORT_ERR', 'The operation was aborted');
  error.name = 'AbortError';
  error.cause = signal.reason;
  return error;
}

// What `begin` makes is undone by `end` when the signal is aborted first.
function wait(options, begin, end) {
  const { signal, ref = true } = options ?? {};
  if (signal !== undefined && (signal === null || typeof signal !== 'object' || !('aborted' in signal)))
    return Promise.reject(invalidArgType('options.signal', 'AbortSignal', signal));
  try {
    checkBoolean(ref, 'options.ref');
  } catch (error) {
    return Promise.reject(error);
  }
  if (signal?.aborted) return Promise.reject(abortError(signal));
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      end(pending);
      reject(abortError(signal));
    };
    const pending = begin((value) => {
      signal?.removeEventListener('abort', onAbort);
      resolve(value);
    });
    if (!ref) pending.unref();
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

const setTimeout = (delay, value, options) =>
  wait(options, (resolve) => timers.setTimeout(resolve, delay, value), timers.clearTimeout);

const setImmediate = (value, options) =>
  wait(options, (resolve) => timers.setImmediate(resolve, value), timers.clearImmediate);

async function* setInterval(delay, value, options) {
  const signal = options?.signal;
  if (signal?.aborted) throw abortError(signal);
  let ready = 0;
  let wake;
  const interval = timers.setInterval(() => {
    ready++;
    wake?.();
  }, delay);
  if (options?.ref === false) interval.unref();
  const onAbort = () => {
    timers.clearInterval(interval);
    wake?.();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    while (!signal?.aborted) {
      if (ready === 0) await new Promise((resolve) => { wake = resolve; });
      for (; ready > 0; ready--) yield value;
    }
    throw abortError(signal);
  } finally {
    timers.clearInterval(interval);
    signal?.removeEventListener('abort', onAbort);
  }
}

module.exports = {
  setTimeout,
  setImmediate,
  setInterval,
  scheduler: { wait: (delay, options) => setTimeout(delay, undefined, options), yield: () => setImmediate() },
};
