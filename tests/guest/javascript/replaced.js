// The library does what it did when a program has replaced every method and accessor of what the language has, and every function among
// the globals, by one that throws. What is made of the results here is made by what was kept before.
const { apply, ownKeys, getOwnPropertyDescriptor, defineProperty, getPrototypeOf, setPrototypeOf } = Reflect;
const { stringify } = JSON;
const Promised = Promise;
const { then } = Promise.prototype;
const kept = { console, require, process: undefined, URL, URLSearchParams, Buffer, TextDecoder, TextEncoder, structuredClone, setTimeout, setImmediate,
  queueMicrotask, AbortController, EventTarget, Event, atob, btoa, crypto, performance, Blob, ReadableStream, Intl, std, Date, MessageChannel };
kept.process = process;
const util = require('util');
const seen = [];
const say = (value) => { seen[seen.length] = value; };
let calls = 0;
const thrower = function () { calls++; throw 'replaced'; };

// Nearly nothing of the library has run so far. `constructor` is no method, though it is a function.
function replaceAll(object) {
  const names = ownKeys(object);
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    const found = getOwnPropertyDescriptor(object, name);
    setPrototypeOf(found, null);
    if (!found.configurable || name === 'constructor' || name === 'prototype') continue;
    if (typeof found.value === 'function')
      defineProperty(object, name, { __proto__: null, value: thrower, writable: true, configurable: true, enumerable: found.enumerable });
    else if (found.get)
      defineProperty(object, name, { __proto__: null, get: thrower, set: thrower, configurable: true, enumerable: found.enumerable });
  }
}
const language = ['Array', 'ArrayBuffer', 'BigInt', 'Boolean', 'DataView', 'Date', 'Error', 'TypeError', 'RangeError', 'SyntaxError', 'Function', 'Iterator', 'JSON',
  'Map', 'Math', 'Number', 'Object', 'Promise', 'Proxy', 'Reflect', 'RegExp', 'Set', 'String', 'Symbol', 'Uint8Array', 'Uint16Array', 'Uint32Array',
  'Int32Array', 'Float64Array', 'WeakMap', 'WeakRef', 'WeakSet', 'FinalizationRegistry', 'AggregateError'];
const all = [];
for (let i = 0; i < language.length; i++) {
  const value = globalThis[language[i]];
  all[all.length] = value;
  if (value.prototype) all[all.length] = value.prototype;
}
const hidden = [getPrototypeOf(Uint8Array), getPrototypeOf(Uint8Array.prototype), getPrototypeOf([][Symbol.iterator]()), getPrototypeOf(new Map()[Symbol.iterator]()),
  getPrototypeOf(new Set()[Symbol.iterator]()), getPrototypeOf(''[Symbol.iterator]()), getPrototypeOf('a'.matchAll(/a/g)),
  getPrototypeOf(function* () {}), getPrototypeOf(getPrototypeOf((function* () {})())), getPrototypeOf(async function () {}),
  getPrototypeOf(async function* () {}), getPrototypeOf(getPrototypeOf((async function* () {})()))];
for (let i = 0; i < hidden.length; i++) all[all.length] = hidden[i];
for (let i = 0; i < all.length; i++) replaceAll(all[i]);
for (let i = 0; i < 10; i++) {
  const name = ['get', 'set', 'value', 'writable', 'enumerable', 'configurable', 'then', 'toJSON', 'next', 'done'][i];
  if (!(name in Object.prototype)) defineProperty(Object.prototype, name, { __proto__: null, get: thrower, set: thrower, configurable: true });
}
replaceAll(globalThis);

