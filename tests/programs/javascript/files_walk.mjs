// A tree of files by node:fs and node:path: written, walked, searched, moved, removed; errors by code.
import fs, { readFileSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import os from 'node:os';

const files = { 'README.md': '# Title\n\nTODO: text\n', 'src/main.js': 'console.log(1)\n'.repeat(20), 'src/lib/util.js': '// TODO one\n// TODO two\n', 'data/a b.json': JSON.stringify({ ü: [1, 2] }), 'empty/.keep': '' };
for (const [name, text] of Object.entries(files)) {
  const full = path.join('project', name);
  await mkdir(path.dirname(full), { recursive: true });
  await writeFile(full, text);
}

async function* walk(folder) {
  for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(full);
    else yield full;
  }
}

const found = [];
for await (const file of walk('project')) {
  const { size } = await stat(file);
  const lines = (await readFile(file, 'utf8')).split('\n');
  found.push({ file, size, ext: path.extname(file), todo: lines.flatMap((line, i) => (/TODO/.test(line) ? [i + 1] : [])) });
}
console.log(found);
console.log(Object.entries(found.reduce((sums, { ext, size }) => ({ ...sums, [ext || 'none']: (sums[ext || 'none'] ?? 0) + size }), {})));
fs.appendFileSync('project/log.txt', 'one\n');
fs.appendFileSync('project/log.txt', 'two\n');
console.log(readFileSync('project/log.txt', 'utf8').trim().split('\n'), readFileSync('project/log.txt').toString('hex'), fs.existsSync('project/none'));
await rename('project/src', 'project/source');
fs.copyFileSync('project/README.md', 'project/copy.md');
fs.symlinkSync('copy.md', 'project/link.md');
console.log(fs.readdirSync('project').sort(), fs.readlinkSync('project/link.md'), fs.lstatSync('project/link.md').isSymbolicLink(), fs.statSync('project/link.md').isFile());
for (const [what, action] of Object.entries({
  read: () => readFileSync('nowhere.txt'), folder: () => readFileSync('project'), make: () => fs.mkdirSync('project'), list: () => fs.readdirSync('project/log.txt'), remove: () => fs.rmdirSync('project'), unlink: () => fs.unlinkSync('gone'),
})) {
  try { action(); console.log(what, 'worked?'); } catch (error) { console.log(what, error.code, error.syscall, error.path, '|', error.message); }
}
await readFile('nowhere.json').catch(error => console.log(error.code, error.name, error.errno < 0));
const handle = fs.openSync('project/raw.bin', 'w+');
fs.writeSync(handle, Buffer.from([1, 2, 3, 255]));
const buffer = Buffer.alloc(3);
console.log(fs.readSync(handle, buffer, 0, 3, 1), buffer, fs.fstatSync(handle).size);
fs.closeSync(handle);
fs.truncateSync('project/raw.bin', 2);
console.log(fs.readFileSync('project/raw.bin'), fs.statSync('project/raw.bin').size);
await rm('project', { recursive: true });
console.log(fs.existsSync('project'), await rm('project', { force: true }));
console.log(path.resolve('/a', 'b', '../c'), path.relative('/a/b', '/a/c/d'), path.basename('/x/y.tar.gz', '.gz'), path.normalize('/a//b/./../c/'), path.parse('/home/u/f.txt'), path.format({ dir: '/d', name: 'n', ext: '.e' }), path.isAbsolute('a'), path.sep, path.join('', '..'), path.posix === path);
console.log(fileURLToPath('file:///tmp/a%20b.txt'), os.EOL === '\n', path.win32.join('a', 'b'));
