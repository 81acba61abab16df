// std: files as stdio has them, whole files, printf.
const assert = (condition, what) => { if (!condition) throw new Error(`failed: ${what}`); };

// Whole files.
std.writeFile('whole.txt', 'grüße\n😀');
assert(std.loadFile('whole.txt') === 'grüße\n😀', 'text comes back');
assert(std.loadFile('whole.txt', { binary: true }).length === 12, 'as bytes');
std.writeFile('bytes.bin', new Uint8Array([0, 255, 128]));
assert([...std.loadFile('bytes.bin', { binary: true })].join() === '0,255,128', 'bytes come back');
assert(std.loadFile('none') === null, 'null where there is no file');
let refused;
try { std.writeFile('none/x', ''); } catch (error) { refused = error; }
assert(refused?.errno === std.Error.ENOENT && refused.message.includes('none/x'), 'writeFile says why not');

// FILE objects.
const status = {};
assert(std.open('none', 'r', status) === null && status.errno === std.Error.ENOENT, 'open gives null and errno');
const out = std.open('lines.txt', 'w', status);
assert(status.errno === 0, 'errno is 0');
out.puts('first\n', 'second\n');
out.printf('%d %s\n', 3, 'third');
out.putByte(65);
assert(out.tell() === 22 && out.tello() === 22n, `position ${out.tell()}`);
assert(out.close() === 0, 'close');
refused = undefined;
try { out.puts('x'); } catch (error) { refused = error; }
assert(refused instanceof TypeError, 'a closed file is an error');

const file = std.open('lines.txt', 'r');
assert(file.getline() === 'first' && file.readAsString(3) === 'sec', 'reading in parts');
assert(file.getByte() === 'o'.charCodeAt(0) && file.readAsString() === 'nd\n3 third\nA', 'to the end');
assert(file.eof() && file.getline() === null && file.getByte() === -1, 'the end');
assert(file.seek(0, std.SEEK_SET) === 0 && !file.eof() && file.seek(-1n, std.SEEK_END) === 0, 'seek');
assert(file.readAsArrayBuffer().byteLength === 1 && file.seek(0, 99) < 0, 'readAsArrayBuffer');
file.seek(0, std.SEEK_SET);
const buffer = new ArrayBuffer(8);
assert(file.read(buffer, 2, 5) === 5 && new Uint8Array(buffer)[2] === 'f'.charCodeAt(0), 'read into a buffer');
assert(file.read(new Uint8Array(buffer, 4, 2)) === 2, 'read into a view');
refused = undefined;
try { file.read(buffer, 6, 5); } catch (error) { refused = error; }
assert(refused instanceof RangeError, 'reading past a buffer');
assert(file.fileno() > 2 && file.error() === false, 'fileno and error');
file.close();
const both = std.open('both.txt', 'w+');
assert(both.write(new Uint8Array([104, 105])) === 2 && both.flush() === 0, 'write');
both.seek(0, std.SEEK_SET);
assert(both.readAsString() === 'hi', 'read what was written');
const append = std.open('both.txt', 'a');
append.puts('!');
append.close();
assert(std.loadFile('both.txt') === 'hi!', 'append');
const temporary = std.tmpfile();
temporary.puts('t');
temporary.seek(0, std.SEEK_SET);
assert(temporary.readAsString() === 't', 'tmpfile');
refused = undefined;
try { std.open('x', 'q'); } catch (error) { refused = error; }
assert(refused instanceof TypeError, 'a wrong mode');

// printf.
const f = std.sprintf;
assert(f('%5d|%-5d|%05d|%+d', 42, 42, 42, 42) === '   42|42   |00042|+42', 'integers');
assert(f('%x %X %o %ld', 255, 255, 8, 2n ** 40n) === 'ff FF 10 1099511627776', 'bases');
assert(f('%.2f %e %g', Math.PI, 12345.678, 0.0001) === '3.14 1.234568e+04 0.0001', 'floats');
assert(f('%s|%6s|%-6s|%.2s|%c%c|%%', 'é', 'é', 'é', 'abc', 'x', 65) === 'é|     é|é     |ab|xA|%', 'text');
assert(f('%*d', 4, 7) === '   7' && f('a\0b%s', '\0') === 'a\0b\0', 'star and NUL');
for (const wrong of [['%q', 1], ['%d'], ['%999999999d', 1], ['%n', 1]]) {
  refused = undefined;
  try { f(...wrong); } catch (error) { refused = error; }
  assert(refused, `refused: ${wrong[0]}`);
}

// Environment and the rest.
std.setenv('BJ_TEST', 'v');
assert(std.getenv('BJ_TEST') === 'v' && std.getenviron().BJ_TEST === 'v', 'setenv');
std.unsetenv('BJ_TEST');
assert(std.getenv('BJ_TEST') === undefined, 'unsetenv');
assert(typeof std.strerror(std.Error.ENOENT) === 'string', 'strerror');
assert(std.parseExtJSON("{a: 1, /* x */ 'b': [0x10,],}").b[0] === 16, 'parseExtJSON');
std.evalScript('globalThis.fromScript = 5');
assert(fromScript === 5, 'evalScript');
std.writeFile('script.js', 'var fromFile = 6');
std.loadScript('script.js');
assert(fromFile === 6, 'loadScript');
std.gc();
assert(Array.isArray(scriptArgs), 'scriptArgs');
std.out.puts('ok\n');
