// The Encoding standard's encodings other than UTF-8, for TextDecoder (text.c). Tables are made by encodings.py, and read when one
// is first wanted.
'use strict';

// Labels of each name, besides the name itself.
const LABELS = {
  'utf-8': 'unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf8 x-unicode20utf8',
  'ibm866': '866 cp866 csibm866',
  'iso-8859-2': 'csisolatin2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2',
  'iso-8859-3': 'csisolatin3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3',
  'iso-8859-4': 'csisolatin4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4',
  'iso-8859-5': 'csisolatincyrillic cyrillic iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988',
  'iso-8859-6': 'arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987',
  'iso-8859-7': 'csisolatingreek ecma-118 elot_928 greek greek8 iso-ir-126 iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek',
  'iso-8859-8': 'csiso88598e csisolatinhebrew hebrew iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 visual',
  'iso-8859-8-i': 'csiso88598i logical',
  'iso-8859-10': 'csisolatin6 iso-ir-157 iso8859-10 iso885910 l6 latin6',
  'iso-8859-13': 'iso8859-13 iso885913',
  'iso-8859-14': 'iso8859-14 iso885914',
  'iso-8859-15': 'csisolatin9 iso8859-15 iso885915 iso_8859-15 l9',
  'iso-8859-16': '',
  'koi8-r': 'cskoi8r koi koi8 koi8_r',
  'koi8-u': 'koi8-ru',
  'macintosh': 'csmacintosh mac x-mac-roman',
  'windows-874': 'dos-874 iso-8859-11 iso8859-11 iso885911 tis-620',
  'windows-1250': 'cp1250 x-cp1250',
  'windows-1251': 'cp1251 x-cp1251',
  'windows-1252': 'ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii x-cp1252',
  'windows-1253': 'cp1253 x-cp1253',
  'windows-1254': 'cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 x-cp1254',
  'windows-1255': 'cp1255 x-cp1255',
  'windows-1256': 'cp1256 x-cp1256',
  'windows-1257': 'cp1257 x-cp1257',
  'windows-1258': 'cp1258 x-cp1258',
  'x-mac-cyrillic': 'x-mac-ukrainian',
  'gbk': 'chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 iso-ir-58 x-gbk',
  'gb18030': '',
  'big5': 'big5-hkscs cn-big5 csbig5 x-x-big5',
  'euc-jp': 'cseucpkdfmtjapanese x-euc-jp',
  'iso-2022-jp': 'csiso2022jp',
  'shift_jis': 'csshiftjis ms932 ms_kanji shift-jis sjis windows-31j x-sjis',
  'euc-kr': 'cseuckr csksc56011987 iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949',
  'utf-16be': 'unicodefffe',
  'utf-16le': 'csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16',
  'x-user-defined': '',
};

const NONE = 0xfffd;
const WRONG = -1;
const { fromCodePoint } = String;

let names;

function nameOf(label) {
  if (!names) {
    names = { __proto__: null };
    for (const name in LABELS) {
      names[name] = name;
      for (const other of LABELS[name].split(' ')) names[other] = name;
    }
  }
  const trimmed = label.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, '').toLowerCase();
  return trimmed === '' ? undefined : names[trimmed];
}

const tables = { __proto__: null };
const pointsOf = (name) => (tables[name] ??= Array.from(require(`encoding:${name}.json`), (character) => character.codePointAt(0)));
const look = (name, pointer) => {
  const point = pointsOf(name)[pointer];
  return point === undefined || point === NONE ? WRONG : point;
};

// A decoder takes byte after byte: it gives a code point or a list of them, WRONG, or undefined where it wants more. `left` is what
// it wants to see again.
const within = (byte, low, high) => byte >= low && byte <= high;

function oneByte(name) {
  const points = Array.from(require('encoding:single.json')[name === 'iso-8859-8-i' ? 'iso-8859-8' : name], (character) => character.codePointAt(0));
  return () => ({
    next: (byte) => (byte < 0x80 ? byte : points[byte - 0x80] === NONE ? WRONG : points[byte - 0x80]),
    isPending: () => false,
  });
}

