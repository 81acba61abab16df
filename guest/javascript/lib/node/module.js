// node:module
'use strict';

const { invalidArgValue, notHere } = require('web:errors');

const builtinModules = native.modules().filter((name) => name.startsWith('node:')).map((name) => name.slice(5));
const isBuiltin = (name) => {
  const bare = `${name}`.replace(/^node:/, '');
  return builtinModules.includes(bare);
};

function createRequire(from) {
  const base = typeof from === 'string' && from.startsWith('/') ? from
    : typeof from === 'string' && !from.startsWith('file:') ? undefined : require('node:url').fileURLToPath(from);
  if (base === undefined)
    throw invalidArgValue('filename', from, 'must be a file URL object, file URL string, or absolute path string');
  return native.createRequire(base);
}

class Module {
  constructor(id = '', parent = undefined) {
    this.id = id;
    this.exports = {};
    this.parent = parent;
    this.filename = null;
    this.loaded = false;
    this.children = [];
  }
}

module.exports = Object.assign(Module, {
  Module,
  builtinModules,
  createRequire,
  isBuiltin,
  register() { throw notHere('module.register'); },
  syncBuiltinESMExports() {},
  findSourceMap: () => undefined,
});
