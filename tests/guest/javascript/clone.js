// structuredClone: what is copied, what stays shared, what cannot be cloned.
const assert = (condition, what) => { if (!condition) throw new Error(`failed: ${what}`); };

const original = {
  n: 1, s: 'x', big: 10n, nothing: null, missing: undefined, list: [1, , 3], date: new Date(5), pattern: /a+/gi,
  map: new Map([['k', { v: 1 }]]), set: new Set([1, 'a']), bytes: new Uint8Array([1, 2, 3]).subarray(1), box: new Number(4),
  error: new RangeError('r', { cause: { why: 1 } }),
};
original.self = original;
original.map.set(original, original.list);
const copy = structuredClone(original);
assert(copy !== original && copy.self === copy, 'cycles');
assert(copy.n === 1 && copy.s === 'x' && copy.big === 10n && copy.nothing === null && 'missing' in copy, 'primitives');
assert(copy.list.length === 3 && !(1 in copy.list) && copy.list !== original.list, 'arrays keep holes');
assert(copy.date instanceof Date && +copy.date === 5 && copy.pattern.source === 'a+' && copy.pattern.flags === 'gi', 'Date and RegExp');
assert(copy.map.get('k').v === 1 && copy.map.get('k') !== original.map.get('k') && copy.map.get(copy) === copy.list, 'Map');
assert(copy.set.has('a') && copy.set.size === 2, 'Set');
assert(copy.bytes instanceof Uint8Array && copy.bytes.join() === '2,3' && copy.bytes.buffer.byteLength === 3, 'typed arrays');
assert(copy.box instanceof Number && +copy.box === 4, 'boxes');
assert(copy.error instanceof RangeError && copy.error.message === 'r' && copy.error.cause.why === 1, 'errors');

class Point { constructor() { this.x = 1; } get y() { return 2; } }
const plain = structuredClone(new Point());
assert(plain.x === 1 && !(plain instanceof Point) && !('y' in plain), 'a class is lost');
assert(structuredClone({ get live() { return 7; } }).live === 7, 'getters are read');
for (const wrong of [() => 1, Symbol('s'), { f() {} }, Promise.resolve(), new WeakMap()]) {
  let refused;
  try { structuredClone(wrong); } catch (error) { refused = error; }
  assert(refused?.name === 'DataCloneError', String(refused));
}
let deep = null;
for (let i = 0; i < 100000; i++) deep = [deep];
let refused;
try { structuredClone(deep); } catch (error) { refused = error; }
assert(refused instanceof RangeError || refused instanceof InternalError, 'too deep is an exception');
print('ok');
