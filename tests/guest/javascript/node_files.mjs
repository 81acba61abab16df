// node:fs and node:fs/promises. What is expected is what Node 20 prints.
import { format as formatOfTest } from 'node:util';
import fs from 'fs';
import fsp from 'fs/promises';
import path from 'path';
import os from 'os';
const printed = [];
const say = (...given) => printed.push(formatOfTest(...given));

const t=(f)=>{ try { say(f()) } catch(e) { say(e.name, e.code, e.message, e.syscall, e.errno, e.path) } };
const dir=fs.mkdtempSync(path.join(os.tmpdir(),'x-')); process.chdir(dir);
fs.writeFileSync('a.txt','héllo\n'); fs.appendFileSync('a.txt','more'); say(fs.readFileSync('a.txt','utf8'), fs.readFileSync('a.txt').length, fs.existsSync('a.txt'), fs.existsSync('nope'));
t(()=>fs.readFileSync('nope')); t(()=>fs.readFileSync('.')); t(()=>fs.mkdirSync('a.txt')); t(()=>fs.rmdirSync('nope')); t(()=>fs.openSync('a.txt','zz')); t(()=>fs.readFileSync(5.5)); t(()=>fs.readFileSync({})); t(()=>fs.writeFileSync('x',{}));t(()=>fs.unlinkSync('nope')); t(()=>fs.renameSync('n1','n2')); t(()=>fs.accessSync('nope')); t(()=>fs.readdirSync('nope')); t(()=>fs.statSync('nope')); t(()=>fs.copyFileSync('nope','x'));t(()=>fs.rmSync('nope')); t(()=>fs.readlinkSync('a.txt'));t(()=>fs.readFileSync('a.txt','nope'));
fs.mkdirSync('d/e/f',{recursive:true}); say(fs.mkdirSync('d',{recursive:true})); t(()=>fs.rmdirSync('d')); 
const s=fs.statSync('a.txt'); say(s.isFile(), s.isDirectory(), s.size, s.mtime instanceof Date, Object.keys(s).join(), fs.statSync('nope',{throwIfNoEntry:false}));
fs.writeFileSync('d/b','1'); fs.symlinkSync('d','l'); say(fs.readdirSync('.'), fs.readdirSync('.',{withFileTypes:true}).map(e=>[e.name,e.isDirectory(),e.isSymbolicLink()]), fs.readdirSync('.',{recursive:true}).sort());
say(fs.readlinkSync('l'), fs.realpathSync('l/b')===path.join(fs.realpathSync(dir),'d/b'), fs.lstatSync('l').isSymbolicLink());
const fd=fs.openSync('a.txt','r+'); const buf=Buffer.alloc(4); say(fs.readSync(fd,buf,0,4,1), buf, fs.writeSync(fd,'ZZ',0), fs.fstatSync(fd).size); fs.ftruncateSync(fd,3); fs.closeSync(fd); say(fs.readFileSync('a.txt','latin1')); t(()=>fs.closeSync(fd));
fs.cpSync('d','d2',{recursive:true}); fs.copyFileSync('a.txt','c.txt'); fs.renameSync('c.txt','d2/c.txt'); fs.rmSync('d',{recursive:true}); say(fs.readdirSync('d2')); t(()=>fs.rmSync('d2'));
fs.utimesSync('a.txt', 1000, 2000); say(fs.statSync('a.txt').mtimeMs);
await fsp.writeFile('p.txt','promised'); say(await fsp.readFile('p.txt','utf8'), (await fsp.stat('p.txt')).size); await fsp.readFile('none').catch(e=>say(e.message, e.code)); 
const h=await fsp.open('p.txt'); say((await h.read(Buffer.alloc(3),0,3,0)).bytesRead, (await h.readFile('utf8'))); await h.close();
fs.readFile('none',(e,d)=>say('cb',e.code,d)); fs.exists('p.txt',x=>say('ex',x));
const ws=fs.createWriteStream('s.txt'); ws.write('one\n'); ws.end('two\n'); await new Promise(r=>ws.on('finish',r)); let got=''; for await (const c of fs.createReadStream('s.txt',{encoding:'utf8',start:1})) got+=c; say(JSON.stringify(got));
fs.createReadStream('none').on('error',e=>say('stream',e.code));
say(fs.constants.O_CREAT, fs.readdirSync('.')); say(await fsp.access('none').catch(e=>e.message));
say(fs.statSync('a.txt').mode.toString(8));
for await (const d of await fsp.opendir('.')) if (d.name==='s.txt') say(d.isFile());
fs.rmSync(dir,{recursive:true,force:true});

