// Parser combinators with types: JSON read by them, errors with line and column.
type Success<T> = { at: number; value: T };
type Failure = { at: number; wanted: string };
type Parser<T> = (text: string, at: number) => Success<T> | Failure;
const failed = (r: Success<unknown> | Failure): r is Failure => 'wanted' in r;

const regexp = (re: RegExp, wanted: string): Parser<string> => {
  const sticky = new RegExp(re.source, re.flags + 'y');
  return (text, at) => {
    sticky.lastIndex = at;
    const m = sticky.exec(text);
    return m ? { at: sticky.lastIndex, value: m[0]! } : { at, wanted };
  };
};
const map = <A, B>(p: Parser<A>, f: (a: A) => B): Parser<B> => (text, at) => {
  const r = p(text, at);
  return failed(r) ? r : { at: r.at, value: f(r.value) };
};
const sequence = <T extends unknown[]>(...parsers: { [K in keyof T]: Parser<T[K]> }): Parser<T> => (text, at) => {
  const values = [] as unknown as T;
  for (const p of parsers as Parser<unknown>[]) {
    const r = p(text, at);
    if (failed(r)) return r;
    values.push(r.value);
    at = r.at;
  }
  return { at, value: values };
};
const either = <T,>(...parsers: Parser<T>[]): Parser<T> => (text, at) => {
  let best: Failure | undefined;
  for (const p of parsers) {
    const r = p(text, at);
    if (!failed(r)) return r;
    if (!best || r.at > best.at) best = r;
    else if (r.at === best.at) best = { at, wanted: `${best.wanted} or ${r.wanted}` };
  }
  return best!;
};
const many = <T,>(p: Parser<T>, by: Parser<unknown>): Parser<T[]> => (text, at) => {
  const values: T[] = [];
  for (let next = p(text, at); ; next = p(text, at)) {
    if (failed(next)) return values.length || next.at > at ? next : { at, value: values };
    values.push(next.value);
    at = next.at;
    const separator = by(text, at);
    if (failed(separator)) return { at, value: values };
    at = separator.at;
  }
};
const lazy = <T,>(make: () => Parser<T>): Parser<T> => (text, at) => make()(text, at);
const token = <T,>(p: Parser<T>): Parser<T> => map(sequence<[T, string]>(p, regexp(/\s*/, 'space')), ([v]) => v);
const symbol = (c: string): Parser<string> => token(regexp(new RegExp('\\' + c), `'${c}'`));

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
const string: Parser<string> = token(map(regexp(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-f]{4}))*"/i, 'a string'), s => JSON.parse(s) as string));
const json: Parser<Json> = either<Json>(
  token(map(regexp(/null|true|false/, 'a word'), w => ({ null: null, true: true, false: false }[w] as Json))),
  token(map(regexp(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?/i, 'a number'), Number)),
  string,
  map(sequence<[string, Json[], string]>(symbol('['), many(lazy(() => json), symbol(',')), symbol(']')), ([, items]) => items),
  map(sequence<[string, [string, string, Json][], string]>(symbol('{'), many(sequence<[string, string, Json]>(string, symbol(':'), lazy(() => json)), symbol(',')), symbol('}')), ([, fields]) => Object.fromEntries(fields.map(([k, , v]) => [k, v]))),
);

function parse(text: string): Json {
  const start = /^\s*/.exec(text)![0].length, r = json(text, start);
  const stop = (at: number, wanted: string): never => {
    const before = text.slice(0, at).split('\n');
    throw new SyntaxError(`${before.length}:${before.at(-1)!.length + 1}: wanted ${wanted}, got ${at < text.length ? JSON.stringify(text[at]) : 'the end'}`);
  };
  if (failed(r)) return stop(r.at, r.wanted);
  return r.at < text.length ? stop(r.at, 'the end') : r.value;
}

for (const text of ['[1, 2.5e3, -0]', ' {"a": {"b": [true, null, "x\\u00e9\\n"]}, "c": []} ', '{"a": 1,}', '[1, 2', '{"a" 1}', '[\n  1,\n  tru\n]', '"a\nb"', '', '[] []', '01']) {
  try {
    const value: Json = parse(text);
    console.log(JSON.stringify(value), JSON.stringify(value) === JSON.stringify(JSON.parse(text)));
  } catch (error) {
    console.log(`${error}`);
  }
}
