// node:assert
'use strict';

const { inspect } = require('web:inspect');
const { isDeepEqual, isDeepStrictEqual } = require('web:equal');
const { invalidArgType, invalidArgValue, coded, checkFunction } = require('web:errors');
const { AssertionError } = require('web:assertionerror');

function fail(given, operator) {
  if (given.message instanceof Error) throw given.message;
  throw new AssertionError({ ...given, operator });
}

function check(ok, actual, expected, message, operator, stackStartFn) {
  if (!ok) fail({ actual, expected, message, stackStartFn }, operator);
}

function needTwo(count) {
  if (count < 2) throw coded(TypeError, 'ERR_MISSING_ARGS', 'The "actual" and "expected" arguments must be specified');
}

function truthy(given, fn) {
  const [value, message] = given;
  if (value) return;
  let text = message;
  let generated = false;
  if (given.length === 0) {
    generated = true;
    text = 'No value argument passed to `assert.ok()`';
  } else if (message === undefined || message === null) {
    generated = true;
    text = 'The expression evaluated to a falsy value:\n\n  ' + (fn === assert ? 'assert' : 'assert.ok') + `(${inspect(value)})\n`;
  } else if (message instanceof Error) {
    throw message;
  }
  const error = new AssertionError({ actual: value, expected: true, message: text, operator: '==', stackStartFn: fn });
  error.generatedMessage = generated;
  throw error;
}

function assert(...given) {
  truthy(given, assert);
}

function ok(...given) {
  truthy(given, ok);
}

assert.ok = ok;
assert.AssertionError = AssertionError;

assert.fail = function (actual, expected, message, operator) {
  if (actual instanceof Error && arguments.length === 1) throw actual;
  if (arguments.length <= 1) {
    const error = new AssertionError({ message: actual ?? 'Failed', operator: 'fail', stackStartFn: assert.fail });
    error.generatedMessage = actual === undefined;
    throw error;
  }
  if (message instanceof Error) throw message;
  throw new AssertionError({ actual, expected, message, operator: operator ?? (arguments.length === 2 ? '!=' : 'fail'), stackStartFn: assert.fail });
};

/* eslint-disable eqeqeq */
assert.equal = function equal(actual, expected, message) {
  needTwo(arguments.length);
  check(actual == expected || (actual !== actual && expected !== expected), actual, expected, message, '==', equal);
};

assert.notEqual = function notEqual(actual, expected, message) {
  needTwo(arguments.length);
  check(!(actual == expected || (actual !== actual && expected !== expected)), actual, expected, message, '!=', notEqual);
};
/* eslint-enable eqeqeq */

assert.deepEqual = function deepEqual(actual, expected, message) {
  needTwo(arguments.length);
  check(isDeepEqual(actual, expected), actual, expected, message, 'deepEqual', deepEqual);
};

assert.notDeepEqual = function notDeepEqual(actual, expected, message) {
  needTwo(arguments.length);
  check(!isDeepEqual(actual, expected), actual, expected, message, 'notDeepEqual', notDeepEqual);
};

assert.deepStrictEqual = function deepStrictEqual(actual, expected, message) {
  needTwo(arguments.length);
  check(isDeepStrictEqual(actual, expected), actual, expected, message, 'deepStrictEqual', deepStrictEqual);
};

assert.notDeepStrictEqual = function notDeepStrictEqual(actual, expected, message) {
  needTwo(arguments.length);
  check(!isDeepStrictEqual(actual, expected), actual, expected, message, 'notDeepStrictEqual', notDeepStrictEqual);
};

assert.strictEqual = function strictEqual(actual, expected, message) {
  needTwo(arguments.length);
  check(Object.is(actual, expected), actual, expected, message, 'strictEqual', strictEqual);
};

assert.notStrictEqual = function notStrictEqual(actual, expected, message) {
  needTwo(arguments.length);
  check(!Object.is(actual, expected), actual, expected, message, 'notStrictEqual', notStrictEqual);
};

// ---- What is thrown.

const NOTHING = Symbol('nothing');

