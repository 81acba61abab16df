// node:util
'use strict';

const { inspect } = require('web:inspect');
const { promisify: custom } = require('web:promisify');
const {
  invalidArgType, invalidArgValue, coded, checkFunction, checkString, checkObject,
} = require('web:errors');
const types = require('node:util/types');
const { isDeepStrictEqual } = require('web:equal');

// ---- Text.

const format = (...given) => native.format(...given);

function formatWithOptions(options, ...given) {
  checkObject(options, 'inspectOptions');
  return native.format(...given.map((value) =>
    (typeof value === 'object' && value !== null ? inspect(value, options) : value)));
}

const ANSI = /[\u001B\u009B][[\]()#;?]*(?:(?:(?:;[-a-zA-Z\d/#&.:=?%@~_]+)*|[a-zA-Z\d]+(?:;[-a-zA-Z\d/#&.:=?%@~_]*)*)?(?:\u0007|\u001B\u005C|\u009C)|(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~])/g;

function stripVTControlCharacters(text) {
  checkString(text, 'str');
  return text.replace(ANSI, '');
}

// As Node, plain where the output is no terminal.
function styleText(style, text, { validateStream = true, stream = undefined } = {}) {
  let before = '';
  let after = '';
  for (const name of Array.isArray(style) ? style : [style]) {
    const codes = inspect.colors[name];
    if (codes === undefined) {
      const names = Object.keys(inspect.colors).map((one) => `'${one}'`).join(', ');
      throw invalidArgValue('format', name, `must be one of: ${names}`);
    }
    before += `\u001b[${codes[0]}m`;
    after = `\u001b[${codes[1]}m${after}`;
  }
  checkString(text, 'text');
  if (validateStream && !(stream ?? require('node:process').stdout).isTTY) return text;
  return `${before}${text}${after}`;
}

function toUSVString(text) {
  return `${text}`.toWellFormed();
}

// ---- Functions.

function promisify(original) {
  checkFunction(original, 'original');
  if (original[custom]) {
    const fn = original[custom];
    checkFunction(fn, 'util.promisify.custom');
    return Object.defineProperty(fn, custom, { value: fn, configurable: true });
  }
  const names = original[argumentNames];
  function fn(...given) {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [...given, (error, ...values) => {
        if (error) reject(error);
        else if (names !== undefined && values.length > 1) resolve(Object.fromEntries(names.map((name, i) => [name, values[i]])));
        else resolve(values[0]);
      }]);
    });
  }
  Object.setPrototypeOf(fn, Object.getPrototypeOf(original));
  Object.defineProperty(fn, custom, { value: fn, configurable: true });
  return Object.defineProperties(fn, Object.getOwnPropertyDescriptors(original));
}
promisify.custom = custom;
const argumentNames = Symbol('customPromisifyArgs');

function callbackify(original) {
  checkFunction(original, 'original');
  function callbackified(...given) {
    const callback = given.pop();
    checkFunction(callback, 'last argument');
    Reflect.apply(original, this, given).then(
      (value) => native.addTick(callback.bind(this), null, value),
      (reason) => {
        if (!reason) {
          const error = coded(Error, 'ERR_FALSY_VALUE_REJECTION', 'Promise was rejected with falsy value');
          error.reason = reason;
          reason = error;
        }
        native.addTick(callback.bind(this), reason);
      });
  }
  const properties = Object.getOwnPropertyDescriptors(original);
  if (typeof properties.length.value === 'number') properties.length.value++;
  if (typeof properties.name.value === 'string') properties.name.value += 'Callbackified';
  return Object.defineProperties(callbackified, properties);
}

const warned = new Set();

function deprecate(fn, message, code) {
  let done = false;
  function deprecated(...given) {
    if (!done) {
      done = true;
      if (code === undefined || !warned.has(code)) {
        if (code !== undefined) warned.add(code);
        require('node:process').emitWarning(message, 'DeprecationWarning', code, deprecated);
      }
    }
    return new.target ? Reflect.construct(fn, given, new.target) : Reflect.apply(fn, this, given);
  }
  Object.setPrototypeOf(deprecated, fn);
  if (fn.prototype) deprecated.prototype = fn.prototype;
  return deprecated;
}

