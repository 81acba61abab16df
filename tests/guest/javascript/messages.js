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
  'let y = y': "ReferenceError: Cannot access 'y' before initialization",
  'class A { constructor() { this.x = 1; } } class B extends A { constructor() { this.x; } } new B()': "ReferenceError: Must call super constructor in derived class before accessing 'this' or returning from derived constructor",
  'class Z { } Z()': "TypeError: Class constructor Z cannot be invoked without 'new'",
  '"x".repeat(-1)': 'RangeError: Invalid count value: -1',
  '"x".repeat(Infinity)': 'RangeError: Invalid count value: Infinity',
  '(1).toFixed(101)': 'RangeError: toFixed() digits argument must be between 0 and 100',
  '(1).toPrecision(0)': 'RangeError: toPrecision() argument must be between 1 and 100',
  '(1).toExponential(101)': 'RangeError: toExponential() argument must be between 0 and 100',
  '1n / 0n': 'RangeError: Division by zero',
  'BigInt(1.5)': 'RangeError: The number 1.5 cannot be converted to a BigInt because it is not an integer',
  'BigInt("1.5")': 'SyntaxError: Cannot convert 1.5 to a BigInt',
  'BigInt(undefined)': 'TypeError: Cannot convert undefined to a BigInt',
  'BigInt(Symbol("s"))': 'TypeError: Cannot convert Symbol(s) to a BigInt',
  '1n >>> 0n': 'TypeError: BigInts have no unsigned right shift, use >> instead',
  '+1n': 'TypeError: Cannot convert a BigInt value to a number',
  'a b': "SyntaxError: Unexpected identifier 'b'",
  'let x = ;': "SyntaxError: Unexpected token ';'",
  'await x': 'SyntaxError: await is only valid in async functions and the top level bodies of modules',
  '1 = 2': 'SyntaxError: Invalid left-hand side in assignment',
  'break': 'SyntaxError: Illegal break statement',
  'let y; let y': "SyntaxError: Identifier 'y' has already been declared",
  'var y; let y': "SyntaxError: Identifier 'y' has already been declared",
  'function f(a) { let a; }': "SyntaxError: Identifier 'a' has already been declared",
  '{ let q; var q; }': "SyntaxError: Identifier 'q' has already been declared",
  '"use strict"; Object.freeze({ a: 1 }).b = 1': 'TypeError: Cannot add property b, object is not extensible',
  'Object.freeze([1]).push(2)': 'TypeError: Cannot add property 1, object is not extensible',
  'Object.defineProperty(Object.freeze({}), "b", { value: 1 })': 'TypeError: Cannot define property b, object is not extensible',
  'JSON.parse("x")': `SyntaxError: Unexpected token 'x', "x" is not valid JSON`,
  'JSON.parse("[1,]")': `SyntaxError: Unexpected token ']', "[1,]" is not valid JSON`,
  'JSON.parse("nul")': 'SyntaxError: Unexpected end of JSON input',
  'JSON.parse("undefined")': 'SyntaxError: "undefined" is not valid JSON',
  'JSON.parse("[1,2,3,4,5,6,7,8,9,10,x,1,2,3,4,5,6,7,8,9]")': `SyntaxError: Unexpected token 'x', ...",7,8,9,10,x,1,2,3,4,"... is not valid JSON`,
  'JSON.parse("<!DOCTYPE html><html></html>")': `SyntaxError: Unexpected token '<', "<!DOCTYPE "... is not valid JSON`,
  'JSON.parse(`{"abcdefghijklmnopqrstuvwxyz": x}`)': `SyntaxError: Unexpected token 'x', ..."tuvwxyz": x}" is not valid JSON`,
  'new RegExp("(")': 'SyntaxError: Invalid regular expression: /(/: Unterminated group',
  'new RegExp("[")': 'SyntaxError: Invalid regular expression: /[/: Unterminated character class',
  'new RegExp("a**", "u")': 'SyntaxError: Invalid regular expression: /a**/u: Nothing to repeat',
  'new RegExp("a", "gg")': "SyntaxError: Invalid flags supplied to RegExp constructor 'gg'",
  'const { a } = null': "TypeError: Cannot destructure property 'a' of 'null' as it is null.",
  'let u; const { a } = u': "TypeError: Cannot destructure property 'a' of 'u' as it is undefined.",
  '(({ a }) => 1)()': "TypeError: Cannot destructure property 'a' of 'undefined' as it is undefined.",
  'function f({ a, b }) {} f(null)': "TypeError: Cannot destructure property 'a' of 'object null' as it is null.",
  'const o = {}; const { a: { b } } = o': "TypeError: Cannot read properties of undefined (reading 'b')",
  'const {} = null': "TypeError: Cannot destructure 'null' as it is null.",
  'with (null) {}': 'TypeError: Cannot convert undefined or null to object',
};
for (const source of Object.keys(cases)) assert.strictEqual(said(source), cases[source], source);

// Where paths meet before a call, it is not said which way was gone; no message is longer than its room, and any nesting ends.
for (const source of ['let a, b = {}; (a || b).f()', 'let a, b; (a ?? b)()', 'let o = {}; (0, o.f)()', `let o = {}; o.${'a?.'.repeat(40)}b()`,
  `let f; ${'f('.repeat(60)}${')'.repeat(60)}`, `let o = new Proxy({}, { get: () => o }); o${'.long_name'.repeat(200)}()`, `let o = {}; o.${'x'.repeat(5000)}()`])
  assert.match(said(source), /^TypeError: .+(is not a function|undefined|null)|^nothing/, source.slice(0, 60));
assert.match(said(`const o = {}; ${'if (o.x) o.y;'.repeat(2000)} o.f(o.x ? 1 : 2)`), /is not a function$/);
assert.ok(!process.versions.quickjs || said(`let o = new Proxy({}, { get: () => o }); o${'.long_name'.repeat(200)}()`).length < 250);
// Positions in JSON count as strings do. (Newer versions of V8 add line and column.)
for (const [text, message] of [['01', 'Unexpected number in JSON at position 1'], ['-', 'No number after minus sign in JSON at position 1'], ['"abc', 'Unterminated string in JSON at position 4'],
  ['"\u00e9\u{1f600}" 1', 'Unexpected non-whitespace character after JSON at position 6'], ['[\n\n1 2]', "Expected ',' or ']' after array element in JSON at position 5"]]) {
  let said = '';
  try { JSON.parse(text); } catch (error) { said = error.message.replace(/ \(line \d+ column \d+\)$/, ''); }
  assert.strictEqual(said, message, text);
}
// Whatever is no JSON ends in a message, cut in characters.
for (let i = 0; i < 400; i++) {
  const text = Array.from({ length: i % 40 }, (_, k) => '[{"1\u00e9\u{1f600}:, \ud800]}tfn'[(i * 7 + k * k) % 16]).join('');
  let message = '';
  try { JSON.parse(text); } catch (error) { ({ message } = error); }
  assert.ok(message.length < 120, message);
}
console.log('ok');