const expected = [
  "h\u00e9llo",
  "more 11 true false",
  "Error ENOENT ENOENT: no such file or directory, open 'nope' open -2 nope",
  "Error EISDIR EISDIR: illegal operation on a directory, read read -21 undefined",
  "Error EEXIST EEXIST: file already exists, mkdir 'a.txt' mkdir -17 a.txt",
  "Error ENOENT ENOENT: no such file or directory, rmdir 'nope' rmdir -2 nope",
  "TypeError ERR_INVALID_ARG_VALUE The argument 'flags' is invalid. Received 'zz' undefined undefined undefined",
  "TypeError ERR_INVALID_ARG_TYPE The \"path\" argument must be of type string or an instance of Buffer or URL. Received type number (5.5) undefined undefined undefined",
  "TypeError ERR_INVALID_ARG_TYPE The \"path\" argument must be of type string or an instance of Buffer or URL. Received an instance of Object undefined undefined undefined",
  "TypeError ERR_INVALID_ARG_TYPE The \"data\" argument must be of type string or an instance of Buffer, TypedArray, or DataView. Received an instance of Object undefined undefined undefined",
  "Error ENOENT ENOENT: no such file or directory, unlink 'nope' unlink -2 nope",
  "Error ENOENT ENOENT: no such file or directory, rename 'n1' -> 'n2' rename -2 n1",
  "Error ENOENT ENOENT: no such file or directory, access 'nope' access -2 nope",
  "Error ENOENT ENOENT: no such file or directory, scandir 'nope' scandir -2 nope",
  "Error ENOENT ENOENT: no such file or directory, stat 'nope' stat -2 nope",
  "Error ENOENT ENOENT: no such file or directory, copyfile 'nope' -> 'x' copyfile -2 nope",
  "Error ENOENT ENOENT: no such file or directory, lstat 'nope' lstat -2 nope",
  "Error EINVAL EINVAL: invalid argument, readlink 'a.txt' readlink -22 a.txt",
  "TypeError ERR_INVALID_ARG_VALUE The argument 'encoding' is invalid encoding. Received 'nope' undefined undefined undefined",
  "undefined",
  "Error ENOTEMPTY ENOTEMPTY: directory not empty, rmdir 'd' rmdir -39 d",
  "true false 11 true dev,mode,nlink,uid,gid,rdev,blksize,ino,size,blocks,atimeMs,mtimeMs,ctimeMs,birthtimeMs,atime,mtime,ctime,birthtime undefined",
  "[ 'a.txt', 'd', 'l' ] [",
  "  [ 'a.txt', false, false ],",
  "  [ 'd', true, false ],",
  "  [ 'l', false, true ]",
  "] [",
  "  'a.txt', 'd',",
  "  'd/b',   'd/e',",
  "  'd/e/f', 'l',",
  "  'l/b',   'l/e',",
  "  'l/e/f'",
  "]",
  "d true true",
  "4 <Buffer c3 a9 6c 6c> 2 11",
  "ZZ\u00a9",
  "Error EBADF EBADF: bad file descriptor, close close -9 undefined",
  "[ 'b', 'c.txt', 'e' ]",
  "SystemError ERR_FS_EISDIR Path is a directory: rm returned EISDIR (is a directory) d2 rm 21 d2",
  "2000000",
  "promised 8",
  "ENOENT: no such file or directory, open 'none' ENOENT",
  "3 promised",
  "cb ENOENT undefined",
  "ex true",
  "\"ne\\ntwo\\n\"",
  "64 [ 'a.txt', 'd2', 'l', 'p.txt', 's.txt' ]",
  "ENOENT: no such file or directory, access 'none'",
  "100644",
  "stream ENOENT",
  "true",
];
await new Promise((resolve) => setTimeout(resolve, 60));
const lines = printed.join('\n').split('\n');
for (let i = 0; i < Math.max(lines.length, expected.length); i++)
  if (lines[i] !== expected[i]) throw new Error(`line ${i + 1}: ${lines[i]}\nexpected: ${expected[i]}`);
console.log('ok');
