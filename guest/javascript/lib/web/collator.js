// Intl.Collator and localeCompare: the order of Unicode's root collation for what LATIN, GREEK and CYRILLIC texts are
// made of, with the letters that some languages put elsewhere; other scripts go by their code points, after those.
'use strict';

const { Intl, requested, dataLocale } = require('web:intl');

// What comes before the letters, in order.
const BEFORE = '\t\n\v\f\r \u00a0_-\u2010\u2013\u2014,;:!\u00a1?\u00bf.\u2026\u00b7\'\u2018\u2019"\u201c\u201d()[]{}\u00a7\u00b6@*/\\&#%\u2030\u2020\u2021\u2022`\u00b4~^\u00af\u00b0\u00a9\u00ae+\u00b1\u00f7\u00d7<=>|\u00a6\u00ac$\u00a2\u00a3\u00a5\u20ac0123456789';
const order = new Map([...BEFORE].map((c, i) => [c, i + 1]));
const PUNCTUATION_END = order.get('0');

// Letters that Unicode does not take apart, as others that they are sorted with.
const PARTS = { 'ß': 'ss', 'æ': 'ae', 'œ': 'oe', 'ø': 'o\u0338', 'đ': 'd\u0335', 'ð': 'd\u0336', 'þ': 'th', 'ł': 'l\u0335', 'ı': 'i\u0336', 'ħ': 'h\u0335' };

// Letters of their own, each after the one before the sign.
const TAILORED = {
  sv: 'z<å<ä<ö', fi: 'z<å<ä<ö', da: 'z<æ<ø<å', nb: 'z<æ<ø<å', nn: 'z<æ<ø<å', no: 'z<æ<ø<å', de: '', es: 'n<ñ',
  pl: 'a<ą c<ć e<ę l<ł n<ń o<ó s<ś z<ź<ż', tr: 'c<ç g<ğ h<ı o<ö s<ş u<ü', az: 'c<ç e<ə g<ğ h<x<ı o<ö s<ş u<ü',
  cs: 'c<č h<ch r<ř s<š z<ž', sk: 'a<ä c<č h<ch o<ô s<š z<ž', hr: 'c<č<ć d<dž<đ l<lj n<nj s<š z<ž', hu: 'o<ö u<ü',
  et: 's<š<z<ž w<õ<ä<ö<ü', ro: 'a<ă<â i<î s<ș t<ț', lt: 'c<č i<y s<š z<ž', lv: 'c<č g<ģ k<ķ l<ļ n<ņ s<š z<ž',
};

// letter → [the letter it follows, how far behind]
function tailoring(language) {
  const result = new Map();
  for (const group of (TAILORED[language] ?? '').split(' ')) {
    const [base, ...rest] = group.split('<');
    rest.forEach((letter, i) => result.set(letter, [base, i + 1]));
  }
  return result;
}

const LETTER = 1000; // weights of letters begin here
const STEP = 16; // room for letters that follow another

function baseWeight(c) {
  const known = order.get(c);
  if (known !== undefined) return known;
  const code = c.codePointAt(0);
  if (code >= 0x61 && code <= 0x7a) return LETTER + (code - 0x61) * STEP;
  if (/[\p{P}\p{S}\p{Z}\p{C}]/u.test(c)) return 100 + (code % 800);
  return LETTER + 26 * STEP + code * STEP;
}

// A text as three lists of numbers: letters, their marks, their cases.
function weigh(text, language, letters, options) {
  const primary = [];
  const secondary = [];
  const tertiary = [];
  const plain = text.normalize('NFC');
  for (let i = 0; i < plain.length;) {
    const c = String.fromCodePoint(plain.codePointAt(i));
    const two = plain.slice(i, i + 2).toLowerCase();
    const lower = language === 'tr' || language === 'az' ? c.replace('I', 'ı').toLowerCase() : c.toLowerCase();
    const isUpper = c !== lower ? 1 : 0;
    if (options.numeric && c >= '0' && c <= '9') {
      const digits = /^[0-9]+/.exec(plain.slice(i))[0];
      const value = digits.replace(/^0+(?=.)/, '');
      primary.push(order.get('0'), 0.5 + value.length, ...Array.from(value, (d) => order.get(d)));
      secondary.push(0);
      tertiary.push(0);
      i += digits.length;
      continue;
    }
    const own = letters.get(two) ? two : letters.get(lower) ? lower : undefined;
    if (own !== undefined) {
      const [base, distance] = letters.get(own);
      primary.push(baseWeight(base) + distance);
      secondary.push(0);
      tertiary.push(isUpper);
      i += own.length;
      continue;
    }
    i += c.length;
    for (const part of (PARTS[lower] ?? lower).normalize('NFD')) {
      if (/\p{M}/u.test(part)) {
        if (secondary.length > 0) secondary[secondary.length - 1] = secondary[secondary.length - 1] * 100 + (part.codePointAt(0) % 99) + 1;
        continue;
      }
      const weight = baseWeight(part);
      if (options.ignorePunctuation && weight < PUNCTUATION_END) continue;
      primary.push(weight);
      secondary.push(0);
      tertiary.push(isUpper + (PARTS[lower] ? 0.5 : 0));
    }
  }
  return [primary, secondary, tertiary];
}

