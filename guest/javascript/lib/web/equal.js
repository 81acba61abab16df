// Deep equality, strict and loose, as assert and util have it.
'use strict';

const { kind } = native;

const isEnumerable = Function.prototype.call.bind(Object.prototype.propertyIsEnumerable);
const tagOf = Function.prototype.call.bind(Object.prototype.toString);
const symbolsOf = (object) => Object.getOwnPropertySymbols(object).filter((symbol) => isEnumerable(object, symbol));

const isIndex = (key) => /^(0|[1-9]\d*)$/.test(key) && +key < 2 ** 32 - 1;

function sameBytes(a, b) {
  return a.byteLength === b.byteLength && native.compare(a, b) === 0;
}

function sameFloats(a, b, strict) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (strict ? !Object.is(a[i], b[i]) : a[i] !== b[i] && !(a[i] !== a[i] && b[i] !== b[i])) return false;
  return true;
}

// What is inside of two objects of one kind, their properties aside; `undefined` when there is more to be looked at.
function sameInside(a, b, what, strict, memory) {
  switch (what) {
    case 'date': {
      const [x, y] = [Date.prototype.getTime.call(a), Date.prototype.getTime.call(b)];
      return x === y || (x !== x && y !== y);
    }
    case 'regexp':
      return a.source === b.source && a.flags === b.flags && a.lastIndex === b.lastIndex;
    case 'boxed':
      return Object.is(a.valueOf(), b.valueOf()) && typeof a.valueOf() === typeof b.valueOf();
    case 'error':
      return a.message === b.message && a.name === b.name && same(a.cause, b.cause, strict, memory) && same(a.errors, b.errors, strict, memory);
    case 'arraybuffer':
    case 'sharedarraybuffer':
    case 'dataview':
      return sameBytes(a, b);
    case 'typedarray':
      return /^Float/.test(native.className(a)) ? sameFloats(a, b, strict) : sameBytes(a, b);
    case 'weakmap':
    case 'weakset':
    case 'promise':
      return false;
    case 'set':
      return a.size === b.size && sameSet(a, b, strict, memory);
    case 'map':
      return a.size === b.size && sameMap(a, b, strict, memory);
    default:
      return true;
  }
}

function sameSet(a, b, strict, memory) {
  const left = [];
  for (const value of a) {
    if (b.has(value)) continue;
    if (strict && (value === null || typeof value !== 'object')) return false;
    left.push(value);
  }
  const right = [...b].filter((value) => !a.has(value));
  return left.length === right.length && left.every((value) => {
    const at = right.findIndex((other) => same(value, other, strict, memory));
    if (at >= 0) right.splice(at, 1);
    return at >= 0;
  });
}

function sameMap(a, b, strict, memory) {
  const left = [];
  for (const [key, value] of a) {
    if (b.has(key)) {
      if (!same(value, b.get(key), strict, memory)) return false;
    } else if (strict && (key === null || typeof key !== 'object')) {
      return false;
    } else {
      left.push([key, value]);
    }
  }
  const right = [...b].filter(([key]) => !a.has(key));
  return left.length === right.length && left.every(([key, value]) => {
    const at = right.findIndex(([k, v]) => same(key, k, strict, memory) && same(value, v, strict, memory));
    if (at >= 0) right.splice(at, 1);
    return at >= 0;
  });
}

function keysOf(object, what) {
  const keys = Object.keys(object);
  return what === 'typedarray' || what === 'boxed' ? keys.filter((key) => !isIndex(key)) : keys;
}

function sameProperties(a, b, what, strict, memory) {
  const keys = keysOf(a, what);
  if (keys.length !== keysOf(b, what).length || !keys.every((key) => isEnumerable(b, key))) return false;
  if (strict) {
    const symbols = symbolsOf(a);
    if (symbols.length !== symbolsOf(b).length || !symbols.every((key) => isEnumerable(b, key))) return false;
    keys.push(...symbols);
  }
  return keys.every((key) => same(a[key], b[key], strict, memory));
}

function same(a, b, strict, memory) {
  if (a === b) return a !== 0 || !strict || Object.is(a, b);
  const isObject = (value) => value !== null && typeof value === 'object';
  if (strict) {
    if (!isObject(a)) return typeof a === 'number' && a !== a && b !== b;
    if (!isObject(b)) return false;
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  } else {
    if (!isObject(a)) return !isObject(b) && (a == b || (a !== a && b !== b)); // eslint-disable-line eqeqeq
    if (!isObject(b)) return false;
  }
  if (tagOf(a) !== tagOf(b)) return false;
  const what = kind(a);
  if (what !== kind(b) || (what === 'array' && a.length !== b.length)) return false;
  if (what === 'typedarray' && native.className(a) !== native.className(b)) return false;
  if (memory.get(a) === b) return true;
  const before = memory.get(a);
  memory.set(a, b);
  const result = sameInside(a, b, what, strict, memory) && sameProperties(a, b, what, strict, memory);
  if (before === undefined) memory.delete(a);
  else memory.set(a, before);
  return result;
}

module.exports = {
  isDeepStrictEqual: (a, b) => same(a, b, true, new Map()),
  isDeepEqual: (a, b) => same(a, b, false, new Map()),
};