// The test's own: values are put into texts by hand, for nothing of the language's is left.
const { console: out } = kept;
out.log('shown', [1, 'a', { b: new kept.Date(0) }], { s: 'x' });
say(util.inspect({ a: [1, { b: 2 }], s: 'x', e: 1n }, { colors: true, sorted: true, getters: true, breakLength: 200 }));
say(util.format('%s %d %j %o', 'a', 1, 5, 'b'));
say(new kept.URL('https://a:b@ex%41mple.com:8080/x/../y?p=1#h').href);
const query = new kept.URLSearchParams('a=1&b=2');
query.append('c', 'ü');
say(`${query.get('b')}${query.toString()}`);
say(kept.Buffer.concat([kept.Buffer.from('hé'), kept.Buffer.from('aGk=', 'base64')]).toString('hex'));
say(kept.require('path').relative('/a/b', '/a/c'));
say(kept.require('crypto').createHash('sha1').update('a').digest('hex'));
say(kept.require('querystring').stringify({ a: 1, b: 'x y' }));
say(kept.require('url').parse('http://a/b?c').pathname);
const fs = kept.require('fs');
fs.mkdirSync('/work/p/q', { recursive: true });
fs.writeFileSync('/work/p/q/x', 'hi\nyou');
say(`${fs.readFileSync('/work/p/q/x', 'utf8')}${fs.readdirSync('/work/p')[0]}${fs.statSync('/work/p/q/x').size}`);
try { fs.readFileSync('/nope'); } catch (error) { say(error.code); }
fs.rmSync('/work/p', { recursive: true });
const emitter = new (kept.require('events'))();
emitter.once('x', (a, b) => say(a + b));
emitter.emit('x', 1, 2);
say(emitter.emit('x'));
const copy = kept.structuredClone({ a: [1, 2], s: 'x', d: new kept.Date(5) });
say(`${copy.a.length}${copy.s}`);
try { kept.structuredClone(() => 1); } catch (error) { say(error.name); }
say(new kept.TextDecoder('shift_jis').decode(new kept.TextEncoder().encode('ab')) + kept.atob('aGk=') + kept.btoa('hi'));
try { kept.atob('*'); } catch (error) { say(error.name); }
const controller = new kept.AbortController();
controller.signal.addEventListener('abort', () => say(controller.signal.reason.name));
controller.abort();
say(new kept.Intl.NumberFormat('de').format(1234.5));
say(typeof kept.crypto.randomUUID() + typeof kept.performance.now());
const assert = kept.require('assert');
try { assert.deepStrictEqual({ a: [1, 2] }, { a: [1, 3] }); } catch (error) { say(error.code); }
say(util.isDeepStrictEqual({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }));
say(util.parseArgs({ args: ['-f', '--bar=b'], options: { f: { type: 'boolean', short: 'f' }, bar: { type: 'string' } } }).values.bar);
say(kept.process.argv.length > 0 && kept.process.cwd());
const storage = new (kept.require('async_hooks').AsyncLocalStorage)();
const { Readable, Transform } = kept.require('stream');
let streamed = '';

const later = (start) => new Promised((resolve) => start((a) => { say(a); resolve(); }));
(async () => {
  await later((done) => kept.process.nextTick(done, 'tick'));
  await later((done) => kept.setImmediate(done, 'immediate'));
  await later((done) => kept.queueMicrotask(() => done('microtask')));
  await later((done) => storage.run('s', () => kept.setTimeout((a) => done(storage.getStore() + a), 1, 'x')));
  await later((done) => fs.readFile('/nope', (error) => done(error.code)));
  await later((done) => kept.require('stream').pipeline(Readable.from(['a', 'b']),
    new Transform({ transform(part, _, next) { next(null, `${part}!`); } }),
    async function (source) { source.setEncoding('utf8'); source.on('data', (part) => { streamed += part; }); await kept.require('events').once(source, 'end'); },
    (error) => done(error ? `${error.stack}` : streamed)));
  try { await fs.promises.readFile('/nope'); } catch (error) { say(error.code); }
  say(await kept.require('timers/promises').setTimeout(1, 'slept'));
  say(await new kept.Blob(['a', 'b']).text());
  const reader = new kept.ReadableStream({ start(c) { c.enqueue('w'); c.close(); } }).getReader();
  say((await reader.read()).value);
  say((await util.promisify((a, callback) => callback(null, a + 1))(1)));
  const { port1, port2 } = new kept.MessageChannel();
  await later((done) => { port2.onmessage = (event) => { done(event.data.m); port2.close(); }; port1.postMessage({ m: 'message' }); });

  const expected = ["{ a: [ \x1b[33m1\x1b[39m, { b: \x1b[33m2\x1b[39m } ], e: \x1b[33m1n\x1b[39m, s: \x1b[32m'x'\x1b[39m }", "a 1 5 'b'",
    'https://a:b@example.com:8080/y?p=1#h', '2a=1&b=2&c=%C3%BC', '68c3a96869', '../c', '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8', 'a=1&b=x%20y', '/b',
    'hi\nyouq6', 'ENOENT', 3, false, '2x', 'DataCloneError', 'abhiaGk=', 'InvalidCharacterError', 'AbortError', '1.234,5', 'stringnumber',
    'ERR_ASSERTION', true, 'b', '/work', 'tick', 'immediate', 'microtask', 'sx', 'ENOENT', 'a!b!', 'ENOENT', 'slept', 'ab', 'w', 2, 'message'];
  let wrong = '';
  for (let i = 0; i < expected.length || i < seen.length; i++)
    if (seen[i] !== expected[i]) wrong += `${i}: ${typeof seen[i]} ${seen[i]}, not ${expected[i]}\n`;
  // What was replaced is replaced for the program, and was not called on the library's behalf.
  if (calls !== 0) wrong += `${calls} calls\n`;
  try { [1].map(() => 1); wrong += 'not replaced'; } catch { calls = 0; }
  kept.std.out.puts(wrong === '' ? 'ok\n' : wrong);
})();
