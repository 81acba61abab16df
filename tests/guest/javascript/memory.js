// Running out of memory is an exception, and what was held can be used again. (For a sandbox with a memory
// limit of some ten MiB; with a large one it takes longer.)
const assert = (condition, what) => { if (!condition) throw new Error(`failed: ${what}`); };

const runs_out = (name, body) => {
  let thrown;
  try { body(); } catch (error) { thrown = error; }
  assert(thrown instanceof InternalError && thrown.message === 'out of memory', `${name}: ${thrown}`);
};
runs_out('one buffer', () => new ArrayBuffer(2 ** 31 - 1));
runs_out('buffers', () => { const all = []; for (;;) all.push(new Uint8Array(1 << 20)); });
runs_out('objects', () => { let all = null; for (;;) all = { all, more: [1, 2, 3] }; });
runs_out('strings', () => { const all = []; for (let i = 0; ; i++) all.push('x'.repeat(1000) + i); });
runs_out('keys', () => { const all = {}; for (let i = 0; ; i++) all[`key${i}`] = i; });
runs_out('a map', () => { const all = new Map(); for (let i = 0; ; i++) all.set(i, i); });
runs_out('source', () => eval(`[${'1,'.repeat(1 << 24)}]`));

// Garbage in cycles is found while running, so that this fits anywhere.
for (let i = 0; i < 200000; i++) { const a = {}; a.self = [a]; }
assert(new Array(100000).fill(7).reduce((x, y) => x + y) === 700000, 'memory is there again');
print('ok');
