// Intl. FormatJS's packages do the work; their programs and the data of locales and time zones are loaded when they are
// needed. Collator is in web:collator.
'use strict';

const LOCALES = require('intl:locales.json');
const DEFAULT = 'en-US';

const Intl = {};
Object.defineProperty(Intl, Symbol.toStringTag, { value: 'Intl', configurable: true });

// FormatJS's programs look for the global, and put what they make on it; also on prototypes, which web:locale owns.
function load(name) {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'Intl');
  const kept = [Number, BigInt, Date].map(({ prototype }) => [prototype, Object.getOwnPropertyDescriptors(prototype)]);
  Object.defineProperty(globalThis, 'Intl', { value: Intl, writable: true, configurable: true });
  try {
    require(`npm:formatjs/${name}`);
  } finally {
    if (before) Object.defineProperty(globalThis, 'Intl', before);
    for (const [prototype, properties] of kept) Object.defineProperties(prototype, properties);
  }
}

const put = (name, value) => Object.defineProperty(Intl, name, { value, writable: true, enumerable: false, configurable: true });

const later = (name, make) => Object.defineProperty(Intl, name, {
  get() {
    // Absent while it is made, as programs that make it want it.
    put(name, undefined);
    delete Intl[name];
    const value = make() ?? Intl[name];
    put(name, value);
    return value;
  },
  set: (value) => put(name, value),
  enumerable: false,
  configurable: true,
});

// Language, script and region alone need no tables, but for the letters' cases.
const SIMPLE = /^([a-z]{2})(?:-([a-z]{4}))?(?:-([a-z]{2}|\d{3}))?$/i;
const RENAMED = ['iw', 'in', 'ji', 'jw', 'mo', 'tl', 'no', 'sh'];

// The package looks at Intl.Locale while it is loaded, which in turn needs the package.
function canonicalPackage() {
  const locale = Object.getOwnPropertyDescriptor(Intl, 'Locale');
  put('Locale', undefined);
  try {
    return require('npm:@formatjs/intl-getcanonicallocales');
  } finally {
    if (locale) Object.defineProperty(Intl, 'Locale', locale);
    else delete Intl.Locale;
  }
}

function canonical(tag) {
  const match = SIMPLE.exec(tag);
  if (match && !RENAMED.includes(match[1].toLowerCase())) {
    const [, language, script, region] = match;
    return language.toLowerCase() + (script ? `-${script[0].toUpperCase()}${script.slice(1).toLowerCase()}` : '') + (region ? `-${region.toUpperCase()}` : '');
  }
  try {
    return canonicalPackage().getCanonicalLocales(tag)[0];
  } catch (error) {
    throw error instanceof RangeError ? new RangeError(`Invalid language tag: ${tag}`) : error;
  }
}

function getCanonicalLocales(locales) {
  if (locales === undefined) return [];
  if (locales === null) throw new TypeError('Cannot convert undefined or null to object');
  const list = typeof locales === 'string' || isLocale(locales) ? [locales] : Array.from(Object(locales));
  const result = [];
  for (const one of list) {
    if (typeof one !== 'string' && (typeof one !== 'object' || one === null)) throw new TypeError('Incorrect locale information provided');
    const tag = canonical(`${one}`);
    if (!result.includes(tag)) result.push(tag);
  }
  return result;
}

const isLocale = (value) => typeof value === 'object' && value !== null && Object.prototype.toString.call(value) === '[object Intl.Locale]';

put('getCanonicalLocales', getCanonicalLocales);
later('Locale', () => {
  canonicalPackage();
  load('locale');
});

// ---- Data of locales.

