// Graphs and searches: a heap, shortest paths, order of tasks, sudoku, game of life, permutations.
class Heap {
  #items = [];
  constructor(before = (a, b) => a < b) { this.before = before; }
  get size() { return this.#items.length; }
  push(item) {
    const h = this.#items;
    let i = h.push(item) - 1;
    while (i > 0) { const up = (i - 1) >> 1; if (!this.before(h[i], h[up])) break; [h[i], h[up]] = [h[up], h[i]]; i = up; }
    return this;
  }
  pop() {
    const h = this.#items, top = h[0], last = h.pop();
    if (h.length) {
      h[0] = last;
      for (let i = 0; ;) {
        let best = i;
        for (const k of [2 * i + 1, 2 * i + 2]) if (k < h.length && this.before(h[k], h[best])) best = k;
        if (best === i) break;
        [h[i], h[best]] = [h[best], h[i]];
        i = best;
      }
    }
    return top;
  }
}
const roads = [['A', 'B', 4], ['A', 'C', 2], ['C', 'B', 1], ['B', 'D', 5], ['C', 'D', 8], ['D', 'E', 3], ['F', 'G', 1]];
const graph = {};
for (const [a, b, cost] of roads) { (graph[a] ??= {})[b] = cost; (graph[b] ??= {})[a] = cost; }
function shortest(start) {
  const best = { [start]: 0 }, from = {}, heap = new Heap((x, y) => x[0] < y[0]).push([0, start]);
  while (heap.size) {
    const [cost, node] = heap.pop();
    if (cost > best[node]) continue;
    for (const [next, step] of Object.entries(graph[node])) if (cost + step < (best[next] ?? Infinity)) { best[next] = cost + step; from[next] = node; heap.push([best[next], next]); }
  }
  return { best, path: end => { const p = [end]; while (from[p[0]]) p.unshift(from[p[0]]); return p.join('→'); } };
}
const { best, path } = shortest('A');
console.log(best, path('E'), best.F);
function order(tasks) {
  const done = new Set(), active = new Set(), out = [];
  const visit = (name, trail) => {
    if (done.has(name)) return;
    if (active.has(name)) throw new Error(`cycle ${[...trail, name].join(' > ')}`);
    active.add(name);
    for (const need of tasks[name] ?? []) visit(need, [...trail, name]);
    done.add(name);
    out.push(name);
  };
  for (const name of Object.keys(tasks)) visit(name, []);
  return out;
}
console.log(order({ ship: ['test'], test: ['build'], build: ['fetch', 'configure'], configure: ['fetch'] }));
try { order({ a: ['b'], b: ['c'], c: ['a'] }); } catch ({ message }) { console.log(message); }
function sudoku(text) {
  const cells = [...text].map(Number), fits = (i, v) => { const r = Math.floor(i / 9), c = i % 9; for (let k = 0; k < 9; k++) if (cells[r * 9 + k] === v || cells[k * 9 + c] === v || cells[(r - r % 3 + Math.floor(k / 3)) * 9 + c - c % 3 + k % 3] === v) return false; return true; };
  const fill = () => { const i = cells.indexOf(0); if (i < 0) return true; for (let v = 1; v <= 9; v++) if (fits(i, v)) { cells[i] = v; if (fill()) return true; cells[i] = 0; } return false; };
  return fill() && cells.join('').match(/.{9}/g);
}
console.log(sudoku('530070000600195000098000060800060003400803001700020006060000280000419005000080079'));
let life = new Set(['1,0', '2,1', '0,2', '1,2', '2,2']);
for (let step = 0; step < 20; step++) {
  const near = new Map();
  for (const cell of life) { const [x, y] = cell.split(',').map(Number); for (let dx = -1; dx <= 1; dx++) for (let dy = -1; dy <= 1; dy++) if (dx || dy) { const k = `${x + dx},${y + dy}`; near.set(k, (near.get(k) ?? 0) + 1); } }
  life = new Set([...near].filter(([k, n]) => n === 3 || (n === 2 && life.has(k))).map(([k]) => k));
}
console.log([...life].sort());
function* permutations(items, n = items.length) { if (n <= 1) yield [...items]; else for (let i = 0; i < n; i++) { yield* permutations(items, n - 1); const j = n % 2 ? 0 : i; [items[n - 1], items[j]] = [items[j], items[n - 1]]; } }
console.log([...permutations([1, 2, 3])].map(p => p.join('')), new Set([...permutations([...'aab'])].map(p => p.join(''))));
const sieve = n => { const out = [], not = new Uint8Array(n + 1); for (let i = 2; i <= n; i++) if (!not[i]) { out.push(i); for (let j = i * i; j <= n; j += i) not[j] = 1; } return out; };
console.log(sieve(100000).length, sieve(50));
const heap = new Heap();
for (const x of [5, 3, 8, 1, 9, 2]) heap.push(x);
console.log(Array.from({ length: heap.size }, () => heap.pop()), [5, 1, 4].toSorted(), Array.from(new Set([1, 1, 2])), Object.entries({ b: 1, a: 2, 1: 3, 0: 4 }), [..."banana"].reduce((n, c) => ((n[c] = -~n[c]), n), Object.create(null)));
function deep(n) { return n ? 1 + deep(n - 1) : 0; }
console.log(deep(3000));
try { (function f() { f(); })(); } catch (error) { console.log(error.name, error instanceof RangeError); }
