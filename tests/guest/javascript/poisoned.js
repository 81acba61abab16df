// The library answers as before when a program has put things on the prototypes that all share, or replaced classes by its own, as old
// polyfills do. Nothing of the library is loaded before.
const { stringify } = JSON;
const seen = [];
const fail = () => { throw new Error('poison'); };
for (const name of ['get', 'set', 'value', 'writable', 'enumerable', 'configurable', 'apply', 'construct', 'has', 'deleteProperty'])
  Object.prototype[name] = fail;
Object.prototype.extra = fail;
Array.prototype.last = fail;
globalThis.Map = globalThis.Set = globalThis.WeakMap = globalThis.Promise = globalThis.Error = globalThis.TypeError = globalThis.Uint8Array = fail;

const require_ = require;
const say = (value) => { seen[seen.length] = value; };
say(new URL('https://a:b@ex%41mple.com:8080/x/../y?p=1#h').href);
say(new URLSearchParams('a=1&b=2').get('b'));
say(Buffer.concat([Buffer.from('hé'), Buffer.from('aGk=', 'base64')]).toString('hex'));
say(require_('path').relative('/a/b', '/a/c'));
say(require_('util').inspect({ a: [1, { b: 2 }], s: 'x' }));
say(require_('crypto').createHash('sha1').update('a').digest('hex'));
const emitter = new (require_('events'))();
emitter.once('x', (a, b) => say(a + b));
emitter.emit('x', 1, 2);
say(emitter.emit('x'));
const fs = require_('fs');
fs.mkdirSync('/work/p/q', { recursive: true });
fs.writeFileSync('/work/p/q/x', 'hi');
say(fs.readFileSync('/work/p/q/x', 'utf8') + fs.readdirSync('/work/p')[0] + fs.statSync('/work/p/q/x').size);
try { fs.readFileSync('/nope'); } catch (error) { say(error.code); }
const copy = structuredClone({ a: [1, 2], d: new Date(5), u: new Uint16Array([7, 8]), e: new RangeError('r') });
say(`${copy.a.length}${+copy.d}${copy.u[1]}${copy.e.message}`);
try { structuredClone(() => 1); } catch (error) { say(error.name); }
say(new TextDecoder().decode(new TextEncoder().encode('ü')) + atob('aGk='));
try { atob('*'); } catch (error) { say(error.name + error.code); }
const controller = new AbortController();
controller.signal.addEventListener('abort', () => say(controller.signal.reason.name));
controller.abort();
say(new Intl.NumberFormat('de').format(1234.5) + (5).toLocaleString('fr') + ['b', 'ä', 'a'].sort(new Intl.Collator('de').compare).join(''));
say(process.env.HOME === process.env.HOME && 'nothing' in process.env);
const storage = new (require_('async_hooks').AsyncLocalStorage)();
const Promised = Object.getPrototypeOf((async () => {})()).constructor;
const later = (start) => new Promised((resolve) => start((a) => { say(a); resolve(); }));
await later((done) => process.nextTick(done, 'tick'));
await later((done) => setImmediate(done, 'immediate'));
await later((done) => storage.run('s', () => setTimeout((a) => done(storage.getStore() + a), 1, 'x')));

const expected = ['https://a:b@example.com:8080/y?p=1#h', '2', '68c3a96869', '../c', "{ a: [ 1, { b: 2 } ], s: 'x' }",
  '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8', 3, false, 'hiq2', 'ENOENT', '258r', 'DataCloneError', 'ühi', 'InvalidCharacterError5', 'AbortError',
  '1.234,55aäb', false, 'tick', 'immediate', 'sx'];
const found = stringify(seen), wanted = stringify(expected);
std.out.puts(found === wanted ? 'ok\n' : `${found}\n${wanted}\n`);
