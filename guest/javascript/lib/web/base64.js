// atob and btoa, by HTML and Infra.
'use strict';

const { DOMException } = require('web:domexception');
const { coded } = require('web:errors');

function btoa(data) {
  if (arguments.length === 0) throw coded(TypeError, 'ERR_MISSING_ARGS', 'The "data" argument must be specified');
  const text = `${data}`;
  for (let i = 0; i < text.length; i++)
    if (text.charCodeAt(i) > 255) throw new DOMException('Invalid character', 'InvalidCharacterError');
  return native.toText(native.fromText(text, 0), 4, 0, text.length);
}

function atob(data) {
  if (arguments.length === 0) throw coded(TypeError, 'ERR_MISSING_ARGS', 'The "data" argument must be specified');
  let text = `${data}`.replace(/[\t\n\f\r ]+/g, '');
  if (text.length % 4 === 0) text = text.replace(/={1,2}$/, '');
  if (text.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(text)) {
    if (/[^A-Za-z0-9+/=]/.test(text)) throw new DOMException('Invalid character', 'InvalidCharacterError');
    throw new DOMException('The string to be decoded is not correctly encoded.', 'InvalidCharacterError');
  }
  const bytes = native.fromText(text, 4);
  return native.toText(bytes, 0, 0, bytes.length);
}

module.exports = { atob, btoa };
