// Packages in node_modules: import and require find them as Node does, with "exports", "imports", "main", CommonJS and JSON.
const assert = (condition, what) => { if (!condition) throw new Error(`failed: ${what}`); };
const same = (got, wanted, what) => assert(JSON.stringify(got) === JSON.stringify(wanted), `${what}: ${JSON.stringify(got)}`);
const file = (path, text) => {
  path.split('/').slice(0, -1).reduce((above, part) => (os.mkdir(`${above}${part}`), `${above}${part}/`), '');
  std.writeFile(path, typeof text === 'string' ? text : JSON.stringify(text));
};
const failure = async (run) => { try { await run(); return 'nothing'; } catch (error) { return error.code ?? `${error.name}: ${error.message}`; } };

// ---- CommonJS.
file('node_modules/plain/package.json', { name: 'plain', main: './lib' });
file('node_modules/plain/lib/index.js', 'exports.here = [__filename, __dirname]; exports.inner = require("./inner"); exports.up = require("..");');
file('node_modules/plain/lib/inner.json', { inner: true });
file('node_modules/plain/index.js', 'module.exports = function up() { return this === undefined; };');
same(require('plain').here, ['/work/node_modules/plain/lib/index.js', '/work/node_modules/plain/lib'], '__filename');
same(require('plain').inner, { inner: true }, 'a file of JSON');
assert(require('plain') === require('./node_modules/plain/lib/index.js'), 'one file, one module');
assert(require('plain/index').name === 'up' && !require('plain/index')(), 'CommonJS is sloppy');
assert((await import('plain')).default === require('plain'), 'import shares the module');

file('cycle/a.js', 'exports.first = 1; const b = require("./b"); exports.second = b.seen;');
file('cycle/b.js', 'const a = require("./a"); exports.seen = Object.keys(a);');
same(require('./cycle/a'), { first: 1, second: ['first'] }, 'a cycle sees what there is so far');

file('once.cjs', 'globalThis.times = (globalThis.times ?? 0) + 1; throw new RangeError("at the top");');
for (const _ of [1, 2]) assert((await failure(() => require('./once.cjs'))) === 'RangeError: at the top', 'an error at the top');
assert(times === 2, 'what failed runs again');
assert(require.resolve('plain') === '/work/node_modules/plain/lib/index.js' && '/work/cycle/a.js' in require.cache, 'resolve, cache');
delete require.cache['/work/cycle/a.js'];
assert(require('./cycle/a').first === 1 && require.main === module && module.filename === __filename && exports === module.exports, 'module');
file('returns.js', '#!/usr/bin/env node\nreturn (exports.early = true); exports.late = true;');
same(require('./returns'), { early: true }, 'return, and a line of #!');

// ---- Names of CommonJS for import.
file('node_modules/names/index.js', `
  Object.defineProperty(exports, "__esModule", { value: true });
  exports.a = exports.b = void 0; exports['c'] = 3; module.exports.d = 4;
  Object.defineProperty(exports, 'e', { enumerable: true, get: function () { return other.e; } });
  var other = require('./other'); const text = "exports.no = 1"; const r = /exports.no2 = "'/; /* exports.no3 = 1 */
  __exportStar(require('./more'), exports);
  function __exportStar(m, t) { for (var p in m) t[p] = m[p]; }
  exports.a = 1 / 2 / 3; exports.b = \`\${{}}\${exports.in}\`;`);
file('node_modules/names/other.js', 'exports.e = 5;');
file('node_modules/names/more.js', 'module.exports = { f: six, "g": seven, h };\nvar six = 6, seven = 7, h; module.exports.f = six;');
file('names.mjs', 'import whole, { a, c, d, e, g } from "names"; export * from "names"; export { whole, a as A }; export const sum = c + d + e;');
const names = await import('./names.mjs');
same(Object.keys(names).sort(), ['A', '__esModule', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'sum', 'whole'], 'names');
assert(names.whole === require('names') && names.sum === 12 && names.A === 1 / 6, 'values');