// Of two bytes: what `pair` makes of both. A second byte that is ASCII and wrong is looked at again.
function twoBytes(single, isLead, pair) {
  return () => {
    let lead = 0;
    return {
      left: [],
      next(byte) {
        if (lead === 0) {
          if (isLead(byte)) {
            lead = byte;
            return undefined;
          }
          return single(byte);
        }
        const first = lead;
        lead = 0;
        const point = pair(first, byte);
        if (point === WRONG && byte < 0x80) this.left.push(byte);
        return point;
      },
      isPending: () => lead !== 0,
      reset() { lead = 0; },
    };
  };
}

const ascii = (byte) => (byte < 0x80 ? byte : WRONG);

const bigPairs = { 1133: [0xca, 0x304], 1135: [0xca, 0x30c], 1164: [0xea, 0x304], 1166: [0xea, 0x30c] };
const big5 = twoBytes(ascii, (byte) => within(byte, 0x81, 0xfe), (lead, byte) => {
  if (!within(byte, 0x40, 0x7e) && !within(byte, 0xa1, 0xfe)) return WRONG;
  const pointer = (lead - 0x81) * 157 + byte - (byte < 0x7f ? 0x40 : 0x62);
  return bigPairs[pointer] ?? look('big5', pointer);
});

const eucKr = twoBytes(ascii, (byte) => within(byte, 0x81, 0xfe), (lead, byte) =>
  (within(byte, 0x41, 0xfe) ? look('euc-kr', (lead - 0x81) * 190 + byte - 0x41) : WRONG));

const shiftJis = twoBytes(
  (byte) => (byte <= 0x80 ? byte : within(byte, 0xa1, 0xdf) ? 0xff61 - 0xa1 + byte : WRONG),
  (byte) => within(byte, 0x81, 0x9f) || within(byte, 0xe0, 0xfc),
  (lead, byte) => {
    if (!within(byte, 0x40, 0x7e) && !within(byte, 0x80, 0xfc)) return WRONG;
    const pointer = (lead - (lead < 0xa0 ? 0x81 : 0xc1)) * 188 + byte - (byte < 0x7f ? 0x40 : 0x41);
    return within(pointer, 8836, 10715) ? 0xe000 - 8836 + pointer : look('jis0208', pointer);
  });

function eucJp() {
  let lead = 0;
  let third = false;
  return {
    left: [],
    next(byte) {
      if (lead === 0x8e && within(byte, 0xa1, 0xdf)) {
        lead = 0;
        return 0xff61 - 0xa1 + byte;
      }
      if (lead === 0x8f && within(byte, 0xa1, 0xfe)) {
        third = true;
        lead = byte;
        return undefined;
      }
      if (lead !== 0) {
        let point = WRONG;
        if (within(lead, 0xa1, 0xfe) && within(byte, 0xa1, 0xfe))
          point = look(third ? 'jis0212' : 'jis0208', (lead - 0xa1) * 94 + byte - 0xa1);
        lead = 0;
        third = false;
        if (point === WRONG && byte < 0x80) this.left.push(byte);
        return point;
      }
      if (byte < 0x80) return byte;
      if (byte !== 0x8e && byte !== 0x8f && !within(byte, 0xa1, 0xfe)) return WRONG;
      lead = byte;
      return undefined;
    },
    isPending: () => lead !== 0,
    reset() {
      lead = 0;
      third = false;
    },
  };
}

// Escapes choose between ASCII, JIS X 0201 (Roman and katakana) and pairs of JIS X 0208.
const ASCII = 0;
const ROMAN = 1;
const KATAKANA = 2;
const LEAD = 3;
const TRAIL = 4;
const ESCAPE_START = 5;
const ESCAPE = 6;
const ESCAPES = { 0x2842: ASCII, 0x284a: ROMAN, 0x2849: KATAKANA, 0x2440: LEAD, 0x2442: LEAD };

