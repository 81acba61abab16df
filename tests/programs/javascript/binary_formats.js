// Bytes: CRC-32, base64 and UTF-8 by hand, a BMP, run-length coding, Huffman, a tiny hash, floats in parts.
const table = Uint32Array.from({ length: 256 }, (_, n) => { for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1; return n >>> 0; });
const crc32 = bytes => (bytes.reduce((c, b) => table[(c ^ b) & 255] ^ (c >>> 8), -1) ^ -1) >>> 0;
const utf8 = text => Uint8Array.from([...text].flatMap(ch => {
  const c = ch.codePointAt(0);
  return c < 0x80 ? [c] : c < 0x800 ? [0xc0 | c >> 6, 0x80 | c & 63] : c < 0x10000 ? [0xe0 | c >> 12, 0x80 | c >> 6 & 63, 0x80 | c & 63] : [0xf0 | c >> 18, 0x80 | c >> 12 & 63, 0x80 | c >> 6 & 63, 0x80 | c & 63];
}));
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
function base64(bytes) {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const n = bytes[i] << 16 | (bytes[i + 1] ?? 0) << 8 | (bytes[i + 2] ?? 0);
    out += [18, 12, 6, 0].map((s, k) => (i + k > bytes.length ? '=' : ALPHABET[n >> s & 63])).join('');
  }
  return out;
}
const text = 'naïve — 😀 text';
console.log(crc32(utf8('123456789')).toString(16), base64(utf8(text)), base64(utf8(text)) === btoa(String.fromCharCode(...new TextEncoder().encode(text))), new TextDecoder().decode(utf8(text)));

function bitmap(width, height, colour) {
  const row = (width * 3 + 3) & ~3, view = new DataView(new ArrayBuffer(54 + row * height));
  [0x42, 0x4d].forEach((b, i) => view.setUint8(i, b));
  view.setUint32(2, view.byteLength, true);
  view.setUint32(10, 54, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) colour(x, y).forEach((v, k) => view.setUint8(54 + y * row + x * 3 + 2 - k, v));
  return new Uint8Array(view.buffer);
}
const image = bitmap(5, 4, (x, y) => [x * 60, y * 80, (x ^ y) * 30]);
console.log(image.length, crc32(image), image.slice(0, 30));

const runs = bytes => { const out = []; for (let i = 0; i < bytes.length;) { let n = 1; while (bytes[i + n] === bytes[i] && n < 255) n++; out.push(n, bytes[i]); i += n; } return Uint8Array.from(out); };
console.log(runs(new Uint8Array(600).fill(7, 100, 500)));

function huffman(text) {
  let nodes = Object.entries([...text].reduce((n, c) => ({ ...n, [c]: (n[c] ?? 0) + 1 }), {})).map(([c, n]) => ({ c, n }));
  while (nodes.length > 1) {
    nodes.sort((a, b) => a.n - b.n || (a.c ?? '') .localeCompare(b.c ?? ''));
    const [a, b, ...others] = nodes;
    nodes = [...others, { n: a.n + b.n, a, b }];
  }
  const codes = {};
  (function visit(node, code) { if (node.c !== undefined) codes[node.c] = code || '0'; else { visit(node.a, code + '0'); visit(node.b, code + '1'); } })(nodes[0], '');
  return { bits: [...text].map(c => codes[c]).join('').length, codes };
}
const { bits, codes } = huffman('abracadabra');
console.log(bits, Object.keys(codes).sort().map(c => codes[c].length));

function sha1ish(bytes) {
  let [a, b, c] = [0x67452301, 0xefcdab89, 0x98badcfe];
  for (const v of bytes) { a = Math.imul(a ^ v, 0x01000193) >>> 0; b = ((b << 5) | (b >>> 27)) ^ a; c = (c + (b >>> 3)) | 0; }
  return [a, b >>> 0, c >>> 0].map(n => n.toString(16).padStart(8, '0')).join('');
}
console.log(sha1ish(utf8('hello')));
const float = x => { const v = new DataView(new ArrayBuffer(8)); v.setFloat64(0, x); const n = v.getBigUint64(0); return { sign: Number(n >> 63n), exponent: Number(n >> 52n & 0x7ffn), mantissa: (n & (1n << 52n) - 1n).toString(16) }; };
console.log([1, -0.1, NaN, Infinity, 5e-324].map(float));
const f32 = new Float32Array([0.1, 16777217, -Infinity, NaN]), clamped = new Uint8ClampedArray([300, -5, 1.5, 2.5, NaN]);
console.log(f32, clamped, new Int8Array([200, -200]), Float64Array.of(1, 2).map(x => x / 3), new Uint16Array(f32.buffer, 4, 2), new Uint8Array([3, 1, 2]).sort().join(), new Uint8Array(4).with(1, 9), Uint8Array.from('1234', Number).subarray(1, 3).toReversed());
console.log(1 << 31, 1 << 32, -1 >>> 0, 5.7 | 0, ~~-5.7, 2 ** 53 === 2 ** 53 + 1, Math.clz32(1000), Math.fround(0.1), Math.hypot(3, 4), Math.sign(-3), Math.trunc(-4.7), Math.round(-0.5), Math.round(2.5), Math.log2(8), Math.cbrt(27), Math.atan2(1, -1), 0.1 + 0.2, 1e300 * 1e10, -5 % 3, 5 % -3, (-8) ** (1 / 3));