function thrownBy(fn) {
  checkFunction(fn, 'fn');
  try {
    fn();
  } catch (error) {
    return error;
  }
  return NOTHING;
}

async function rejectedBy(given) {
  let promise = given;
  if (typeof given === 'function') {
    promise = given();
    if (promise === null || typeof promise !== 'object' || typeof promise.then !== 'function')
      throw coded(TypeError, 'ERR_INVALID_RETURN_VALUE', `Expected instance of Promise to be returned from the "promiseFn" function but got ${typeName(promise)}.`);
  } else if (promise === null || typeof promise !== 'object' || typeof promise.then !== 'function') {
    throw invalidArgType('promiseFn', ['Function', 'Promise'], promise);
  }
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return NOTHING;
}

const typeName = (value) => (value?.constructor?.name ? `an instance of ${value.constructor.name}` : `type ${typeof value}`);

class Comparison {}

function compareKey(actual, expected, key, message, keys, fn) {
  if (key in actual && (isDeepStrictEqual(actual[key], expected[key]) ||
    (typeof actual[key] === 'string' && expected[key] instanceof RegExp && expected[key].test(actual[key])))) return;
  if (message) fail({ actual, expected, message, stackStartFn: fn }, fn.name);
  const pick = (object, other) => {
    const result = Object.create(null);
    for (const name of keys) if (name in object) result[name] = typeof object[name] === 'string' && other?.[name] instanceof RegExp && other[name].test(object[name]) ? other[name] : object[name];
    return result;
  };
  const shape = (object) => Object.assign(new Comparison(), object);
  const error = new AssertionError({ actual: shape(pick(actual, expected)), expected: shape(pick(expected)), operator: 'deepStrictEqual', stackStartFn: fn });
  Object.assign(error, { actual, expected, operator: fn.name });
  throw error;
}

function checkThrown(actual, expected, message, fn) {
  if (typeof expected !== 'function') {
    if (expected instanceof RegExp) {
      const text = String(actual);
      if (expected.exec(text) !== null) return;
      if (message instanceof Error) throw message;
      const error = new AssertionError({
        actual, expected, operator: fn.name, stackStartFn: fn,
        message: message ?? `The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(text)}\n`,
      });
      error.generatedMessage = !message;
      throw error;
    }
    if (typeof actual !== 'object' || actual === null) {
      const error = new AssertionError({ actual, expected, message, operator: 'deepStrictEqual', stackStartFn: fn });
      error.operator = fn.name;
      throw error;
    }
    const keys = Object.keys(expected);
    if (expected instanceof Error) keys.push('name', 'message');
    else if (keys.length === 0) throw invalidArgValue('error', expected, 'may not be an empty object');
    for (const key of keys) compareKey(actual, expected, key, message, keys, fn);
    return;
  }
  if (expected.prototype !== undefined && actual instanceof expected) return;
  let text = message;
  let generated = false;
  if (Object.prototype.isPrototypeOf.call(Error, expected)) {
    if (!text) {
      generated = true;
      text = `The error is expected to be an instance of "${expected.name}". Received `;
      text += actual instanceof Error ? `"${actual.name}"` : `"${inspect(actual, { depth: -1 })}"`;
      if (actual instanceof Error) text += `\n\nError message:\n\n${actual.message}`;
    }
  } else {
    const result = Reflect.apply(expected, {}, [actual]);
    if (result === true) return;
    if (!text) {
      generated = true;
      const name = expected.name ? `"${expected.name}" ` : '';
      text = `The ${name}validation function is expected to return "true". Received ${inspect(result)}`;
      if (actual instanceof Error) text += `\n\nCaught error:\n\n${actual}`;
    }
  }
  if (message instanceof Error) throw message;
  const error = new AssertionError({ actual, expected, message: text, operator: fn.name, stackStartFn: fn });
  error.generatedMessage = generated;
  throw error;
}

