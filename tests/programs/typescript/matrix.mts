// Numbers with types: matrices, vectors, generators, iterators, tuple types, readonly arrays.
type Vector = readonly number[];
type Matrix = readonly Vector[];
type Size<R extends number = number, C extends number = number> = readonly [rows: R, columns: C];

const size = (m: Matrix): Size => [m.length, m[0]?.length ?? 0] as const;
const multiply = (a: Matrix, b: Matrix): Matrix => {
  const [n, k] = size(a), [k2, c] = size(b);
  if (k !== k2) throw new RangeError(`cannot multiply ${n}×${k} and ${k2}×${c}`);
  return a.map(row => Array.from({ length: c }, (_, j) => row.reduce((sum, v, i) => sum + v * b[i]![j]!, 0)));
};
const transpose = (m: Matrix): Matrix => m[0]!.map((_, j) => m.map(row => row[j]!));
const identity = (n: number): Matrix => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Number(i === j)));
function power(m: Matrix, n: bigint | number): Matrix {
  let result: Matrix = identity(m.length);
  for (let e = BigInt(n), base = m; e > 0n; e >>= 1n, base = multiply(base, base)) if (e & 1n) result = multiply(result, base);
  return result;
}
function determinant(m: Matrix): number {
  const a = m.map(row => [...row]), n = a.length;
  let det = 1;
  for (let i = 0; i < n; i++) {
    const p = a.findIndex((row, r) => r >= i && Math.abs(row[i]!) > 1e-12);
    if (p < 0) return 0;
    if (p !== i) { [a[i], a[p]] = [a[p]!, a[i]!]; det = -det; }
    det *= a[i]![i]!;
    for (let r = i + 1; r < n; r++) { const f = a[r]![i]! / a[i]![i]!; for (let c = i; c < n; c++) a[r]![c]! -= f * a[i]![c]!; }
  }
  return det;
}
console.log(multiply([[1, 2], [3, 4]], [[5, 6], [7, 8]]), transpose([[1, 2, 3], [4, 5, 6]]), power([[1, 1], [1, 0]], 50)[0]![1]);
console.log(determinant([[2, -1, 0], [1, 3, 2], [0, 5, -4]]), determinant([[1, 2], [2, 4]]), determinant([[0, 1], [1, 0]]));
try { multiply([[1, 2]], [[1, 2]]); } catch (e) { console.log((e as Error).message); }

class Complex {
  constructor(readonly re: number, readonly im: number = 0) {}
  static from(value: Complex | number): Complex { return typeof value === 'number' ? new Complex(value) : value; }
  plus(o: Complex | number): Complex { const { re, im } = Complex.from(o); return new Complex(this.re + re, this.im + im); }
  times(o: Complex | number): Complex { const { re, im } = Complex.from(o); return new Complex(this.re * re - this.im * im, this.re * im + this.im * re); }
  get abs(): number { return Math.hypot(this.re, this.im); }
  toString(): string { return `${+this.re.toFixed(6)}${this.im < 0 ? '-' : '+'}${Math.abs(+this.im.toFixed(6))}i`; }
}
const fft = (x: readonly Complex[]): Complex[] => {
  const n = x.length;
  if (n === 1) return [...x];
  const even = fft(x.filter((_, i) => i % 2 === 0)), odd = fft(x.filter((_, i) => i % 2 === 1)), out = new Array<Complex>(n);
  for (let k = 0; k < n / 2; k++) {
    const t = odd[k]!.times(new Complex(Math.cos(-2 * Math.PI * k / n), Math.sin(-2 * Math.PI * k / n)));
    out[k] = even[k]!.plus(t);
    out[k + n / 2] = even[k]!.plus(t.times(-1));
  }
  return out;
};
console.log(fft([1, 2, 3, 4, 0, 0, 0, 0].map(v => new Complex(v))).map(String), `${new Complex(1, 2).times(new Complex(3, -1))}`);
let rows = '';
for (let y = 1.2; y >= -1.2; y -= 0.3) {
  for (let x = -2; x <= 0.6; x += 0.1) {
    let z = new Complex(0), n = 0;
    const c = new Complex(x, y);
    while (z.abs < 2 && n < 30) { z = z.times(z).plus(c); n++; }
    rows += ' .:-=+*#%@'[Math.min(9, Math.floor(n / 3.4))];
  }
  rows += '\n';
}
console.log(rows);
function* pairs<A, B>(a: Iterable<A>, b: Iterable<B>): Generator<[A, B], number, void> {
  let n = 0;
  const other = b[Symbol.iterator]();
  for (const x of a) { const next = other.next(); if (next.done) break; n++; yield [x, next.value]; }
  return n;
}
console.log([...pairs([1, 2, 3], 'ab')], Math.max(...([3, 9, 4] as const)), typeof import.meta.url);
export type { Matrix, Vector };
export default multiply;
