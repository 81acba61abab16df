// Arguments that do something while they are looked at: they close, detach, shrink, revoke and delete what is in use. Whatever comes of
// it is an answer or an exception, and what is in memory beside it stays as it is.
const assert = require('node:assert');
const fs = require('node:fs');
const util = require('node:util');

const attempt = (act) => { try { return act(); } catch (error) { return error; } };
const isError = (value, type, what) => assert.ok(value instanceof type, `${what}: ${util.inspect(value)}`);
const number = (value, act) => ({ valueOf() { act(); return value; } });
const text = (value, act) => ({ toString() { act(); return value; } });

// Files of C's stdio that an argument closes.
{
  const open = () => { const file = std.open('/work/file', 'w+'); file.puts('0123456789'); file.seek(0, std.SEEK_SET); return file; };
  const closing = {
    puts: (file) => file.puts('a', text('b', () => file.close())),
    printf: (file) => file.printf('%s %d', text('x', () => file.close()), 5),
    printfWidth: (file) => file.printf('%*d', number(3, () => file.close()), 5),
    putByte: (file) => file.putByte(number(65, () => file.close())),
    read: (file) => file.read(new ArrayBuffer(16), number(0, () => file.close()), 4),
    readLength: (file) => file.read(new ArrayBuffer(16), 0, number(4, () => file.close())),
    write: (file) => file.write(new ArrayBuffer(16), 0, number(4, () => file.close())),
    readAsString: (file) => file.readAsString(number(4, () => file.close())),
    readAsArrayBuffer: (file) => file.readAsArrayBuffer(number(4, () => file.close())),
    seek: (file) => file.seek(number(1, () => file.close()), std.SEEK_SET),
    seekWhence: (file) => file.seek(1, number(std.SEEK_SET, () => file.close())),
  };
  for (const name of Object.keys(closing)) isError(attempt(() => closing[name](open())), TypeError, name);
  assert.throws(() => std.loadFile('/work/file', { get binary() { throw new RangeError('mine'); } }), { message: 'mine' });
  assert.throws(() => std.evalScript('1', { get async() { throw new RangeError('mine'); } }), { message: 'mine' });
}

// Buffers that an argument takes away or makes smaller.
{
  const ways = {
    detach: (buffer) => structuredClone(buffer, { transfer: [buffer] }),
    transfer: (buffer) => buffer.transfer(),
    shrink: (buffer) => buffer.resize(1),
  };
  const fresh = () => new ArrayBuffer(64, { maxByteLength: 128 });
  const uses = {
    osRead: (buffer, act) => os.read(fd, buffer, number(0, act), 32),
    osReadLength: (buffer, act) => os.read(fd, buffer, 0, number(32, act)),
    osWrite: (buffer, act) => os.write(fd, buffer, 0, number(32, act)),
    osDescriptor: (buffer, act) => os.write(number(fd, act), buffer, 0, 32),
    fsRead: (buffer, act) => fs.readSync(fd, new Uint8Array(buffer), { get offset() { act(); return 0; }, length: 32 }),
    fsWrite: (buffer, act) => fs.writeSync(fd, new Uint8Array(buffer), { get offset() { act(); return 0; }, length: 32 }),
    toString: (buffer, act) => Buffer.from(buffer).toString('latin1', number(0, act), 32),
    toStringHex: (buffer, act) => Buffer.from(buffer).toString('hex', 0, number(32, act)),
    indexOf: (buffer, act) => Buffer.from(buffer).indexOf(Buffer.alloc(8), number(0, act)),
    lastIndexOf: (buffer, act) => Buffer.from(buffer).lastIndexOf('\0\0', number(32, act)),
    compare: (buffer, act) => Buffer.from(buffer).compare(Buffer.alloc(8), number(0, act), 8),
    copy: (buffer, act) => Buffer.from(buffer).copy(Buffer.alloc(64), number(0, act), 0, 64),
    fill: (buffer, act) => Buffer.from(buffer).fill('abc', number(0, act), 64),
    write: (buffer, act) => Buffer.from(buffer).write('x'.repeat(64), number(0, act)),
    encodeInto: (buffer, act) => new TextEncoder().encodeInto(text('x'.repeat(64), act), new Uint8Array(buffer)),
    decode: (buffer, act) => new TextDecoder().decode(new Uint8Array(buffer), { get stream() { act(); return false; } }),
    hash: (buffer, act) => require('node:crypto').createHash(text('sha256', act)).update(new Uint8Array(buffer)).digest('hex'),
    clone: (buffer, act) => structuredClone({ get a() { act(); return 1; }, b: new Uint8Array(buffer), c: new DataView(buffer) }),
    inspect: (buffer, act) => util.inspect([{ [util.inspect.custom]() { act(); return 'x'; } }, new Uint8Array(buffer), new DataView(buffer), buffer]),
    report: (buffer, act) => JSON.stringify({ a: { toJSON() { act(); return 1; } }, b: new Uint8Array(buffer) }),
    random: (buffer, act) => crypto.getRandomValues(new Proxy(new Uint8Array(buffer), { get(target, name) { act(); return target[name]; } })),
  };
  const fd = os.open('/work/bytes', os.O_RDWR | os.O_CREAT);
  for (const name of Object.keys(uses)) {
    for (const way of Object.keys(ways)) {
      const buffer = fresh();
      let done = false;
      const act = () => { if (!done) { done = true; ways[way](buffer); } };
      const result = attempt(() => uses[name](buffer, act));
      if (result instanceof Error) assert.ok(/TypeError|RangeError|DataCloneError|TypeMismatchError/.test(result.name), `${name} ${way}: ${result}`);
      else if (typeof result === 'number') assert.ok(result >= -1000 && result <= 64, `${name} ${way}: ${result}`);
    }
  }
  os.close(fd);
}

