"""Popular packages of npm's, pinned, imported and used: what they give is what they give in Node.

They come through the user's own registry, once; then they lie in a store below build/, or where BELLJAR_STORE says.
"""

import os
import pathlib

import pytest

import belljar
from belljar.packages import PackageError, resolve_npm

ROOT = pathlib.Path(__file__).resolve().parents[3]

# The package, what is imported as `m`, a program, its value in Node 20.
CASES = [
    ("lodash@4.18.1", "lodash", "m.default.chunk([1, 2, 3, 4, 5], 2).concat([m.default.camelCase('one two-three')])", [[1, 2], [3, 4], [5], 'oneTwoThree']),
    ("zod@4.6.7", "zod", "const s = m.z.object({ a: m.z.number().min(2), b: m.z.string().optional() }); [s.safeParse({ a: 1 }).error.issues[0].code, s.parse({ a: 3, c: 1 })]", ['too_small', {'a': 3}]),
    ("date-fns@4.4.0", "date-fns", "[m.format(new Date(2024, 1, 29, 13, 5), \"yyyy-MM-dd'T'HH:mm EEEE\"), m.differenceInDays(new Date(2024, 2, 1), new Date(2024, 1, 1))]", ['2024-02-29T13:05 Thursday', 29]),
    ("dayjs@1.11.23", "dayjs", "m.default('2024-02-29').add(1, 'year').format('DD/MM/YYYY ddd')", '28/02/2025 Fri'),
    ("ms@2.1.3", "ms", "[m.default('2 days'), m.default(60000, { long: true })]", [172800000, '1 minute']),
    ("semver@7.8.6", "semver", "[m.default.satisfies('1.2.3', '^1.0.0'), m.default.inc('1.2.3', 'minor'), m.default.maxSatisfying(['1.0.0', '1.5.0', '2.0.0'], '1.x')]", [True, '1.3.0', '1.5.0']),
    ("ajv@8.20.0", "ajv", "const ajv = new m.default(); const v = ajv.compile({ type: 'object', required: ['a'], properties: { a: { type: 'integer', minimum: 2 } } }); [v({ a: 2 }), v({ a: 1 }), v.errors[0].message]", [True, False, 'must be >= 2']),
    ("ramda@0.32.0", "ramda", "[m.pipe(m.filter((n) => n % 2), m.map(m.multiply(3)))([1, 2, 3]), m.groupBy((w) => w.length, ['a', 'bb', 'c'])]", [[3, 9], {'1': ['a', 'c'], '2': ['bb']}]),
    ("rxjs@7.8.2", "rxjs", "const got = []; m.from([1, 2, 3, 4]).pipe(m.filter((n) => n % 2 === 0), m.map((n) => n * 10)).subscribe((n) => got.push(n)); got", [20, 40]),
    ("mathjs@15.2.0", "mathjs", "[m.evaluate('sqrt(3^2 + 4^2)'), m.format(m.inv([[1, 2], [3, 4]]), 4), m.simplify('2x + 3x').toString()]", [5, '[[-2, 1], [1.5, -0.5]]', '5 * x']),
    ("papaparse@5.7.1", "papaparse", "m.default.parse('a,b\\n1,\"x, y\"\\n2,z', { header: true, dynamicTyping: true }).data", [{'a': 1, 'b': 'x, y'}, {'a': 2, 'b': 'z'}]),
    ("marked@18.2.1", "marked", "m.marked.parse('# T\\n\\n- a\\n- **b** `c`\\n\\n| x |\\n|---|\\n| 1 |')", '<h1>T</h1>\n<ul>\n<li>a</li>\n<li><strong>b</strong> <code>c</code></li>\n</ul>\n<table>\n<thead>\n<tr>\n<th>x</th>\n</tr>\n</thead>\n<tbody><tr>\n<td>1</td>\n</tr>\n</tbody></table>\n'),
    ("handlebars@4.7.10", "handlebars/dist/cjs/handlebars.js", "m.default.default.compile('{{#each list}}{{@index}}:{{this}} {{/each}}{{{raw}}}')({ list: ['a', 'b'], raw: '<i>' })", '0:a 1:b <i>'),
    ("mustache@4.2.0", "mustache", "m.default.render('{{#items}}<{{name}}>{{/items}}', { items: [{ name: 'a&b' }, { name: 'c' }] })", '<a&amp;b><c>'),
    ("fast-xml-parser@5.12.1", "fast-xml-parser", "[new m.XMLParser({ ignoreAttributes: false }).parse('<a x=\"1\"><b>2</b><b>3</b></a>'), new m.XMLBuilder().build({ a: { b: [1, 2] } })]", [{'a': {'b': [2, 3], '@_x': '1'}}, '<a><b>1</b><b>2</b></a>']),
    ("moment@2.31.0", "moment", "m.default.utc('2024-02-29T10:00:00Z').add(1, 'month').format('YYYY-MM-DD HH:mm')", '2024-03-29 10:00'),
    ("validator@13.15.35", "validator", "[m.default.isEmail('a@b.org'), m.default.isEmail('a@b'), m.default.isUUID('123e4567-e89b-12d3-a456-426614174000')]", [True, False, True]),
    ("bignumber.js@11.1.5", "bignumber.js", "new m.BigNumber('0.1').plus('0.2').times('1e30').toFixed()", '300000000000000000000000000000'),
    ("decimal.js@10.6.0", "decimal.js", "[m.Decimal.sqrt(2).toString(), new m.Decimal('1e-7').toFixed()]", ['1.4142135623730950488', '0.0000001']),
    ("big.js@7.0.1", "big.js", "m.default('1').div('3').toFixed(10)", '0.3333333333'),
    ("d3-array@3.2.5", "d3-array", "[m.extent([3, 1, 2]), m.quantile([1, 2, 3, 4], 0.5), m.bin()([1, 1, 2, 5]).map((b) => b.length), [...m.rollup(['a', 'b', 'a'], (v) => v.length, (d) => d)]]", [[1, 3], 2.5, [2, 1, 0, 0, 1], [['a', 2], ['b', 1]]]),
    ("async@3.2.6", "async", "const done = []; await m.default.eachLimit([1, 2, 3], 2, async (n) => { done.push(n * 2); }); done", [2, 4, 6]),
    ("bluebird@3.7.2", "bluebird", "await m.default.map([1, 2, 3], (n) => m.default.delay(1).then(() => n * n), { concurrency: 2 })", [1, 4, 9]),
    ("underscore@1.13.8", "underscore", "[m.default.uniq([1, 1, 2]), m.default.template('<%= a %>!')({ a: 'x' }), m.sortBy([3, 1, 2])]", [[1, 2], 'x!', [1, 2, 3]]),
    ("fp-ts@2.16.11", "fp-ts/lib/function.js", "m.pipe(2, (n) => n + 1, (n) => n * 2)", 6),
    ("fp-ts@2.16.11", "fp-ts/lib/Option.js", "[m.some(1), m.fromNullable(null), m.getOrElse(() => 5)(m.none)]", [{'_tag': 'Some', 'value': 1}, {'_tag': 'None'}, 5]),
    ("effect@4.1.0", "effect", "[m.Effect.runSync(m.Effect.map(m.Effect.succeed(20), (n) => n + 1)), m.Option.isNone(m.Option.none())]", [21, True]),
    ("js-yaml@5.5.0", "js-yaml", "[m.load('a: [1, 2]\\nb: {c: yes}\\nd: |\\n  text\\n'), m.dump({ x: [1, { y: null }] })]", [{'a': [1, 2], 'b': {'c': 'yes'}, 'd': 'text\n'}, "x:\n  - 1\n  - 'y': null\n"]),
    ("immutable@5.2.1", "immutable", "const l = m.Map({ a: 1 }).set('b', m.List([1, 2])); [l.toJS(), l.equals(m.fromJS({ a: 1, b: [1, 2] }))]", [{'a': 1, 'b': [1, 2]}, True]),
    ("json5@2.2.3", "json5", "m.default.parse('{a: 0x10, /* c */ b: [1,], \\'c\\': +Infinity}').a", 16),
    ("fuse.js@7.5.0", "fuse.js", "new m.default([{ t: 'apple' }, { t: 'orange' }, { t: 'banana' }], { keys: ['t'] }).search('aple').map((r) => r.item.t)", ['apple', 'orange']),
    ("eventemitter3@5.0.4", "eventemitter3", "const e = new m.default(); const got = []; e.once('x', (v) => got.push(v)); e.emit('x', 1); e.emit('x', 2); got", [1]),
    ("redux@5.0.1", "redux", "const s = m.legacy_createStore((state = 0, a) => (a.type === 'add' ? state + a.n : state)); s.dispatch({ type: 'add', n: 5 }); s.getState()", 5),
    ("change-case@5.4.4", "change-case", "[m.camelCase('foo bar-baz'), m.snakeCase('fooBar'), m.kebabCase('FooBar')]", ['fooBarBaz', 'foo_bar', 'foo-bar']),
    ("simple-statistics@7.12.1", "simple-statistics", "[m.mean([1, 2, 3, 4]), m.standardDeviation([1, 2, 3, 4]), m.linearRegression([[0, 0], [1, 2]])]", [2.5, 1.118033988749895, {'m': 2, 'b': 0}]),
    ("luxon@3.7.2", "luxon", "m.DateTime.fromISO('2024-02-29T10:00:00Z', { zone: 'utc' }).plus({ days: 1, hours: 2 }).toISO()", '2024-03-01T12:00:00.000Z'),
    ("uuid@14.0.3", "uuid", "[m.validate('123e4567-e89b-12d3-a456-426614174000'), m.v5('x', m.v5.URL), m.v4().length]", [True, '4cd605e7-afa2-5360-b5b9-c5e9fb5c76f4', 36]),
    ("nanoid@5.1.16", "nanoid", "[m.nanoid().length, m.nanoid(5).length, m.urlAlphabet.length]", [21, 5, 64]),
    ("chalk@5.6.2", "chalk", "[m.default.red('x'), new m.Chalk({ level: 1 }).bold.green('y')]", ['x', '\x1b[1m\x1b[32my\x1b[39m\x1b[22m']),
    ("yargs@18.2.0", "yargs", "m.default(['--a', '5', '-b', 'x', 'rest']).parse()._", ['rest']),
    ("commander@14.0.3", "commander", "const p = new m.Command(); p.exitOverride().option('-n, --number <n>', 'n', Number).argument('<file>'); p.parse(['f.txt', '-n', '3'], { from: 'user' }); [p.opts(), p.args]", [{'number': 3}, ['f.txt']]),
    ("immer@11.2.13", "immer", "const a = { x: [1] }; const b = m.produce(a, (d) => { d.x.push(2); }); [a, b, Object.isFrozen(b)]", [{'x': [1]}, {'x': [1, 2]}, True]),
    ("csv-parse@7.0.3", "csv-parse/sync", "m.parse('a,b\\n1,\"x\"\"y\"\\n', { columns: true })", [{'a': '1', 'b': 'x"y'}]),
    ("yaml@2.9.1", "yaml", "[m.parse('a: 1\\nb:\\n  - x\\n  - {c: 2}'), m.stringify({ a: [1, { b: 'x: y' }] })]", [{'a': 1, 'b': ['x', {'c': 2}]}, 'a:\n  - 1\n  - b: "x: y"\n']),
    ("cheerio@1.2.0", "cheerio", "const $ = m.load('<ul><li class=a>1</li><li>2</li></ul>'); [$('li').map((i, e) => $(e).text()).get(), $('.a').attr('class'), $.html('ul')]", [['1', '2'], 'a', '<ul><li class="a">1</li><li>2</li></ul>']),
    ("qs@6.17.1", "qs", "[m.default.parse('a[b]=1&a[c][]=2&d=x%20y'), m.default.stringify({ a: { b: [1, 2] } })]", [{'a': {'b': '1', 'c': ['2']}, 'd': 'x y'}, 'a%5Bb%5D%5B0%5D=1&a%5Bb%5D%5B1%5D=2']),
    ("lru-cache@11.5.3", "lru-cache", "const c = new m.LRUCache({ max: 2 }); c.set('a', 1).set('b', 2).set('c', 3); [c.has('a'), c.get('c')]", [False, 3]),
    ("object-hash@3.0.0", "object-hash", "m.default({ b: 1, a: [1, 2] })", '7ad875542ba671c3ca58093ac8b1c1fa7c9e33d6'),
]  # fmt: skip

PACKAGES = sorted({f"npm:{package}" for package, *_ in CASES})


@pytest.fixture(scope="module")
def pool():
    before = os.environ.get("BELLJAR_STORE")
    os.environ.setdefault("BELLJAR_STORE", str(ROOT / "build" / "npm-store"))
    try:
        resolve_npm(package.removeprefix("npm:") for package in PACKAGES)
        with belljar.Pool("javascript", warm=1, packages=PACKAGES) as made:
            yield made
    except PackageError as error:
        if "cannot be had" not in str(error) and "no registry is known" not in str(error):
            raise
        pytest.skip(f"no registry can be reached: {error}")
    finally:
        if before is None:
            del os.environ["BELLJAR_STORE"]


@pytest.mark.parametrize("name, source, wanted", [case[1:] for case in CASES], ids=[case[1] for case in CASES])
def test_a_popular_package(pool, name, source, wanted):
    receipt = pool.run(f"const m = await import({name!r}); {source}")
    assert receipt.ok, receipt.stderr
    assert receipt.value == wanted


def test_there_are_enough_of_them():
    assert len({package.rpartition("@")[0] for package, *_ in CASES}) >= 30
