// node:module
'use strict';

const { coded, invalidArgValue, notHere } = require('web:errors');

const builtinModules = native.modules().filter((name) => name.startsWith('node:')).map((name) => name.slice(5));
const isBuiltin = (name) => {
  const bare = `${name}`.replace(/^node:/, '');
  return builtinModules.includes(bare);
};

// What is no module of the library, files.require finds where the guest has such a function.
function createRequire(from) {
  const base = typeof from === 'string' && from.startsWith('/') ? from
    : typeof from === 'string' && !from.startsWith('file:') ? undefined : require('node:url').fileURLToPath(from);
  if (base === undefined)
    throw invalidArgValue('filename', from, 'must be a file URL object, file URL string, or absolute path string');
  if (typeof native.createRequire === 'function') return native.createRequire(base);
  const find = (name) => {
    const found = isBuiltin(name) ? native.public(name) : undefined;
    if (found !== undefined) return found;
    const error = coded(Error, 'MODULE_NOT_FOUND', `Cannot find module '${name}'\nRequire stack:\n- ${base}`);
    error.requireStack = [base];
    throw error;
  };
  return Object.assign(find, { resolve: (name) => (isBuiltin(name) ? name : find(name)), cache: Object.create(null), main: undefined });
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