file('order.mjs', 'import "./order-a.mjs"; import "./order-b.cjs"; import "./order-c.mjs";');
for (const [name, ending] of [['a', 'mjs'], ['b', 'cjs'], ['c', 'mjs']]) file(`order-${name}.${ending}`, `(globalThis.order ??= []).push("${name}")`);
await import('./order.mjs');
same(order, ['a', 'b', 'c'], 'modules of both kinds run in the order of their imports');

// ---- exports, imports, the package's own name.
file('node_modules/@s/map/package.json', {
  name: '@s/map', type: 'module',
  exports: {
    '.': { types: './no.d.ts', import: './m.js', require: './c.cjs' }, './data.json': './data.json', './f/*': './f/*.js', './f/secret/*': null,
    './list': ['bad', { browser: './no.js' }, './list.js'], './out': '../plain/index.js', './deep': { node: { default: './m.js' } }, './gone': './gone.js',
  },
  imports: { '#inner': { node: './inner.js', default: './no.js' }, '#dep': 'plain', '#f/*': './f/*.js' },
});
file('node_modules/@s/map/m.js', 'export { default as inner } from "#inner"; export { default as dep } from "#dep"; export { f } from "#f/x"; import * as own from "@s/map"; export const kind = "module"; export const self = () => own.kind; export const url = import.meta.url;');
file('node_modules/@s/map/c.cjs', 'exports.kind = "commonjs"; exports.self = () => require("@s/map").kind;');
file('node_modules/@s/map/inner.js', 'export default "inner"');
file('node_modules/@s/map/list.js', 'export default "list"');
file('node_modules/@s/map/data.json', { data: 1 });
file('node_modules/@s/map/f/x.js', 'export const f = "x"');
file('node_modules/@s/map/f/secret/y.js', 'export const f = "y"');
const map = await import('@s/map');
same([map.kind, map.inner, map.dep === require('plain'), map.f, map.self()], ['module', 'inner', true, 'x', 'module'], 'conditions of import');
same([require('@s/map').kind, require('@s/map').self()], ['commonjs', 'commonjs'], 'conditions of require');
same([(await import('@s/map/f/x')).f, (await import('@s/map/list')).default, (await import('@s/map/deep')).kind, (await import('@s/map/data.json')).default.data], ['x', 'list', 'module', 1], 'subpaths');
for (const [name, code] of [
  ['@s/map/f/secret/y', 'ERR_PACKAGE_PATH_NOT_EXPORTED'], ['@s/map/m.js', 'ERR_PACKAGE_PATH_NOT_EXPORTED'], ['@s/map/out', 'ERR_INVALID_PACKAGE_TARGET'],
  ['@s/map/gone', 'ERR_MODULE_NOT_FOUND'], ['#nothing', 'ERR_PACKAGE_IMPORT_NOT_DEFINED'], ['nowhere', 'ERR_MODULE_NOT_FOUND'], ['@s', 'ERR_INVALID_MODULE_SPECIFIER'],
  ['./cycle', 'ERR_UNSUPPORTED_DIR_IMPORT'], ['./cycle/a', 'ERR_MODULE_NOT_FOUND'], ['node:nothing', 'ERR_UNKNOWN_BUILTIN_MODULE'],
]) same(await failure(() => import(name)), code, name);
same(await failure(() => require('nowhere')), 'MODULE_NOT_FOUND', 'require of nothing');

