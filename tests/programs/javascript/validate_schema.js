// A validator of JSON Schema as an agent writes one, and deep comparison of what it says.
const assert = require('node:assert/strict');

const kinds = { string: v => typeof v === 'string', number: v => typeof v === 'number' && Number.isFinite(v), integer: Number.isInteger, boolean: v => typeof v === 'boolean', null: v => v === null, array: Array.isArray, object: v => typeof v === 'object' && v !== null && !Array.isArray(v) };
const rules = {
  type: (v, t) => [].concat(t).some(k => kinds[k](v)) || `is not ${[].concat(t).join(' or ')}`,
  enum: (v, all) => all.includes(v) || `is not one of ${all.join(', ')}`,
  minimum: (v, m) => typeof v !== 'number' || v >= m || `is below ${m}`,
  maxLength: (v, m) => typeof v !== 'string' || [...v].length <= m || `is longer than ${m}`,
  pattern: (v, p) => typeof v !== 'string' || new RegExp(p, 'u').test(v) || `does not match ${p}`,
  required: (v, names) => !kinds.object(v) || names.filter(n => !Object.hasOwn(v, n)).map(n => `lacks ${n}`)[0] || true,
  uniqueItems: (v, on) => !on || !Array.isArray(v) || new Set(v.map(i => JSON.stringify(i))).size === v.length || 'repeats an item',
};

function* check(value, schema, path = '$') {
  for (const [rule, wanted] of Object.entries(schema)) {
    const said = rules[rule]?.(value, wanted) ?? true;
    if (said !== true) yield `${path} ${said}`;
  }
  if (schema.properties && kinds.object(value))
    for (const [name, inner] of Object.entries(schema.properties))
      if (name in value) yield* check(value[name], inner, `${path}.${name}`);
  if (schema.additionalProperties === false && kinds.object(value))
    for (const name of Object.keys(value)) if (!(name in (schema.properties ?? {}))) yield `${path} has ${name}, which is not known`;
  if (schema.items && Array.isArray(value)) for (const [i, item] of value.entries()) yield* check(item, schema.items, `${path}[${i}]`);
  if (schema.anyOf && !schema.anyOf.some(s => check(value, s, path).next().done)) yield `${path} fits none of ${schema.anyOf.length}`;
}

const schema = {
  type: 'object', required: ['name', 'age'], additionalProperties: false,
  properties: { name: { type: 'string', maxLength: 5, pattern: '^\\p{L}+$' }, age: { type: 'integer', minimum: 0 }, tags: { type: 'array', uniqueItems: true, items: { enum: ['a', 'b'] } }, id: { anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^#' }] } },
};
for (const value of [{ name: 'Zoë', age: 3, tags: ['a'], id: '#1' }, { name: 'far too long', age: -1 }, { age: 1.5, tags: ['a', 'a', 'c'], more: 1 }, [], null, { name: '123', age: NaN, id: 'x' }])
  console.log(JSON.stringify(value), [...check(value, schema)]);

assert.deepEqual([...check(5, { type: 'integer' })], []);
assert.throws(() => assert.equal(1, 2), { name: 'AssertionError', code: 'ERR_ASSERTION' });
assert.notDeepEqual({ a: [1, { b: 2 }] }, { a: [1, { b: '2' }] });
assert.ok(true);
try { assert.equal(1, 2, 'one is not two'); } catch (error) { console.log(error.name, error.message, error.actual, error.expected, error.operator); }
assert.rejects(Promise.reject(new RangeError('far')), RangeError).then(() => console.log('rejected as wanted'));
console.log(JSON.stringify({ u: undefined, f() {}, d: new Date(0), n: NaN, nested: { toJSON: () => 'custom' }, s: Symbol('x'), list: [undefined, () => 1] }), JSON.stringify('\u2028\ud800"'), JSON.stringify({ a: 1, b: [1, 2] }, ['a'], '--'), JSON.stringify({ k: 5n }, (_, v) => (typeof v === 'bigint' ? `${v}n` : v)));
console.log(JSON.parse('{"a":[1,2,{"b":null}]}', function (key, value) { return Array.isArray(value) ? value.length : value; }));
for (const bad of ['{"a":1,}', '[1', '{a:1}', '']) { try { JSON.parse(bad); } catch (error) { console.log(error.name, error instanceof SyntaxError); } }