function inherits(constructor, parent) {
  checkFunction(constructor, 'ctor');
  checkFunction(parent, 'superCtor');
  if (parent.prototype === undefined) throw invalidArgType('superCtor.prototype', 'Object', parent.prototype);
  Object.defineProperty(constructor, 'super_', { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

function debuglog(section) {
  const set = `${native.std.getenv('NODE_DEBUG') ?? ''}`.toUpperCase().split(',');
  const enabled = set.includes(`${section}`.toUpperCase());
  const log = (...given) => {
    if (enabled) console.error(`${`${section}`.toUpperCase()} 1: ${format(...given)}`);
  };
  log.enabled = enabled;
  return log;
}

function aborted(signal, resource) {
  if (signal?.aborted === undefined) return Promise.reject(invalidArgType('signal', 'AbortSignal', signal));
  checkObject(resource, 'resource');
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

class MIMEParams extends Map {
  toString() {
    return [...this].map(([name, value]) => `${name}=${/^[!#$%&'*+\-.^_`|~\w]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`}`).join(';');
  }
}

class MIMEType {
  #type;
  #subtype;
  #params = new MIMEParams();

  constructor(input) {
    const match = /^\s*([!#$%&'*+\-.^_`|~\w]+)\/([!#$%&'*+\-.^_`|~\w]+)\s*(?:;(.*))?$/s.exec(`${input}`);
    if (!match) throw coded(TypeError, 'ERR_INVALID_MIME_SYNTAX', `The MIME syntax for a type in "${input}" is invalid`);
    this.#type = match[1].toLowerCase();
    this.#subtype = match[2].toLowerCase();
    for (const [, name, quoted, plain] of (match[3] ?? '').matchAll(/\s*([!#$%&'*+\-.^_`|~\w]+)=(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g))
      if (!this.#params.has(name.toLowerCase())) this.#params.set(name.toLowerCase(), quoted !== undefined ? quoted.replace(/\\(.)/g, '$1') : plain.trim());
  }

  get type() { return this.#type; }
  set type(value) { this.#type = `${value}`.toLowerCase(); }
  get subtype() { return this.#subtype; }
  set subtype(value) { this.#subtype = `${value}`.toLowerCase(); }
  get essence() { return `${this.#type}/${this.#subtype}`; }
  get params() { return this.#params; }
  toString() { return this.#params.size > 0 ? `${this.essence};${this.#params}` : this.essence; }
  toJSON() { return this.toString(); }
}

// ---- The old questions.

const old = {
  isArray: Array.isArray,
  isBoolean: (value) => typeof value === 'boolean',
  isBuffer: (value) => require('node:buffer').Buffer.isBuffer(value),
  isDate: types.isDate,
  isError: (value) => types.isNativeError(value) || value instanceof Error,
  isFunction: (value) => typeof value === 'function',
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value === null || value === undefined,
  isNumber: (value) => typeof value === 'number',
  isObject: (value) => value !== null && typeof value === 'object',
  isPrimitive: (value) => value === null || (typeof value !== 'object' && typeof value !== 'function'),
  isRegExp: types.isRegExp,
  isString: (value) => typeof value === 'string',
  isSymbol: (value) => typeof value === 'symbol',
  isUndefined: (value) => value === undefined,
};

function log(...given) {
  console.log('%s - %s', new Date().toTimeString().slice(0, 8), format(...given));
}

const _extend = (target, source) => (source === null || typeof source !== 'object' ? target : Object.assign(target, source));

function getSystemErrorName(number) {
  if (typeof number !== 'number') throw invalidArgType('err', 'number', number);
  const { constants } = require('node:os');
  return Object.entries(constants.errno).find(([, value]) => value === -number)?.[0];
}

module.exports = {
  _extend,
  aborted,
  callbackify,
  debug: debuglog,
  debuglog,
  deprecate,
  format,
  formatWithOptions,
  getSystemErrorName,
  inherits,
  inspect,
  isDeepStrictEqual,
  ...old,
  log,
  MIMEParams,
  MIMEType,
  parseArgs: (config) => require('web:parseargs').parseArgs(config),
  promisify,
  stripVTControlCharacters,
  styleText,
  TextDecoder: globalThis.TextDecoder,
  TextEncoder: globalThis.TextEncoder,
  toUSVString,
  transferableAbortController: () => new (require('web:abort').AbortController)(),
  transferableAbortSignal: (signal) => signal,
  types,
};