// ---- What kind a file is.
file('kinds/package.json', { type: 'commonjs' });
file('kinds/c.js', 'exports.kind = typeof require');
file('seems.js', 'const no = "import x from y"; export const kind = typeof require_;');
file('seems-not.js', 'var re = /export const a/; module.exports = { kind: "c", import: 1, export: { export: 2 } }; import("./seems.js");');
same([(await import('./kinds/c.js')).kind, (await import('./seems.js')).kind, (await import('./seems-not.js')).default.kind], ['function', 'undefined', 'c'], 'kinds');
same(require('./seems.js').kind, 'undefined', 'require of a module');
file('waits.mjs', 'await 1; export const late = 1;');
same(await failure(() => require('./waits.mjs')), 'ERR_REQUIRE_ASYNC_MODULE', 'require of a module that awaits');
await import('./waits.mjs');
same(await failure(() => require('./waits.mjs')), 'ERR_REQUIRE_ASYNC_MODULE', 'require of a module that has awaited');
file('asks-waits.mjs', 'import "./waits.mjs"; export default 1');
same(await failure(() => require('./asks-waits.mjs')), 'ERR_REQUIRE_ASYNC_MODULE', 'require of a module that imports one');
file('throws.mjs', 'throw new TypeError("thrown")');
same(await failure(() => require('./throws.mjs')), 'TypeError: thrown', 'require of a module that throws');
file('both/a.mjs', 'import b from "./b.cjs"; export const a = 1; export { b };');
file('both/b.cjs', 'const a = require("./a.mjs"); exports.keys = Object.keys(Object.getOwnPropertyDescriptors(a).a ? { a: 1 } : {}); exports.later = () => a.a;');
file('both/late.cjs', 'exports.get = () => require("./b.cjs").later();');
assert((await import('./both/late.cjs').then(async (m) => (await import('./both/a.mjs'), m.default.get()))) === 1, 'cycles of both kinds');

// ---- Versions below versions; createRequire; a package of links; prototypes that a program spoiled.
file('node_modules/outer/index.js', 'exports.version = require("dep").version;');
file('node_modules/outer/node_modules/dep/index.js', 'exports.version = 2;');
file('node_modules/dep/index.js', 'exports.version = 1;');
same([require('dep').version, require('outer').version, require.resolve('dep', { paths: ['/work/node_modules/outer'] })],
  [1, 2, '/work/node_modules/outer/node_modules/dep/index.js'], 'two versions');
file('made.mjs', 'import { createRequire } from "node:module"; export const dep = createRequire(import.meta.url)("dep");');
assert((await import('./made.mjs')).dep === require('dep'), 'createRequire');
file('store/real/index.js', 'exports.found = require("beside").name;');
file('store/node_modules/beside/index.js', 'exports.name = "beside";');
os.symlink('../store/real', 'node_modules/linked');
same(require('linked').found, 'beside', 'a link is followed to where the package lies');
os.symlink('loop', 'node_modules/loop');
same(await failure(() => require('loop')), 'MODULE_NOT_FOUND', 'a link to itself');
Object.prototype.exports = './evil.js';
Object.prototype.main = './evil.js';
file('node_modules/late/index.js', 'exports.late = true;');
file('node_modules/late/package.json', { name: 'late' });
assert(require('late').late, 'what stands in Object.prototype says nothing of a package');
delete Object.prototype.exports;
delete Object.prototype.main;

// ---- Sources and packages that nobody meant well.
let deep = './x.js';
for (let i = 0; i < 3000; i++) deep = i % 2 ? { default: deep } : [deep];
file('node_modules/deep/package.json', { exports: deep });
same(await failure(() => require('deep')), 'ERR_INVALID_PACKAGE_TARGET', 'a map that is too deep');
file('node_modules/broken/package.json', '{"exports": ');
assert((await failure(() => require('broken'))).startsWith('SyntaxError'), 'package.json that is no JSON');
for (const text of ['`${', '/*', "'", '"\\', 'module.exports = {', 'exports[', '/[', '}'.repeat(9000), '{('.repeat(9000), '`${'.repeat(9000), 'Object.defineProperty(exports,', '\0', '#!'])
  file('odd.cjs', text), await failure(() => import(`/work/odd.cjs`)), await failure(() => require('./odd.cjs'));
let chain = 'exports.last = 1;';
for (let i = 0; i < 100; i++) file(`chain/${i}.js`, i < 99 ? `module.exports = require("./${i + 1}.js");` : 'exports.last = 1; module.exports = require("./0.js")');
same(Object.keys(await import('./chain/0.js')).includes('default'), true, 'a ring of modules that export each other');
print('ok');
