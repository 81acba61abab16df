// Running out of stack is an exception, wherever it happens, and the program goes on afterwards.
const assert = (condition, what) => { if (!condition) throw new Error(`failed: ${what}`); };
const overflows = (name, body) => {
  let thrown;
  try { body(); } catch (error) { thrown = error; }
  assert(thrown && /RangeError Maximum call stack size exceeded|stack overflow|SyntaxError/.test(`${thrown.name} ${thrown.message}`), `${name}: ${thrown}`);
};

let depth = 0;
overflows('calls', function call() { depth++; call(); });
assert(depth > 2000, `only ${depth} calls`);
overflows('methods', () => { class A { m() { return new A().m(); } } new A().m(); });
overflows('getters', () => { const o = { get x() { return this.x; } }; o.x; });
overflows('callbacks', function again() { [1].map(again); });
overflows('comparisons', function again() { return [2, 1].sort(again); });
overflows('conversions', () => { const o = { toString() { return `${o}`; } }; String(o); });
overflows('generators', () => { function* g() { yield* g(); } [...g()]; });
overflows('replacing', function again() { 'a'.replace(/a/, again); });
overflows('revivers', function again() { JSON.parse('[1]', again); });
overflows('proxies', () => { let p = {}; for (let i = 0; i < 50000; i++) p = new Proxy(p, {}); Object.isExtensible(p); });
overflows('eval', function again() { globalThis.again = again; (0, eval)('again()'); });
const nested = (times, first, wrap) => { let value = first; for (let i = 0; i < times; i++) value = wrap(value); return value; };
for (const wrap of [it => it.map(x => x), it => it.filter(() => true), it => it.take(9), it => it.drop(0), it => [1].values().flatMap(() => it), it => Iterator.concat(it)])
  overflows(`iterators ${wrap}`, () => nested(50000, [1, 2].values(), wrap).next());
overflows('iterators that end', () => nested(200000, [1, 2].values(), it => it.map(x => x)).return());
overflows('generators in generators', () => nested(50000, [1], function* (it) { yield* it; }).next());
overflows('classes', () => new (nested(20000, Object, parent => class extends parent {}))());
overflows('bound functions', () => nested(20000, () => 1, f => Object.defineProperty(f.bind(), 'name', { value: '' }))());
overflows('new of proxies', () => Reflect.construct(Array, [], nested(50000, function () {}, f => new Proxy(f, {}))));
for (const act of [p => p.x, p => { p.x = 1; }, p => 'x' in p, p => delete p.x, p => Object.keys(p), p => Object.getPrototypeOf(p), p => Object.setPrototypeOf(p, null),
  p => Object.defineProperty(p, 'x', {}), p => Object.getOwnPropertyDescriptor(p, 'x'), p => Object.preventExtensions(p), p => [].concat(p)])
  overflows(`proxies ${act}`, () => act(nested(50000, {}, p => new Proxy(p, {}))));
const comparing = () => [3, 1, 2].toSorted(comparing)[0];
overflows('toSorted', comparing);
const subset = { size: 1, has: () => new Set([1]).isSubsetOf(subset), keys: () => [].values() };
overflows('sets', () => new Set([1]).isSubsetOf(subset));
let asynchronous;
const inner = async () => { await inner(); };
try { await inner(); } catch (error) { asynchronous = error; }
assert(asynchronous instanceof RangeError, 'async functions');

let array = [], object = {};
for (let i = 0; i < 100000; i++) { array = [array]; object = { object }; }
overflows('stringify', () => JSON.stringify(array));
overflows('stringify objects', () => JSON.stringify(object));
overflows('flat', () => array.flat(Infinity));
overflows('join', () => String(array));
overflows('parse', () => JSON.parse('['.repeat(100000)));
for (const [open, body, close] of [['(', '1', ')'], ['[', '', ']'], ['{', '', '}'], ['!', '1', ''], ['a=>', '1', ''], ['-', '1', ''],
  ['1?', '1', ':1'], ['if(1)', ';', ''], ['`${', '1', '}`'], ['f(', '', ')'], ['2**', '1', ''], ['class A{m(){', '', '}}']])
  overflows(`source ${open}`, () => new Function(open.repeat(50000) + body + close.repeat(50000)));
overflows('patterns', () => new RegExp('(?:'.repeat(50000) + ')'.repeat(50000)));
array = object = null;
std.gc();

// Long and flat is no problem.
assert(/^(?:a|b|ab)*$/.test('ab'.repeat(20000)), 'a long match');
let list = null;
for (let i = 0; i < 300000; i++) list = { list };
list = null;
let text = '';
for (let i = 0; i < 50000; i++) text = `<${text}>`.slice(0, 100) + i;
assert(eval('1' + '+1'.repeat(20000)) === 20001, 'a long sum');
print('ok');
