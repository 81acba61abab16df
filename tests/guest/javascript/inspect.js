// util.inspect with its options, coloured and not, beside what Node 20 answers: [value, options, colours, its text]. The file runs there, too.
const assert = require('node:assert');
const util = require('node:util');
const cases = [
  ["Object.assign(new Date(0), {x: 1})", "{}", false, "1970-01-01T00:00:00.000Z { x: 1 }"],
  ["Object.assign(new Date(0), {x: 1})", "{}", true, "1970-01-01T00:00:00.000Z { x: \u001b[33m1\u001b[39m }"],
  ["[{d: [Object.assign(new Date(0), {x: 1}), Object.assign(() => 1, {x: 1}), Object.assign(/a/, {x: 1}), Object.assign(new String(\"ab\"), {x: 1})]}]", "{depth: 1}", false, "[ { d: [Array] } ]"],
  ["[{d: [Object.assign(new Date(0), {x: 1}), Object.assign(() => 1, {x: 1}), Object.assign(/a/, {x: 1}), Object.assign(new String(\"ab\"), {x: 1})]}]", "{depth: 1}", true, "[ { d: \u001b[36m[Array]\u001b[39m } ]"],
  ["[new Date(NaN), /a\\/b/gi, Symbol(\"s\"), Symbol(), -0, 10n, null, undefined, true, NaN, \"it's\", \"a\\nb\"]", "{}", false, "[\n  Invalid Date, /a\\/b/gi,\n  Symbol(s),    Symbol(),\n  -0,           10n,\n  null,         undefined,\n  true,         NaN,\n  \"it's\",       'a\\nb'\n]"],
  ["[new Date(NaN), /a\\/b/gi, Symbol(\"s\"), Symbol(), -0, 10n, null, undefined, true, NaN, \"it's\", \"a\\nb\"]", "{}", true, "[\n  \u001b[35mInvalid Date\u001b[39m, \u001b[31m/a\\/b/gi\u001b[39m,\n  \u001b[32mSymbol(s)\u001b[39m,    \u001b[32mSymbol()\u001b[39m,\n  \u001b[33m-0\u001b[39m,           \u001b[33m10n\u001b[39m,\n  \u001b[1mnull\u001b[22m,         \u001b[90mundefined\u001b[39m,\n  \u001b[33mtrue\u001b[39m,         \u001b[33mNaN\u001b[39m,\n  \u001b[32m\"it's\"\u001b[39m,       \u001b[32m'a\\nb'\u001b[39m\n]"],
  ["({m: new Map([[1, {a: 2}]]), p: Promise.resolve(1), a: [1], n: Object.create(null), o: Object.assign(Object.create(null), {a: 1}), b: new Uint8Array(3), t: class A {}, w: new WeakSet()})", "{depth: 0}", false, "{\n  m: [Map],\n  p: [Promise],\n  a: [Array],\n  n: [Object: null prototype] {},\n  o: [Object: null prototype],\n  b: [Uint8Array],\n  t: [class A],\n  w: [WeakSet]\n}"],
  ["({m: new Map([[1, {a: 2}]]), p: Promise.resolve(1), a: [1], n: Object.create(null), o: Object.assign(Object.create(null), {a: 1}), b: new Uint8Array(3), t: class A {}, w: new WeakSet()})", "{depth: 0}", true, "{\n  m: \u001b[36m[Map]\u001b[39m,\n  p: \u001b[36m[Promise]\u001b[39m,\n  a: \u001b[36m[Array]\u001b[39m,\n  n: [Object: null prototype] {},\n  o: \u001b[36m[Object: null prototype]\u001b[39m,\n  b: \u001b[36m[Uint8Array]\u001b[39m,\n  t: \u001b[36m[class A]\u001b[39m,\n  w: \u001b[36m[WeakSet]\u001b[39m\n}"],
  ["(() => { const c = {}; c.c = c; c.d = [c]; return c; })()", "{}", false, "<ref *1> { c: [Circular *1], d: [ [Circular *1] ] }"],
  ["(() => { const c = {}; c.c = c; c.d = [c]; return c; })()", "{}", true, "\u001b[36m<ref *1>\u001b[39m { c: \u001b[36m[Circular *1]\u001b[39m, d: [ \u001b[36m[Circular *1]\u001b[39m ] }"],
  ["(() => { const c = {}; c.c = c; c.d = [c]; return c; })()", "{depth: 0}", false, "<ref *1> { c: [Circular *1], d: [Array] }"],
  ["(() => { const c = {}; c.c = c; c.d = [c]; return c; })()", "{depth: 0}", true, "\u001b[36m<ref *1>\u001b[39m { c: \u001b[36m[Circular *1]\u001b[39m, d: \u001b[36m[Array]\u001b[39m }"],
  ["({get a() { return 1; }, set a(v) {}, get b() { return {x: [1, {y: 2}]}; }, get c() { throw new Error(\"no\"); }, set d(v) {}, get e() { return null; }, get s() { return \"str\"; }, get y() { return Symbol(\"q\"); }, get u() { return undefined; }})", "{getters: true, depth: 3}", false, "{\n  a: [Getter/Setter: 1],\n  b: [Getter] { x: [ 1, { y: 2 } ] },\n  c: [Getter: <Inspection threw (no)>],\n  d: [Setter],\n  e: [Getter: null],\n  s: [Getter: 'str'],\n  y: [Getter: Symbol(q)],\n  u: [Getter: undefined]\n}"],
  ["({get a() { return 1; }, set a(v) {}, get b() { return {x: [1, {y: 2}]}; }, get c() { throw new Error(\"no\"); }, set d(v) {}, get e() { return null; }, get s() { return \"str\"; }, get y() { return Symbol(\"q\"); }, get u() { return undefined; }})", "{getters: true, depth: 3}", true, "{\n  a: \u001b[36m[Getter/Setter:\u001b[39m \u001b[33m1\u001b[39m\u001b[36m]\u001b[39m,\n  b: \u001b[36m[Getter]\u001b[39m { x: [ \u001b[33m1\u001b[39m, { y: \u001b[33m2\u001b[39m } ] },\n  c: \u001b[36m[Getter:\u001b[39m <Inspection threw (no)>\u001b[36m]\u001b[39m,\n  d: \u001b[36m[Setter]\u001b[39m,\n  e: \u001b[36m[Getter:\u001b[39m \u001b[1mnull\u001b[22m\u001b[36m]\u001b[39m,\n  s: \u001b[36m[Getter:\u001b[39m \u001b[32m'str'\u001b[39m\u001b[36m]\u001b[39m,\n  y: \u001b[36m[Getter:\u001b[39m \u001b[32mSymbol(q)\u001b[39m\u001b[36m]\u001b[39m,\n  u: \u001b[36m[Getter:\u001b[39m \u001b[90mundefined\u001b[39m\u001b[36m]\u001b[39m\n}"],
  ["({get a() { return 1; }, set a(v) {}, get b() { return 2; }, set d(v) {}})", "{getters: \"get\"}", false, "{ a: [Getter/Setter], b: [Getter: 2], d: [Setter] }"],
  ["({get a() { return 1; }, set a(v) {}, get b() { return 2; }, set d(v) {}})", "{getters: \"get\"}", true, "{ a: \u001b[36m[Getter/Setter]\u001b[39m, b: \u001b[36m[Getter:\u001b[39m \u001b[33m2\u001b[39m\u001b[36m]\u001b[39m, d: \u001b[36m[Setter]\u001b[39m }"],
  ["({get a() { return 1; }, set a(v) {}, get b() { return 2; }, set d(v) {}})", "{getters: \"set\"}", false, "{ a: [Getter/Setter: 1], b: [Getter], d: [Setter] }"],
  ["({get a() { return 1; }, set a(v) {}, get b() { return 2; }, set d(v) {}})", "{getters: \"set\"}", true, "{ a: \u001b[36m[Getter/Setter:\u001b[39m \u001b[33m1\u001b[39m\u001b[36m]\u001b[39m, b: \u001b[36m[Getter]\u001b[39m, d: \u001b[36m[Setter]\u001b[39m }"],
  ["({get a() { return 1; }, set a(v) {}, get b() { return 2; }})", "{getters: false}", false, "{ a: [Getter/Setter], b: [Getter] }"],
  ["({get a() { return 1; }, set a(v) {}, get b() { return 2; }})", "{getters: false}", true, "{ a: \u001b[36m[Getter/Setter]\u001b[39m, b: \u001b[36m[Getter]\u001b[39m }"],
  ["({get a() { return [new Map([[1, 2]])]; }})", "{getters: true}", false, "{ a: [Getter] [ Map(1) { 1 => 2 } ] }"],
  ["({get a() { return [new Map([[1, 2]])]; }})", "{getters: true}", true, "{ a: \u001b[36m[Getter]\u001b[39m [ Map(1) { \u001b[33m1\u001b[39m => \u001b[33m2\u001b[39m } ] }"],
  ["[1, , 3, , ,]", "{}", false, "[ 1, <1 empty item>, 3, <2 empty items> ]"],
  ["[1, , 3, , ,]", "{}", true, "[ \u001b[33m1\u001b[39m, \u001b[90m<1 empty item>\u001b[39m, \u001b[33m3\u001b[39m, \u001b[90m<2 empty items>\u001b[39m ]"],
  ["({\"a-b\": 1, [Symbol(\"s\")]: 2, [\"__proto__\"]: 3, \"\": 1, a: 1, 5: 2, \"ü\": 3, \"a b\": [1]})", "{}", false, "{\n  '5': 2,\n  'a-b': 1,\n  ['__proto__']: 3,\n  '': 1,\n  a: 1,\n  'ü': 3,\n  'a b': [ 1 ],\n  [Symbol(s)]: 2\n}"],
  ["({\"a-b\": 1, [Symbol(\"s\")]: 2, [\"__proto__\"]: 3, \"\": 1, a: 1, 5: 2, \"ü\": 3, \"a b\": [1]})", "{}", true, "{\n  \u001b[32m'5'\u001b[39m: \u001b[33m2\u001b[39m,\n  \u001b[32m'a-b'\u001b[39m: \u001b[33m1\u001b[39m,\n  ['__proto__']: \u001b[33m3\u001b[39m,\n  \u001b[32m''\u001b[39m: \u001b[33m1\u001b[39m,\n  a: \u001b[33m1\u001b[39m,\n  \u001b[32m'ü'\u001b[39m: \u001b[33m3\u001b[39m,\n  \u001b[32m'a b'\u001b[39m: [ \u001b[33m1\u001b[39m ],\n  [\u001b[32mSymbol(s)\u001b[39m]: \u001b[33m2\u001b[39m\n}"],
  ["Object.defineProperty(Object.defineProperty({}, \"h\", {value: 1}), Symbol(\"x\"), {get() {}})", "{showHidden: true}", false, "{ [h]: 1, [Symbol(x)]: [Getter] }"],
  ["Object.defineProperty(Object.defineProperty({}, \"h\", {value: 1}), Symbol(\"x\"), {get() {}})", "{showHidden: true}", true, "{ [h]: \u001b[33m1\u001b[39m, [\u001b[32mSymbol(x)\u001b[39m]: \u001b[36m[Getter]\u001b[39m }"],
  ["[\"a\".repeat(100) + \"\\n\" + \"b\".repeat(30)]", "{}", false, "[\n  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\n' +\n    'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'\n]"],
  ["[\"a\".repeat(100) + \"\\n\" + \"b\".repeat(30)]", "{}", true, "[\n  \u001b[32m'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\n'\u001b[39m +\n    \u001b[32m'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'\u001b[39m\n]"],
  ["\"x\".repeat(20)", "{maxStringLength: 5}", false, "'xxxxx'... 15 more characters"],
  ["\"x\".repeat(20)", "{maxStringLength: 5}", true, "\u001b[32m'xxxxx'\u001b[39m... 15 more characters"],
  ["[\"x\".repeat(20), \"y\"]", "{maxStringLength: 5}", false, "[ 'xxxxx'... 15 more characters, 'y' ]"],
  ["[\"x\".repeat(20), \"y\"]", "{maxStringLength: 5}", true, "[ \u001b[32m'xxxxx'\u001b[39m... 15 more characters, \u001b[32m'y'\u001b[39m ]"],
  ["[new Number(3), new String(\"x\"), new Boolean(true), Object(Symbol(\"z\")), Object(1n), new Number(-0)]", "{}", false, "[\n  [Number: 3],\n  [String: 'x'],\n  [Boolean: true],\n  [Symbol: Symbol(z)],\n  [BigInt: 1n],\n  [Number: -0]\n]"],
  ["[new Number(3), new String(\"x\"), new Boolean(true), Object(Symbol(\"z\")), Object(1n), new Number(-0)]", "{}", true, "[\n  \u001b[33m[Number: 3]\u001b[39m,\n  \u001b[32m[String: 'x']\u001b[39m,\n  \u001b[33m[Boolean: true]\u001b[39m,\n  \u001b[32m[Symbol: Symbol(z)]\u001b[39m,\n  \u001b[33m[BigInt: 1n]\u001b[39m,\n  \u001b[33m[Number: -0]\u001b[39m\n]"],
  ["Array.from({length: 30}, (_, i) => i)", "{}", false, "[\n   0,  1,  2,  3,  4,  5,  6,  7,  8,\n   9, 10, 11, 12, 13, 14, 15, 16, 17,\n  18, 19, 20, 21, 22, 23, 24, 25, 26,\n  27, 28, 29\n]"],
  ["Array.from({length: 30}, (_, i) => i)", "{}", true, "[\n   \u001b[33m0\u001b[39m,  \u001b[33m1\u001b[39m,  \u001b[33m2\u001b[39m,  \u001b[33m3\u001b[39m,  \u001b[33m4\u001b[39m,  \u001b[33m5\u001b[39m,  \u001b[33m6\u001b[39m,  \u001b[33m7\u001b[39m,  \u001b[33m8\u001b[39m,\n   \u001b[33m9\u001b[39m, \u001b[33m10\u001b[39m, \u001b[33m11\u001b[39m, \u001b[33m12\u001b[39m, \u001b[33m13\u001b[39m, \u001b[33m14\u001b[39m, \u001b[33m15\u001b[39m, \u001b[33m16\u001b[39m, \u001b[33m17\u001b[39m,\n  \u001b[33m18\u001b[39m, \u001b[33m19\u001b[39m, \u001b[33m20\u001b[39m, \u001b[33m21\u001b[39m, \u001b[33m22\u001b[39m, \u001b[33m23\u001b[39m, \u001b[33m24\u001b[39m, \u001b[33m25\u001b[39m, \u001b[33m26\u001b[39m,\n  \u001b[33m27\u001b[39m, \u001b[33m28\u001b[39m, \u001b[33m29\u001b[39m\n]"],
  ["Array.from({length: 30}, (_, i) => \"s\" + i)", "{}", false, "[\n  's0',  's1',  's2',  's3',  's4',\n  's5',  's6',  's7',  's8',  's9',\n  's10', 's11', 's12', 's13', 's14',\n  's15', 's16', 's17', 's18', 's19',\n  's20', 's21', 's22', 's23', 's24',\n  's25', 's26', 's27', 's28', 's29'\n]"],
  ["Array.from({length: 30}, (_, i) => \"s\" + i)", "{}", true, "[\n  \u001b[32m's0'\u001b[39m,  \u001b[32m's1'\u001b[39m,  \u001b[32m's2'\u001b[39m,  \u001b[32m's3'\u001b[39m,  \u001b[32m's4'\u001b[39m,\n  \u001b[32m's5'\u001b[39m,  \u001b[32m's6'\u001b[39m,  \u001b[32m's7'\u001b[39m,  \u001b[32m's8'\u001b[39m,  \u001b[32m's9'\u001b[39m,\n  \u001b[32m's10'\u001b[39m, \u001b[32m's11'\u001b[39m, \u001b[32m's12'\u001b[39m, \u001b[32m's13'\u001b[39m, \u001b[32m's14'\u001b[39m,\n  \u001b[32m's15'\u001b[39m, \u001b[32m's16'\u001b[39m, \u001b[32m's17'\u001b[39m, \u001b[32m's18'\u001b[39m, \u001b[32m's19'\u001b[39m,\n  \u001b[32m's20'\u001b[39m, \u001b[32m's21'\u001b[39m, \u001b[32m's22'\u001b[39m, \u001b[32m's23'\u001b[39m, \u001b[32m's24'\u001b[39m,\n  \u001b[32m's25'\u001b[39m, \u001b[32m's26'\u001b[39m, \u001b[32m's27'\u001b[39m, \u001b[32m's28'\u001b[39m, \u001b[32m's29'\u001b[39m\n]"],
  ["Array.from({length: 130}, (_, i) => i * i)", "{}", false, "[\n     0,    1,    4,    9,   16,   25,   36,   49,   64,   81,\n   100,  121,  144,  169,  196,  225,  256,  289,  324,  361,\n   400,  441,  484,  529,  576,  625,  676,  729,  784,  841,\n   900,  961, 1024, 1089, 1156, 1225, 1296, 1369, 1444, 1521,\n  1600, 1681, 1764, 1849, 1936, 2025, 2116, 2209, 2304, 2401,\n  2500, 2601, 2704, 2809, 2916, 3025, 3136, 3249, 3364, 3481,\n  3600, 3721, 3844, 3969, 4096, 4225, 4356, 4489, 4624, 4761,\n  4900, 5041, 5184, 5329, 5476, 5625, 5776, 5929, 6084, 6241,\n  6400, 6561, 6724, 6889, 7056, 7225, 7396, 7569, 7744, 7921,\n  8100, 8281, 8464, 8649, 8836, 9025, 9216, 9409, 9604, 9801,\n  ... 30 more items\n]"],
  ["Array.from({length: 130}, (_, i) => i * i)", "{}", true, "[\n     \u001b[33m0\u001b[39m,    \u001b[33m1\u001b[39m,    \u001b[33m4\u001b[39m,    \u001b[33m9\u001b[39m,   \u001b[33m16\u001b[39m,   \u001b[33m25\u001b[39m,   \u001b[33m36\u001b[39m,   \u001b[33m49\u001b[39m,   \u001b[33m64\u001b[39m,   \u001b[33m81\u001b[39m,\n   \u001b[33m100\u001b[39m,  \u001b[33m121\u001b[39m,  \u001b[33m144\u001b[39m,  \u001b[33m169\u001b[39m,  \u001b[33m196\u001b[39m,  \u001b[33m225\u001b[39m,  \u001b[33m256\u001b[39m,  \u001b[33m289\u001b[39m,  \u001b[33m324\u001b[39m,  \u001b[33m361\u001b[39m,\n   \u001b[33m400\u001b[39m,  \u001b[33m441\u001b[39m,  \u001b[33m484\u001b[39m,  \u001b[33m529\u001b[39m,  \u001b[33m576\u001b[39m,  \u001b[33m625\u001b[39m,  \u001b[33m676\u001b[39m,  \u001b[33m729\u001b[39m,  \u001b[33m784\u001b[39m,  \u001b[33m841\u001b[39m,\n   \u001b[33m900\u001b[39m,  \u001b[33m961\u001b[39m, \u001b[33m1024\u001b[39m, \u001b[33m1089\u001b[39m, \u001b[33m1156\u001b[39m, \u001b[33m1225\u001b[39m, \u001b[33m1296\u001b[39m, \u001b[33m1369\u001b[39m, \u001b[33m1444\u001b[39m, \u001b[33m1521\u001b[39m,\n  \u001b[33m1600\u001b[39m, \u001b[33m1681\u001b[39m, \u001b[33m1764\u001b[39m, \u001b[33m1849\u001b[39m, \u001b[33m1936\u001b[39m, \u001b[33m2025\u001b[39m, \u001b[33m2116\u001b[39m, \u001b[33m2209\u001b[39m, \u001b[33m2304\u001b[39m, \u001b[33m2401\u001b[39m,\n  \u001b[33m2500\u001b[39m, \u001b[33m2601\u001b[39m, \u001b[33m2704\u001b[39m, \u001b[33m2809\u001b[39m, \u001b[33m2916\u001b[39m, \u001b[33m3025\u001b[39m, \u001b[33m3136\u001b[39m, \u001b[33m3249\u001b[39m, \u001b[33m3364\u001b[39m, \u001b[33m3481\u001b[39m,\n  \u001b[33m3600\u001b[39m, \u001b[33m3721\u001b[39m, \u001b[33m3844\u001b[39m, \u001b[33m3969\u001b[39m, \u001b[33m4096\u001b[39m, \u001b[33m4225\u001b[39m, \u001b[33m4356\u001b[39m, \u001b[33m4489\u001b[39m, \u001b[33m4624\u001b[39m, \u001b[33m4761\u001b[39m,\n  \u001b[33m4900\u001b[39m, \u001b[33m5041\u001b[39m, \u001b[33m5184\u001b[39m, \u001b[33m5329\u001b[39m, \u001b[33m5476\u001b[39m, \u001b[33m5625\u001b[39m, \u001b[33m5776\u001b[39m, \u001b[33m5929\u001b[39m, \u001b[33m6084\u001b[39m, \u001b[33m6241\u001b[39m,\n  \u001b[33m6400\u001b[39m, \u001b[33m6561\u001b[39m, \u001b[33m6724\u001b[39m, \u001b[33m6889\u001b[39m, \u001b[33m7056\u001b[39m, \u001b[33m7225\u001b[39m, \u001b[33m7396\u001b[39m, \u001b[33m7569\u001b[39m, \u001b[33m7744\u001b[39m, \u001b[33m7921\u001b[39m,\n  \u001b[33m8100\u001b[39m, \u001b[33m8281\u001b[39m, \u001b[33m8464\u001b[39m, \u001b[33m8649\u001b[39m, \u001b[33m8836\u001b[39m, \u001b[33m9025\u001b[39m, \u001b[33m9216\u001b[39m, \u001b[33m9409\u001b[39m, \u001b[33m9604\u001b[39m, \u001b[33m9801\u001b[39m,\n  ... 30 more items\n]"],
  ["Array.from({length: 12}, (_, i) => \"漢字\".repeat(i % 3 + 1))", "{}", false, "[\n  '漢字',         '漢字漢字',\n  '漢字漢字漢字', '漢字',\n  '漢字漢字',     '漢字漢字漢字',\n  '漢字',         '漢字漢字',\n  '漢字漢字漢字', '漢字',\n  '漢字漢字',     '漢字漢字漢字'\n]"],
  ["Array.from({length: 12}, (_, i) => \"漢字\".repeat(i % 3 + 1))", "{}", true, "[\n  \u001b[32m'漢字'\u001b[39m,         \u001b[32m'漢字漢字'\u001b[39m,\n  \u001b[32m'漢字漢字漢字'\u001b[39m, \u001b[32m'漢字'\u001b[39m,\n  \u001b[32m'漢字漢字'\u001b[39m,     \u001b[32m'漢字漢字漢字'\u001b[39m,\n  \u001b[32m'漢字'\u001b[39m,         \u001b[32m'漢字漢字'\u001b[39m,\n  \u001b[32m'漢字漢字漢字'\u001b[39m, \u001b[32m'漢字'\u001b[39m,\n  \u001b[32m'漢字漢字'\u001b[39m,     \u001b[32m'漢字漢字漢字'\u001b[39m\n]"],
  ["Array.from({length: 27}, (_, i) => [\"é\", \"😀\", \"ab\"][i % 3])", "{}", false, "[\n  'é',  '😀', 'ab', 'é',  '😀',\n  'ab', 'é',  '😀', 'ab', 'é',\n  '😀', 'ab', 'é',  '😀', 'ab',\n  'é',  '😀', 'ab', 'é',  '😀',\n  'ab', 'é',  '😀', 'ab', 'é',\n  '😀', 'ab'\n]"],
  ["Array.from({length: 27}, (_, i) => [\"é\", \"😀\", \"ab\"][i % 3])", "{}", true, "[\n  \u001b[32m'é'\u001b[39m,  \u001b[32m'😀'\u001b[39m, \u001b[32m'ab'\u001b[39m, \u001b[32m'é'\u001b[39m,  \u001b[32m'😀'\u001b[39m,\n  \u001b[32m'ab'\u001b[39m, \u001b[32m'é'\u001b[39m,  \u001b[32m'😀'\u001b[39m, \u001b[32m'ab'\u001b[39m, \u001b[32m'é'\u001b[39m,\n  \u001b[32m'😀'\u001b[39m, \u001b[32m'ab'\u001b[39m, \u001b[32m'é'\u001b[39m,  \u001b[32m'😀'\u001b[39m, \u001b[32m'ab'\u001b[39m,\n  \u001b[32m'é'\u001b[39m,  \u001b[32m'😀'\u001b[39m, \u001b[32m'ab'\u001b[39m, \u001b[32m'é'\u001b[39m,  \u001b[32m'😀'\u001b[39m,\n  \u001b[32m'ab'\u001b[39m, \u001b[32m'é'\u001b[39m,  \u001b[32m'😀'\u001b[39m, \u001b[32m'ab'\u001b[39m, \u001b[32m'é'\u001b[39m,\n  \u001b[32m'😀'\u001b[39m, \u001b[32m'ab'\u001b[39m\n]"],
  ["Array.from({length: 20}, (_, i) => i % 2 ? i / 7 : i)", "{}", false, "[\n   0, 0.14285714285714285,\n   2, 0.42857142857142855,\n   4,  0.7142857142857143,\n   6,                   1,\n   8,  1.2857142857142858,\n  10,  1.5714285714285714,\n  12,  1.8571428571428572,\n  14,   2.142857142857143,\n  16,  2.4285714285714284,\n  18,  2.7142857142857144\n]"],
  ["Array.from({length: 20}, (_, i) => i % 2 ? i / 7 : i)", "{}", true, "[\n   \u001b[33m0\u001b[39m, \u001b[33m0.14285714285714285\u001b[39m,\n   \u001b[33m2\u001b[39m, \u001b[33m0.42857142857142855\u001b[39m,\n   \u001b[33m4\u001b[39m,  \u001b[33m0.7142857142857143\u001b[39m,\n   \u001b[33m6\u001b[39m,                   \u001b[33m1\u001b[39m,\n   \u001b[33m8\u001b[39m,  \u001b[33m1.2857142857142858\u001b[39m,\n  \u001b[33m10\u001b[39m,  \u001b[33m1.5714285714285714\u001b[39m,\n  \u001b[33m12\u001b[39m,  \u001b[33m1.8571428571428572\u001b[39m,\n  \u001b[33m14\u001b[39m,   \u001b[33m2.142857142857143\u001b[39m,\n  \u001b[33m16\u001b[39m,  \u001b[33m2.4285714285714284\u001b[39m,\n  \u001b[33m18\u001b[39m,  \u001b[33m2.7142857142857144\u001b[39m\n]"],
  ["new Map([[\"a\", {b: 1}], [{}, 2]])", "{}", false, "Map(2) { 'a' => { b: 1 }, {} => 2 }"],
  ["new Map([[\"a\", {b: 1}], [{}, 2]])", "{}", true, "Map(2) { \u001b[32m'a'\u001b[39m => { b: \u001b[33m1\u001b[39m }, {} => \u001b[33m2\u001b[39m }"],
  ["new Set([\"a\", 1, [2]])", "{}", false, "Set(3) { 'a', 1, [ 2 ] }"],
  ["new Set([\"a\", 1, [2]])", "{}", true, "Set(3) { \u001b[32m'a'\u001b[39m, \u001b[33m1\u001b[39m, [ \u001b[33m2\u001b[39m ] }"],
  ["new ArrayBuffer(4)", "{}", false, "ArrayBuffer { [Uint8Contents]: <00 00 00 00>, byteLength: 4 }"],
  ["new ArrayBuffer(4)", "{}", true, "ArrayBuffer { \u001b[36m[Uint8Contents]\u001b[39m: <00 00 00 00>, byteLength: \u001b[33m4\u001b[39m }"],
  ["new DataView(new ArrayBuffer(2))", "{}", false, "DataView {\n  byteLength: 2,\n  byteOffset: 0,\n  buffer: ArrayBuffer { [Uint8Contents]: <00 00>, byteLength: 2 }\n}"],
  ["new DataView(new ArrayBuffer(2))", "{}", true, "DataView {\n  byteLength: \u001b[33m2\u001b[39m,\n  byteOffset: \u001b[33m0\u001b[39m,\n  buffer: ArrayBuffer { \u001b[36m[Uint8Contents]\u001b[39m: <00 00>, byteLength: \u001b[33m2\u001b[39m }\n}"],
  ["new Float32Array([1.5, 2])", "{}", false, "Float32Array(2) [ 1.5, 2 ]"],
  ["new Float32Array([1.5, 2])", "{}", true, "Float32Array(2) [ \u001b[33m1.5\u001b[39m, \u001b[33m2\u001b[39m ]"],
  ["new Promise(() => {})", "{}", false, "Promise { <pending> }"],
  ["new Promise(() => {})", "{}", true, "Promise { \u001b[36m<pending>\u001b[39m }"],
  ["(() => { const p = Promise.reject(3); p.catch(() => {}); return p; })()", "{}", false, "Promise { <rejected> 3 }"],
  ["(() => { const p = Promise.reject(3); p.catch(() => {}); return p; })()", "{}", true, "Promise { \u001b[36m<rejected>\u001b[39m \u001b[33m3\u001b[39m }"],
  ["(() => { const {proxy, revoke} = Proxy.revocable({}, {}); revoke(); return [proxy]; })()", "{}", false, "[ <Revoked Proxy> ]"],
  ["(() => { const {proxy, revoke} = Proxy.revocable({}, {}); revoke(); return [proxy]; })()", "{}", true, "[ \u001b[36m<Revoked Proxy>\u001b[39m ]"],
  ["new Proxy({a: 1}, {})", "{}", false, "{ a: 1 }"],
  ["new Proxy({a: 1}, {})", "{}", true, "{ a: \u001b[33m1\u001b[39m }"],
  ["[function f() {}, () => {}, class B extends Map {}, async function g() {}, function* h() {}, Math.max]", "{}", false, "[\n  [Function: f],\n  [Function (anonymous)],\n  [class B extends Map],\n  [AsyncFunction: g],\n  [GeneratorFunction: h],\n  [Function: max]\n]"],
  ["[function f() {}, () => {}, class B extends Map {}, async function g() {}, function* h() {}, Math.max]", "{}", true, "[\n  \u001b[36m[Function: f]\u001b[39m,\n  \u001b[36m[Function (anonymous)]\u001b[39m,\n  \u001b[36m[class B extends Map]\u001b[39m,\n  \u001b[36m[AsyncFunction: g]\u001b[39m,\n  \u001b[36m[GeneratorFunction: h]\u001b[39m,\n  \u001b[36m[Function: max]\u001b[39m\n]"],
  ["({long: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaa\", b: \"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\", c: \"ccccccccccc\"})", "{}", false, "{\n  long: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa',\n  b: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',\n  c: 'ccccccccccc'\n}"],
  ["({long: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaa\", b: \"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\", c: \"ccccccccccc\"})", "{}", true, "{\n  long: \u001b[32m'aaaaaaaaaaaaaaaaaaaaaaaaaaaa'\u001b[39m,\n  b: \u001b[32m'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'\u001b[39m,\n  c: \u001b[32m'ccccccccccc'\u001b[39m\n}"],
  ["({long: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaa\", b: \"bbbbbbbbbbbbbbbbbb\", c: \"cc\"})", "{}", false, "{\n  long: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa',\n  b: 'bbbbbbbbbbbbbbbbbb',\n  c: 'cc'\n}"],
  ["({long: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaa\", b: \"bbbbbbbbbbbbbbbbbb\", c: \"cc\"})", "{}", true, "{\n  long: \u001b[32m'aaaaaaaaaaaaaaaaaaaaaaaaaaaa'\u001b[39m,\n  b: \u001b[32m'bbbbbbbbbbbbbbbbbb'\u001b[39m,\n  c: \u001b[32m'cc'\u001b[39m\n}"],
  ["({a: \"ääääääääääääääääääääääääää\", b: \"😀😀😀😀😀😀😀😀😀😀\", c: \"cc\"})", "{}", false, "{ a: 'ääääääääääääääääääääääääää', b: '😀😀😀😀😀😀😀😀😀😀', c: 'cc' }"],
  ["({a: \"ääääääääääääääääääääääääää\", b: \"😀😀😀😀😀😀😀😀😀😀\", c: \"cc\"})", "{}", true, "{ a: \u001b[32m'ääääääääääääääääääääääääää'\u001b[39m, b: \u001b[32m'😀😀😀😀😀😀😀😀😀😀'\u001b[39m, c: \u001b[32m'cc'\u001b[39m }"],
  ["[1234567.891, -1234567n, 0.0000123, 123, 1e21, 1234.5678]", "{numericSeparator: true}", false, "[ 1_234_567.891, -1_234_567n, 0.000_012_3, 123, 1e+21, 1_234.567_8 ]"],
  ["[1234567.891, -1234567n, 0.0000123, 123, 1e21, 1234.5678]", "{numericSeparator: true}", true, "[ \u001b[33m1_234_567.891\u001b[39m, \u001b[33m-1_234_567n\u001b[39m, \u001b[33m0.000_012_3\u001b[39m, \u001b[33m123\u001b[39m, \u001b[33m1e+21\u001b[39m, \u001b[33m1_234.567_8\u001b[39m ]"],
  ["({[util.inspect.custom](d, o, i) { return o.stylize(\"x\", \"number\") + o.stylize(\"y\", \"none\") + i({q: 1}, o); }})", "{}", false, "xy{ q: 1 }"],
  ["({[util.inspect.custom](d, o, i) { return o.stylize(\"x\", \"number\") + o.stylize(\"y\", \"none\") + i({q: 1}, o); }})", "{}", true, "\u001b[33mx\u001b[39my{ q: \u001b[33m1\u001b[39m }"],
  ["({[util.inspect.custom]() { return {z: 1}; }})", "{}", false, "{ z: 1 }"],
  ["({[util.inspect.custom]() { return {z: 1}; }})", "{}", true, "{ z: \u001b[33m1\u001b[39m }"],
  ["[new (class Foo { constructor() { this.x = 1; } }), new (class Bar extends Array {})]", "{}", false, "[ Foo { x: 1 }, Bar(0) [] ]"],
  ["[new (class Foo { constructor() { this.x = 1; } }), new (class Bar extends Array {})]", "{}", true, "[ Foo { x: \u001b[33m1\u001b[39m }, Bar(0) [] ]"],
  ["[(function* () {})(), [1].entries(), \"a\"[Symbol.iterator]()]", "{depth: 0}", false, "[\n  Object [Generator] {},\n  Object [Array Iterator] {},\n  Object [String Iterator] {}\n]"],
  ["[(function* () {})(), [1].entries(), \"a\"[Symbol.iterator]()]", "{depth: 0}", true, "[\n  Object [Generator] {},\n  Object [Array Iterator] {},\n  Object [String Iterator] {}\n]"],
  ["({b: 1, a: {d: 1, c: 2}})", "{sorted: true}", false, "{ a: { c: 2, d: 1 }, b: 1 }"],
  ["({b: 1, a: {d: 1, c: 2}})", "{sorted: true}", true, "{ a: { c: \u001b[33m2\u001b[39m, d: \u001b[33m1\u001b[39m }, b: \u001b[33m1\u001b[39m }"],
  ["({a: {b: {c: {d: 1}}}, e: [[[[1]]]]})", "{depth: 2}", false, "{ a: { b: { c: [Object] } }, e: [ [ [Array] ] ] }"],
  ["({a: {b: {c: {d: 1}}}, e: [[[[1]]]]})", "{depth: 2}", true, "{ a: { b: { c: \u001b[36m[Object]\u001b[39m } }, e: [ [ \u001b[36m[Array]\u001b[39m ] ] }"],
  ["({a: {b: {c: {d: 1}}}})", "{compact: false}", false, "{\n  a: {\n    b: {\n      c: [Object]\n    }\n  }\n}"],
  ["({a: {b: {c: {d: 1}}}})", "{compact: false}", true, "{\n  a: {\n    b: {\n      c: \u001b[36m[Object]\u001b[39m\n    }\n  }\n}"],
  ["[[1, 2, [3]], {a: [1]}]", "{breakLength: 10}", false, "[\n  [\n    1,\n    2,\n    [\n      3\n    ]\n  ],\n  {\n    a: [\n      1\n    ]\n  }\n]"],
  ["[[1, 2, [3]], {a: [1]}]", "{breakLength: 10}", true, "[\n  [\n    \u001b[33m1\u001b[39m,\n    \u001b[33m2\u001b[39m,\n    [\n      \u001b[33m3\u001b[39m\n    ]\n  ],\n  {\n    a: [\n      \u001b[33m1\u001b[39m\n    ]\n  }\n]"],
  ["[{a: 1, b: {c: [1, 2]}}, \"x\"]", "{compact: 1}", false, "[\n  {\n    a: 1,\n    b: { c: [Array] }\n  },\n  'x'\n]"],
  ["[{a: 1, b: {c: [1, 2]}}, \"x\"]", "{compact: 1}", true, "[\n  {\n    a: \u001b[33m1\u001b[39m,\n    b: { c: \u001b[36m[Array]\u001b[39m }\n  },\n  \u001b[32m'x'\u001b[39m\n]"],
  ["globalThis.undefined", "{}", false, "undefined"],
  ["globalThis.undefined", "{}", true, "\u001b[90mundefined\u001b[39m"],
  ["null", "{}", false, "null"],
  ["null", "{}", true, "\u001b[1mnull\u001b[22m"],
  ["\"text\"", "{}", false, "'text'"],
  ["\"text\"", "{}", true, "\u001b[32m'text'\u001b[39m"],
  ["\"it's \\\"q\\\" `\"", "{}", false, "'it\\'s \"q\" `'"],
  ["\"it's \\\"q\\\" `\"", "{}", true, "\u001b[32m'it\\'s \"q\" `'\u001b[39m"],
  ["[[\"a\"], [[\"b\"]]]", "{depth: 0}", false, "[ [Array], [Array] ]"],
  ["[[\"a\"], [[\"b\"]]]", "{depth: 0}", true, "[ \u001b[36m[Array]\u001b[39m, \u001b[36m[Array]\u001b[39m ]"],
];
const wrong = [];
for (const [source, options, colors, expected] of cases) {
  const found = util.inspect(new Function('util', `return ${source}`)(util), { ...new Function(`return ${options}`)(), colors });
  if (found !== expected) wrong.push(`${source} ${options}\n  ${JSON.stringify(found)}\n  ${JSON.stringify(expected)}`);
}
assert.strictEqual(wrong.join('\n'), '');

