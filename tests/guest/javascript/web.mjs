// Events, signals, base64, hashes, timers of the web. What is expected is what Node 20 prints.
import { format as formatOfTest } from 'node:util';
import {setTimeout as st} from 'timers/promises';
const printed = [];
const say = (...given) => printed.push(formatOfTest(...given));

const e = new DOMException('hi','AbortError'); say(e.name,e.code,e.message,e instanceof Error, String(e));
try { atob('a') } catch (x) { say(x.name, x.message, x.code) }
try { btoa('\u1234') } catch (x) { say(x.name, x.message, x.code) }
say(atob('aGVsbG8='), btoa('hello'));
const ac = new AbortController(); ac.signal.onabort = (ev) => say('aborted', ev.type, ac.signal.reason.name); ac.abort();
say(ac, AbortSignal.abort(1));
say(AbortSignal.any([ac.signal]).aborted);
const t=new EventTarget(); t.addEventListener('x', (e)=>say(e.detail, e.target===t)); t.dispatchEvent(new CustomEvent('x',{detail:5}));
say(crypto.randomUUID().length, crypto.getRandomValues(new Uint8Array(4)).length);
for (const a of ['SHA-1','SHA-256','SHA-384','SHA-512']) say( [...new Uint8Array(await crypto.subtle.digest(a, new TextEncoder().encode('abc'.repeat(50))))].map(x=>x.toString(16).padStart(2,'0')).join(''));
setImmediate(()=>{say('imm'); setTimeout(()=>say('t1'),1); setTimeout(()=>say('t0'),0);});
const sig=AbortSignal.timeout(5); await new Promise(r=>{ sig.onabort=r; setTimeout(()=>{},20)}); say(sig.reason.name, sig.reason.message);
const tm=setTimeout(()=>say('never'),100000); tm.unref(); say(typeof +tm, tm.hasRef());
performance.mark('a'); say(performance.measure('m','a').name, performance.getEntries().length);
say(await st(5,'v'));
const k = await crypto.subtle.importKey('raw', new Uint8Array([1,2,3]), {name:'HMAC',hash:'SHA-256'}, true, ['sign','verify']);
say([...new Uint8Array(await crypto.subtle.sign('HMAC',k,new Uint8Array([9])))].join());

const expected = [
  "AbortError 20 hi true AbortError: hi",
  "InvalidCharacterError The string to be decoded is not correctly encoded. 5",
  "InvalidCharacterError Invalid character 5",
  "hello aGVsbG8=",
  "aborted abort AbortError",
  "AbortController { signal: AbortSignal { aborted: true } } AbortSignal { aborted: true }",
  "true",
  "5 true",
  "36 4",
  "84006ce0c85d22dd020fe7052ef1a9bc3c381dde",
  "97ca5175ac60b081b919120849da7d71fb00456ac6c32ebe96581ce34cfe2596",
  "fabc6f49ec2cd8d8d595cd54cccb9b65041428a44bd83e36c9979ae8482c62a236be359fdaf2a38a6bea6251e480145b",
  "6548d3a70b4cdd421757e29302c5082d1aea38fceb868afd1ffcab13a239a2491d06a521108573f528c7359b19a82065cd69f7a21ede6f766783932dfe9f0333",
  "imm",
  "t1",
  "t0",
  "TimeoutError The operation was aborted due to timeout",
  "number false",
  "m 2",
  "v",
  "72,142,200,208,182,143,167,71,245,149,17,52,124,104,107,185,45,78,198,62,110,102,140,124,63,162,187,65,228,42,145,209",
];
await new Promise((resolve) => setTimeout(resolve, 60));
const lines = printed.join('\n').split('\n');
for (let i = 0; i < Math.max(lines.length, expected.length); i++)
  if (lines[i] !== expected[i]) throw new Error(`line ${i + 1}: ${lines[i]}\nexpected: ${expected[i]}`);
console.log('ok');
