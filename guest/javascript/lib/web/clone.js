// structuredClone, by HTML and with Node's messages: what surrounds the copying, which clone.c does.
'use strict';

const { DOMException } = require('web:domexception');
const { coded } = require('web:errors');
const { apply } = Reflect;
const functionText = Function.prototype.toString;

const cannot = (text) => new DOMException(text, 'DataCloneError');

// A value as V8 names it.
function describe(value) {
  if (typeof value === 'symbol') return String(value);
  const kind = native.kind(value);
  if (kind === 'function') return apply(functionText, value, []);
  if (kind === 'proxy') return '#<Object>';
  if (kind === 'arraybuffer') return 'An ArrayBuffer is detached and';
  const name = native.className(value);
  return kind === 'boxed' || kind === 'generator' ? `[object ${name}]` : kind === 'iterator' ? '#<Object>' : `#<${name}>`;
}

function refuse(value) {
  throw cannot(`${describe(value)} could not be cloned.`);
}

function transferable(list) {
  const buffers = [];
  if (typeof list?.[Symbol.iterator] !== 'function')
    throw coded(TypeError, 'ERR_INVALID_ARG_TYPE', 'Optional transferList argument must be an iterable');
  for (const one of list) {
    if (native.kind(one) !== 'arraybuffer')
      throw coded(TypeError, 'ERR_INVALID_TRANSFER_OBJECT', 'Found invalid object in transferList');
    for (let i = 0; i < buffers.length; i++)
      if (buffers[i] === one) throw cannot('Transfer list contains duplicate ArrayBuffer');
    buffers[buffers.length] = one;
  }
  return buffers;
}

function structuredClone(value, options) {
  if (arguments.length === 0) throw coded(TypeError, 'ERR_MISSING_ARGS', 'The value argument must be specified');
  if (options !== undefined && options !== null && typeof options !== 'object' && typeof options !== 'function')
    throw coded(TypeError, 'ERR_INVALID_ARG_TYPE', 'The options argument must be either an object or undefined');
  const transfer = options?.transfer;
  const buffers = transfer === undefined ? [] : transferable(transfer);
  const copy = native.clone(value, refuse);
  for (let i = 0; i < buffers.length; i++) native.detach(buffers[i]);
  return copy;
}

module.exports = { structuredClone };
