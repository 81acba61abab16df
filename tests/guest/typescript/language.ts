// Every construct that TypeScript adds; what it must show is what Node shows of what the compiler of TypeScript makes of this file.
const shown: string[] = [];
const show = (...values: unknown[]): void => void shown.push(values.map((v) => (typeof v === 'string' ? v : JSON.stringify(v))).join(' '));
enum Color { Red, Green = 5, Blue, Text = 'text' as any, Sum = Red | Green, Long = 'abc'.length }
const enum Flag { A = 1 << 0, B = 1 << 1, Both = A | B }
declare enum Elsewhere { X }
enum Color { More = 100 }
show(Color, Color[5], Flag.Both, Color.More);

namespace Shapes {
  export interface Shape { area(): number }
  export const unit = 2;
  export let count = 0;
  const hidden = 'hidden';
  export class Square implements Shape {
    constructor(public readonly side: number = unit) { count++; }
    area(): number { return this.side ** 2; }
    static hidden() { return hidden; }
  }
  export namespace Inner { export function twice(n: number) { return n * 2 * count; } }
}
namespace Shapes { export const more = unit + 1; }
show(new Shapes.Square().area(), new Shapes.Square(3), Shapes.count, Shapes.more, Shapes.Inner.twice(4), Shapes.Square.hidden());

abstract class Base<T extends object = {}> {
  static made = 0;
  declare readonly never: string;
  y = 'y';
  constructor(protected first: number, private readonly second?: T, public third = [first]) { Base.made++; }
  abstract name(): string;
  get both(): [number, T | undefined] { return [this.first, this.second]; }
  private async *steps?(): AsyncGenerator<number>;
}
class Derived extends Base<{ a: 1 }> implements Iterable<number> {
  #secret!: number;
  override name(): string { return `derived ${this.both[0]}`; }
  constructor(n: number, public z = n) { super(n, { a: 1 }); this.#secret = n; }
  *[Symbol.iterator](): IterableIterator<number> { yield this.first; yield this.#secret as number; }
}
show(new Derived(7), [...new Derived(8)], new Derived(1).name(), Base.made);

function over(x: string): string;
function over(x: number, y?: number): number;
function over(this: void, x: any, ...rest: unknown[]): any { return typeof x === 'string' ? x + '!' : x + rest.length; }
const generic = <T,>(x: T, ...ys: readonly T[]): readonly [T, number] => [x, ys.length] as const;
const guard = (x: unknown): x is string => typeof x === 'string';
function assertIt(x: unknown): asserts x is number { if (typeof x !== 'number') throw new TypeError('no number'); }
show(over('a'), over(1, 2), generic<number>(1, 2, 3), guard('x'), generic('x' satisfies string)!);

type Tree<T> = { value: T; left?: Tree<T> } | null;
interface Named { readonly name: string; [key: string]: unknown; new (x: number): Named; (y: string): void }
let tree: Tree<string> = { value: 'v' }, label: `l-${string}` = 'l-x', fn: (a: number) => void = (a): void => {};
const { a, b: renamed }: { a: number; b: string } = { a: 1, b: 'two' };
for (const item of [1, 2] as number[]) if (item > 1) show(<number>item, tree!.value, label, renamed as unknown as string, a);
let definite!: number;
definite = 5;
try { assertIt('no'); } catch (error: unknown) { show((error as Error).message, definite); }
var keyof: number = 1, type = 2, is = 3, as = 4, of: any = 5, declare = 6, module = 7, namespace = 8, abstract = 9;
show(keyof + type, is, as, of, declare, module, namespace, abstract, (type as any) < (is as any));
label: for (;;) { break label; }

function logged<This, Args extends any[], R>(target: (this: This, ...args: Args) => R, context: ClassMethodDecoratorContext) {
  return function (this: This, ...args: Args): R { show('call', String(context.name), context.kind, ...args); return target.call(this, ...args); };
}
function counted<T extends new (...args: any[]) => object>(target: T, _context: ClassDecoratorContext): void { (target as any).counted = true; }
@counted
class Decorated {
  @logged greet(name: string) { return `hello ${name}`; }
  @((_value: undefined, context: ClassFieldDecoratorContext) => (initial: number) => initial * 2) size = 21;
  accessor width = 3;
}
show(new Decorated().greet('you'), (Decorated as any).counted, new Decorated().size, new Decorated().width);

const later = async <T,>(x: Promise<T>): Promise<T> => await x;
show(await later(Promise.resolve('later')), ((x?: number): number => x ?? 1)(), [1, 2, 3].map<string>((n) => `${n as number}`));
const regular = /a|b/g as RegExp, division = 6 as number / 2, less = (1 as any) < (2 as any), template = `${(1 as number) + 1}`;
show(regular.source, division, less, template);
const wanted: readonly string[] = [
  "{\"0\":\"Red\",\"3\":\"Long\",\"5\":\"Sum\",\"6\":\"Blue\",\"100\":\"More\",\"Red\":0,\"Green\":5,\"Blue\":6,\"Text\":\"text\",\"text\":\"Text\",\"Sum\":5,\"Long\":3,\"More\":100} Sum 3 100",
  "4 {\"side\":3} 2 3 16 hidden",
  "{\"first\":7,\"second\":{\"a\":1},\"third\":[7],\"y\":\"y\",\"z\":7} [8,8] derived 1 3",
  "a! 2 [1,2] true [\"x\",0]",
  "2 v l-x two 1",
  "no number 5",
  "3 3 4 5 6 7 8 9 true",
  "call greet method you",
  "hello you true 42 3",
  "later 1 [\"1\",\"2\",\"3\"]",
  "a|b 3 true 2",
];
for (const [i, line] of wanted.entries()) if (shown[i] !== line) throw new Error(`failed: line ${i}: ${shown[i]}`);
if (shown.length !== wanted.length) throw new Error('failed: more was shown');
console.log('ok');
export type { Tree };
export { type Named, generic };