function compareLists(a, b) {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1;
  return Math.sign(a.length - b.length);
}

const PLAIN = /^[A-Za-z0-9 ]*$/;

function compareWith(a, b, settings) {
  if (a === b) return 0;
  const x = weigh(a, settings.language, settings.letters, settings);
  const y = weigh(b, settings.language, settings.letters, settings);
  const letters = compareLists(x[0], y[0]);
  if (letters !== 0 || settings.sensitivity === 'base') return letters;
  if (settings.sensitivity !== 'case') {
    const marks = compareLists(x[1], y[1]);
    if (marks !== 0 || settings.sensitivity === 'accent') return marks;
  }
  const cases = compareLists(x[2], y[2]);
  return settings.caseFirst === 'upper' ? -cases || 0 : cases;
}

// Texts of letters, digits and spaces of ASCII, in languages that keep their order: the same without lists.
function comparePlain(a, b) {
  let cases = 0;
  const size = Math.min(a.length, b.length);
  for (let i = 0; i < size; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const lowX = x >= 65 && x <= 90 ? x + 32 : x;
    const lowY = y >= 65 && y <= 90 ? y + 32 : y;
    if (lowX !== lowY) return lowX < lowY ? -1 : 1;
    if (cases === 0) cases = x > y ? -1 : 1;
  }
  return a.length !== b.length ? (a.length < b.length ? -1 : 1) : cases;
}

function option(options, name, allowed, usual) {
  const value = options[name];
  if (value === undefined) return usual;
  const text = `${value}`;
  if (!allowed.includes(text)) throw new RangeError(`Value ${text} out of range for Intl.Collator options property ${name}`);
  return text;
}

class Collator {
  #settings;
  #compare;

  constructor(locales = undefined, options = undefined) {
    const [locale] = requested(locales);
    if (options === null) throw new TypeError('Cannot convert undefined or null to object');
    const given = options === undefined ? {} : Object(options);
    const extension = /-u(?:-[a-z0-9]+)*?-(kn)(?:-(true|false))?(?=-|$)/.exec(locale);
    const base = locale.replace(/-u-.*$/, '');
    const found = dataLocale(base) === undefined && !(base.split('-')[0] in TAILORED) ? 'en-US' : base;
    const language = found.split('-')[0];
    option(given, 'localeMatcher', ['lookup', 'best fit'], 'best fit');
    this.#settings = {
      locale: found,
      language,
      letters: tailoring(language),
      usage: option(given, 'usage', ['sort', 'search'], 'sort'),
      sensitivity: option(given, 'sensitivity', ['base', 'accent', 'case', 'variant'], 'variant'),
      ignorePunctuation: given.ignorePunctuation === undefined ? false : !!given.ignorePunctuation,
      collation: 'default',
      numeric: given.numeric === undefined ? !!extension && extension[2] !== 'false' : !!given.numeric,
      caseFirst: option(given, 'caseFirst', ['upper', 'lower', 'false'], 'false'),
    };
    const settings = this.#settings;
    const simple = settings.letters.size === 0 && settings.sensitivity === 'variant' && settings.caseFirst !== 'upper' && !settings.numeric && !settings.ignorePunctuation;
    this.#compare = Object.defineProperty((a, b) => {
      a = `${a}`;
      b = `${b}`;
      return simple && PLAIN.test(a) && PLAIN.test(b) ? comparePlain(a, b) : compareWith(a, b, settings);
    }, 'name', { value: '' });
  }

  get compare() { return this.#compare; }

  resolvedOptions() {
    const { locale, usage, sensitivity, ignorePunctuation, collation, numeric, caseFirst } = this.#settings;
    return { locale, usage, sensitivity, ignorePunctuation, collation, numeric, caseFirst };
  }

  static supportedLocalesOf(locales) {
    return Intl.getCanonicalLocales(locales).filter((locale) => dataLocale(locale) !== undefined || locale.split('-')[0] in TAILORED);
  }
}

Object.defineProperty(Collator.prototype, Symbol.toStringTag, { value: 'Intl.Collator', configurable: true });

// As Intl has it, it may be called without new.
const callable = new Proxy(Collator, { __proto__: null, apply: (target, self, given) => new Collator(...given) });
Object.defineProperty(Collator.prototype, 'constructor', { value: callable, writable: true, configurable: true });

module.exports = { Collator: callable };
