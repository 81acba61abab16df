// import: files relative to the working directory and to each other, std and os, JSON, import.meta, cycles.
const assert = (condition, what) => { if (!condition) throw new Error(`failed: ${what}`); };

os.mkdir('mod');
os.mkdir('mod/inner');
std.writeFile('mod/a.mjs', `
  import { b, whoami } from "./inner/b.mjs";
  import data from './data.json';
  export const a = 'a+' + b;
  export default data.list.length;
  export const meta = import.meta;
  export { whoami };
  export let later = await Promise.resolve('later');`);
std.writeFile('mod/inner/b.mjs', `
  import * as a from '../a.mjs';
  import { loadFile } from 'std';
  import os from 'qjs:os';
  export const b = 'b';
  export const whoami = () => typeof loadFile + os.platform + a.a;`);
std.writeFile('mod/data.json', '{"list": [1, 2, 3], "text": "\\u2028"}');
std.writeFile('mod/bad.json', '{"list": 1} + evil()');
std.writeFile('mod/throws.mjs', 'throw new RangeError("from inside")');
std.writeFile('mod/syntax.mjs', 'export const = 1');

const module = await import('./mod/a.mjs');
assert(module.a === 'a+b' && module.default === 3 && module.later === 'later', 'exports');
assert(module.whoami() === 'functionwasia+b', module.whoami());
assert(module.meta.url === 'file:///work/mod/a.mjs' && module.meta.dirname === '/work/mod' && !module.meta.main, 'import.meta');
assert(await import('/work/mod/inner/../a.mjs') === module, 'one path, one module');
assert((await import('std')).default === std && (await import('qjs:os')).now === os.now && (await import('os')).now === os.now, 'native modules');

const failure = async (name) => { try { await import(name); return 'nothing'; } catch (error) { return `${error.name}: ${error.message}`; } };
assert((await failure('./mod/none.mjs')).includes('/work/mod/none.mjs'), 'a missing file is named');
assert((await failure('lodash')).includes("Cannot find package 'lodash' imported from /work/modules.js"), 'a bare name');
assert((await failure('./mod/throws.mjs')) === 'RangeError: from inside', 'an error inside');
assert((await failure('./mod/syntax.mjs')).startsWith('SyntaxError'), 'a syntax error');
assert((await failure('./mod/bad.json')).startsWith('SyntaxError'), 'JSON is only data');
assert((await failure('./mod')).includes('Directory import'), 'a directory is no module');
print('ok');
