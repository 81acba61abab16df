// node:url and node:stream, streams of the web, Blob. What is expected is what Node 20 prints.
import { format as formatOfTest } from 'node:util';
import url from 'url';
import stream, {Readable, Transform, pipeline, Writable} from 'stream';
import {pipeline as pp} from 'stream/promises';
const printed = [];
const say = (...given) => printed.push(formatOfTest(...given));

const t=(f)=>{ try { say(f()) } catch(e) { say(e.name, e.code, e.message) } };
const u=new URL('https://user:pa%20ss@EXAMPLE.com:8080/a/../b c?x=1&y=%20z#frag');
say(u); say(u.href, String(u), JSON.stringify(u), u.searchParams);
u.searchParams.append('k','v w'); u.port='443'; u.hash=''; say(u.href, u.origin, u.host);
say(new URL('../x?q', 'http://h/a/b/c').href, URL.canParse('nope'), new URL('http://münchen.de/ä').href, new URL('file:///a/b').pathname);
t(()=>new URL('nope')); t(()=>new URL('/x','nope')); t(()=>new URL());
try { new URL('nope') } catch(e) { say(Object.keys(e), e.input) }
const p=new URLSearchParams({a:1,b:'x y'}); p.append('a','2'); say(p, p.toString(), [...p], p.getAll('a'), p.size, p.has('b','q')); p.sort(); p.delete('a'); say(p.entries(), new URLSearchParams(), new URLSearchParams([['x','y']]).get('x'));
t(()=>new URLSearchParams([['x']])); t(()=>p.append('a'));
say({u:new URL('http://x/'), p});
say(url.parse('http://u:p@host.com:80/p/a/t/h?query=string#hash'), url.parse('/a?b=c',true).query, url.resolve('/one/two/three','four'), url.format({protocol:'http',host:'a.b',pathname:'/x',query:{q:1}}));
say(url.fileURLToPath('file:///tmp/a%20b'), url.pathToFileURL('/tmp/a b#').href, url.domainToASCII('español.com'), url.domainToUnicode('xn--espaol-zwa.com'));
t(()=>url.fileURLToPath('http://x'));
const up=new Transform({transform(c,e,cb){cb(null,String(c).toUpperCase())}});
const out=[]; await pp(Readable.from(['a','b','c']), up, new Writable({write(c,e,cb){out.push(String(c));cb()}})); say(out);
for await (const x of Readable.from([1,2,3]).map(x=>x*2)) say(x);
say(await Readable.from([1,2,3]).toArray());
const rs=new ReadableStream({start(c){c.enqueue('a');c.enqueue('b');c.close()}}); const got=[]; for await (const x of rs.pipeThrough(new TransformStream({transform(x,c){c.enqueue(x+x)}}))) got.push(x); say(got);
const blob=new Blob(['héllo',new Uint8Array([65])],{type:'Text/Plain'}); say(blob, blob.size, await blob.text(), await blob.slice(0,1).text());

const expected = [
  "URL {",
  "  href: 'https://user:pa%20ss@example.com:8080/b%20c?x=1&y=%20z#frag',",
  "  origin: 'https://example.com:8080',",
  "  protocol: 'https:',",
  "  username: 'user',",
  "  password: 'pa%20ss',",
  "  host: 'example.com:8080',",
  "  hostname: 'example.com',",
  "  port: '8080',",
  "  pathname: '/b%20c',",
  "  search: '?x=1&y=%20z',",
  "  searchParams: URLSearchParams { 'x' => '1', 'y' => ' z' },",
  "  hash: '#frag'",
  "}",
  "https://user:pa%20ss@example.com:8080/b%20c?x=1&y=%20z#frag https://user:pa%20ss@example.com:8080/b%20c?x=1&y=%20z#frag \"https://user:pa%20ss@example.com:8080/b%20c?x=1&y=%20z#frag\" URLSearchParams { 'x' => '1', 'y' => ' z' }",
  "https://user:pa%20ss@example.com/b%20c?x=1&y=+z&k=v+w https://example.com example.com",
  "http://h/a/x?q false http://xn--mnchen-3ya.de/%C3%A4 /a/b",
  "TypeError ERR_INVALID_URL Invalid URL",
  "TypeError ERR_INVALID_URL Invalid URL",
  "TypeError ERR_MISSING_ARGS The \"url\" argument must be specified",
  "[ 'code', 'input' ] nope",
  "URLSearchParams { 'a' => '1', 'b' => 'x y', 'a' => '2' } a=1&b=x+y&a=2 [ [ 'a', '1' ], [ 'b', 'x y' ], [ 'a', '2' ] ] [ '1', '2' ] 3 false",
  "URLSearchParams Iterator { [ 'b', 'x y' ] } URLSearchParams {} y",
  "TypeError ERR_INVALID_TUPLE Each query pair must be an iterable [name, value] tuple",
  "TypeError ERR_MISSING_ARGS The \"name\" and \"value\" arguments must be specified",
  "{",
  "  u: URL {",
  "    href: 'http://x/',",
  "    origin: 'http://x',",
  "    protocol: 'http:',",
  "    username: '',",
  "    password: '',",
  "    host: 'x',",
  "    hostname: 'x',",
  "    port: '',",
  "    pathname: '/',",
  "    search: '',",
  "    searchParams: URLSearchParams {},",
  "    hash: ''",
  "  },",
  "  p: URLSearchParams { 'b' => 'x y' }",
  "}",
  "Url {",
  "  protocol: 'http:',",
  "  slashes: true,",
  "  auth: 'u:p',",
  "  host: 'host.com:80',",
  "  port: '80',",
  "  hostname: 'host.com',",
  "  hash: '#hash',",
  "  search: '?query=string',",
  "  query: 'query=string',",
  "  pathname: '/p/a/t/h',",
  "  path: '/p/a/t/h?query=string',",
  "  href: 'http://u:p@host.com:80/p/a/t/h?query=string#hash'",
  "} [Object: null prototype] { b: 'c' } /one/two/four http://a.b/x?q=1",
  "/tmp/a b file:///tmp/a%20b%23 xn--espaol-zwa.com espa\u00f1ol.com",
  "TypeError ERR_INVALID_URL_SCHEME The URL must be of scheme file",
  "[ 'A', 'B', 'C' ]",
  "2",
  "4",
  "6",
  "[ 1, 2, 3 ]",
  "[ 'aa', 'bb' ]",
  "Blob { size: 7, type: 'text/plain' } 7 h\u00e9lloA h",
];
await new Promise((resolve) => setTimeout(resolve, 60));
const lines = printed.join('\n').split('\n');
for (let i = 0; i < Math.max(lines.length, expected.length); i++)
  if (lines[i] !== expected[i]) throw new Error(`line ${i + 1}: ${lines[i]}\nexpected: ${expected[i]}`);
console.log('ok');