function iso2022Jp() {
  let state = ASCII;
  let chosen = ASCII; // by the last escape
  let lead = 0;
  let isNew = false; // two escapes with nothing between them are wrong

  function plain(byte) {
    isNew = false;
    if (state === KATAKANA) return within(byte, 0x21, 0x5f) ? 0xff61 - 0x21 + byte : WRONG;
    if (state === ROMAN && byte === 0x5c) return 0xa5;
    if (state === ROMAN && byte === 0x7e) return 0x203e;
    return byte < 0x80 && byte !== 0x0e && byte !== 0x0f ? byte : WRONG;
  }
  function escape(byte) {
    const wanted = ESCAPES[lead << 8 | byte];
    if (wanted === undefined) {
      state = chosen;
      isNew = false;
      this.left.push(lead, byte);
      return WRONG;
    }
    const twice = isNew;
    state = chosen = wanted;
    isNew = true;
    return twice ? WRONG : undefined;
  }
  return {
    left: [],
    next(byte) {
      if (state === ESCAPE) return escape.call(this, byte);
      if (state === ESCAPE_START) {
        if (byte === 0x24 || byte === 0x28) {
          lead = byte;
          state = ESCAPE;
          return undefined;
        }
        state = chosen;
        isNew = false;
        this.left.push(byte);
        return WRONG;
      }
      if (byte === 0x1b) {
        const cut = state === TRAIL;
        state = ESCAPE_START;
        return cut ? WRONG : undefined;
      }
      if (state === TRAIL) {
        state = LEAD;
        return within(byte, 0x21, 0x7e) ? look('jis0208', (lead - 0x21) * 94 + byte - 0x21) : WRONG;
      }
      if (state !== LEAD) return plain(byte);
      isNew = false;
      if (!within(byte, 0x21, 0x7e)) return WRONG;
      lead = byte;
      state = TRAIL;
      return undefined;
    },
    isPending: () => state >= TRAIL,
    // What an escape that was cut off began with is no escape.
    reset() {
      const again = state === ESCAPE ? lead : undefined;
      state = state === TRAIL ? LEAD : chosen;
      isNew = false;
      return again;
    },
  };
}

// The code point of four bytes of gb18030.
function fourBytes(pointer) {
  if ((pointer > 39419 && pointer < 189000) || pointer > 1237575) return WRONG;
  if (pointer === 7457) return 0xe7c7;
  if (pointer >= 189000) return 0x10000 + pointer - 189000;
  const ranges = (tables.ranges ??= require('encoding:ranges.json'));
  let low = 0;
  let high = ranges.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ranges[middle][0] <= pointer) low = middle;
    else high = middle - 1;
  }
  return ranges[low][1] + pointer - ranges[low][0];
}

function gb18030() {
  let first = 0;
  let second = 0;
  let third = 0;
  return {
    left: [],
    next(byte) {
      if (third !== 0) {
        const bytes = [first, second, third];
        first = second = third = 0;
        const point = within(byte, 0x30, 0x39) ? fourBytes(((bytes[0] - 0x81) * 10 + bytes[1] - 0x30) * 1260 + (bytes[2] - 0x81) * 10 + byte - 0x30) : WRONG;
        if (point === WRONG) this.left.push(bytes[1], bytes[2], byte);
        return point;
      }
      if (second !== 0) {
        if (within(byte, 0x81, 0xfe)) {
          third = byte;
          return undefined;
        }
        this.left.push(second, byte);
        first = second = 0;
        return WRONG;
      }
      if (first !== 0) {
        if (within(byte, 0x30, 0x39)) {
          second = byte;
          return undefined;
        }
        const lead = first;
        first = 0;
        const point = within(byte, 0x40, 0x7e) || within(byte, 0x80, 0xfe) ? look('gbk', (lead - 0x81) * 190 + byte - (byte < 0x7f ? 0x40 : 0x41)) : WRONG;
        if (point === WRONG && byte < 0x80) this.left.push(byte);
        return point;
      }
      if (byte < 0x80) return byte;
      if (byte === 0x80) return 0x20ac;
      if (byte === 0xff) return WRONG;
      first = byte;
      return undefined;
    },
    isPending: () => first !== 0,
    reset() { first = second = third = 0; },
  };
}

