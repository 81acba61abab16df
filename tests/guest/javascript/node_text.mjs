// node:buffer, events, util, querystring, string_decoder. What is expected is what Node 20 prints.
import { format as formatOfTest } from 'node:util';
import util from 'util';
import {StringDecoder} from 'string_decoder';
import qs from 'querystring';
import EventEmitter, {once} from 'events';
const printed = [];
const say = (...given) => printed.push(formatOfTest(...given));

const t=(f)=>{ try { say(f()) } catch(e) { say(e.name, e.code, e.message) } };
say(Buffer.from('héllo'), Buffer.from('68656c6c6f','hex').toString(), Buffer.from('aGk','base64')+'', Buffer.alloc(3,'ab'), Buffer.from([1,2,300]));
say(Buffer.from('€uro').toString('base64'), Buffer.from('€uro','utf16le'), Buffer.from('€uro','latin1'), Buffer.from('zz','hex'));
say({a:Buffer.from('x'.repeat(60))}, JSON.stringify(Buffer.from('ab')), Buffer.concat([Buffer.from('a'),Buffer.from('b')]));
const b=Buffer.alloc(16); b.writeUInt32BE(0xdeadbeef,0); b.writeDoubleLE(1.5,8); say(b, b.readUInt32LE(0), b.readInt16BE(0), b.readDoubleLE(8), b.readUIntBE(0,3), b.readIntLE(0,6));
t(()=>b.writeUInt8(256)); t(()=>b.writeInt16BE(70000,0)); t(()=>b.readUInt32BE(14)); t(()=>b.readUInt8(1.5)); t(()=>b.readUInt8('a')); t(()=>b.writeBigInt64LE(1n<<70n));t(()=>b.writeUIntBE(1e9,0,3));
say(b.indexOf(0xbe), b.indexOf('x'), b.slice(0,2).equals(Buffer.from([0xde,0xad])), b.includes(Buffer.from([0xbe,0xef])), Buffer.from('abcabc').lastIndexOf('abc'), Buffer.compare(Buffer.from('a'),Buffer.from('b')));
say(Buffer.byteLength('€'), Buffer.from('abc').swap16 ? 1:0, Buffer.isBuffer(b), Buffer.from('test').fill('ab'), b.subarray(1,3).constructor.name, Buffer.from('abc').write('zz',1));
say(Buffer.from(new Uint16Array([1,256])), Buffer.from(new Uint8Array([1,2]).buffer), Buffer.from('ab').map(x=>x+1), [...Buffer.from('ab').entries()]);
const d=new StringDecoder('utf8'); say(d.write(Buffer.from([0xe2,0x82])), d.write(Buffer.from([0xac])), d.end(Buffer.from([0xe2])));
say(qs.parse('a=1&b=2&a=3&c=%20x+y&d'), qs.stringify({a:[1,2],b:'x y',c:true,d:null}), qs.escape('a&b'));
const e=new EventEmitter(); e.on('x',(...a)=>say('x',a)); e.once('x',()=>say('once')); say(e.emit('x',1,2), e.emit('x'), e.emit('y'), e.listenerCount('x'), e.eventNames());
t(()=>e.emit('error',new Error('boom'))); t(()=>e.emit('error','str')); t(()=>e.on('a',5));
say(util.format('%s %d %i %j %o %O %%', 'a', 1.5, 2.7, {a:1}, [1], {b:2}), util.format('a','b',{c:1}), util.inspect(new Map([[1,{a:2}]])));
say(util.isDeepStrictEqual({a:[1,new Set([{x:1}])]},{a:[1,new Set([{x:1}])]}), util.isDeepStrictEqual([1],['1']), util.types.isRegExp(/a/), util.types.isUint8Array(b));
t(()=>util.parseArgs({args:['-f','--bar','b','pos'],options:{foo:{type:'boolean',short:'f'},bar:{type:'string'}},allowPositionals:true})); t(()=>util.parseArgs({args:['--nope']}));
say(util.styleText('red','x')===`\x1b[31mx\x1b[39m`, util.stripVTControlCharacters('\x1b[31mx\x1b[39m'));
say(await util.promisify(setTimeout)(1,'pv'), await util.promisify((a,cb)=>cb(null,a*2))(4));
util.callbackify(async()=>5)((e,v)=>say('cb',e,v));
say(new EventEmitter());
say(e);
say(Buffer.from('abc').toString('utf8',1), Buffer.from('abc').toString('hex',0,2), Buffer.from([0xff,0xfe,65]).toString(), Buffer.from([200,201]).toString('latin1'), Buffer.from([200,65]).toString('ascii'), Buffer.from('ab').toString('ucs2'));

