// AsyncLocalStorage and AsyncResource through whatever runs later. Node gives the same: the file runs there, too.
import assert from 'node:assert';
import { AsyncLocalStorage, AsyncResource, executionAsyncId, executionAsyncResource, triggerAsyncId } from 'node:async_hooks';
import { EventEmitter, EventEmitterAsyncResource, once } from 'node:events';
import { promisify } from 'node:util';
import * as timers from 'node:timers/promises';

const als = new AsyncLocalStorage();
const other = new AsyncLocalStorage();
const seen = [];
const see = (what) => seen.push(`${what} ${als.getStore()}`);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function request(id, ms) {
  see(`begin ${id}`);
  await sleep(ms);
  see(`slept ${id}`);
  await null;
  await { then: (resolve) => { see(`thenable ${id}`); resolve(); } };
  see(`then ${id}`);
  try { await Promise.reject(new Error('no')); } catch { see(`caught ${id}`); } finally { see(`finally ${id}`); }
  for await (const x of (async function* () { yield 1; await sleep(1); see(`generator ${id}`); yield 2; })()) see(`item ${id} ${x}`);
  await Promise.all([sleep(1), (async () => { await sleep(1); see(`inner ${id}`); })()]);
  return id;
}

// Two at once never see each other's.
const results = await Promise.all([als.run('a', request, 'a', 6), als.run('b', request, 'b', 2)]);
assert.deepStrictEqual(results, ['a', 'b']);
assert.strictEqual(seen.length, 20);
for (const line of seen) assert.ok(new RegExp(` ${line.at(-1)}`).test(line.slice(0, -1)), line);
assert.strictEqual(als.getStore(), undefined);

// Who calls `then` gives the store, not who settles.
let settle;
const pending = new Promise((resolve) => { settle = resolve; });
const given = als.run('asker', () => pending.then(() => als.getStore()));
const awaited = als.run('waiter', async () => { await pending; return als.getStore(); });
als.run('settler', () => settle());
assert.strictEqual(await given, 'asker');
assert.strictEqual(await awaited, 'waiter');
assert.strictEqual(await als.run('x', () => Promise.resolve().finally(() => see('finally'))), undefined);
assert.strictEqual(seen.at(-1), 'finally x');

// Whatever else runs later.
const wait = (start) => new Promise((resolve) => als.run(start.name || 'store', () => start(() => resolve(als.getStore()))));
assert.strictEqual(await wait(function timeout(done) { setTimeout(done, 1); }), 'timeout');
assert.strictEqual(await wait(function immediate(done) { setImmediate(done); }), 'immediate');
assert.strictEqual(await wait(function tick(done) { process.nextTick(done); }), 'tick');
assert.strictEqual(await wait(function microtask(done) { queueMicrotask(done); }), 'microtask');
assert.strictEqual(await wait(function interval(done) { let n = 0; const timer = setInterval(() => { if (++n === 3) { clearInterval(timer); done(); } }, 1); }), 'interval');
assert.strictEqual(await wait(function abort(done) { AbortSignal.timeout(1).addEventListener('abort', done); setTimeout(() => {}, 20); }), 'abort');
assert.strictEqual(await als.run('t', async () => { await timers.setTimeout(1); await timers.setImmediate(); return als.getStore(); }), 't');
assert.strictEqual(await als.run('p', async () => { await promisify((done) => setTimeout(done, 1))(); return als.getStore(); }), 'p');

// Events run where they are emitted; `once` comes back to who waits.
const emitter = new EventEmitter();
als.run('listener', () => emitter.on('x', () => see('event')));
als.run('emitter', () => emitter.emit('x'));
assert.strictEqual(seen.at(-1), 'event emitter');
setTimeout(() => als.run('emitter', () => emitter.emit('y')), 2);
assert.strictEqual(await als.run('waits', async () => { await once(emitter, 'y'); return als.getStore(); }), 'waits');
const bound = als.run('made', () => new EventEmitterAsyncResource({ name: 'E' }));
bound.on('x', () => see('bound'));
bound.emit('x');
assert.strictEqual(seen.at(-1), 'bound made');