function utf16(isBig) {
  return () => {
    let held = -1;
    let high = 0;
    return {
      left: [],
      next(byte) {
        if (held < 0) {
          held = byte;
          return undefined;
        }
        const unit = isBig ? held << 8 | byte : byte << 8 | held;
        const pair = [isBig ? unit >> 8 : unit & 255, isBig ? unit & 255 : unit >> 8];
        held = -1;
        if (high !== 0) {
          const point = 0x10000 + ((high & 0x3ff) << 10) + (unit & 0x3ff);
          high = 0;
          if (within(unit, 0xdc00, 0xdfff)) return point;
          this.left.push(...pair);
          return WRONG;
        }
        if (within(unit, 0xd800, 0xdbff)) {
          high = unit;
          return undefined;
        }
        return within(unit, 0xdc00, 0xdfff) ? WRONG : unit;
      },
      isPending: () => held >= 0 || high !== 0,
      reset() {
        held = -1;
        high = 0;
      },
    };
  };
}

const SPECIAL = {
  'big5': big5, 'euc-kr': eucKr, 'iso-2022-jp': iso2022Jp, 'shift_jis': shiftJis, 'euc-jp': eucJp, 'gbk': gb18030, 'gb18030': gb18030, 'utf-16be': utf16(true), 'utf-16le': utf16(false),
  'x-user-defined': () => ({ next: (byte) => (byte < 0x80 ? byte : 0xf780 + byte - 0x80), isPending: () => false }),
};

function bytesOf(input) {
  if (input === undefined) return new Uint8Array(0);
  return ArrayBuffer.isView(input) ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength) : new Uint8Array(input);
}

// What TextDecoder needs for a label: [its name, (bytes, whether more comes) => text]; undefined where there is none.
function decoderOf(label, fatal, keepMark) {
  const name = nameOf(label);
  if (name === 'utf-8') return undefined;
  if (name === undefined) throw require('web:errors').coded(RangeError, 'ERR_ENCODING_NOT_SUPPORTED', `The "${label}" encoding is not supported`);
  const make = SPECIAL[name] ?? oneByte(name);
  const hasMark = name.startsWith('utf-16') && !keepMark;
  let decoder = make();
  let atStart = true;

  function decode(input, stream) {
    const bytes = bytesOf(input);
    let text = '';
    let part = [];
    const put = (point) => {
      if (point === WRONG) {
        if (fatal) {
          decoder = make();
          atStart = true;
          throw require('web:errors').coded(TypeError, 'ERR_ENCODING_INVALID_ENCODED_DATA', `The encoded data was not valid for encoding ${name}`);
        }
        point = NONE;
      }
      if (atStart && hasMark && point === 0xfeff) {
        atStart = false;
        return;
      }
      atStart = false;
      part[part.length] = point;
      if (part.length === 4096) {
        text += fromCodePoint(...part);
        part = [];
      }
    };
    const take = (byte) => {
      const point = decoder.next(byte);
      if (typeof point === 'object') for (const one of point) put(one);
      else if (point !== undefined) put(point);
      if (decoder.left?.length > 0) for (const again of decoder.left.splice(0)) take(again);
    };
    for (let i = 0; i < bytes.length; i++) take(bytes[i]);
    if (!stream) {
      while (decoder.isPending()) {
        const again = decoder.reset();
        put(WRONG);
        if (again !== undefined) take(again);
      }
      decoder = make();
      atStart = true;
    }
    return text + fromCodePoint(...part);
  }
  return [name, decode];
}

module.exports = { decoderOf };