function expectThrown(fn, actual, error, message, count) {
  if (typeof error === 'string') {
    if (count === 4) throw invalidArgType('error', ['Object', 'Error', 'Function', 'RegExp'], error);
    if (actual !== NOTHING && (actual?.message === error || actual === error))
      throw coded(TypeError, 'ERR_AMBIGUOUS_ARGUMENT', `The "error/message" argument is ambiguous. The error ${typeof actual === 'object' ? `message "${actual.message}"` : `"${actual}"`} is identical to the message.`);
    message = error;
    error = undefined;
  } else if (error !== null && error !== undefined && typeof error !== 'object' && typeof error !== 'function') {
    throw invalidArgType('error', ['Object', 'Error', 'Function', 'RegExp'], error);
  }
  if (actual === NOTHING) {
    const name = error?.name ? ` (${error.name})` : '';
    const kind = fn === assert.rejects ? 'rejection' : 'exception';
    if (message instanceof Error) throw message;
    const failure = new AssertionError({
      actual: undefined, expected: error, operator: fn.name, stackStartFn: fn,
      message: `Missing expected ${kind}${name}${message ? `: ${message}` : '.'}`,
    });
    throw failure;
  }
  if (error) checkThrown(actual, error, message, fn);
}

function expectNone(fn, actual, error, message) {
  if (actual === NOTHING) return;
  if (typeof error === 'string') {
    message = error;
    error = undefined;
  }
  if (error && !(typeof error === 'function' ? actual instanceof error || error.prototype === undefined && error(actual) === true : error.test?.(String(actual)))) throw actual;
  const kind = fn === assert.doesNotReject ? 'rejection' : 'exception';
  const failure = new AssertionError({
    actual, expected: error, operator: fn.name, stackStartFn: fn,
    message: `Got unwanted ${kind}${message ? `: ${message}` : '.'}\nActual message: "${actual?.message}"`,
  });
  throw failure;
}

assert.throws = function throws(fn, error, message) {
  expectThrown(throws, thrownBy(fn), error, message, arguments.length + 1);
};
assert.doesNotThrow = function doesNotThrow(fn, error, message) {
  expectNone(doesNotThrow, thrownBy(fn), error, message);
};
assert.rejects = async function rejects(promise, error, message) {
  expectThrown(rejects, await rejectedBy(promise), error, message, arguments.length + 1);
};
assert.doesNotReject = async function doesNotReject(promise, error, message) {
  expectNone(doesNotReject, await rejectedBy(promise), error, message);
};

assert.ifError = function ifError(error) {
  if (error === null || error === undefined) return;
  let text = 'ifError got unwanted exception: ';
  if (typeof error === 'object' && typeof error.message === 'string')
    text += error.message.length === 0 && error.constructor ? error.constructor.name : error.message;
  else text += inspect(error);
  const failure = new AssertionError({ actual: error, expected: null, operator: 'ifError', message: text, stackStartFn: ifError });
  throw failure;
};

function matches(text, regexp, message, fn, wanted) {
  if (!(regexp instanceof RegExp)) throw invalidArgType('regexp', 'RegExp', regexp);
  if (typeof text === 'string' && (regexp.exec(text) !== null) === wanted) return;
  if (message instanceof Error) throw message;
  const generated = !message;
  const about = typeof text !== 'string'
    ? `The "string" argument must be of type string. Received type ${typeof text} (${inspect(text)})`
    : `${wanted ? 'The input did not match the regular expression' : 'The input was expected to not match the regular expression'} ${inspect(regexp)}. Input:\n\n${inspect(text)}\n`;
  const error = new AssertionError({ actual: text, expected: regexp, message: message ?? about, operator: fn.name, stackStartFn: fn });
  error.generatedMessage = generated;
  throw error;
}

assert.match = function match(text, regexp, message) { matches(text, regexp, message, match, true); };
assert.doesNotMatch = function doesNotMatch(text, regexp, message) { matches(text, regexp, message, doesNotMatch, false); };

function strict(...given) {
  truthy(given, strict);
}

assert.strict = Object.assign(strict, assert, {
  equal: assert.strictEqual,
  deepEqual: assert.deepStrictEqual,
  notEqual: assert.notStrictEqual,
  notDeepEqual: assert.notDeepStrictEqual,
});
assert.strict.strict = assert.strict;

module.exports = assert;