// Nested, two storages, exceptions, exit, the same store again.
als.run(1, () => {
  other.run('o', () => {
    als.run(2, () => assert.deepStrictEqual([als.getStore(), other.getStore()], [2, 'o']));
    assert.strictEqual(als.getStore(), 1);
    assert.throws(() => als.run(3, () => { throw new Error('x'); }), /x/);
    assert.strictEqual(als.getStore(), 1);
    assert.strictEqual(als.exit(() => als.getStore()), undefined);
    assert.strictEqual(als.exit((a, b) => a + b, 2, 3), 5);
    assert.deepStrictEqual([als.getStore(), other.getStore()], [1, 'o']);
  });
  assert.strictEqual(other.getStore(), undefined);
  assert.strictEqual(als.run(1, () => als.getStore()), 1);
});
for (const store of [undefined, null, 0, NaN, '']) assert.ok(Object.is(als.run(store, () => als.getStore()), store));
assert.strictEqual(als.run(1, function () { return this; }), null);

// enterWith: for the rest of what runs now, and what comes of it.
await als.run('outer', async () => {
  await null;
  als.enterWith('entered');
  assert.strictEqual(als.getStore(), 'entered');
  await sleep(1);
  assert.strictEqual(als.getStore(), 'entered');
});
assert.strictEqual(als.getStore(), undefined);

// bind, snapshot, AsyncResource.
const snapshot = als.run('then', () => AsyncLocalStorage.snapshot());
assert.strictEqual(als.run('now', () => snapshot((a, b) => [als.getStore(), a + b].join(), 1, 2)), 'then,3');
const fn = als.run('then', () => AsyncLocalStorage.bind(function (a, b) { return [als.getStore(), this?.x, a, b].join(); }));
assert.strictEqual(fn.length, 2);
assert.strictEqual(fn.call({ x: 5 }, 1, 2), 'then,5,1,2');
const resource = als.run('res', () => new AsyncResource('X'));
assert.strictEqual(resource.runInAsyncScope(() => als.getStore()), 'res');
assert.strictEqual(resource.runInAsyncScope(function (a) { return [this.y, a].join(); }, { y: 1 }, 2), '1,2');
assert.strictEqual(resource.runInAsyncScope(executionAsyncId), resource.asyncId());
assert.strictEqual(resource.runInAsyncScope(executionAsyncResource), resource);
assert.strictEqual(resource.runInAsyncScope(() => new AsyncResource('Y').triggerAsyncId()), resource.asyncId());
assert.throws(() => resource.runInAsyncScope(() => { throw new Error('z'); }), /z/);
assert.strictEqual(als.getStore(), undefined);
assert.throws(() => new AsyncResource(), { code: 'ERR_INVALID_ARG_TYPE' });
assert.throws(() => new AsyncResource(''), { code: 'ERR_ASYNC_TYPE' });
assert.throws(() => new AsyncResource('X', { triggerAsyncId: -5 }), { code: 'ERR_INVALID_ASYNC_ID', message: 'Invalid triggerAsyncId value: -5' });
assert.throws(() => resource.bind(5), { code: 'ERR_INVALID_ARG_TYPE' });
assert.strictEqual(AsyncResource.bind((a, b, c) => 0).length, 3);

// Numbers: of the timer that runs, and of who set it.
await new Promise((resolve) => {
  const timer = setTimeout(() => {
    const id = executionAsyncId();
    assert.strictEqual(id, +timer);
    setTimeout(() => { assert.strictEqual(triggerAsyncId(), id); resolve(); }, 1);
  }, 1);
});

// Switched off: what is under way sees nothing any more.
const pendingRun = als.run('gone', async () => { await sleep(2); return als.getStore(); });
als.disable();
assert.strictEqual(await pendingRun, undefined);

// What a program makes of the prototypes is its own business, but no way into the stores.
const { then } = Promise.prototype;
const iterate = Array.prototype[Symbol.iterator];
Map.prototype.get = Map.prototype.set = () => 'poison';
Promise.prototype.then = function (...given) { return Reflect.apply(then, this, given); };
Object.defineProperty(Object.prototype, 'store', { get: () => 'poison', set() {}, configurable: true });
const kept = als.run('kept', async (a) => { await sleep(1); return [als.getStore(), a].join(); }, 7);
const afterwards = await kept;
delete Object.prototype.store;
Array.prototype[Symbol.iterator] = iterate;
assert.strictEqual(afterwards, 'kept,7');
console.log('ok');
