// A Result type, overloads, conditional and mapped types, tuples, exhaustive switches.
type Ok<T> = { readonly ok: true; readonly value: T };
type Err<E> = { readonly ok: false; readonly error: E };
type Result<T, E = Error> = Ok<T> | Err<E>;
const ok = <T,>(value: T): Ok<T> => ({ ok: true, value });
const err = <E,>(error: E): Err<E> => ({ ok: false, error });

function map<T, U, E>(result: Result<T, E>, f: (value: T) => U): Result<U, E> {
  return result.ok ? ok(f(result.value)) : result;
}
const chain = <T, U, E, F>(result: Result<T, E>, f: (value: T) => Result<U, F>): Result<U, E | F> => (result.ok ? f(result.value) : result);
function all<T extends readonly Result<unknown, unknown>[]>(results: [...T]): Result<{ [K in keyof T]: T[K] extends Result<infer V, any> ? V : never }, unknown> {
  const values: unknown[] = [];
  for (const r of results) {
    if (!r.ok) return r;
    values.push(r.value);
  }
  return ok(values as any);
}

type ParseError = { kind: 'empty' } | { kind: 'syntax'; at: number } | { kind: 'range'; min: number; max: number; got: number };
function explain(error: ParseError): string {
  switch (error.kind) {
    case 'empty': return 'nothing to read';
    case 'syntax': return `bad character at ${error.at}`;
    case 'range': return `${error.got} is not in ${error.min}..${error.max}`;
    default: {
      const never: never = error;
      throw new Error(`unhandled ${never}`);
    }
  }
}
function parseNumber(text: string): Result<number, ParseError> {
  if (!text.trim()) return err({ kind: 'empty' });
  const at = [...text].findIndex(c => !/[\d.-]/.test(c));
  return at >= 0 ? err({ kind: 'syntax', at }) : ok(Number(text));
}
const within = (min: number, max: number) => (got: number): Result<number, ParseError> => (got < min || got > max ? err({ kind: 'range', min, max, got }) : ok(got));

for (const text of ['42', '', '4x', '1000', '-1.5']) {
  const result = map(chain(parseNumber(text), within(-10, 100)), n => n * 2);
  console.log(JSON.stringify(text), result.ok ? result.value : explain(result.error));
}
const both = all([ok(1), ok('two')]);
if (both.ok) { const [n, s] = both.value; console.log(n.toFixed(1), s.toUpperCase()); }
console.log(all([ok(1), err('bad'), ok(2)]));

function pad(value: string, width: number): string;
function pad(value: number, width: number, fill?: string): string;
function pad(value: string | number, width: number, fill: string = typeof value === 'number' ? '0' : ' '): string {
  return String(value).padStart(width, fill);
}
console.log(pad('x', 3), pad(7, 3), pad(7, 3, '_'));
type Getters<T> = { [K in keyof T as `get${Capitalize<string & K>}`]: () => T[K] };
function getters<T extends object>(source: T): Getters<T> {
  return Object.fromEntries(Object.entries(source).map(([k, v]) => [`get${k[0]!.toUpperCase()}${k.slice(1)}`, () => v])) as Getters<T>;
}
const g = getters({ name: 'Ann', age: 3 });
console.log(g.getName(), g.getAge(), Object.keys(g));
type DeepReadonly<T> = T extends (...args: any[]) => any ? T : { readonly [K in keyof T]: DeepReadonly<T[K]> };
const settings: DeepReadonly<{ a: { b: number[] } }> = Object.freeze({ a: { b: [1] } });
let x = settings.a.b[0]!, y: number | undefined;
y ??= x as number;
console.log(x + y, (y as any) satisfies any);
declare const notThere: string;
console.log(typeof notThere);
abstract class Shape { abstract area(): number; describe(this: Shape): string { return `${this.constructor.name} ${this.area().toFixed(2)}`; } }
class Circle extends Shape { constructor(private r: number) { super(); } area() { return Math.PI * this.r ** 2; } }
class Box extends Shape { declare tag: string; w!: number; constructor(w: number) { super(); this.w = w; } override area(): number { return this.w ** 2; } }
console.log([new Circle(1), new Box(2)].map((s: Shape) => s.describe()), Object.keys(new Box(1)));
