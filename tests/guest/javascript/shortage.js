// Whatever a program does when memory ends, it gets an exception, and does it well once there is memory again.
const assert = (condition, what) => { if (!condition) throw new Error(`failed: ${what}`); };

// Each says what it comes to.
const kinds = {
  map() { const all = new Map(); for (let i = 0; i < 3000; i++) all.set(`k${i}`, { i }); return all.size; },
  weak() {
    const keep = [], map = new WeakMap(), refs = [];
    for (let i = 0; i < 2000; i++) { const it = {}; keep.push(it); map.set(it, [i]); refs.push(new WeakRef(it)); }
    return refs.filter((ref) => map.has(ref.deref())).length;
  },
  properties() { const all = {}; for (let i = 0; i < 2000; i++) all[`p${i}`] = i; for (let i = 0; i < 2000; i += 2) delete all[`p${i}`]; return Object.keys(all).length; },
  classes() { class A { #x = 1; get x() { return this.#x; } } class B extends A { y = 2; } let sum = 0; for (let i = 0; i < 2000; i++) { const b = new B(); sum += b.x + b.y; } return sum; },
  closures() { const all = []; for (let i = 0; i < 3000; i++) all.push(() => i); return all.reduce((sum, f) => sum + f(), 0); },
  bound() { const all = []; for (let i = 0; i < 2000; i++) all.push(Math.max.bind(null, i, 1)); return all[1999](); },
  generators() { function* g(n) { if (n) { yield n; yield* g(n - 1); } } return [...g(200)].length; },
  strings() { let text = ''; for (let i = 0; i < 3000; i++) text += `${i},`; return text.split(',').map((s) => s.padStart(9)).join('').length; },
  regexps() { let n = 0; for (let i = 0; i < 300; i++) n += 'a1b22c333'.replace(new RegExp(`(\\d{${1 + i % 3}})(?<x>[a-z])?`, 'gu'), '<$1>').length; return n; },
  json() { return JSON.parse(JSON.stringify(Array.from({ length: 500 }, (_, i) => ({ i, s: 'x'.repeat(i % 9), a: [i, [i]] })))).length; },
  source() { return eval(`(function () { let x = 0; ${'{ let y = x + 1; x = (() => y)(); }'.repeat(200)} return x })()`); },
  functions() { let n = 0; for (let i = 0; i < 100; i++) n += new Function('a', `switch (a) { case ${i}: return \`\${a}\`.length; default: const [b, { c = 1 } = {}] = [a]; return b + c }`)(i); return n; },
  arrays() { const all = []; for (let i = 0; i < 4000; i++) all.push([i, i + 1]); return all.flat().sort((a, b) => b - a).toSpliced(0, 9).length; },
  buffers() { let n = 0; for (let i = 1; i < 300; i++) n += new Float64Array(i).map((_, k) => k).subarray(1).length; return n; },
  bigints() { let x = 3n; for (let i = 0; i < 9; i++) x *= x; return x.toString().length; },
  proxies() { let n = 0; for (let i = 0; i < 500; i++) n += Object.keys({ ...new Proxy({ a: i, b: 2 }, {}) }).length; return n; },
  errors() { let n = 0; for (let i = 0; i < 300; i++) try { null.x; } catch (error) { if (!(error instanceof TypeError)) throw error; n++; } return n; },
  iterators() { return new Set(Array(500).keys()).values().map((x) => [x]).filter((x) => x[0] % 2).flatMap((x) => x).toArray().length; },
  promises() { let n = 0; for (let i = 0; i < 500; i++) { const p = new Promise((resolve) => resolve(i)); p.then(() => 1).finally(() => 2); n++; } (async () => { for (let i = 0; i < 9; i++) await i; })(); return n; },
  printing() { return require('node:util').inspect({ a: [1, new Map([[1, { b: new Set([2]) }]])], c: new Date(0) }, { depth: 9 }).length; },
};

// Takes memory until less than `room` bytes are left in one piece, or nearly so.
const fill = (room) => {
  const held = [];
  for (let size = 1 << 20; size >= Math.max(room, 16); size >>= 2)
    try { for (;;) held.push(new ArrayBuffer(size)); } catch {}
  return held;
};

let failures = 0;
for (const [name, kind] of Object.entries(kinds)) {
  const expected = kind();
  for (const room of [16, 256, 4096, 65536]) {
    let held = fill(room), result, thrown;
    try { result = kind(); } catch (error) { thrown = error; }
    held = null;
    failures += thrown !== undefined;
    if (thrown) assert(thrown instanceof InternalError && thrown.message === 'out of memory', `${name}: ${thrown}`);
    else assert(result === expected, `${name}: ${result}`);
    assert(kind() === expected, `${name}, with memory again`);
  }
}
assert(failures > 20, `memory ended only ${failures} times`);
print('ok');
