// node:assert, crypto, readline, module. What is expected is what Node 20 prints.
import { format as formatOfTest } from 'node:util';
import assert from 'assert';
import strict from 'assert/strict';
import crypto from 'crypto';
import readline from 'readline';
import {createRequire, builtinModules, isBuiltin} from 'module';
import {AsyncLocalStorage} from 'async_hooks';
import {Readable} from 'stream';
import dc from 'diagnostics_channel';
import tty from 'tty';
import wt from 'worker_threads';
import punycode from 'punycode';
import {EventEmitter} from 'events';
const printed = [];
const say = (...given) => printed.push(formatOfTest(...given));

const t=(f)=>{ try { say(f()) } catch(e) { say(e.name, e.code, e.message, e.generatedMessage, e.operator) } };
t(()=>assert.strictEqual(1,2)); t(()=>assert.equal(1,2)); t(()=>assert.deepStrictEqual({a:1,b:[1,2]},{a:1,b:[1,3]})); t(()=>assert.deepEqual({a:1},{a:2})); t(()=>assert.ok(0,'nope'));
t(()=>assert(false,'msg')); t(()=>assert.throws(()=>{})); t(()=>assert.throws(()=>{throw new Error('x')},/y/)); t(()=>assert.throws(()=>{throw new TypeError('x')},TypeError)); t(()=>assert.throws(()=>{throw new TypeError('x')},RangeError));
t(()=>assert.throws(()=>{throw new TypeError('bad')},{name:'TypeError',message:'bad'})); t(()=>assert.throws(()=>{throw new TypeError('bad')},{message:'good'})); t(()=>assert.doesNotThrow(()=>{throw new Error('d')}));
t(()=>assert.notStrictEqual(1,1)); t(()=>assert.notDeepStrictEqual({a:1},{a:1})); t(()=>assert.match('abc',/x/)); t(()=>assert.doesNotMatch('abc',/a/)); t(()=>assert.ifError(new Error('e'))); t(()=>assert.ifError(null)); t(()=>assert.fail('boom')); t(()=>assert.fail());
t(()=>assert.strictEqual('a'.repeat(10),'b'.repeat(10))); t(()=>assert.strictEqual('hello world long','hello world lung')); t(()=>strict.equal(1,'1')); t(()=>assert.strictEqual([1],[1])); t(()=>assert.deepStrictEqual([1,2,3,4,5,6,7,8,9,10],[1,2,3,4,5,6,7,8,9,11])); t(()=>assert.deepStrictEqual(new Map([[1,2]]),new Map([[1,3]]))); t(()=>assert.deepStrictEqual(new Set([1]),new Set([1]))); t(()=>assert.strictEqual(NaN,NaN));t(()=>assert.strictEqual(1,2,'own message'));t(()=>assert.strictEqual(1)); t(()=>assert.deepEqual(1,'1')); t(()=>assert.notEqual(1,1)); t(()=>assert.strictEqual('a\nb','a\nc'));
await assert.rejects(Promise.reject(new Error('r')),/r/); await assert.rejects(Promise.resolve(1)).catch(e=>say(e.message)); await assert.rejects(async()=>{throw new Error('z')},{message:'q'}).catch(e=>say(e.message));
for (const a of ['md5','sha1','sha224','sha256','sha384','sha512']) say(crypto.createHash(a).update('ab').update(Buffer.from('c')).digest('hex'), crypto.createHmac(a,'key').update('data').digest('base64'));
for (const n of [0,55,56,63,64,111,112,119,120,127,128,129,1000]) say(crypto.createHash('sha512').update('x'.repeat(n)).digest('hex').slice(0,20), crypto.createHash('md5').update('x'.repeat(n)).digest('hex'), crypto.createHash('sha256').update('x'.repeat(n)).digest('base64url'));
t(()=>crypto.createHash('nope')); say(crypto.randomBytes(5).length, crypto.randomInt(5)<5, crypto.pbkdf2Sync('p','s',10,40,'sha256').toString('hex'), Buffer.from(crypto.hkdfSync('sha256','k','s','i',50)).toString('hex'), crypto.timingSafeEqual(Buffer.from('a'),Buffer.from('a')));
t(()=>crypto.timingSafeEqual(Buffer.from('a'),Buffer.from('ab')));
const rl=readline.createInterface({input:Readable.from(['one\ntw','o\r\nthree'])}); for await (const l of rl) say('line',l);
const require=createRequire(import.meta.url); say(require('path').sep, isBuiltin('fs'), isBuiltin('nope'), builtinModules.includes('fs'));
say(tty.isatty(1), wt.isMainThread, punycode.toASCII('mañana.com'));
class E extends EventEmitter { constructor(){super(); this.x=1} } say(new E());

