// The language itself: what ES2023 added last, and that the engine's corners work in this build.
const assert = (condition, what) => { if (!condition) throw new Error(`failed: ${what}`); };
const same = (a, b, what) => assert(JSON.stringify(a) === JSON.stringify(b), `${what}: ${JSON.stringify(a)}`);

same([3, 1, 2].toSorted(), [1, 2, 3], 'toSorted');
same([1, 2, 3].with(1, 9), [1, 9, 3], 'with');
same([1, 2, 3, 4].findLast((n) => n % 2), 3, 'findLast');
same([1, 2, 3].toSpliced(0, 1), [2, 3], 'toSpliced');
same(Object.groupBy([1, 2, 3], (n) => (n % 2 ? 'odd' : 'even')), { odd: [1, 3], even: [2] }, 'groupBy');
same([1, [2, [3]]].flat(Infinity), [1, 2, 3], 'flat');
same([...'a😀b'].length, 3, 'code points');
same('x'.at(-1) + 'abc'.padStart(5, '-') + ' y '.trimEnd(), 'x--abc y', 'strings');
same('2024-05-06'.replace(/(?<y>\d+)-(?<m>\d+)-(?<d>\d+)/, '$<d>.$<m>.$<y>'), '06.05.2024', 'named groups');
same([...'a1b2'.matchAll(/[a-z](\d)/g)].map((m) => m[1]), ['1', '2'], 'matchAll');
assert(/(?<=\$)\d+/.exec('cost $42')[0] === '42', 'lookbehind');
assert(/\p{Lu}/u.test('É') && /^.$/su.test('\n'), 'unicode properties and dotAll');
assert(2n ** 64n === 18446744073709551616n && BigInt.asUintN(8, 257n) === 1n, 'BigInt');
assert(0.1 + 0.2 !== 0.3 && (1.005).toFixed(2) === '1.00' && (255).toString(16) === 'ff', 'numbers');
assert(parseFloat('1e-7') === 1e-7 && String(1e21) === '1e+21' && Number('0x10') === 16, 'number texts');
assert(new Date(Date.UTC(2024, 1, 29)).toISOString() === '2024-02-29T00:00:00.000Z', 'Date');
assert(new Date('2024-01-01T00:00:00').getTimezoneOffset() === 0, 'the time zone is UTC');
assert((null ?? 1) === 1 && undefined?.x === undefined, 'null handling');

class Counter {
  static #made = 0;
  #n = 0;
  static { Counter.ready = true; }
  constructor() { Counter.#made++; }
  get value() { return this.#n; }
  add() { this.#n++; return this; }
  static has(object) { return #n in object; }
  static get made() { return Counter.#made; }
}
assert(new Counter().add().add().value === 2 && Counter.has(new Counter()) && Counter.made === 2 && Counter.ready, 'classes');

function* numbers() { let n = 0; while (true) { const by = yield n; n += by ?? 1; } }
const iterator = numbers();
iterator.next();
assert(iterator.next(5).value === 5 && iterator.next().value === 6, 'generators');

const { a, ...rest } = { a: 1, b: 2, c: 3 };
same(rest, { b: 2, c: 3 }, 'rest');
label: for (const i of [1, 2]) for (const j of [1, 2]) if (j === 2) continue label;
assert(typeof globalThis.undefinedThing === 'undefined', 'typeof');
const proxy = new Proxy({}, { get: (_, key) => `<${String(key)}>` });
assert(proxy.name === '<name>' && Reflect.ownKeys({ x: 1, [Symbol.iterator]: 2 }).length === 2, 'Proxy and Reflect');
const ref = new WeakRef({});
assert(ref.deref() === undefined || typeof ref.deref() === 'object', 'WeakRef');
assert(new Intl_or_not().works, 'functions are hoisted');
function Intl_or_not() { this.works = true; }
assert(eval('1 + 1') === 2 && new Function('x', 'return x * 2')(4) === 8, 'eval');
print('ok');
