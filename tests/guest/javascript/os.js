// os: directories, descriptors, status; results as 0 or -errno and as [value, errno].
const assert = (condition, what) => { if (!condition) throw new Error(`failed: ${what}`); };
const E = std.Error;

assert(os.getcwd().join() === '/work,0', 'the working directory');
assert(os.mkdir('d') === 0 && os.mkdir('d') === -E.EEXIST, 'mkdir');
std.writeFile('d/f', '12345');
const [names, error] = os.readdir('d');
assert(error === 0 && names.filter((name) => !name.startsWith('.')).join() === 'f', `readdir ${names}`);
assert(os.readdir('none')[1] === E.ENOENT, 'readdir of nothing');

const [status, stat_error] = os.stat('d/f');
assert(stat_error === 0 && status.size === 5 && (status.mode & os.S_IFMT) === os.S_IFREG, 'stat of a file');
assert((os.stat('d')[0].mode & os.S_IFMT) === os.S_IFDIR, 'stat of a directory');
assert(os.stat('none')[0] === null && os.stat('none')[1] === E.ENOENT, 'stat of nothing');
assert(os.utimes('d/f', 1000, 2000.5) === 0 && Math.abs(os.stat('d/f')[0].mtime - 2000.5) < 1, 'utimes');

assert(os.rename('d/f', 'd/g') === 0 && os.stat('d/f')[1] === E.ENOENT && std.loadFile('d/g') === '12345', 'rename');
assert(os.realpath('d/../d/./g').join() === '/work/d/g,0' && os.realpath('none')[1] === E.ENOENT, 'realpath');

const fd = os.open('d/h', os.O_RDWR | os.O_CREAT | os.O_TRUNC);
const bytes = new Uint8Array([1, 2, 3, 4]);
assert(fd > 2 && os.write(fd, bytes.buffer, 1, 3) === 3, 'open and write');
assert(os.seek(fd, 1, std.SEEK_SET) === 1 && os.seek(fd, 0n, std.SEEK_CUR) === 1n, 'seek');
assert(os.read(fd, bytes.buffer, 0, 4) === 2 && bytes.join() === '3,4,3,4', 'read');
let refused;
try { os.read(fd, bytes.buffer, 3, 9); } catch (e) { refused = e; }
assert(refused instanceof RangeError, 'reading past a buffer');
assert(os.close(fd) === 0 && os.close(fd) === -E.EBADF, 'close');

const twin_of = os.open('d/h', os.O_RDWR);
const twin = os.dup(twin_of);
assert(twin > 2 && twin !== twin_of && os.seek(twin_of, 2, std.SEEK_SET) === 2 && os.seek(twin, 0, std.SEEK_CUR) === 2, 'dup');
assert(os.dup2(twin, twin_of) === twin_of && os.close(twin) === 0 && os.seek(twin_of, 0, std.SEEK_CUR) === 2, 'dup2');
assert(os.close(twin_of) === 0 && os.dup(twin_of) === -E.EBADF && os.dup2(twin_of, 1) === -E.EBADF && os.dup2(1, -1) === -E.EBADF, 'dup of nothing');
assert(os.open('none/x', os.O_RDONLY) === -E.ENOENT, 'open of nothing');
assert(os.open('d/h', os.O_WRONLY | os.O_CREAT | os.O_EXCL) === -E.EEXIST, 'O_EXCL');

assert(os.chdir('d') === 0 && os.getcwd()[0] === '/work/d' && std.loadFile('g') === '12345', 'chdir');
assert(os.chdir('..') === 0 && os.chdir('none') < 0 && os.getcwd()[0] === '/work', 'back');
assert(os.remove('d') === -E.ENOTEMPTY && os.remove('d/g') === 0 && os.remove('d/h') === 0 && os.remove('d') === 0, 'remove');
assert(os.remove('d') === -E.ENOENT, 'remove of nothing');

const now = os.now();
os.sleep(3);
assert(os.now() - now >= 2.9 && os.platform === 'wasi', 'now and sleep');
assert(os.isatty(0) === false || os.isatty(0) === true, 'isatty');
for (const absent of ['exec', 'kill', 'signal', 'pipe', 'Worker', 'waitpid']) assert(!(absent in os), absent);
print('ok');
