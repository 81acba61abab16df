// The errors of Node's modules: with a `code`, and with the texts that Node gives them.
'use strict';

// Names an error "TypeError [CODE]" in its stack alone, as Node does.
function withCode(error, code) {
  error.code = code;
  const stack = error.stack;
  if (typeof stack === 'string' && stack.startsWith(`${error.name}: `))
    Object.defineProperty(error, 'stack', {
      value: `${error.name} [${code}]${stack.slice(error.name.length)}`,
      writable: true,
      configurable: true,
      enumerable: false,
    });
  return error;
}

// What an argument is, for the end of a message.
function describeReceived(value) {
  if (value == null) return ` Received ${value}`;
  if (typeof value === 'function') return ` Received function ${value.name}`;
  if (typeof value === 'object') {
    if (value.constructor && value.constructor.name) return ` Received an instance of ${value.constructor.name}`;
    return ` Received ${native.inspect(value, { depth: -1 })}`;
  }
  let text = typeof value === 'string' ? native.inspect(value) : typeof value === 'bigint' ? `${value}n` : String(value);
  if (text.length > 28) text = `${text.slice(0, 25)}...`;
  return ` Received type ${typeof value} (${text})`;
}

const PRIMITIVES = ['string', 'function', 'number', 'object', 'Function', 'Object', 'boolean', 'bigint', 'symbol'];

const listOf = (words, last) =>
  words.length > 2 ? `${words.slice(0, -1).join(', ')}, ${last} ${words[words.length - 1]}` : words.join(` ${last} `);

// "of type string", "an instance of Buffer", or both.
function describeExpected(expected) {
  const types = [];
  const instances = [];
  const others = [];
  for (const one of Array.isArray(expected) ? expected : [expected]) {
    if (PRIMITIVES.includes(one)) types.push(one.toLowerCase());
    else if (/^([A-Z][a-z0-9]*)+$/.test(one)) instances.push(one);
    else others.push(one);
  }
  // "object" among instances is one of them.
  if (instances.length > 0 && types.includes('object')) {
    types.splice(types.indexOf('object'), 1);
    instances.push('Object');
  }
  const parts = [];
  if (types.length > 0) parts.push(`${types.length > 1 ? 'one of type' : 'of type'} ${listOf(types, 'or')}`);
  if (instances.length > 0) parts.push(`an instance of ${listOf(instances, 'or')}`);
  if (others.length > 0) parts.push(others.length > 1 ? `one of ${listOf(others, 'or')}` : `${/[A-Z]/.test(others[0]) ? 'an ' : ''}${others[0]}`);
  return parts.join(' or ');
}

function invalidArgType(name, expected, value) {
  const kind = name.endsWith(' argument') ? name : `"${name}" ${name.includes('.') ? 'property' : 'argument'}`;
  return withCode(
    new TypeError(`The ${kind} must be ${describeExpected(expected)}.${describeReceived(value)}`),
    'ERR_INVALID_ARG_TYPE');
}

function invalidArgValue(name, value, reason = 'is invalid', Base = TypeError) {
  let text = native.inspect(value);
  if (text.length > 128) text = `${text.slice(0, 128)}...`;
  return withCode(
    new Base(`The ${name.includes('.') ? 'property' : 'argument'} '${name}' ${reason}. Received ${text}`),
    'ERR_INVALID_ARG_VALUE');
}

// 1234567 as "1_234_567".
function withUnderscores(text) {
  const start = text[0] === '-' ? 1 : 0;
  let result = '';
  let i = text.length;
  for (; i >= start + 4; i -= 3) result = `_${text.slice(i - 3, i)}${result}`;
  return `${text.slice(0, i)}${result}`;
}

function outOfRange(name, range, value) {
  let received;
  if (Number.isInteger(value) && Math.abs(value) > 2 ** 32) {
    received = withUnderscores(String(value));
  } else if (typeof value === 'bigint') {
    received = String(value);
    if (value > 2n ** 32n || value < -(2n ** 32n)) received = withUnderscores(received);
    received += 'n';
  } else {
    received = native.inspect(value);
  }
  return withCode(
    new RangeError(`The value of "${name}" is out of range. It must be ${range}. Received ${received}`),
    'ERR_OUT_OF_RANGE');
}

function checkString(value, name) {
  if (typeof value !== 'string') throw invalidArgType(name, 'string', value);
}

function checkFunction(value, name) {
  if (typeof value !== 'function') throw invalidArgType(name, 'Function', value);
}

function checkObject(value, name) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw invalidArgType(name, 'Object', value);
}

function checkBoolean(value, name) {
  if (typeof value !== 'boolean') throw invalidArgType(name, 'boolean', value);
}

function checkInteger(value, name, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER) {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value);
}

function checkNumber(value, name, min, max) {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if ((min !== undefined && value < min) || (max !== undefined && value > max) || ((min !== undefined || max !== undefined) && Number.isNaN(value)))
    throw outOfRange(name, `${min !== undefined ? `>= ${min}` : ''}${min !== undefined && max !== undefined ? ' && ' : ''}${max !== undefined ? `<= ${max}` : ''}`, value);
}

function coded(Base, code, message) {
  return withCode(new Base(message), code);
}

// What this sandbox does not have.
function notHere(what) {
  return withCode(new Error(`${what} is not available in this sandbox`), 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM');
}

module.exports = {
  coded, withCode, invalidArgType, invalidArgValue, outOfRange, notHere, describeReceived,
  checkString, checkFunction, checkObject, checkBoolean, checkInteger, checkNumber,
};
