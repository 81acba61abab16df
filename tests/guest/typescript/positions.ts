// Lines and columns of errors are the source's, whether types were blanked out or the compiler had to be asked.
const same = (got: unknown, wanted: unknown, what: string): void => { if (JSON.stringify(got) !== JSON.stringify(wanted)) throw new Error(`failed: ${what}: ${JSON.stringify(got)}`); };
const write = (name: string, text: string): void => { std.writeFile(name, text); };
declare const std: any;

const places = async (name: string): Promise<string[]> => {
  try { await import(`/work/${name}`); return ['nothing']; } catch (error: any) {
    return [error.name, ...[...error.stack.matchAll(/\/work\/([\w.]+:\d+:\d+)/g)].map((m: string[]) => m[1])];
  }
};

// The same program twice, once without types: what fails must fail at the same place.
const agree = async (name: string, typed: string, plain: string): Promise<void> => {
  write(`${name}.ts`, typed);
  write(`${name}.mjs`, plain);
  const [got, wanted] = [await places(`${name}.ts`), await places(`${name}.mjs`)];
  if (wanted.length < 3) throw new Error(`failed: ${name} does not fail: ${wanted}`);
  same(got.map((place) => place.replace('.ts:', '.mjs:')), wanted, name);
};

await agree('blanked', `interface Wide { a: number;
  b: string }
const x: Wide | null = null as any;
function fail<T extends Wide>(value: T): never {
  const y: number = (value as any as number); return    (y as any).missing.deeper;
}
export const z: number = fail<Wide>(x!);
`, `


function fail                (value   )        {
  const y         = (value                 ); return    (y       ).missing.deeper;
}
export const z         = fail      (null);
`);

await agree('compiled', `type Unused = { a: 1,
  b: 2 };
enum Kind { A = 1,
  B }
namespace N { export const k: number = Kind.B; }

class Point { constructor(private readonly x: number, public y: any = null) {}
  fail(): number {
    return   this.y.missing;
  }
}
export const made = new Point(N.k).fail();
`, `





var N = { k: 1 }; class Point { constructor() { this.y = null; }
  fail()         {
    return   this.y.missing;
  }
}
export const made = new Point(N.k).fail();
`);

for (const [text, place, says] of [
  ['const a: = 5;', 'bad.ts:1:10', 'Type expected'],
  ['\n\nfunction f(x: number {}\n', 'bad.ts:3:22', "',' expected"],
  ['let s: string = "abc;\n', 'bad.ts:1:22', 'Unterminated string'],
  ['class A { constructor(private x) { super( } }', 'bad.ts:1:43', 'expected'],
  ['enum { A }', 'bad.ts:1:6', 'Identifier expected'],
] as const) {
  write('bad.ts', text);
  try { await import(`/work/bad.ts?`.slice(0, -1)); throw new Error('nothing'); } catch (error: any) {
    if (error.name !== 'SyntaxError' || !error.message.includes(says) || !error.stack.includes(place)) throw new Error(`failed: ${JSON.stringify(text)}: ${error.name}: ${error.message} ${error.stack}`);
  }
}
console.log('ok');
export {};
