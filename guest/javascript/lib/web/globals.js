// The globals that the library adds. Each is made when a program first asks for it; until then it is a getter, as
// several of Node's are.
'use strict';

const define = (name, make) => {
  const settle = (value) =>
    Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
  // The library may ask when a program has long put something else there.
  function get() {
    const value = make();
    if (Object.getOwnPropertyDescriptor(globalThis, name)?.get === get) settle(value);
    return value;
  }
  Object.defineProperty(globalThis, name, { get, set: settle, enumerable: false, configurable: true });
};

const from = (module, ...names) => {
  for (const name of names) define(name, () => require(module)[name]);
};

Object.defineProperty(globalThis, 'global', { value: globalThis, writable: true, configurable: true });

from('node:timers', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate');
from('web:domexception', 'DOMException');
from('web:events', 'Event', 'CustomEvent', 'EventTarget');
from('web:abort', 'AbortController', 'AbortSignal');
from('web:base64', 'atob', 'btoa');
from('web:clone', 'structuredClone');
from('web:messages', 'MessageEvent', 'MessagePort', 'MessageChannel');
from('web:performance', 'performance', 'Performance', 'PerformanceEntry', 'PerformanceMark', 'PerformanceMeasure');
from('web:crypto', 'crypto', 'Crypto', 'SubtleCrypto', 'CryptoKey');
from('node:buffer', 'Buffer');
from('web:url', 'URL', 'URLSearchParams');
from('web:urlpattern', 'URLPattern');
from('web:blob', 'Blob', 'File');
from('web:streams', 'ReadableStream', 'ReadableStreamDefaultReader', 'ReadableStreamBYOBReader',
  'ReadableStreamDefaultController', 'ReadableByteStreamController', 'ReadableStreamBYOBRequest', 'WritableStream',
  'WritableStreamDefaultWriter', 'WritableStreamDefaultController', 'TransformStream',
  'TransformStreamDefaultController', 'ByteLengthQueuingStrategy', 'CountQueuingStrategy', 'TextEncoderStream',
  'TextDecoderStream');
define('process', () => require('node:process'));
define('Intl', () => require('web:intl').Intl);
require('web:locale');
