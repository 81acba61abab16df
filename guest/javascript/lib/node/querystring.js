// node:querystring
'use strict';

const { coded } = require('web:errors');

function escape(text) {
  if (typeof text !== 'string') text = typeof text === 'object' ? String(text) : `${text}`;
  try {
    return encodeURIComponent(text);
  } catch {
    throw coded(URIError, 'ERR_INVALID_URI', 'URI malformed');
  }
}

// As bytes, what is malformed as it stands.
function unescapeBuffer(text) {
  const bytes = [];
  for (let i = 0; i < text.length; i++) {
    const match = text[i] === '%' ? /^[0-9a-f]{2}/i.exec(text.slice(i + 1, i + 3)) : null;
    bytes.push(match ? parseInt(match[0], 16) : text.charCodeAt(i) & 255);
    if (match) i += 2;
  }
  return require('node:buffer').Buffer.from(bytes);
}

function unescape(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return unescapeBuffer(text).toString();
  }
}

function primitive(value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return `${value}`;
  if (typeof value === 'bigint' || typeof value === 'boolean') return `${value}`;
  return '';
}

function stringify(object, separator = '&', equals = '=', options = undefined) {
  separator = separator || '&';
  equals = equals || '=';
  const encode = typeof options?.encodeURIComponent === 'function' ? options.encodeURIComponent : module.exports.escape;
  if (object === null || typeof object !== 'object') return '';
  const parts = [];
  for (const key of Object.keys(object)) {
    const name = `${encode(primitive(key))}${equals}`;
    const value = object[key];
    if (Array.isArray(value)) for (const one of value) parts.push(name + encode(primitive(one)));
    else parts.push(name + encode(primitive(value)));
  }
  return parts.join(separator);
}

function parse(text, separator = '&', equals = '=', options = undefined) {
  const result = { __proto__: null };
  if (typeof text !== 'string' || text.length === 0) return result;
  separator = separator ? `${separator}` : '&';
  equals = equals ? `${equals}` : '=';
  let most = 1000;
  if (typeof options?.maxKeys === 'number') most = options.maxKeys > 0 ? options.maxKeys : Infinity;
  const given = typeof options?.decodeURIComponent === 'function' ? options.decodeURIComponent : module.exports.unescape;
  const decode = (part) => {
    const spaced = part.replace(/\+/g, ' ');
    if (!spaced.includes('%') && given === unescape) return spaced;
    try {
      return given(spaced);
    } catch {
      return unescape(spaced);
    }
  };
  let count = 0;
  for (const pair of text.split(separator)) {
    if (pair === '') continue;
    if (count++ >= most) break;
    const at = pair.indexOf(equals);
    const key = decode(at < 0 ? pair : pair.slice(0, at));
    const value = at < 0 ? '' : decode(pair.slice(at + equals.length));
    if (!(key in result)) result[key] = value;
    else if (Array.isArray(result[key])) result[key].push(value);
    else result[key] = [result[key], value];
  }
  return result;
}

module.exports = { unescapeBuffer, unescape, escape, stringify, encode: stringify, parse, decode: parse };
