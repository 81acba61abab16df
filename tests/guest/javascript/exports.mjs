// Every form of export, seen from outside and from the module itself; and what a getter may do to a generator.
import * as std from 'std';
const assert = (condition, what) => { if (!condition) throw new Error(`failed: ${what}`); };
const shows = (got, wanted, what) => assert(JSON.stringify(got) === JSON.stringify(wanted), `${what}: ${JSON.stringify(got)}`);

std.writeFile('forms.mjs', `
  import * as self from './forms.mjs';
  export const { a } = { a: 1 };
  export const [b, c, ...d] = [2, 3, 4, 5];
  export let { e: { f, ...g }, h = 6 } = { e: { f: 7, i: 8 } };
  export var [[j], { k }] = [[9], { k: 10 }], l = 11;
  export let m;
  export function n() { return 12; }
  export async function* o() { yield 13; }
  export class p { static q = 14; }
  const r = 15, s = 16;
  export { r, s as 'any name', s as default };
  export * as t from './other.mjs';
  export * from './other.mjs';
  export { u as v } from './other.mjs';
  export let names;
  names = Object.keys(self);
`);
std.writeFile('other.mjs', 'export const u = 17; export default 18; export let [w] = "x"; export function set() { w = "y"; }');
const forms = await import('./forms.mjs');
shows(Object.keys(forms), ['a', 'any name', 'b', 'c', 'd', 'default', 'f', 'g', 'h', 'j', 'k', 'l', 'm', 'n', 'names', 'o', 'p', 'r', 'set', 't', 'u', 'v', 'w'], 'names');
shows(forms.names, Object.keys(forms), 'names from inside');
const { a, b, c, d, f, g, h, j, k, l, m, r, t, u, v, w } = forms;
shows([a, b, c, d, f, g, h, j, k, l, m, r, forms.default, forms['any name'], t.default, u, v, w],
  [1, 2, 3, [4, 5], 7, { i: 8 }, 6, 9, 10, 11, null, 15, 16, 16, 18, 17, 17, 'x'], 'values');
forms.set();
assert(forms.w === 'y' && forms.n() === 12 && forms.p.q === 14, 'bindings live');
let number = 0;
for (const [text, error] of [['export const [x, x] = [];', 'SyntaxError'], ['export let {x}; ', 'SyntaxError'], ['export const {x} = null;', 'TypeError'],
  ['export let [x] = [y]; let y;', 'ReferenceError'], ['let z; export const [z2, z] = [];', 'SyntaxError'], ['export const [y] = []; export { y };', 'SyntaxError']]) {
  const file = `./wrong${number++}.mjs`;
  std.writeFile(file, text);
  let name = 'nothing';
  try { await import(file); } catch (thrown) { name = thrown.name; }
  assert(name === error, `${text} ${name}`);
}

// `then`, read of what a generator resolves its promises with, resumes that very generator.
const later = () => Promise.withResolvers();
for (const act of [it => it.return(0), it => it.next(1), it => it.throw(new Error('x')), it => { it.next(1); it.return(1); }, (it, hit) => { if (hit === 1) throw new Error('getter'); }]) {
  let it, hits = 0, inside = false;
  Object.defineProperty(Object.prototype, 'then', { configurable: true, get() {
    if (inside || !it || hits > 20) return undefined;
    inside = true;
    hits++;
    try { Promise.resolve(act(it, hits)).catch(() => {}); } finally { inside = false; }
    return undefined;
  } });
  const [x, y, z] = [later(), later(), later()];
  for (const { promise } of [x, y, z]) promise.catch(() => {});
  async function* generator() { try { await x.promise; yield 1; await y.promise; yield 2; await z.promise; } finally { await z.promise; } }
  it = generator();
  it.next().catch(() => {});
  x.resolve({});
  for (let i = 0; i < 4; i++) await null;
  y.resolve({});
  z.resolve({});
  for (let i = 0; i < 10; i++) await null;
  it = null;
  delete Object.prototype.then;
}
std.gc();

// One binding that comes by two ways is one, in whatever way it was handed on; two are none.
for (const [file, text] of Object.entries({
  base: 'export let x = 1, y = 2; export default 3; export function bump() { x++; }',
  from: "export { x } from './base.mjs'; export * as ns from './base.mjs'",
  imported: "import { x } from './base.mjs'; import * as ns from './base.mjs'; export { x, ns }",
  renamed: "import { x as here } from './from.mjs'; import * as there from './base.mjs'; export { here as x, there as ns }",
  twice: "export { x, x as z } from './base.mjs'",
  wrong: "import { y } from './base.mjs'; import * as ns from './from.mjs'; export { y as x, ns }",
  all: "export * from './from.mjs'; export * from './imported.mjs'; export * from './renamed.mjs'; export * from './twice.mjs'",
  clash: "export * from './from.mjs'; export * from './wrong.mjs'",
  circle1: "import { c } from './circle2.mjs'; export { c }",
  circle2: "import { c } from './circle1.mjs'; export { c }",
})) std.writeFile(`${file}.mjs`, text);
const all = await import('./all.mjs'), base = await import('./base.mjs');
shows(Object.keys(all), ['ns', 'x', 'z'], 'names by several ways');
assert(all.ns === base, 'one namespace by several ways');
base.bump();
shows([all.x, all.z, (await import('./renamed.mjs')).x], [2, 2, 2], 'still live');
shows(Object.keys(await import('./clash.mjs')), [], 'two bindings of a name are none');
for (const text of ["import { x } from './clash.mjs'", "import { ns } from './clash.mjs'", "import { c } from './circle1.mjs'"]) {
  std.writeFile(`refused${number}.mjs`, text);
  let name = 'nothing';
  try { await import(`./refused${number++}.mjs`); } catch (thrown) { name = thrown.name; }
  assert(name === 'SyntaxError', `${text} ${name}`);
}

// A module that was done by one that awaits is done: who imports it later does not wait for ever.
std.writeFile('awaits.mjs', 'await 0; export const v = 1');
std.writeFile('parent.mjs', "import './awaits.mjs'; export const v = 2");
std.writeFile('first.mjs', "import './parent.mjs'; export const v = 3");
std.writeFile('second.mjs', "import './parent.mjs'; import './first.mjs'; export const v = 4");
await import('./first.mjs');
shows([(await import('./second.mjs')).v, (await import('./parent.mjs')).v, (await import('./second.mjs')).v], [4, 2, 4], 'imported later');

// What scripts have as globals and modules have not, at any depth; eval is a script.
const absent = [() => require('fs'), () => module, () => exports.a, () => { exports.a = 1; }, () => __filename, () => __dirname];
for (const use of absent) {
  let name = '';
  try { use(); } catch (error) { ({ name } = error); }
  if (name !== 'ReferenceError') throw new Error(`${use}`);
}
if ([typeof require, typeof module, typeof exports, typeof __filename, typeof __dirname].some((type) => type !== 'undefined')) throw new Error('typeof');
{
  const require = (x) => x;
  if (require(1) !== 1) throw new Error('a name of its own');
}
console.log('ok');