const expected = [
  "<Buffer 68 c3 a9 6c 6c 6f> hello hi <Buffer 61 62 61> <Buffer 01 02 2c>",
  "4oKsdXJv <Buffer ac 20 75 00 72 00 6f 00> <Buffer ac 75 72 6f> <Buffer >",
  "{",
  "  a: <Buffer 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 ... 10 more bytes>",
  "} {\"type\":\"Buffer\",\"data\":[97,98]} <Buffer 61 62>",
  "<Buffer de ad be ef 00 00 00 00 00 00 00 00 00 00 f8 3f> 4022250974 -8531 1.5 14593470 4022250974",
  "RangeError ERR_OUT_OF_RANGE The value of \"value\" is out of range. It must be >= 0 and <= 255. Received 256",
  "RangeError ERR_OUT_OF_RANGE The value of \"value\" is out of range. It must be >= -32768 and <= 32767. Received 70000",
  "RangeError ERR_OUT_OF_RANGE The value of \"offset\" is out of range. It must be >= 0 and <= 12. Received 14",
  "RangeError ERR_OUT_OF_RANGE The value of \"offset\" is out of range. It must be an integer. Received 1.5",
  "TypeError ERR_INVALID_ARG_TYPE The \"offset\" argument must be of type number. Received type string ('a')",
  "RangeError ERR_OUT_OF_RANGE The value of \"value\" is out of range. It must be >= -(2n ** 63n) and < 2n ** 63n. Received 1_180_591_620_717_411_303_424n",
  "RangeError ERR_OUT_OF_RANGE The value of \"value\" is out of range. It must be >= 0 and <= 16777215. Received 1000000000",
  "2 -1 true true 3 -1",
  "3 1 true <Buffer 61 62 61 62> Buffer 2",
  "<Buffer 01 00> <Buffer 01 02> <Buffer 62 63> [ [ 0, 97 ], [ 1, 98 ] ]",
  " \u20ac \ufffd",
  "[Object: null prototype] { a: [ '1', '3' ], b: '2', c: ' x y', d: '' } a=1&a=2&b=x%20y&c=true&d= a%26b",
  "x [ 1, 2 ]",
  "once",
  "x []",
  "true true false 1 [ 'x' ]",
  "Error undefined boom",
  "Error ERR_UNHANDLED_ERROR Unhandled error. ('str')",
  "TypeError ERR_INVALID_ARG_TYPE The \"listener\" argument must be of type function. Received type number (5)",
  "a 1.5 2 {\"a\":1} [ 1, [length]: 1 ] { b: 2 } % a b { c: 1 } Map(1) { 1 => { a: 2 } }",
  "true false true true",
  "{",
  "  values: [Object: null prototype] { foo: true, bar: 'b' },",
  "  positionals: [ 'pos' ]",
  "}",
  "TypeError ERR_PARSE_ARGS_UNKNOWN_OPTION Unknown option '--nope'",
  "false x",
  "pv 8",
  "EventEmitter {",
  "  _events: [Object: null prototype] {},",
  "  _eventsCount: 0,",
  "  _maxListeners: undefined,",
  "  [Symbol(shapeMode)]: false,",
  "  [Symbol(kCapture)]: false",
  "}",
  "EventEmitter {",
  "  _events: [Object: null prototype] { x: [Function (anonymous)] },",
  "  _eventsCount: 1,",
  "  _maxListeners: undefined,",
  "  [Symbol(shapeMode)]: false,",
  "  [Symbol(kCapture)]: false",
  "}",
  "bc 6162 \ufffd\ufffdA \u00c8\u00c9 HA \u6261",
  "cb null 5",
];
await new Promise((resolve) => setTimeout(resolve, 60));
const lines = printed.join('\n').split('\n');
for (let i = 0; i < Math.max(lines.length, expected.length); i++)
  if (lines[i] !== expected[i]) throw new Error(`line ${i + 1}: ${lines[i]}\nexpected: ${expected[i]}`);
console.log('ok');
