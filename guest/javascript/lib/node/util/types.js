// node:util/types: what a value is by its insides, whatever its prototype says.
'use strict';

const { kind, className } = native;
const isKind = (name) => (value) => kind(value) === name;
const isClass = (name) => (value) => className(value) === name;
const typed = (name) => [`is${name}`, (value) => kind(value) === 'typedarray' && className(value) === name];
const boxed = (name) => [`is${name}Object`, (value) => kind(value) === 'boxed' && className(value) === name];

module.exports = {
  isExternal: () => false,
  isDate: isKind('date'),
  isArgumentsObject: isKind('arguments'),
  ...Object.fromEntries(['BigInt', 'Boolean', 'Number', 'String', 'Symbol'].map(boxed)),
  isBoxedPrimitive: isKind('boxed'),
  isNativeError: isKind('error'),
  isRegExp: isKind('regexp'),
  isAsyncFunction: (value) => typeof value === 'function' && native.functionKind(value).startsWith('async'),
  isGeneratorFunction: (value) => typeof value === 'function' && native.functionKind(value).endsWith('generator'),
  isGeneratorObject: isKind('generator'),
  isPromise: isKind('promise'),
  isMap: isKind('map'),
  isSet: isKind('set'),
  isMapIterator: isClass('Map Iterator'),
  isSetIterator: isClass('Set Iterator'),
  isWeakMap: isKind('weakmap'),
  isWeakSet: isKind('weakset'),
  isArrayBuffer: isKind('arraybuffer'),
  isDataView: isKind('dataview'),
  isSharedArrayBuffer: isKind('sharedarraybuffer'),
  isProxy: isKind('proxy'),
  isModuleNamespaceObject: isKind('module'),
  isAnyArrayBuffer: (value) => kind(value) === 'arraybuffer' || kind(value) === 'sharedarraybuffer',
  isCryptoKey: (value) => value instanceof require('web:crypto').CryptoKey,
  isKeyObject: () => false,
  isArrayBufferView: (value) => ArrayBuffer.isView(value),
  isTypedArray: isKind('typedarray'),
  ...Object.fromEntries([
    'Uint8Array', 'Uint8ClampedArray', 'Uint16Array', 'Uint32Array', 'Int8Array', 'Int16Array', 'Int32Array',
    'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array',
  ].map(typed)),
};
