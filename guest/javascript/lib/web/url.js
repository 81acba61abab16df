// URL and URLSearchParams, by the URL Standard; the parser is whatwg-url's.
'use strict';

const machine = require('npm:whatwg-url/url-state-machine');
const urlencoded = require('npm:whatwg-url/urlencoded');
const { coded, checkFunction } = require('web:errors');
const { custom } = require('web:inspect');

const missing = (...names) => {
  const list = names.map((name) => `"${name}"`);
  return coded(TypeError, 'ERR_MISSING_ARGS',
    `The ${list.join(' and ')} argument${list.length > 1 ? 's' : ''} must be specified`);
};

const text = (value) => {
  if (typeof value === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
  return `${value}`.toWellFormed();
};

function invalidUrl(input, base) {
  const error = coded(TypeError, 'ERR_INVALID_URL', 'Invalid URL');
  error.input = input;
  if (base !== undefined) error.base = base;
  return error;
}

// ---- URLSearchParams.

const internal = Symbol('internal');

function pairsOf(init) {
  const method = init[Symbol.iterator];
  if (method === null || method === undefined) return Reflect.ownKeys(init)
    .filter((key) => Object.prototype.propertyIsEnumerable.call(init, key))
    .map((key) => [text(key), text(init[key])]);
  if (typeof method !== 'function') throw coded(TypeError, 'ERR_ARG_NOT_ITERABLE', 'Query pairs must be iterable');
  return Array.from(init, (pair) => {
    if (pair === null || (typeof pair !== 'object' && typeof pair !== 'function') || typeof pair[Symbol.iterator] !== 'function')
      throw coded(TypeError, 'ERR_INVALID_TUPLE', 'Each query pair must be an iterable [name, value] tuple');
    const list = [...pair];
    if (list.length !== 2) throw coded(TypeError, 'ERR_INVALID_TUPLE', 'Each query pair must be an iterable [name, value] tuple');
    return list.map(text);
  });
}

class URLSearchParams {
  #list = [];
  #changed = null;

  constructor(init = undefined) {
    if (init === undefined || init === null) return;
    if (init === internal) return;
    if (typeof init === 'object' || typeof init === 'function') {
      this.#list = pairsOf(init);
      return;
    }
    const given = text(init);
    this.#list = urlencoded.parseUrlencodedString(given[0] === '?' ? given.slice(1) : given);
  }

  // The params of a URL: what changes in them changes the URL.
  static [internal](query, changed, params = new URLSearchParams(internal)) {
    params.#list = urlencoded.parseUrlencodedString(query);
    if (changed) params.#changed = changed;
    return params;
  }

  get size() { return this.#list.length; }

  append(name, value) {
    if (arguments.length < 2) throw missing('name', 'value');
    this.#list.push([text(name), text(value)]);
    this.#changed?.(this);
  }

  delete(name, value = undefined) {
    if (arguments.length < 1) throw missing('name');
    name = text(name);
    if (value !== undefined) value = text(value);
    this.#list = this.#list.filter((pair) => pair[0] !== name || (value !== undefined && pair[1] !== value));
    this.#changed?.(this);
  }

  get(name) {
    if (arguments.length < 1) throw missing('name');
    name = text(name);
    return this.#list.find((pair) => pair[0] === name)?.[1] ?? null;
  }

  getAll(name) {
    if (arguments.length < 1) throw missing('name');
    name = text(name);
    return this.#list.filter((pair) => pair[0] === name).map((pair) => pair[1]);
  }

  has(name, value = undefined) {
    if (arguments.length < 1) throw missing('name');
    name = text(name);
    if (value !== undefined) value = text(value);
    return this.#list.some((pair) => pair[0] === name && (value === undefined || pair[1] === value));
  }

  set(name, value) {
    if (arguments.length < 2) throw missing('name', 'value');
    name = text(name);
    value = text(value);
    const first = this.#list.find((pair) => pair[0] === name);
    if (first) {
      first[1] = value;
      this.#list = this.#list.filter((pair) => pair === first || pair[0] !== name);
    } else {
      this.#list.push([name, value]);
    }
    this.#changed?.(this);
  }

  sort() {
    this.#list.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#changed?.(this);
  }

  forEach(callback, thisArgument = undefined) {
    checkFunction(callback, 'callback');
    for (let i = 0; i < this.#list.length; i++) callback.call(thisArgument, this.#list[i][1], this.#list[i][0], this);
  }

  entries() { return iterate(this, (i) => (i < this.#list.length ? [...this.#list[i]] : undefined)); }
  keys() { return iterate(this, (i) => this.#list[i]?.[0]); }
  values() { return iterate(this, (i) => this.#list[i]?.[1]); }
  toString() { return urlencoded.serializeUrlencoded(this.#list); }

  [custom](depth, options, inspect) {
    if (depth < 0) return '[Object]';
    if (this.#list.length === 0) return `${this.constructor.name} {}`;
    const parts = this.#list.map(([name, value]) => `${inspect(name, options)} => ${inspect(value, options)}`);
    const length = parts.reduce((sum, part) => sum + part.length + 2, -2);
    const breaks = length > (options.breakLength ?? Infinity);
    return `${this.constructor.name} {${breaks ? '\n  ' : ' '}${parts.join(breaks ? ',\n  ' : ', ')} }`;
  }
}

const update = URLSearchParams[internal];
delete URLSearchParams[internal];

const iteratorPrototype = Object.create(Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())), {
  next: {
    value: function next() {
      const state = this[internal];
      const value = state.get(state.index);
      if (value === undefined) return { value: undefined, done: true };
      state.index++;
      return { value, done: false };
    },
    writable: true, enumerable: true, configurable: true,
  },
  [Symbol.toStringTag]: { value: 'URLSearchParams Iterator', configurable: true },
  [custom]: {
    value(depth, options, inspect) {
      const { get, index } = this[internal];
      const rest = [];
      for (let i = index; get(i) !== undefined; i++) rest.push(get(i));
      return `URLSearchParams Iterator { ${rest.map((one) => inspect(one, options)).join(', ')} }`;
    },
    configurable: true,
  },
});

const iterate = (params, get) => Object.defineProperty(Object.create(iteratorPrototype), internal, { value: { get, index: 0 } });

URLSearchParams.prototype[Symbol.iterator] = URLSearchParams.prototype.entries;
Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, { enumerable: false });

// ---- URL.

class URL {
  #url;
  #params = null;

  constructor(input, base = undefined) {
    if (arguments.length === 0) throw missing('url');
    const given = text(input);
    let parsedBase = null;
    if (base !== undefined) {
      base = text(base);
      parsedBase = machine.basicURLParse(base);
      if (parsedBase === null) throw invalidUrl(given, base);
    }
    this.#url = machine.basicURLParse(given, { baseURL: parsedBase });
    if (this.#url === null) throw invalidUrl(given, base);
  }

  static parse(input, base = undefined) {
    try {
      return new URL(input, base);
    } catch {
      return null;
    }
  }

  static canParse(input, base = undefined) {
    if (arguments.length === 0) throw missing('url');
    return URL.parse(input, base) !== null;
  }

  static createObjectURL(object) { return require('web:blob').register(object); }

  static revokeObjectURL(url) { require('web:blob').revoke(`${url}`); }

  #updateParams() {
    if (this.#params) update(this.#url.query ?? '', null, this.#params);
  }

  #set(value, override) {
    machine.basicURLParse(text(value), { url: this.#url, stateOverride: override });
  }

  get href() { return machine.serializeURL(this.#url); }
  set href(value) {
    value = text(value);
    const parsed = machine.basicURLParse(value);
    if (parsed === null) throw invalidUrl(value);
    this.#url = parsed;
    this.#updateParams();
  }

  get origin() { return machine.serializeURLOrigin(this.#url); }
  get protocol() { return `${this.#url.scheme}:`; }
  set protocol(value) { this.#set(`${text(value)}:`, 'scheme start'); }

  get username() { return this.#url.username; }
  set username(value) {
    if (!machine.cannotHaveAUsernamePasswordPort(this.#url)) machine.setTheUsername(this.#url, text(value));
  }

  get password() { return this.#url.password; }
  set password(value) {
    if (!machine.cannotHaveAUsernamePasswordPort(this.#url)) machine.setThePassword(this.#url, text(value));
  }

  get host() {
    const { host, port } = this.#url;
    if (host === null) return '';
    return port === null ? machine.serializeHost(host) : `${machine.serializeHost(host)}:${port}`;
  }
  set host(value) {
    if (!machine.hasAnOpaquePath(this.#url)) this.#set(value, 'host');
  }

  get hostname() { return this.#url.host === null ? '' : machine.serializeHost(this.#url.host); }
  set hostname(value) {
    if (!machine.hasAnOpaquePath(this.#url)) this.#set(value, 'hostname');
  }

  get port() { return this.#url.port === null ? '' : `${this.#url.port}`; }
  set port(value) {
    if (machine.cannotHaveAUsernamePasswordPort(this.#url)) return;
    if (text(value) === '') this.#url.port = null;
    else this.#set(value, 'port');
  }

  get pathname() { return machine.serializePath(this.#url); }
  set pathname(value) {
    if (machine.hasAnOpaquePath(this.#url)) return;
    this.#url.path = [];
    this.#set(value, 'path start');
  }

  get search() {
    const { query } = this.#url;
    return query === null || query === '' ? '' : `?${query}`;
  }
  set search(value) {
    value = text(value);
    if (value === '') {
      this.#url.query = null;
    } else {
      this.#url.query = '';
      this.#set(value[0] === '?' ? value.slice(1) : value, 'query');
    }
    this.#updateParams();
  }

  get searchParams() {
    this.#params ??= update(this.#url.query ?? '', (params) => {
      const query = params.toString();
      this.#url.query = query === '' ? null : query;
    });
    return this.#params;
  }

  get hash() {
    const { fragment } = this.#url;
    return fragment === null || fragment === '' ? '' : `#${fragment}`;
  }
  set hash(value) {
    value = text(value);
    if (value === '') {
      this.#url.fragment = null;
      return;
    }
    this.#url.fragment = '';
    this.#set(value[0] === '#' ? value.slice(1) : value, 'fragment');
  }

  toString() { return this.href; }
  toJSON() { return this.href; }

  [custom](depth, options, inspect) {
    if (typeof depth === 'number' && depth < 0) return this;
    const shown = {};
    for (const name of ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'searchParams', 'hash'])
      shown[name] = this[name];
    return `${this.constructor.name} ${inspect(shown, options)}`;
  }
}

for (const constructor of [URL, URLSearchParams]) {
  Object.defineProperty(constructor.prototype, Symbol.toStringTag, { value: constructor.name, configurable: true });
  for (const name of Object.getOwnPropertyNames(constructor.prototype))
    if (name !== 'constructor') Object.defineProperty(constructor.prototype, name, { enumerable: true });
}
for (const name of ['parse', 'canParse', 'createObjectURL', 'revokeObjectURL']) Object.defineProperty(URL, name, { enumerable: true });

module.exports = { URL, URLSearchParams };
