// The methods of the language that depend on a locale. What needs no data of one is done here, which is the usual case;
// the rest is Intl's, which is loaded then.
'use strict';

const intl = () => require('web:intl').Intl;
const isUsual = (locales, options) => options === undefined && (locales === undefined || locales === 'en-US' || locales === 'en');

const define = (prototype, methods) => {
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(prototype, name, { value, writable: true, enumerable: false, configurable: true });
};

const group = (digits) => {
  let text = '';
  let i = digits.length;
  for (; i > 3; i -= 3) text = `,${digits.slice(i - 3, i)}${text}`;
  return digits.slice(0, i) + text;
};

const { toFixed, valueOf: numberOf } = Number.prototype;
const { valueOf: bigintOf, toString: bigintText } = BigInt.prototype;

function formatUsual(value) {
  const fixed = toFixed.call(Math.abs(value), 3);
  const [whole, fraction] = fixed.split('.');
  const rest = fraction.replace(/0+$/, '');
  const text = group(whole) + (rest === '' ? '' : `.${rest}`);
  return value < 0 || Object.is(value, -0) ? `-${text}` : text;
}

const formats = new Map();

// A format for the same locale and the same few options is made once.
function cached(name, locales, options) {
  if (locales !== undefined && typeof locales !== 'string') return new (intl()[name])(locales, options);
  const key = `${name} ${locales} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (!format) {
    format = new (intl()[name])(locales, options);
    if (formats.size > 100) formats.clear();
    formats.set(key, format);
  }
  return format;
}

define(Number.prototype, {
  toLocaleString(locales = undefined, options = undefined) {
    const value = numberOf.call(this);
    if (isUsual(locales, options) && Math.abs(value) < 1e21) return formatUsual(value);
    return cached('NumberFormat', locales, options).format(value);
  },
});

define(BigInt.prototype, {
  toLocaleString(locales = undefined, options = undefined) {
    const value = bigintOf.call(this);
    if (!isUsual(locales, options)) return cached('NumberFormat', locales, options).format(value);
    const text = bigintText.call(value);
    return text[0] === '-' ? `-${group(text.slice(1))}` : group(text);
  },
});

// ---- Dates.

const { getTime } = Date.prototype;
const two = (n) => (n < 10 ? `0${n}` : `${n}`);
const usualDate = (d) => `${d.getUTCMonth() + 1}/${d.getUTCDate()}/${d.getUTCFullYear()}`;
const usualTime = (d) =>
  `${d.getUTCHours() % 12 || 12}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())} ${d.getUTCHours() < 12 ? 'AM' : 'PM'}`;

const DATE = ['weekday', 'year', 'month', 'day'];
const TIME = ['dayPeriod', 'hour', 'minute', 'second', 'fractionalSecondDigits'];

// ECMA-402's ToDateTimeOptions
function withDefaults(options, required, defaults) {
  const result = Object.create(options === undefined ? null : Object(options));
  let needs = true;
  if (required !== 'time' && DATE.some((name) => result[name] !== undefined)) needs = false;
  if (required !== 'date' && TIME.some((name) => result[name] !== undefined)) needs = false;
  if (result.dateStyle !== undefined || result.timeStyle !== undefined) {
    if (required === 'date' && result.timeStyle !== undefined) throw new TypeError('Invalid option : timeStyle');
    if (required === 'time' && result.dateStyle !== undefined) throw new TypeError('Invalid option : dateStyle');
    needs = false;
  }
  if (needs && defaults !== 'time') result.year = result.month = result.day = 'numeric';
  if (needs && defaults !== 'date') result.hour = result.minute = result.second = 'numeric';
  const flat = {};
  for (const name in result) flat[name] = result[name];
  return flat;
}

function dateText(date, locales, options, required, defaults, usual) {
  const time = getTime.call(date);
  if (time !== time) return 'Invalid Date';
  if (options === null) throw new TypeError('Cannot convert undefined or null to object');
  if (isUsual(locales, options) && date.getUTCFullYear() > 0) return usual(date);
  return cached('DateTimeFormat', locales, withDefaults(options, required, defaults)).format(date);
}

const usualBoth = (d) => `${usualDate(d)}, ${usualTime(d)}`;

define(Date.prototype, {
  toLocaleString(locales = undefined, options = undefined) { return dateText(this, locales, options, 'any', 'all', usualBoth); },
  toLocaleDateString(locales = undefined, options = undefined) { return dateText(this, locales, options, 'date', 'date', usualDate); },
  toLocaleTimeString(locales = undefined, options = undefined) { return dateText(this, locales, options, 'time', 'time', usualTime); },
});

// ---- Lists and texts.

// Elements and their methods are as the program has them, also on the prototypes.
const reader = { __proto__: null, get: Reflect.get };

function listText(list, length, locales, options) {
  let text = '';
  for (let i = 0; i < length; i++) {
    if (i > 0) text += ',';
    const value = native.invoke(reader, 'get', list, i);
    if (value !== undefined && value !== null) text += `${native.invoke(value, 'toLocaleString', locales, options)}`;
  }
  return text;
}

const TypedArray = Object.getPrototypeOf(Uint8Array.prototype);

define(Array.prototype, {
  toLocaleString(locales = undefined, options = undefined) {
    if (this === undefined || this === null) throw new TypeError('Array.prototype.toLocaleString called on null or undefined');
    const list = Object(this);
    return listText(list, Math.min(Math.max(Math.trunc(Number(list.length)) || 0, 0), Number.MAX_SAFE_INTEGER), locales, options);
  },
});
define(TypedArray, {
  toLocaleString(locales = undefined, options = undefined) {
    TypedArray.keys.call(this); // which throws for what is no typed array, or detached
    return listText(this, lengthOf.call(this), locales, options);
  },
});
const lengthOf = Object.getOwnPropertyDescriptor(TypedArray, 'length').get;

let usualCollator;

define(String.prototype, {
  localeCompare(that, locales = undefined, options = undefined) {
    if (this === undefined || this === null) throw new TypeError('String.prototype.localeCompare called on null or undefined');
    const a = `${this}`;
    const b = `${that}`;
    if (locales === undefined && options === undefined) return (usualCollator ??= new (require('web:collator').Collator)()).compare(a, b);
    return cached('Collator', locales, options).compare(a, b);
  },
  toLocaleUpperCase(locales = undefined) { return changeCase(this, locales, 'toUpperCase'); },
  toLocaleLowerCase(locales = undefined) { return changeCase(this, locales, 'toLowerCase'); },
});

function changeCase(self, locales, method) {
  if (self === undefined || self === null) throw new TypeError('called on null or undefined');
  const text = `${self}`;
  const language = locales === undefined ? '' : `${intl().getCanonicalLocales(locales)[0] ?? ''}`.split('-')[0];
  if (language !== 'tr' && language !== 'az') return text[method]();
  return method === 'toUpperCase' ? text.replace(/i/g, 'İ').toUpperCase() : text.replace(/İ/g, 'i').replace(/I/g, 'ı').toLowerCase();
}