// Colours are the program's to choose, and a style that has none is plain.
util.inspect.styles.number = 'red';
util.inspect.styles.string = undefined;
assert.strictEqual(util.inspect([1, 'a'], { colors: true }), "[ \x1b[31m1\x1b[39m, 'a' ]");
util.inspect.colors.red = [1, 2];
assert.strictEqual(util.inspect(1, { colors: true }), '\x1b[1m1\x1b[2m');
util.inspect.styles.number = 'none such';
assert.strictEqual(util.inspect(1, { colors: true }), '1');

// A getter that is run may do anything to what is shown.
const emptied = [1, { get x() { emptied.length = 0; return 1; } }, 3];
assert.match(util.inspect(emptied, { getters: true }), /Getter/);
const map = new Map([[1, { get x() { map.clear(); return map; } }], [2, {}]]);
assert.match(util.inspect(map, { getters: true, depth: 5 }), /Map\(2\) \{ 1 => \{ x/);
const { proxy, revoke } = Proxy.revocable({ get x() { revoke(); return 'gone'; } }, {});
assert.match(util.inspect(proxy, { getters: true }), /gone/);
const own = { get self() { return own; }, get deeper() { return { get deeper() { throw new RangeError('end'); } }; } };
assert.match(util.inspect(own, { getters: true, depth: 9 }), /Circular[^]*<Inspection threw \(end\)>/);
assert.strictEqual(util.inspect((function () { return arguments; })(1, 'a')), "[Arguments] { '0': 1, '1': 'a' }");
assert.strictEqual(util.inspect((function () { return arguments; })()), '[Arguments] {}');
console.log('ok');
