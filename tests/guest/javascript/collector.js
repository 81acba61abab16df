// The collector passes over what was in the image and collects all else, also what hangs on what was in the image.
const assert = (condition, what) => { if (!condition) throw new Error(`failed: ${what}`); };
const dies = async (make, what) => {
  const weak = new WeakRef(make());
  await null; // a WeakRef holds what it was made of until the job ends
  std.gc();
  assert(weak.deref() === undefined, what);
};
const cycle = () => { const a = { name: 'a' }, b = { a, bytes: new Uint8Array(10) }; a.b = b; return a; };

await dies(cycle, 'two objects');
await dies(() => { const f = () => f; f.self = f; return f; }, 'a closure of itself');
await dies(() => { const m = new Map(); m.set(m, m); return m; }, 'a map of itself');
await dies(() => { const list = [Array, Object.prototype, console.log, Map]; list.push(list); return list; }, 'a cycle that refers to the image');
await dies(() => { class A extends Array {} const a = new A(); a.self = a; return a; }, 'a class over one of the image');
await dies(() => { const p = new Proxy(cycle(), Reflect); p.self = p; return p; }, 'a proxy');

// What objects of the image hold stays, and goes when they let go of it.
for (const holder of [globalThis, Array.prototype, Object.prototype, console, Math, Promise, JSON]) {
  let weak;
  holder.held = cycle();
  weak = new WeakRef(holder.held);
  await null;
  std.gc();
  assert(weak.deref()?.b.a === holder.held, `held by ${String(holder)}`);
  delete holder.held;
  await null;
  std.gc();
  assert(weak.deref() === undefined, `let go by ${String(holder)}`);
}

// Many properties make a shape of the image move; prototypes and methods may be replaced and lost.
for (let i = 0; i < 3000; i++) globalThis[`p${i}`] = { i };
for (let i = 0; i < 3000; i++) assert(globalThis[`p${i}`].i === i && delete globalThis[`p${i}`], `p${i}`);
std.gc();
for (const name of Object.getOwnPropertyNames(Array.prototype)) {
  const method = Array.prototype[name];
  if (typeof method !== 'function' || name === 'constructor') continue;
  method.self = method;
  delete Array.prototype[name];
}
delete globalThis.WeakSet;
delete globalThis.structuredClone;
for (let i = 0; i < 5; i++) { std.gc(); cycle(); }
assert(Array.prototype.map === undefined && Object.keys({ a: 1 })[0] === 'a', 'what is left works');

// Memory of cycles comes back by itself.
for (let i = 0; i < 200000; i++) { const a = { text: 'x'.repeat(100) }; a.a = a; }
print('ok');
