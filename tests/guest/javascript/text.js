// TextEncoder, TextDecoder, atob, btoa; text that is not Unicode.
const assert = (condition, what) => { if (!condition) throw new Error(`failed: ${what}`); };
const hex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
const bytes = (text) => new Uint8Array(text.match(/../g)?.map((b) => parseInt(b, 16)) ?? []);

const encoder = new TextEncoder();
assert(encoder.encoding === 'utf-8' && hex(encoder.encode('aé€😀')) === '61c3a9e282acf09f9880', 'encode');
assert(encoder.encode().length === 0 && encoder.encode('').length === 0, 'encode nothing');
assert(hex(encoder.encode('x\ud800y')) === '78efbfbd79', 'a lone surrogate becomes U+FFFD');
const room = new Uint8Array(6);
const { read, written } = encoder.encodeInto('a😀€', room);
assert(read === 3 && written === 5 && hex(room) === '61f09f988000', 'encodeInto writes whole characters');

const decoder = new TextDecoder();
assert(decoder.decode(encoder.encode('aé€😀')) === 'aé€😀' && decoder.decode() === '', 'decode');
assert(decoder.decode(bytes('efbbbf61')) === 'a' && new TextDecoder('utf8', { ignoreBOM: true }).decode(bytes('efbbbf61')).length === 2, 'byte order mark');
assert(decoder.decode(bytes('61ff62')) === 'a\ufffdb', 'a wrong byte');
assert(decoder.decode(bytes('e28261')) === '\ufffda' && decoder.decode(bytes('eda080')) === '\ufffd\ufffd\ufffd', 'parts of characters');
assert(decoder.decode(bytes('f09f98')) === '\ufffd' && decoder.decode(bytes('c080')) === '\ufffd\ufffd', 'cut and overlong');
let refused;
try { new TextDecoder('utf-8', { fatal: true }).decode(bytes('ff')); } catch (error) { refused = error; }
assert(refused instanceof TypeError, 'fatal');
refused = undefined;
try { new TextDecoder('nope'); } catch (error) { refused = error; }
assert(refused instanceof RangeError && refused.code === 'ERR_ENCODING_NOT_SUPPORTED', 'labels');
const stream = new TextDecoder();
assert(stream.decode(bytes('61e2'), { stream: true }) === 'a' && stream.decode(bytes('82'), { stream: true }) === '' && stream.decode(bytes('ac62')) === '€b', 'streams');
assert(decoder.decode(encoder.encode('xyz').subarray(1, 2)) === 'y' && decoder.decode(new DataView(encoder.encode('q').buffer)) === 'q', 'views');

assert(btoa('') === '' && btoa('a') === 'YQ==' && btoa('ab') === 'YWI=' && btoa('abc') === 'YWJj' && btoa('\u00ff\u0000') === '/wA=', 'btoa');
assert(atob('YWJj') === 'abc' && atob(' Y Q = = ') === 'a' && atob('YQ') === 'a' && atob('/wA=') === '\u00ff\u0000', 'atob');
for (const wrong of ['Y', 'YQ=', 'Y=Q=', '*', 'YWJj=']) {
  refused = undefined;
  try { atob(wrong); } catch (error) { refused = error; }
  assert(refused, `atob(${wrong})`);
}
refused = undefined;
try { btoa('€'); } catch (error) { refused = error; }
assert(refused, 'btoa beyond Latin-1');
print('ok');
