// console: what is printed must be console.expected, byte for byte. Times are left out.
const values = [
  [1, 2, 3], { a: 1, b: 'x', c: [1, [2, [3, [4]]]], d: { e: { f: { g: {} } } } }, Array.from({ length: 120 }, (_, i) => i),
  Array.from({ length: 30 }, (_, i) => `item${i}`), new Map([['a', 1], [{ x: 1 }, [2]]]), new Set([1, 'a', { b: 1 }]),
  new Array(5), [1, , 3, , , 4], Object.assign([1, 2], { extra: 'x' }), new Uint8Array([1, 2, 3]), new Float64Array(10),
  new ArrayBuffer(4), new DataView(new ArrayBuffer(2)), Promise.resolve(4), new Promise(() => {}), new WeakMap(),
  new (class Point { constructor() { this.x = 1; } })(), Object.create(null), new (class Bag extends Map {})([[1, 2]]),
  { get a() { return 1; }, set b(x) {}, get c() { return 1; }, set c(v) {} }, { [Symbol('k')]: 1, 'a-b': 2, 3: 4 },
  new Number(3), new String('abc'), Object(Symbol('q')), [undefined, null, NaN, -0, 1e21, 10n, true],
  ["it's", `q"'`, 'a\nb', '\x1b[0m', '\u{1F600}', '\ud83d'], async function af() {}, function* gen() {}, class {},
  class A extends Map {}, () => 1, Math.max, new Date(0), new Date(NaN), /x+/gi, Symbol('s'), Math, globalThis.JSON,
  { text: 'line one here\nline two is here and it is long enough to be split in two parts surely\nthree' },
  Array.from({ length: 8 }, (_, i) => ({ id: i, name: `user${i}` })), [[]], [{}], {}, [], 'top level', ['in\'side'],
  { f() {}, g: class X {}, h: async () => {} }, new Proxy({ target: 1 }, {}), Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`key${i}`, i])),
];
for (const value of values) console.log(value);
const circular = { name: 'c', list: [] };
circular.list.push(circular, new Map([['me', circular]]));
console.log(circular);

class AppError extends Error { constructor(message, options) { super(message, options); this.code = 42; } }
const fixed = (error, stack) => Object.defineProperty(error, 'stack', { value: stack, configurable: true });
console.log(fixed(new AppError('outer', { cause: fixed(new TypeError('inner'), '    at f (file:1:2)') }), '    at g (file:3:4)\n'));
console.log([fixed(new Error('in a list'), '    at g (file:3:4)')], fixed(new RangeError('bare'), ''));

console.log('%s is %d years and %i, %f, %j %o %O %c%%', 'Bob', 42, 42.9, 1.5, { a: 1 }, [1], { b: { c: {} } }, 'css', 'extra', { z: 1 });
console.log('100%', 1, '%s');
console.log('%s');
console.log();
console.info('info');
console.debug('debug');
print('print', 1, [2]);
console.error('this goes to stderr');
console.warn('and this');
console.assert(true, 'never seen');
console.assert(false, 'seen on stderr');
console.table([{ a: 1, b: 'x' }, { a: 2, c: true }]);
console.table([[1, 2], [3, 4]]);
console.table([{ a: 1, b: 2 }], ['b']);
console.table([5, 'six']);
console.table(7);
console.group('group');
console.log('two\nlines', { a: 1 });
console.group();
console.log('deep');
console.groupEnd();
console.groupEnd();
console.log('out');
console.count();
console.count('x');
console.count();
console.countReset();
console.count();
console.dir({ a: { b: { c: { d: {} } } } }, { depth: 0 });
console.dir({ a: { b: { c: { d: {} } } } }, { depth: null });
let side_effects = 0;
console.log(new Proxy({ get x() { side_effects++; } }, { get() { side_effects++; }, ownKeys() { side_effects++; return []; } }));
console.log({ get x() { side_effects++; }, toString() { side_effects++; }, toJSON() { side_effects++; } });
console.log(side_effects === 0 ? 'ok' : 'printing ran the code of the program');
