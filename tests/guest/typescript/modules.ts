// TypeScript imports TypeScript, JavaScript and packages; what names only types is no import.
const same = (got: unknown, wanted: unknown, what: string): void => { if (JSON.stringify(got) !== JSON.stringify(wanted)) throw new Error(`failed: ${what}: ${JSON.stringify(got)}`); };
declare const std: any, os: any;
const write = (name: string, text: string): void => { std.writeFile(name, text); };
for (const folder of ['lib', 'node_modules', 'node_modules/typed', 'node_modules/typed/src']) os.mkdir(folder);

write('types.ts', 'export interface Config { a: number }\nexport type Id = string;\nexport const value: number = 1;\n');
write('side.ts', 'globalThis.sides = (globalThis.sides ?? 0) + 1; export type Only = 1;');
write('user.ts', `
  import { Config, value, type Id } from './types.ts';
  import { Only } from './side.ts';
  import type Whole from './nowhere.ts';
  import Missing, { Nothing } from './absent.ts';
  import * as lib from './lib';
  import { up } from './lib/up.js';
  import plain, { name } from './plain.cjs';
  import data from './data.json';
  export { Id };
  export type { Config };
  export const config: Config = { a: value }, unused: Missing | Nothing | Whole | Only | null = null;
  export const all = [lib.here, up(2), plain.name, name, data.data];`);
write('lib/index.ts', 'export const here: string = "lib";');
write('lib/up.ts', 'export const up = (n: number): number => n + 1;');
write('plain.cjs', 'exports.name = "plain";');
write('data.json', '{"data": 5}');
write('old.cts', 'import { extname } from "./helper.cjs"; import fs = require("./helper.cjs"); export const made: string[] = [extname, fs.extname]; export = { made: made };'.replace(' export = { made: made };', ''));
write('helper.cts', 'export const extname: string = ".x";');
write('node_modules/typed/package.json', '{"name": "typed", "type": "module", "exports": "./src/main.mts"}');
write('node_modules/typed/src/main.mts', 'export enum Level { Low = 1, High }\nexport default class Typed { constructor(public level: Level) {} }');

const user = await import('./user.ts');
same(user.all, ['lib', 3, 'plain', 'plain', 5], 'imports');
same([user.config, Object.keys(user).sort()], [{ a: 1 }, ['all', 'config', 'unused']], 'what is a value');
same((globalThis as any).sides, undefined, 'an import of types alone does not run the module');
const { default: Typed, Level } = await import('typed');
same(new Typed(Level.High), { level: 2 }, 'a package in TypeScript');
const { createRequire } = await import('node:module');
const require = createRequire(import.meta.url);
same(require('./old.cts').made, ['.x', '.x'], 'CommonJS in TypeScript');
same(require('./types.ts').value, 1, 'require of a module');
console.log('ok');
export {};
