// Lines and columns in stacks. What is expected is what Node 20 says of the same text.
import fs from 'node:fs';
const write = (name, text) => fs.writeFileSync(name, text);
const places = (error) => error.stack.match(/\b[cd]\.[cm]js:\d+:\d+/g).slice(0, 2).join(' ');

write('c.cjs', `const first = () => undefined.missing; function call(f) { return f(  1 +
   2,
   3) }
exports.first = first; exports.call = call
`);
write('d.mjs', `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)
const c = require('./c.cjs')
export const all = [c.first, () => c.call(() => { throw new Error('x') }), () => c.call(5), () => { new c.call.x(
  1, 2,
  3) }, () => c.call(  () => new
    Array(-1)), () => c.call.a.b.c, () => { for (const x of c
     .call.q.z) ; }, () => { class A { #x; static f(o) { return   o.#x } } ; A.f({}) }, () => { const a = [
       1,
       ...c.call.u.v,
    ] }, () => {
    const o = { a: 1 }
    if (o.a) {
      return o?.b.c
    } }, () => String.raw({ raw: c.call.r.s }), () => { let
     q = (void 0)[  'a'] }, () => { c
       .call
       .foo(
         1) }]
`);
const { all } = await import(`${process.cwd()}/d.mjs`);
const expected = [
  'TypeError c.cjs:1:31',
  'Error d.mjs:3:57 c.cjs:1:66',
  'TypeError c.cjs:1:66 d.mjs:3:84',
  'TypeError d.mjs:3:101',
  'RangeError d.mjs:5:30 c.cjs:1:66',
  'TypeError d.mjs:6:32',
  'TypeError d.mjs:7:14',
  'TypeError d.mjs:7:69 d.mjs:7:80',
  'TypeError d.mjs:9:20',
  'TypeError d.mjs:13:19', // Node: 18, the dot, in an optional chain
  'TypeError d.mjs:14:43',
  'TypeError d.mjs:15:18',
  'TypeError d.mjs:17:9',
];
all.forEach((each, index) => {
  let got = 'nothing';
  try { each(); } catch (error) { got = `${error.name} ${places(error)}`; }
  if (got !== expected[index]) throw new Error(`failed: ${index}: ${got}, expected ${expected[index]}`);
});

// A syntax error on the first line of a CommonJS file, and on the second.
const { createRequire } = await import('node:module');
for (const [text, place] of [['let a = ;', ':1:9'], ['\nlet a = ;', ':2:9']]) {
  write('bad.cjs', text);
  try { createRequire(`${process.cwd()}/x`)('./bad.cjs'); throw new Error('nothing'); } catch (error) {
    if (error.name !== 'SyntaxError' || !error.stack.includes(`bad.cjs${place}`)) throw new Error(`failed: ${place}: ${error.name} ${error.stack}`);
  }
}
console.log('ok');
