// TextDecoder's legacy encodings, by the Encoding standard: its names, tables and what becomes of wrong bytes.
const assert = require('node:assert');

const decode = (label, bytes, options) => new TextDecoder(label, options).decode(new Uint8Array(bytes));

// Labels.
for (const [label, name] of [['latin1', 'windows-1252'], ['ASCII', 'windows-1252'], ['iso-8859-1', 'windows-1252'], [' Sjis\n', 'shift_jis'],
  ['gb2312', 'gbk'], ['utf-16', 'utf-16le'], ['unicode-1-1-utf-8', 'utf-8'], ['windows-949', 'euc-kr'], ['latin5', 'windows-1254'], ['UTF8', 'utf-8']])
  assert.strictEqual(new TextDecoder(label).encoding, name, label);
for (const label of ['nope', '', 'utf-7', 'latin1\0', 'utf-8\0'])
  assert.throws(() => new TextDecoder(label), { name: 'RangeError', code: 'ERR_ENCODING_NOT_SUPPORTED', message: `The "${label}" encoding is not supported` });

// Of one byte.
const high = Array.from({ length: 128 }, (_, i) => i + 128);
assert.strictEqual(decode('windows-1252', [0x80, 0x81, 0x93, 0xe9, 0xff]), '\u20ac\x81\u201c\u00e9\u00ff');
assert.strictEqual(decode('iso-8859-15', [0xa4, 0xa6, 0xbd]), '\u20ac\u0160\u0153');
assert.strictEqual(decode('windows-1251', [0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]), 'Привет');
assert.strictEqual(decode('koi8-r', [0xf0, 0xd2, 0xc9]), 'При');
assert.strictEqual(decode('koi8-u', [0xae, 0xbe]), '\u045e\u040e');
assert.strictEqual(decode('windows-1255', [0xca]), '\u05ba');
assert.strictEqual(decode('x-user-defined', [0x41, 0x80, 0xff]), 'A\uf780\uf7ff');
for (const label of ['ibm866', 'iso-8859-2', 'iso-8859-16', 'macintosh', 'windows-1250', 'windows-1258', 'x-mac-cyrillic'])
  assert.strictEqual(new Set(decode(label, high)).size, 128, label);
assert.strictEqual(decode('windows-1253', [0xaa, 0xd2]), '\ufffd\ufffd');
assert.throws(() => decode('windows-1253', [0xaa], { fatal: true }), { name: 'TypeError', code: 'ERR_ENCODING_INVALID_ENCODED_DATA' });

// Of several, whole and byte by byte; then cut off.
const cases = [
  ['shift_jis', [0x82, 0xb1, 0x83, 0x6e, 0xb1, 0x41, 0xf0, 0x40], 'こハｱA\ue000'],
  ['iso-2022-jp', [0x41, 0x1b, 0x24, 0x42, 0x24, 0x33, 0x1b, 0x28, 0x4a, 0x5c, 0x7e, 0x1b, 0x28, 0x49, 0x31, 0x1b, 0x28, 0x42, 0x42], 'Aこ¥‾ｱB'],
  ['euc-jp', [0xa4, 0xb3, 0x8e, 0xb1, 0x8f, 0xb0, 0xa1, 0x41], 'こｱ丂A'],
  ['gbk', [0xc4, 0xe3, 0xba, 0xc3, 0x80, 0x41], '你好€A'],
  ['gb18030', [0x81, 0x30, 0x81, 0x30, 0x90, 0x30, 0x81, 0x30, 0xc4, 0xe3, 0x84, 0x31, 0xa4, 0x37], '\x80\u{10000}你\ufffd'],
  ['big5', [0xa7, 0x41, 0xa6, 0x6e, 0x88, 0x62, 0x41], '你好\u00ca\u0304A'],
  ['euc-kr', [0xbe, 0xc8, 0xb3, 0xe7, 0x41], '안녕A'],
  ['utf-16be', [0xfe, 0xff, 0, 65, 0xd8, 0x3d, 0xde, 0], 'A😀'],
  ['utf-16le', [65, 0, 0x3d, 0xd8, 0, 0xde, 0, 0xd8, 66, 0], 'A😀\ufffdB'],
];
for (const [label, bytes, text] of cases) {
  assert.strictEqual(decode(label, bytes), text, label);
  const decoder = new TextDecoder(label);
  let parts = '';
  for (const byte of bytes) parts += decoder.decode(new Uint8Array([byte]), { stream: true });
  assert.strictEqual(parts + decoder.decode(), text, `${label}, in parts`);
  assert.strictEqual(decode(label, [...bytes, label.startsWith('utf') ? 1 : 0x81]), `${text}\ufffd`, `${label}, cut off`);
}
// A wrong second byte that is ASCII is read again: nothing can be hidden behind a lead byte.
for (const label of ['shift_jis', 'euc-jp', 'gbk', 'big5', 'euc-kr']) assert.strictEqual(decode(label, [0x81, 0x22]), '\ufffd"', label);
// Escapes: with nothing between them, unknown ones, cut off; a half of a pair.
assert.strictEqual(decode('iso-2022-jp', [0x1b, 0x28, 0x4a, 0x1b, 0x28, 0x42, 0x41]), '\ufffdA');
assert.strictEqual(decode('iso-2022-jp', [0x1b, 0x24, 0x41, 0x1b, 0x41]), '\ufffd$A\ufffdA');
assert.strictEqual(decode('iso-2022-jp', [0x41, 0x1b, 0x24]), 'A\ufffd$');
assert.strictEqual(decode('iso-2022-jp', [0x1b, 0x24, 0x42, 0x24, 0x1b, 0x28, 0x42, 0x41, 0x0e]), '\ufffdA\ufffd');
assert.strictEqual(decode('iso-2022-jp', [0x1b, 0x24, 0x42, 0x24, 0x33, 0x24]), 'こ\ufffd');
assert.strictEqual(decode('gb18030', [0x81, 0x30, 0x22]), '\ufffd0"');
assert.strictEqual(decode('utf-16le', [0xff, 0xfe, 65, 0], { ignoreBOM: true }), '\ufeffA');

// Any bytes give some text: what is read is never more than what is there.
let seed = 1;
const random = () => (seed = (seed * 48271) % 2147483647) & 255;
for (const [label] of cases) {
  for (let i = 0; i < 50; i++) {
    const bytes = Array.from({ length: 60 }, random);
    const text = decode(label, bytes);
    assert.ok(text.length <= 120 && text.isWellFormed(), label);
    const decoder = new TextDecoder(label);
    assert.strictEqual(decoder.decode(new Uint8Array(bytes.slice(0, i)), { stream: true }) + decoder.decode(new Uint8Array(bytes.slice(i))), text, label);
  }
}
const decoder = new TextDecoder('gbk');
const buffer = new ArrayBuffer(8);
structuredClone(buffer, { transfer: [buffer] });
assert.throws(() => decoder.decode(buffer), TypeError);
assert.throws(() => decoder.decode(5), TypeError);
console.log('ok');