// Objects that say themselves how they look, while what is around them is changed.
{
  const looks = (act) => ({ [util.inspect.custom]() { act(); return 'me'; } });
  const map = new Map([[{}, 1]]);
  map.clear();
  map.set('first', looks(() => { map.clear(); for (let i = 0; i < 100; i++) map.set({ i }, {}); }));
  for (let i = 0; i < 50; i++) map.set({ i }, [{}]);
  assert.match(util.inspect(map), /^Map\(51\) \{\n {2}'first' => me,/);
  const set = new Set();
  set.add(looks(() => set.clear()));
  set.add({ x: { y: 1 } });
  assert.strictEqual(util.inspect(set), 'Set(2) { me, { x: { y: 1 } } }');
  const { proxy, revoke } = Proxy.revocable(looks(() => { revoke(); std.gc(); }), {});
  assert.strictEqual(util.inspect([proxy, proxy]), '[ me, <Revoked Proxy> ]');
  const array = [looks(() => { array.length = 0; std.gc(); }), { a: 1 }];
  assert.strictEqual(util.inspect(array), '[ me ]');
  const object = { a: looks(() => { delete object.b; std.gc(); }), b: { c: 1 } };
  assert.strictEqual(util.inspect(object), '{ a: me }');
}

// Numbers that are none, or too large.
{
  const numbers = [NaN, -1, -0, 1.5, Infinity, -Infinity, 2 ** 31, 2 ** 32 + 1, 2 ** 53, -(2 ** 53), 1e308, '7', null, undefined, true];
  const buffer = Buffer.from('0123456789');
  const fd = os.open('/work/numbers', os.O_RDWR | os.O_CREAT);
  for (const one of numbers) {
    for (const other of numbers) {
      attempt(() => os.read(fd, buffer.buffer, one, other));
      attempt(() => os.write(fd, new ArrayBuffer(4), one, other));
      attempt(() => fs.readSync(fd, buffer, one, other, one));
      attempt(() => fs.ftruncateSync(fd, 0));
      attempt(() => os.seek(fd, one, other));
      const part = attempt(() => buffer.toString('latin1', one, other));
      assert.ok(part instanceof Error || '0123456789'.includes(part), String(part));
      const at = attempt(() => buffer.indexOf('3', one));
      assert.ok(at instanceof Error || at === 3 || at === -1, String(at));
      const sub = attempt(() => buffer.subarray(one, other).toString());
      assert.ok(sub instanceof Error || '0123456789'.includes(sub), String(sub));
    }
  }
  os.close(fd);
  for (const one of [-1, NaN, 2 ** 31, 1e10]) assert.ok(os.close(one) < 0 || one !== one, String(one));
}

// Paths that C would cut, and what is no text.
{
  fs.writeFileSync('/work/kept', 'x');
  for (const act of [
    () => os.remove('/work/kept\0.txt'), () => os.rename('/work/kept\0', '/work/y'), () => os.rename('/work/kept', '/work/y\0z'),
    () => os.open('/work/kept\0', os.O_RDONLY), () => os.stat('/work/kept\0'), () => os.mkdir('/work/d\0e'), () => os.chdir('/work\0x'),
    () => std.open('/work/kept\0', 'r'), () => std.loadFile('/work/kept\0'), () => std.writeFile('/work/kept\0', ''), () => std.setenv('A\0B', 'x'),
    () => std.setenv('A', 'x\0y'), () => std.loadScript('/work/kept\0'),
  ]) assert.throws(act, TypeError);
  for (const act of [
    () => fs.readFileSync('/work/kept\0'), () => fs.unlinkSync('/work/kept\0.txt'), () => fs.writeFileSync('/work/kept\0', ''),
    () => fs.statSync('/work/kept\0'), () => fs.mkdirSync('/work/d\0'), () => fs.readdirSync('/work\0'), () => fs.renameSync('/work/kept', 'a\0b'),
    () => fs.symlinkSync('a\0', '/work/l'), () => fs.linkSync('/work/kept\0', '/work/l'), () => fs.rmSync('/work/kept\0'),
    () => fs.openSync('/work/kept\0'), () => fs.accessSync('/work/kept\0'), () => fs.realpathSync('/work\0'), () => fs.cpSync('/work/kept\0', 'x'),
    () => fs.copyFileSync('/work/kept\0', 'x'), () => fs.readlinkSync('/work/kept\0'), () => fs.truncateSync('/work/kept\0'), () => fs.opendirSync('/work\0'),
    () => fs.mkdtempSync('/work/x\0'), () => process.chdir('/work\0'),
  ]) assert.throws(act, { code: 'ERR_INVALID_ARG_VALUE' });
  assert.strictEqual(fs.existsSync('/work/kept\0'), false);
  assert.deepStrictEqual(fs.readdirSync('/work').filter((name) => name.startsWith('kept')), ['kept']);
  fs.writeFileSync('/work/a\ud800b', 'y');
  assert.strictEqual(fs.readFileSync('/work/a\ufffdb', 'utf8'), 'y');
  fs.writeFileSync('/work/\u{1f600}', '\ud83d');
  assert.strictEqual(fs.readFileSync('/work/\u{1f600}', 'utf8'), '\ufffd');
}

// Descriptors that are closed in between.
{
  const fd = fs.openSync('/work/closed', 'w+');
  const file = std.fdopen(fd, 'w');
  fs.closeSync(fd);
  file.puts('x');
  assert.ok(file.flush() < 0);
  assert.ok(attempt(() => file.close()) <= 0);
  assert.throws(() => file.puts('x'), TypeError);
  assert.throws(() => fs.readSync(fd, Buffer.alloc(1)), { code: 'EBADF' });
  assert.throws(() => fs.fstatSync(fd), { code: 'EBADF' });
}

// What C makes has its elements, whatever is on the prototypes.
{
  const poison = { get() { throw new Error('poison'); }, set() { throw new Error('poison'); }, configurable: true };
  for (const name of ['0', '1', 'read', 'written', 'used', 'exports']) Object.defineProperty(Object.prototype, name, poison);
  const copy = structuredClone(new Map([['a', new Set(['b'])]]));
  const written = new TextEncoder().encodeInto('abc', new Uint8Array(2));
  const names = os.readdir('/work')[0].length;
  const memory = process.memoryUsage().heapUsed;
  for (const name of ['0', '1', 'read', 'written', 'used', 'exports']) delete Object.prototype[name];
  assert.deepStrictEqual(copy, new Map([['a', new Set(['b'])]]));
  assert.deepStrictEqual(written, { read: 2, written: 2 });
  assert.ok(names > 0 && memory > 0);
}
console.log('ok');
