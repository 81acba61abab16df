// Generators, events and streams: lines from chunks, an emitter, web streams, encodings.
import { EventEmitter, once } from 'node:events';
import { StringDecoder } from 'node:string_decoder';
import { promisify, inspect, format, types, isDeepStrictEqual, parseArgs, inherits } from 'node:util';
import querystring from 'node:querystring';

function* lines(chunks) {
  let rest = '';
  for (const chunk of chunks) {
    const parts = (rest + chunk).split(/\r?\n/);
    rest = parts.pop();
    yield* parts;
  }
  if (rest) yield rest;
}
const pipe = (...stages) => input => stages.reduce((it, stage) => stage(it), input);
const map = f => function* (it) { for (const x of it) yield f(x); };
const filter = f => function* (it) { for (const x of it) if (f(x)) yield x; };
const batch = n => function* (it) { let b = []; for (const x of it) if (b.push(x) === n) { yield b; b = []; } if (b.length) yield b; };
console.log([...pipe(lines, map(s => s.trim()), filter(Boolean), map(s => s.split('=')), batch(2))(['a=1\nb', '=2\r\n\n c=3', '\nd='])]);

class Orders extends EventEmitter {
  constructor() { super({ captureRejections: true }); this.total = 0; }
  add(item) { this.total += item.price; this.emit('add', item, this.total); if (this.total > 10) this.emit('full'); return this; }
}
const orders = new Orders();
orders.on('add', (item, total) => console.log('add', item.name, total)).once('add', () => console.log('first only')).prependListener('add', () => console.log('before'));
orders.once('full', () => console.log('full'));
setTimeout(() => orders.emit('later', 1, 2), 1);
orders.add({ name: 'tea', price: 4 }).add({ name: 'pot', price: 9 }).add({ name: 'cup', price: 2 });
console.log(await once(orders, 'later'), orders.listenerCount('add'), orders.eventNames(), orders.emit('nobody'));
try { orders.emit('error', new Error('unheard')); } catch (error) { console.log(error.message); }

const decoder = new StringDecoder('utf8');
console.log([0xe2, 0x82, 0xac, 0x41].map(b => decoder.write(Buffer.from([b]))), decoder.end());
const bytes = Buffer.from('héllo wörld', 'utf8');
console.log(bytes, bytes.length, bytes.toString('base64'), bytes.subarray(0, 3).toString('latin1'), Buffer.concat([Buffer.from('ab'), Buffer.from([0x63])]).toString(), Buffer.from('6869', 'hex').toString(), bytes.indexOf('w'), Buffer.compare(Buffer.from('a'), Buffer.from('b')), Buffer.byteLength('€'), bytes.equals(Buffer.from(bytes)), Buffer.from('_-8', 'base64url'));
const b = Buffer.alloc(8);
b.writeUInt16BE(0x1234, 0);
b.writeInt32LE(-5, 2);
console.log(b, b.readUInt16LE(0), b.readInt32LE(2), b.toJSON().data.length, b.fill('ab').toString());
console.log(btoa('hi'), atob('aGk='), encodeURIComponent('a b&ü/'), decodeURI('%41%20%2F'), escape('ü '), querystring.parse('a=1&b=2&a=3&c'), querystring.stringify({ x: [1, 2], y: 'ä b' }));
const url = new URL('../p/./q?x=1&y=a%20b#top', 'https://user:pw@example.org:8080/a/b/c');
url.searchParams.append('z', 'ü&');
url.hash = '';
console.log(url.href, url.host, url.origin, [...url.searchParams], url.searchParams.get('y'), new URLSearchParams({ q: 'a+b c' }).toString(), URL.canParse('nope'));
try { new URL('/relative'); } catch (error) { console.log(error.name, error.code, error.message); }
console.log(url);
const sleepy = promisify((value, done) => setTimeout(done, 1, null, value * 2));
console.log(await sleepy(21), format('%s is %d years and %j %o %%', 'Ann', 42.5, { a: 1 }, [1], 'extra'), types.isPromise(sleepy(1)), isDeepStrictEqual(new Map([[1, { a: 1 }]]), new Map([[1, { a: 1 }]])));
console.log(inspect({ deep: { er: { est: { gone: 1 } } }, list: Array(3), fn() {}, sym: Symbol('s'), date: new Date(0), re: /x/gi, set: new Set(['a']), err: null, nested: [[1, [2, [3, [4]]]]], str: "it's", [Symbol.for('k')]: 1, get g() { return 1; } }, { depth: 1 }));
console.log(parseArgs({ args: ['-v', '--name=x', 'rest', '--num', '5'], options: { v: { type: 'boolean', short: 'v' }, name: { type: 'string' }, num: { type: 'string' } }, allowPositionals: true }));
const stream = new ReadableStream({ start(c) { for (const x of ['a', 'b', 'c']) c.enqueue(x); c.close(); } }).pipeThrough(new TransformStream({ transform(x, c) { c.enqueue(x.toUpperCase()); } }));
const out = [];
for await (const x of stream) out.push(x);
console.log(out);
