// Who closes the iterator of a `for await`, when, and who waits for it. What is expected is what the standard says; Node 20
// says the same, but for sync iterators whose values are rejected (closed since ES2025).
import assert from 'node:assert';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let seen = [];
const see = (...words) => seen.push(words.join(' '));
async function is(what, body, expected) {
  seen = [];
  try { await body(); } catch (error) { see('caught', error instanceof Error ? error.name : error); }
  assert.deepStrictEqual(seen, expected.split(', '), what);
}

// The iterator's own clean-up is over before the program goes on, however the loop is left.
async function* slow() { try { yield 1; yield 2; } finally { await sleep(3); see('cleaned'); } }
await is('throw', async () => { for await (const x of slow()) throw 'body'; }, 'cleaned, caught body');
await is('await', async () => { for await (const x of slow()) await Promise.reject('body'); }, 'cleaned, caught body');
await is('break', async () => { for await (const x of slow()) break; see('after'); }, 'cleaned, after');
await is('return', async () => { see(await (async () => { for await (const x of slow()) return 'value'; })()); }, 'cleaned, value');
await is('continue', async () => { outer: for (const i of [1]) { for await (const x of slow()) continue outer; } see('after'); }, 'cleaned, after');
await is('pattern', async () => { for await (const { a: { b } } of slow()); }, 'cleaned, caught TypeError');
await is('to the end', async () => { for await (const x of slow()) see(x); }, '1, 2, cleaned');
await is('nested', async () => { for await (const x of slow()) for await (const y of slow()) throw 'body'; }, 'cleaned, cleaned, caught body');
await is('finally', async () => { for await (const x of slow()) try { throw 'body'; } finally { see('finally'); } }, 'finally, cleaned, caught body');
await is('caught inside', async () => { for await (const x of slow()) try { throw 'body'; } catch { see('inside'); } }, 'inside, inside, cleaned');
async function* through() { for await (const x of slow()) yield x; }
await is('a generator that is left', async () => { for await (const x of through()) break; see('after'); }, 'cleaned, after');
await is('a generator into which is thrown', async () => {
  const it = through();
  await it.next();
  await it.throw('thrown');
}, 'cleaned, caught thrown');
await is('a generator that is returned', async () => {
  const it = through();
  await it.next();
  see(JSON.stringify(await it.return(7)));
}, 'cleaned, {"value":7,"done":true}');

// An iterator that fails by itself is closed by nobody.
const async = (next, back = () => { see('closed'); return {}; }) => ({ [Symbol.asyncIterator]() { return this; }, next, return: back });
const over = (it, body = () => {}) => async () => { for await (const x of it) body(x); };
await is('next rejected', over(async(() => Promise.reject('next'))), 'caught next');
await is('next throws', over(async(() => { throw 'next'; })), 'caught next');
await is('no result', over(async(async () => 5)), 'caught TypeError');
await is('done throws', over(async(async () => ({ get done() { throw 'done'; } }))), 'caught done');
await is('value throws', over(async(async () => ({ done: false, get value() { throw 'value'; } }))), 'caught value');
await is('no arguments', over(async(async function () { see(arguments.length); return { done: true }; })), '0');
const once = () => { let n = 0; return async () => ({ done: n++ > 0, value: n }); };
await is('body throws', over(async(once()), () => { throw 'body'; }), 'closed, caught body');

// What return() does after a throw counts for nothing; after a break it counts.
const left = (back) => async () => { for await (const x of async(once(), back)) break; };
const thrown = (back) => over(async(once(), back), () => { throw 'body'; });
for (const [back, broken] of [[() => 5, 'TypeError'], [async () => { throw 'return'; }, 'return'], [() => { throw 'return'; }, 'return'], [5, 'TypeError']]) {
  await is(`throw, ${back}`, thrown(back), 'caught body');
  await is(`break, ${back}`, left(back), `caught ${broken}`);
}
await is('no return', thrown(null), 'caught body');
await is('a getter that throws', () => { const it = async(once()); Object.defineProperty(it, 'return', { get() { throw 'getter'; } }); return over(it, () => { throw 'body'; })(); }, 'caught body');
await is('return gets no argument', thrown(function () { see(arguments.length); return {}; }), '0, caught body');

// A sync iterator that gives promises.
const sync = (next) => ({ [Symbol.iterator]() { return this; }, next, return() { see('closed'); return {}; } });
await is('rejected value', over(sync(() => ({ done: false, value: Promise.reject('value') }))), 'closed, caught value');
await is('rejected last value', over(sync(() => ({ done: true, value: Promise.reject('value') }))), 'caught value');
await is('value with a bad constructor', over(sync(() => ({ done: false, value: Object.defineProperty(Promise.resolve(), 'constructor', { get() { throw 'constructor'; } }) }))), 'closed, caught constructor');
await is('sync next throws', over(sync(() => { throw 'next'; })), 'caught next');
await is('sync no result', over(sync(() => 5)), 'caught TypeError');
await is('sync done throws', over(sync(() => ({ get done() { throw 'done'; } }))), 'caught done');
await is('yield* over rejected', async () => {
  async function* all() { yield* sync(() => ({ done: false, value: Promise.reject('value') })); }
  for await (const x of all());
}, 'closed, caught value');
await is('an array of promises', over([1, Promise.resolve(2), Promise.reject('three'), 4], see), '1, 2, caught three');
await is('a generator of promises', over((function* () { try { yield 1; yield Promise.reject('two'); } finally { see('cleaned'); } })(), see), '1, cleaned, caught two');

// An attack: return() that calls the loop's own generator, thousands of loops within each other's bodies, and what was thrown is an iterator.
await is('return() re-enters', async () => {
  let it;
  async function* self() { for await (const x of async(once(), () => { it.return(1).catch(() => {}); return {}; })) yield x; }
  it = self();
  await it.next();
  await it.throw('thrown');
}, 'caught thrown');
async function deep(n) { for await (const x of slow0()) { if (n) await deep(n - 1); else throw 'deep'; } }
async function* slow0() { try { yield 1; } finally { await null; } }
await is('deep', () => deep(500), 'caught deep');
await is('what is thrown is an iterator', async () => {
  const it = async(once());
  try { for await (const x of it) throw it; } catch (error) { see(error === it); }
}, 'closed, true');
const text = 'for await (const a of [1]) '.repeat(200);
assert.strictEqual(await (new (async () => {}).constructor(`let n = 0; ${text} n++; return n`))(), 1);
await assert.rejects(new (async () => {}).constructor(`${text} throw 'x'`)(), (error) => error === 'x');

console.log('ok');