const expected = [
  "AssertionError ERR_ASSERTION Expected values to be strictly equal:",
  "",
  "1 !== 2",
  " true strictEqual",
  "AssertionError ERR_ASSERTION 1 == 2 true ==",
  "AssertionError ERR_ASSERTION Expected values to be strictly deep-equal:",
  "+ actual - expected",
  "",
  "  {",
  "    a: 1,",
  "    b: [",
  "      1,",
  "+     2",
  "-     3",
  "    ]",
  "  } true deepStrictEqual",
  "AssertionError ERR_ASSERTION Expected values to be loosely deep-equal:",
  "",
  "{",
  "  a: 1",
  "}",
  "",
  "should loosely deep-equal",
  "",
  "{",
  "  a: 2",
  "} true deepEqual",
  "AssertionError ERR_ASSERTION nope false ==",
  "AssertionError ERR_ASSERTION msg false ==",
  "AssertionError ERR_ASSERTION Missing expected exception. false throws",
  "AssertionError ERR_ASSERTION The input did not match the regular expression /y/. Input:",
  "",
  "'Error: x'",
  " true throws",
  "undefined",
  "AssertionError ERR_ASSERTION The error is expected to be an instance of \"RangeError\". Received \"TypeError\"",
  "",
  "Error message:",
  "",
  "x true throws",
  "undefined",
  "AssertionError ERR_ASSERTION Expected values to be strictly deep-equal:",
  "+ actual - expected",
  "",
  "  Comparison {",
  "+   message: 'bad'",
  "-   message: 'good'",
  "  } true throws",
  "AssertionError ERR_ASSERTION Got unwanted exception.",
  "Actual message: \"d\" false doesNotThrow",
  "AssertionError ERR_ASSERTION Expected \"actual\" to be strictly unequal to: 1 true notStrictEqual",
  "AssertionError ERR_ASSERTION Expected \"actual\" not to be strictly deep-equal to:",
  "",
  "{",
  "  a: 1",
  "}",
  " true notDeepStrictEqual",
  "AssertionError ERR_ASSERTION The input did not match the regular expression /x/. Input:",
  "",
  "'abc'",
  " true match",
  "AssertionError ERR_ASSERTION The input was expected to not match the regular expression /a/. Input:",
  "",
  "'abc'",
  " true doesNotMatch",
  "AssertionError ERR_ASSERTION ifError got unwanted exception: e false ifError",
  "undefined",
  "AssertionError ERR_ASSERTION boom false fail",
  "AssertionError ERR_ASSERTION Failed true fail",
  "AssertionError ERR_ASSERTION Expected values to be strictly equal:",
  "+ actual - expected",
  "",
  "+ 'aaaaaaaaaa'",
  "- 'bbbbbbbbbb' true strictEqual",
  "AssertionError ERR_ASSERTION Expected values to be strictly equal:",
  "+ actual - expected",
  "",
  "+ 'hello world long'",
  "- 'hello world lung'",
  "                ^ true strictEqual",
  "AssertionError ERR_ASSERTION Expected values to be strictly equal:",
  "",
  "1 !== '1'",
  " true strictEqual",
  "AssertionError ERR_ASSERTION Values have same structure but are not reference-equal:",
  "",
  "[",
  "  1",
  "]",
  " true strictEqual",
  "AssertionError ERR_ASSERTION Expected values to be strictly deep-equal:",
  "+ actual - expected ... Lines skipped",
  "",
  "  [",
  "    1,",
  "...",
  "    8,",
  "    9,",
  "+   10",
  "-   11",
  "  ] true deepStrictEqual",
  "AssertionError ERR_ASSERTION Expected values to be strictly deep-equal:",
  "+ actual - expected",
  "",
  "  Map(1) {",
  "+   1 => 2",
  "-   1 => 3",
  "  } true deepStrictEqual",
  "undefined",
  "undefined",
  "AssertionError ERR_ASSERTION own message",
  "",
  "1 !== 2",
  " false strictEqual",
  "TypeError ERR_MISSING_ARGS The \"actual\" and \"expected\" arguments must be specified undefined undefined",
  "undefined",
  "AssertionError ERR_ASSERTION 1 != 1 true !=",
  "AssertionError ERR_ASSERTION Expected values to be strictly equal:",
  "",
  "'a\\nb' !== 'a\\nc'",
  " true strictEqual",
  "Missing expected rejection.",
  "Expected values to be strictly deep-equal:",
  "+ actual - expected",
  "",
  "  Comparison {",
  "+   message: 'z'",
  "-   message: 'q'",
  "  }",
  "900150983cd24fb0d6963f7d28e17f72 nVxz74VZTTTsRDi3yX5R2A==",
  "a9993e364706816aba3e25717850c26c9cd0d89d EEFSxb/coHvGM+69RhmfAlXJ9J0=",
  "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7 GUJNQhDlDXpFIbXw1UtLDP8wYN7dzP2JT9pbOw==",
  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad UDH+PZicbRU3oBP6bnOdojRj/a7DtwE32Cjjas4iG9A=",
  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7 xfl62f0QIMF019wCz4PEwb8V7iDsVVtpCtWOYtqKAO5EzNtly4yArP0Sfr7laJWK",
  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f PFlToY9zA+xlO6FwrjNPr6COOEby7+MXuH786CN2JTy1Kowx3c3lo6Lu4YPCs0y5H4XmTdvDJfdpKxmUc1ecWA==",
  "cf83e1357eefb8bdf154 d41d8cd98f00b204e9800998ecf8427e 47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
  "db9981645857e5980513 04364420e25c512fd958a70738aa8f72 1eKFaDzU78AtAhpcYgFGlJWJAQBdb3HongmJ-sd-QHI",
  "a9436ec7761f9f0d5fa4 668a72d5ba17f08e62dabcafad6db14b BMJiYTcO51QVSdFt7jIMcj4_0UZx5moJmv4KN3wWiI4",
  "a6662db83dd0037dd130 7dc2ca208106a2f703567bdff99d8981 dSILRyGCeOZW8gE7uPDEVaJerwHobGSSTp1I2Jd21vI",
  "791c91ff44685987a5c0 c1bb4f81d892b2d57947682aeb252456 fOEAlx9k5wAej-WlGXPs3-HO1Cvv5-6NX9YhlQa1OTw",
  "9a2a120825c231986775 acdfbe7d162f80a5133e9b10dac869b2 W6YGE9ujGOntkCAwHl3FnHIcGdgoYuTQNxhwiqddK60",
  "a3722b515ef40c910f24 26382a8d1f5cdb7bce4d4a8f01920656 h79ucOzIKapxd1asZ5e4LeizD8oSgeoWWd8xlJg5_Gs",
  "c5df60b24c746cdac9aa ab347a5f68c8a443cfcddc633f12c24f AAtI1O3w-nvuPGI27NJ4W6pdtO64u1Q0GwKeDZ-l-ww",
  "13cdfbc65ba3c85548a7 fb98667f98096de92620b64f46e1c5b5 E_BaC1lHh_Xs0xXtyWFBvTJDID0bfU8INvNzCLJ2upg",
  "1d5a8893e7b7ed83d485 a0b28c1da68705c2ff883fe279b72753 cBVqFK26v5jP86cccIS0F6vwV6jv0nMpyja3ICyH2B8",
  "e2e22f8422b54b06e35c d69cb61a6ee87200676eb0d4b90edbcb JNobgdCxbfZCju5zxp_LKpPHa8bfcG8MZnD-a_6ABGQ",
  "19015483ea99fa74728f 3926841d393c00c3f36260e5ace10dc1 DsnrM-dFELzdHy6lUgboLyFknFwr7L8rQz60dbNMAb0",
  "ae13575c5d98bfa68961 398533d48111e9f664b1f64cb10c4b63 RPg1RJSlugO6F5Ko0-nFNMR6kYGYD956P0SwbvKufH8",
  "Error undefined Digest method not supported undefined undefined",
  "5 true 1d6f1f7051b420b93e23f010e486cfea6ccfee906a43ffac9f5ea7adc07869dda3bd1a3c61848d12 02b0929a9d46e9236e23320ea2a8c3b46b410a54f1d138fb3a26f1792fecdf1e5221a02bec21c10d7fe6367eae2629c8042b true",
  "RangeError ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH Input buffers must have the same byte length undefined undefined",
  "line one",
  "line two",
  "line three",
  "/ true false true",
  "false true xn--maana-pta.com",
  "E {",
  "  _events: [Object: null prototype] {},",
  "  _eventsCount: 0,",
  "  _maxListeners: undefined,",
  "  x: 1,",
  "  [Symbol(shapeMode)]: false,",
  "  [Symbol(kCapture)]: false",
  "}",
];
await new Promise((resolve) => setTimeout(resolve, 60));
const lines = printed.join('\n').split('\n');
for (let i = 0; i < Math.max(lines.length, expected.length); i++)
  if (lines[i] !== expected[i]) throw new Error(`line ${i + 1}: ${lines[i]}\nexpected: ${expected[i]}`);
console.log('ok');
