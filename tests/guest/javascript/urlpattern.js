// URLPattern: what patterns match, what groups they give, how they are written again, and what is refused. The file runs in any Node that has it.
const assert = require('node:assert');

const groups = (pattern, input, base) => new URLPattern(...[pattern].flat()).exec(input, base);
const fails = (...given) => assert.throws(() => new URLPattern(...given), TypeError, `${given[0]}`);

// Components and their canonical forms.
const user = new URLPattern({ pathname: '/users/:id(\\d+)/:rest*' });
assert.strictEqual(user.pathname, '/users/:id(\\d+)/:rest*');
assert.strictEqual(user.hasRegExpGroups, true);
assert.strictEqual(user.protocol + user.hostname + user.search, '***');
assert.deepStrictEqual({ ...user.exec('https://x.org/users/7/a/b?q#h').pathname.groups }, { id: '7', rest: 'a/b' });
assert.strictEqual(user.test('https://x.org/users/x'), false);
assert.strictEqual(user.test({ pathname: '/users/12' }), true);
assert.strictEqual(user.test('users/5', 'https://x.org/'), true);
assert.strictEqual(user.test('no url'), false);
assert.deepStrictEqual(user.exec('users/5', 'https://x.org/').inputs, ['users/5', 'https://x.org/']);
assert.strictEqual(new URLPattern().test('https://any/thing'), true);
for (const [init, name, text] of [
  [{ hostname: 'EXAMPLE.com' }, 'hostname', 'example.com'], [{ pathname: '/caf\u00e9/*' }, 'pathname', '/caf%C3%A9/*'],
  [{ protocol: 'https:', port: '443' }, 'port', ''], [{ search: '?a=*' }, 'search', 'a=*'], [{ hash: '#x' }, 'hash', 'x'],
  [{ pathname: '/foo/../bar' }, 'pathname', '/bar'], [{ pathname: '/foo{/:x}?' }, 'pathname', '/foo/:x?'], [{ pathname: '/a{b}c' }, 'pathname', '/abc'],
  [{ pathname: '/(.*)' }, 'pathname', '/*'], [{ pathname: '/:x([^\\/]+?)' }, 'pathname', '/:x'], [{ hostname: '[\\:\\:AB]' }, 'hostname', '[\\:\\:ab]'],
  [{ pathname: ':a{b}?' }, 'pathname', '{:a}{b}?'], [{ protocol: 'data', pathname: 'a b' }, 'pathname', 'a b'],
]) assert.strictEqual(new URLPattern(init)[name], text, JSON.stringify(init));

// Whole URLs of patterns.
for (const [pattern, input, name, found] of [
  ['https://*.example.com/:page\\?q=*', 'https://a.example.com/home?q=1', 'pathname', { page: 'home' }],
  ['http{s}?://{*.}?example.com/books/:id', 'http://example.com/books/9', 'pathname', { id: '9' }],
  ['https://:user:pass@example.com', 'https://me:pass@example.com/', 'hostname', {}], ['data\\:foobar', 'data:foobar', 'pathname', {}],
  ['https://example.com:8080?foo', 'https://example.com:8080/?foo', 'port', {}], ['https://[\\:\\:1]/', 'https://[::1]/', 'hostname', {}],
  [['/:a/b#:c', 'https://x.org/'], 'https://x.org/1/b#z', 'hash', { c: 'z' }], [['?q=:v', 'https://x.org/p'], 'https://x.org/p?q=3', 'search', { v: '3' }],
  [[{ pathname: 'b', baseURL: 'https://x.org/a/c' }], 'https://x.org/a/b', 'pathname', {}], [[{ pathname: '/A*' }, { ignoreCase: true }], 'https://x.org/abc', 'pathname', { 0: 'bc' }],
]) {
  const result = groups(pattern, input);
  assert.ok(result, JSON.stringify(pattern));
  assert.deepStrictEqual({ ...result[name].groups }, found, JSON.stringify(pattern));
}
assert.strictEqual(groups([{ pathname: '/:a?/b' }], { pathname: '/b' }).pathname.groups.a, undefined);
assert.strictEqual(groups('https://a.org/', 'https://b.org/'), null);

// What is refused.
for (const given of [['/a'], ['(', 'https://x/'], [{ pathname: '/:a/:a' }], [{ pathname: '/(?x)' }], [{ pathname: '/(a' }], [{ pathname: '/{a' }], [{ pathname: 'a}' }],
  [{ pathname: '/(\u00e9)' }], [{ pathname: '\\' }], [{ pathname: '/([)' }], [{ hostname: 'bad host' }], [{ hostname: 'bad\\:host' }], [{ port: '70000' }], [{ port: 'x' }],
  [{ protocol: 'caf\u00e9' }], [{ baseURL: 'nope' }], [{ pathname: '/' }, 'https://x/'], [{ pathname: '/()' }], [{ pathname: '/:' + 'a'.repeat(3) + ':' }]]) fails(...given);
assert.throws(() => user.test({ pathname: '/' }, 'https://x/'), TypeError);
assert.throws(() => URLPattern({}), TypeError);
assert.throws(() => new URLPattern(Symbol('x')), TypeError);

// Anything gives a pattern or a TypeError, soon.
let seed = 7;
const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
for (let i = 0; i < 3000; i++) {
  const text = Array.from({ length: random(12) }, () => ':*+?{}()\\/ab.[]#@^|-\u{1f600}'[random(22)] ?? '\ud800').join('');
  try {
    const pattern = new URLPattern({ pathname: text, hostname: i % 3 ? '*' : text });
    pattern.exec('https://ab/ab');
    assert.ok(new URLPattern({ pathname: pattern.pathname }));
  } catch (error) {
    assert.ok(error instanceof TypeError, `${text}: ${error}`);
  }
}
console.log('ok');