// The one of LOCALES that has the data for a locale: itself, or with less said.
function dataLocale(locale) {
  for (let tag = locale.replace(/-u-.*$/, ''); tag !== ''; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-'))))
    if (LOCALES.includes(tag)) return tag;
  return undefined;
}

function requested(locales) {
  const list = locales === undefined ? [] : Intl.getCanonicalLocales(locales);
  return list.length > 0 ? list : [DEFAULT];
}

// Names are there in English alone.
const ENGLISH = /^en(?=-|$)/;

// Loads what a constructor needs of the locales that a program asks for; the default is always there.
function needData(constructor, kind, loaded, locales) {
  for (const locale of [DEFAULT, ...requested(locales)]) {
    const found = kind === 'display' ? ENGLISH.exec(locale)?.[0] : dataLocale(locale);
    if (found === undefined || loaded.has(found)) continue;
    loaded.add(found);
    if (kind === 'plural') require(`npm:formatjs/plural/${found === 'pt-PT' ? found : found.split('-')[0]}`);
    else constructor.__addLocaleData(kind === 'date' ? dateData(found, false) : require(`intl:${kind}/${found}.json`));
  }
}

// A constructor that has its data when it is called. `also` gives it more.
function withData(name, program, kind, also = () => {}) {
  later(name, () => {
    load(program);
    const original = Intl[name];
    const loaded = new Set();
    const prepare = (locales, options) => {
      const here = Object.getOwnPropertyDescriptor(globalThis, 'Intl');
      put(name, original);
      Object.defineProperty(globalThis, 'Intl', { value: Intl, writable: true, configurable: true });
      try {
        needData(original, kind, loaded, locales);
      } finally {
        put(name, constructor);
        if (here) Object.defineProperty(globalThis, 'Intl', here);
      }
      also(original, options);
    };
    const constructor = new Proxy(original, {
      __proto__: null,
      apply(target, self, [locales, options]) {
        if (name !== 'NumberFormat' && name !== 'DateTimeFormat') throw new TypeError(`Constructor Intl.${name} requires 'new'`);
        return new constructor(locales, options);
      },
      construct(target, [locales, options], newTarget) {
        prepare(locales, options);
        const adjusted = adjust(name, locales, options);
        let made;
        try {
          made = Reflect.construct(original, [locales, adjusted], newTarget === constructor ? original : newTarget);
        } catch (error) {
          throw inWordsOfV8(name, options, error);
        }
        if (name === 'DateTimeFormat') given.set(made, [locales, adjusted]);
        return made;
      },
      get(target, key, receiver) {
        if (key === 'supportedLocalesOf') {
          return (locales, options) => {
            prepare(locales, undefined);
            return original.supportedLocalesOf(locales, options);
          };
        }
        return Reflect.get(target, key, receiver);
      },
    });
    if (name === 'DateTimeFormat') addRanges(original);
    original.prototype.constructor = constructor;
    original.__defaultLocale = DEFAULT;
    return constructor;
  });
}

// ---- What V8 does otherwise.

const given = new WeakMap();

function adjust(name, locales, options) {
  if (name === 'NumberFormat' && options?.style === 'currency' && options.currency === undefined)
    throw new TypeError('Currency code is required with currency style.');
  if (name === 'NumberFormat' && options?.style === 'unit' && options.unit === undefined)
    throw new TypeError('Unit is required with unit style.');
  // Without a "12", midnight of a language that has one is 24.
  if (name === 'DateTimeFormat' && options?.hour12 === false && /^(en(-US|-CA|-AU|-IN)?|hi|ar)(-|$)/.test(requested(locales)[0]) && !/^en-GB/.test(requested(locales)[0]))
    return { ...options, hour12: undefined, hourCycle: 'h24' };
  return options;
}

function inWordsOfV8(name, options, error) {
  const match = error instanceof RangeError ? /^(.*) is not within /.exec(error.message) : null;
  const property = match && options ? Object.keys(options).find((key) => `${options[key]}` === match[1]) : undefined;
  if (property !== undefined) return new RangeError(`Value ${match[1]} out of range for Intl.${name} options property ${property}`);
  if (/^Invalid timeZoneName/.test(error.message)) return new RangeError(`Invalid time zone specified: ${options.timeZone}`);
  return error;
}

// Between a long date and its time stands a word, as CLDR's "atTime" has it.
const AT = {
  en: "{1} 'at' {0}", de: "{1} 'um' {0}", fr: "{1} 'à' {0}", pt: "{1} 'às' {0}", nl: "{1} 'om' {0}", it: "{1} 'alle' 'ore' {0}",
  sv: "{1} 'kl'. {0}", ru: "{1} 'в' {0}", uk: "{1} 'о' {0}", hi: "{1} 'को' {0} 'बजे'", ar: "{1} 'في' {0}",
};

function dateData(locale, withRanges) {
  const entry = require(`intl:date/${locale}.json`);
  if (withRanges) entry.data.intervalFormats = require(`intl:range/${locale}.json`);
  const at = AT[locale.split('-')[0]];
  if (at !== undefined && typeof entry.data.dateTimeFormat === 'object') entry.data.dateTimeFormat.full = entry.data.dateTimeFormat.long = at;
  return entry;
}

// The data of ranges is loaded for those that make one.
function addRanges(original) {
  const ranged = new Set();
  for (const method of ['formatRange', 'formatRangeToParts']) {
    const plain = original.prototype[method];
    Object.defineProperty(original.prototype, method, {
      value: Object.defineProperty(function (start, end) {
        if (!given.has(this)) return plain.call(this, start, end);
        const [locales, options] = given.get(this);
        for (const locale of [DEFAULT, ...requested(locales)]) {
          const found = dataLocale(locale);
          if (found === undefined || ranged.has(found)) continue;
          ranged.add(found);
          original.__addLocaleData(dateData(found, true));
        }
        return plain.call(new original(locales, options), start, end);
      }, 'name', { value: method }),
      writable: true, configurable: true,
    });
  }
}

// ---- Time zones.

const zones = { index: undefined, known: new Map(), loaded: new Set() };

function zoneIndex() {
  if (!zones.index) {
    zones.index = require('intl:zones.json');
    for (const name of zones.index.names) zones.known.set(name.toUpperCase(), name);
  }
  return zones.index;
}

// FormatJS resolves the other names of a zone; it has to have the data of the zone that is meant.
function needZone(DateTimeFormat, options) {
  const given = options?.timeZone;
  if (zones.loaded.size === 0) {
    addZone(DateTimeFormat, 'Etc/UTC');
    DateTimeFormat.__setDefaultTimeZone('UTC');
  }
  if (given === undefined || /^(utc|gmt|etc\/(utc|gmt|zulu|uct)|[+-].*)$/i.test(`${given}`)) return;
  zoneIndex();
  zones.links ??= require('intl:links.json');
  const upper = `${given}`.toUpperCase();
  for (const name of [upper, zones.links[upper]?.toUpperCase()]) {
    const known = zones.known.get(name);
    if (known !== undefined) addZone(DateTimeFormat, known);
  }
}

function addZone(DateTimeFormat, name) {
  if (zones.loaded.has(name)) return;
  zones.loaded.add(name);
  const { abbrvs, offsets } = zoneIndex();
  const line = native.line('intl:zones.txt', `${name}|`);
  if (line === undefined) return;
  // Which forgets what it had.
  const before = DateTimeFormat.tzData;
  DateTimeFormat.__addTZData({ abbrvs, offsets, zones: [line] });
  DateTimeFormat.tzData = { ...before, ...DateTimeFormat.tzData };
}

withData('NumberFormat', 'number', 'number');
withData('PluralRules', 'plural', 'plural');
withData('ListFormat', 'list', 'list');
withData('DisplayNames', 'display', 'display');
withData('RelativeTimeFormat', 'relative', 'relative', (_, options) => { new Intl.PluralRules(); new Intl.NumberFormat(); });
withData('DateTimeFormat', 'date', 'date', needZone);
later('Collator', () => require('web:collator').Collator);
later('Segmenter', () => load('segmenter'));

function supportedValuesOf(key) {
  switch (key) {
    case 'calendar': return ['gregory'];
    case 'collation': return ['default'];
    case 'currency': return Object.keys(require('intl:number/en.json').data.currencies).filter((code) => /^[A-Z]{3}$/.test(code)).sort();
    case 'numberingSystem': return ['arab', 'deva', 'latn'];
    case 'timeZone': return [...zoneIndex().names].sort();
    case 'unit': return ['acre', 'bit', 'byte', 'celsius', 'centimeter', 'day', 'degree', 'fahrenheit', 'fluid-ounce', 'foot', 'gallon', 'gigabit', 'gigabyte', 'gram', 'hectare', 'hour', 'inch', 'kilobit', 'kilobyte', 'kilogram', 'kilometer', 'liter', 'megabit', 'megabyte', 'meter', 'mile', 'mile-scandinavian', 'milliliter', 'millimeter', 'millisecond', 'minute', 'month', 'ounce', 'percent', 'petabyte', 'pound', 'second', 'stone', 'terabit', 'terabyte', 'week', 'yard', 'year'];
    default: throw new RangeError(`Invalid key : ${key}`);
  }
}
put('supportedValuesOf', supportedValuesOf);

module.exports = { Intl, dataLocale, requested };
