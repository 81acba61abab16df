// What errors say, as in Node where programs and people look at it; the file runs there, too.
const assert = require('node:assert');
const said = (source) => { try { new Function(source)(); } catch (error) { return `${error.name}: ${error.message.split('\n')[0]}`; } return 'nothing'; };
const cases = {
  'null.a': "TypeError: Cannot read properties of null (reading 'a')",
  'const o = {}; o.a.b': "TypeError: Cannot read properties of undefined (reading 'b')",
  'let k = "q", u; u[k]': "TypeError: Cannot read properties of undefined (reading 'q')",
  'undefined[0]': "TypeError: Cannot read properties of undefined (reading '0')",
  'let u; u.a = 1': "TypeError: Cannot set properties of undefined (setting 'a')",
  'const o = {}; o.f()': 'TypeError: o.f is not a function',
  'const o = { a: {} }; o.a.f(1, [2], () => 3)': 'TypeError: o.a.f is not a function',
  'let x = 5; x()': 'TypeError: x is not a function',
  'const f = (g) => g(1); f()': 'TypeError: g is not a function',
  'const a = [1]; a[0]()': 'TypeError: a[0] is not a function',
  'const o = {}, k = "z"; o[k](1)': 'TypeError: o[k] is not a function',
  'const f = () => ({}); f().g()': 'TypeError: f(...).g is not a function',
  'this.zz()': 'TypeError: this.zz is not a function',
  'class A { m() { this.n(); } } new A().m()': 'TypeError: this.n is not a function',
  'const o = {}; new o.X()': 'TypeError: o.X is not a constructor',
  'const F = () => 1; new F()': 'TypeError: F is not a constructor',
  '[1].map(5)': 'TypeError: 5 is not a function',
  '[1].forEach({})': 'TypeError: #<Object> is not a function',
  '[1].map()': 'TypeError: undefined is not a function',
  'const c = 1; c = 2': 'TypeError: Assignment to constant variable.',
  'new Map(5)': 'TypeError: number 5 is not iterable (cannot read property Symbol(Symbol.iterator))',
  'Symbol() + ""': 'TypeError: Cannot convert a Symbol value to a string',
  'JSON.stringify(1n)': 'TypeError: Do not know how to serialize a BigInt',
  'const a = {}; a.a = a; JSON.stringify(a)': 'TypeError: Converting circular structure to JSON',
  'new Array(-1)': 'RangeError: Invalid array length',
  'new Date(NaN).toISOString()': 'RangeError: Invalid time value',
  '[].reduce((a, b) => a)': 'TypeError: Reduce of empty array with no initial value',
  'decodeURIComponent("%")': 'URIError: URI malformed',
  'class A { #x; static t(o) { return o.#x; } } A.t({})': 'TypeError: Cannot read private member #x from an object whose class did not declare it',
  'x.y': 'ReferenceError: x is not defined',
  'a b': "SyntaxError: Unexpected identifier 'b'",
  'let x = ;': "SyntaxError: Unexpected token ';'",
  'await x': 'SyntaxError: await is only valid in async functions and the top level bodies of modules',
  '1 = 2': 'SyntaxError: Invalid left-hand side in assignment',
  'break': 'SyntaxError: Illegal break statement',
};
for (const source of Object.keys(cases)) assert.strictEqual(said(source), cases[source], source);

// Where paths meet before a call, it is not said which way was gone; no message is longer than its room, and any nesting ends.
for (const source of ['let a, b = {}; (a || b).f()', 'let a, b; (a ?? b)()', 'let o = {}; (0, o.f)()', `let o = {}; o.${'a?.'.repeat(40)}b()`,
  `let f; ${'f('.repeat(60)}${')'.repeat(60)}`, `let o = new Proxy({}, { get: () => o }); o${'.long_name'.repeat(200)}()`, `let o = {}; o.${'x'.repeat(5000)}()`])
  assert.match(said(source), /^TypeError: .+(is not a function|undefined|null)|^nothing/, source.slice(0, 60));
assert.match(said(`const o = {}; ${'if (o.x) o.y;'.repeat(2000)} o.f(o.x ? 1 : 2)`), /is not a function$/);
assert.ok(!process.versions.quickjs || said(`let o = new Proxy({}, { get: () => o }); o${'.long_name'.repeat(200)}()`).length < 250);
console.log('ok');
