// Regular expressions: named groups, sticky and global scans, look-behind, Unicode, replacement by functions.
const LOG = `2024-03-05T10:00:01Z INFO  [web-1] GET /api/items?id=1 200 45ms
2024-03-05T10:00:02Z ERROR [db] timeout after 3000ms {"query":"SELECT 1","tries":3}
not a line
2024-03-05T10:00:03Z WARN  [web-2] slow: /api/users/42/orders 1203ms
2024-03-05T10:01:00Z INFO  [web-1] POST /api/items 201 130ms`;
const LINE = /^(?<when>\S+)\s+(?<level>[A-Z]+)\s+\[(?<source>[\w-]+)\]\s+(?<message>.*?)(?:\s+(?<ms>\d+)ms)?(?:\s+(?<data>\{.*\}))?$/;
const events = LOG.split('\n').map(line => LINE.exec(line)?.groups).filter(Boolean).map(g => ({ ...g, ms: g.ms && Number(g.ms), data: g.data && JSON.parse(g.data), when: new Date(g.when) }));
for (const { when, level, source, message, ms, data } of events) console.log(when.toISOString(), level.padEnd(5), source, '|', message, '|', ms, data);
const byLevel = new Map();
for (const e of events) byLevel.set(e.level, (byLevel.get(e.level) ?? 0) + 1);
console.log(byLevel, Math.max(...events.map(e => e.ms ?? 0)));

console.log('/api/users/42/orders/7'.replace(/\/\d+/g, '/:id'), 'first_name lastName'.replace(/_(\w)/g, (_, c) => c.toUpperCase()), 'camelCaseText'.replace(/[A-Z]/g, c => `-${c.toLowerCase()}`), 'John Smith'.replace(/(?<a>\w+) (?<b>\w+)/, '$<b>, $<a> [$&] $$1'));
console.log([...'a1b22c333'.matchAll(/(?<letter>[a-z])(?<digits>\d+)/g)].map(m => [m.index, m.groups.letter, m.groups.digits]), 'a-b_c d'.split(/[-_ ]/), 'a1b2'.split(/(\d)/), '1234567.891'.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ','));
console.log(/(?<!\$)\b\d+/.exec('$12 34')[0], /(?<=€)\d+/.exec('$5 €7')[0], /^\p{Lu}\p{Ll}+$/u.test('Émile'), 'ΑΒΓ'.match(/\p{Script=Greek}/gu), /^.$/u.test('😀'), /^.$/.test('😀'), /a.c/s.test('a\nc'), 'x\ny'.match(/^y$/m)?.index);
const sticky = /\s*(\d+|[-+*/()])/y, tokens = [];
for (const text = '12 + (3*4)-5'; sticky.lastIndex < text.length;) tokens.push(sticky.exec(text)[1]);
console.log(tokens, /(a)|(b)/.exec('b'), /(?:(a)|b)*/.exec('ab'), /(z)((a+)?(b+)?(c))*/.exec('zaacbbbcac'));
const indices = /(?<y>\d{4})-(?<m>\d\d)/d.exec('on 2024-03');
console.log(indices.indices[1], indices.indices.groups.m, indices.input, Object.keys(indices.groups));
const e = 'someone@example.org, bad@, other.name+tag@sub.example.co.uk'.match(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g);
console.log(e, /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/.test('192.168.1.255'), /^(\w)(\w)?\w?\2\1$/.test('level'));
for (const bad of ['(', '[z-a]', 'a**', '(?<n>a)(?<n>b)', '\\']) { try { new RegExp(bad); console.log(bad, 'fine'); } catch (error) { console.log(bad, error.name); } }
console.log(String(new RegExp('/a\n', 'gi')), /x/gimsuy.flags, 'aaa'.lastIndexOf('a'), 'abc'.search(/c/), 'x'.replaceAll('x', '$&$&'), 'ABC'.replace(/b/i, '[$`|$\']'), 'tel: 555-1234'.match(/(\d+)-(\d+)/).slice(1), RegExp.prototype.toString.call(/a/g));
const template = 'Dear {{ name | upper }}, you owe {{amount}} to {{ who.name }} {{missing}}';
const filters = { upper: s => s.toUpperCase() }, values = { name: 'Ann', amount: 5.5, who: { name: 'Bob' } };
console.log(template.replace(/\{\{\s*([\w.]+)\s*(?:\|\s*(\w+))?\s*\}\}/g, (whole, path, filter) => { const v = path.split('.').reduce((o, k) => o?.[k], values); return v === undefined ? `<${path}?>` : filter ? filters[filter](String(v)) : v; }));
const markdown = '# Title\n\nSome *emph* and **strong** `code`.\n\n- one\n- two [link](http://x.org/a_b)\n';
console.log(markdown.replace(/^# (.*)$/gm, '<h1>$1</h1>').replace(/\*\*(.+?)\*\*/g, '<b>$1</b>').replace(/\*(.+?)\*/g, '<i>$1</i>').replace(/`(.+?)`/g, '<code>$1</code>').replace(/\[(.+?)\]\((.+?)\)/g, '<a href="$2">$1</a>').replace(/(?:^- .*\n?)+/gm, list => `<ul>${list.trim().split('\n').map(l => `<li>${l.slice(2)}</li>`).join('')}</ul>\n`));
