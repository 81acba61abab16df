// URLPattern, by the URL Pattern Standard; parsing of patterns is web:patterns', of URLs whatwg-url's.
'use strict';

const machine = require('npm:whatwg-url/url-state-machine');
const { compile, parseConstructorString, escapePattern } = require('web:patterns');
const { custom } = require('web:inspect');

const COMPONENTS = ['protocol', 'username', 'password', 'hostname', 'port', 'pathname', 'search', 'hash'];
const DEFAULT_PORTS = { __proto__: null, http: '80', https: '443', ws: '80', wss: '443', ftp: '21', file: '' };

const wrong = (what, value) => new TypeError(`Invalid ${what} '${value}' in a URLPattern`);
const text = (value) => {
  if (typeof value === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
  return `${value}`.toWellFormed();
};

// ---- Canonical forms of components.

const dummy = () => machine.basicURLParse('https://dummy.invalid/');

function parseInto(url, value, state, what) {
  if (machine.basicURLParse(value, { url, stateOverride: state }) === null) throw wrong(what, value);
  return url;
}

const canonical = {
  protocol(value) {
    if (value === '') return '';
    const url = machine.basicURLParse(`${value}://dummy.invalid/`);
    if (url === null) throw wrong('protocol', value);
    return url.scheme;
  },
  username(value) {
    const url = dummy();
    machine.setTheUsername(url, value);
    return url.username;
  },
  password(value) {
    const url = dummy();
    machine.setThePassword(url, value);
    return url.password;
  },
  hostname(value) {
    if (value === '') return '';
    // What newer editions of the URL Standard say of a host alone, and of a port below.
    if (/^[^[/?#\\]*:/.test(value)) throw wrong('hostname', value);
    return machine.serializeHost(parseInto(dummy(), value, 'hostname', 'hostname').host);
  },
  ipv6(value) {
    if (!/^[\da-f[\]:]*$/i.test(value)) throw wrong('hostname', value);
    return value.toLowerCase();
  },
  port(value, protocol = '') {
    if (value === '') return '';
    if (!/^[\t\n\r]*\d/.test(value)) throw wrong('port', value);
    const url = dummy();
    url.port = null;
    url.scheme = protocol;
    parseInto(url, value, 'port', 'port');
    return url.port === null ? '' : `${url.port}`;
  },
  pathname(value) {
    if (value === '') return '';
    const url = dummy();
    url.path = [];
    const isAbsolute = value[0] === '/';
    const path = machine.serializePath(parseInto(url, isAbsolute ? value : `/-${value}`, 'path start', 'pathname'));
    return isAbsolute ? path : path.slice(2);
  },
  opaquePathname(value) {
    if (value === '') return '';
    const url = machine.basicURLParse('data:dummy,test');
    url.path = '';
    return machine.serializePath(parseInto(url, value, 'opaque path', 'pathname'));
  },
  search(value) {
    if (value === '') return '';
    const url = dummy();
    url.query = '';
    return parseInto(url, value, 'query', 'search').query;
  },
  hash(value) {
    if (value === '') return '';
    const url = dummy();
    url.fragment = '';
    return parseInto(url, value, 'fragment', 'hash').fragment;
  },
};

// ---- What a program gives: patterns, or components of a URL.

function dictionary(given) {
  const init = { __proto__: null };
  for (const name of ['baseURL', ...COMPONENTS]) {
    const value = given[name];
    if (value !== undefined) init[name] = text(value);
  }
  return init;
}

function fromBase(init, result, isPattern) {
  const base = machine.basicURLParse(init.baseURL);
  if (base === null) throw wrong('base URL', init.baseURL);
  const lacks = (...names) => names.every((name) => init[name] === undefined);
  const take = (name, value, ...unless) => {
    if (lacks(...unless)) result[name] = isPattern ? escapePattern(value) : value;
  };
  take('protocol', base.scheme, 'protocol');
  if (!isPattern) {
    take('username', base.username, 'protocol', 'hostname', 'port', 'username');
    take('password', base.password, 'protocol', 'hostname', 'port', 'username', 'password');
  }
  take('hostname', base.host === null ? '' : machine.serializeHost(base.host), 'protocol', 'hostname');
  take('port', base.port === null ? '' : `${base.port}`, 'protocol', 'hostname', 'port');
  take('pathname', machine.serializePath(base), 'protocol', 'hostname', 'port', 'pathname');
  take('search', base.query ?? '', 'protocol', 'hostname', 'port', 'pathname', 'search');
  take('hash', base.fragment ?? '', 'protocol', 'hostname', 'port', 'pathname', 'search', 'hash');
  return base;
}

const isAbsolute = (path, isPattern) => path[0] === '/' || (isPattern && (path.startsWith('\\/') || path.startsWith('{/')));

function processed(init, isPattern, defaults) {
  const result = { __proto__: null, ...defaults };
  const base = init.baseURL === undefined ? null : fromBase(init, result, isPattern);
  const put = (name, value, form) => { result[name] = isPattern ? value : form(value); };
  if (init.protocol !== undefined) put('protocol', init.protocol.replace(/:$/, ''), canonical.protocol);
  if (init.username !== undefined) put('username', init.username, canonical.username);
  if (init.password !== undefined) put('password', init.password, canonical.password);
  if (init.hostname !== undefined) put('hostname', init.hostname, canonical.hostname);
  const protocol = result.protocol ?? '';
  if (init.port !== undefined) put('port', init.port, (value) => canonical.port(value, protocol));
  if (init.pathname !== undefined) {
    let path = init.pathname;
    if (base !== null && !machine.hasAnOpaquePath(base) && !isAbsolute(path, isPattern)) {
      const basePath = machine.serializePath(base);
      const folder = basePath.slice(0, basePath.lastIndexOf('/') + 1);
      path = (isPattern ? escapePattern(folder) : folder) + path;
    }
    put('pathname', path, protocol === '' || protocol in DEFAULT_PORTS ? canonical.pathname : canonical.opaquePathname);
  }
  if (init.search !== undefined) put('search', init.search.replace(/^\?/, ''), canonical.search);
  if (init.hash !== undefined) put('hash', init.hash.replace(/^#/, ''), canonical.hash);
  return result;
}

// ---- Compiling and matching.

const PLAIN = { delimiter: '', prefix: '' };
const isIPv6 = (pattern) => /^(?:\[|\{\[|\\\[)/.test(pattern) && pattern.length > 1;
const isSpecial = (component) => Object.keys(DEFAULT_PORTS).some((scheme) => component.regexp.test(scheme));

function compileAll(init, ignoreCase) {
  for (const name of COMPONENTS) init[name] ??= '*';
  if (init.protocol in DEFAULT_PORTS && init.port === DEFAULT_PORTS[init.protocol]) init.port = '';
  const plain = { ...PLAIN, ignoreCase };
  const protocol = compile(init.protocol, canonical.protocol, PLAIN);
  return {
    protocol,
    username: compile(init.username, canonical.username, PLAIN),
    password: compile(init.password, canonical.password, PLAIN),
    hostname: compile(init.hostname, isIPv6(init.hostname) ? canonical.ipv6 : canonical.hostname, { delimiter: '.', prefix: '' }),
    port: compile(init.port, (value) => canonical.port(value), PLAIN),
    pathname: isSpecial(protocol)
      ? compile(init.pathname, canonical.pathname, { delimiter: '/', prefix: '/', ignoreCase })
      : compile(init.pathname, canonical.opaquePathname, plain),
    search: compile(init.search, canonical.search, plain),
    hash: compile(init.hash, canonical.hash, plain),
  };
}

const NOTHING = Object.fromEntries(COMPONENTS.map((name) => [name, '']));

// The components of what is to be matched; null where it is no URL.
function componentsOf(input, base) {
  if (typeof input === 'object') {
    if (base !== undefined) throw new TypeError('A base URL and an object of components do not go together');
    try {
      return processed(input, false, NOTHING);
    } catch {
      return null;
    }
  }
  const baseURL = base === undefined ? null : machine.basicURLParse(base);
  const url = base !== undefined && baseURL === null ? null : machine.basicURLParse(input, { baseURL });
  return url && {
    protocol: url.scheme,
    username: url.username,
    password: url.password,
    hostname: url.host === null ? '' : machine.serializeHost(url.host),
    port: url.port === null ? '' : `${url.port}`,
    pathname: machine.serializePath(url),
    search: url.query ?? '',
    hash: url.fragment ?? '',
  };
}

function resultOf(component, input, found) {
  const groups = {};
  component.names.forEach((name, i) => { groups[name] = found[i + 1]; });
  return { input, groups };
}

const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

class URLPattern {
  #components;

  // (input, options) or (input, base URL, options)
  constructor(input = {}, base = undefined, options = undefined) {
    if (isObject(base)) [base, options] = [undefined, base];
    let init;
    if (isObject(input)) {
      if (base !== undefined) throw new TypeError('A base URL and an object of components do not go together');
      init = dictionary(input);
    } else {
      init = parseConstructorString(text(input), (pattern) => isSpecial(compile(pattern, canonical.protocol, PLAIN)));
      if (base === undefined && init.protocol === undefined) throw new TypeError(`A relative URLPattern '${input}' needs a base URL`);
      if (base !== undefined) init.baseURL = text(base);
    }
    this.#components = compileAll(processed(init, true, {}), Boolean(options?.ignoreCase));
  }

  #match(input, base) {
    const given = isObject(input) ? dictionary(input) : text(input);
    if (base !== undefined) base = text(base);
    const components = componentsOf(given, base);
    if (components === null) return null;
    const inputs = [typeof given === 'string' ? given : { ...given }];
    if (base !== undefined) inputs.push(base);
    const result = { inputs };
    for (const name of COMPONENTS) {
      const component = this.#components[name];
      const found = component.regexp.exec(components[name]);
      if (found === null) return null;
      result[name] = resultOf(component, components[name], found);
    }
    return result;
  }

  test(input = {}, base = undefined) { return this.#match(input, base) !== null; }
  exec(input = {}, base = undefined) { return this.#match(input, base); }

  get protocol() { return this.#components.protocol.pattern; }
  get username() { return this.#components.username.pattern; }
  get password() { return this.#components.password.pattern; }
  get hostname() { return this.#components.hostname.pattern; }
  get port() { return this.#components.port.pattern; }
  get pathname() { return this.#components.pathname.pattern; }
  get search() { return this.#components.search.pattern; }
  get hash() { return this.#components.hash.pattern; }
  get hasRegExpGroups() { return COMPONENTS.some((name) => this.#components[name].hasGroups); }

  [custom](depth, options, inspect) {
    if (typeof depth === 'number' && depth < 0) return this;
    const shown = {};
    for (const name of COMPONENTS) shown[name] = this[name];
    return `${this.constructor.name} ${inspect(shown, options)}`;
  }
}

Object.defineProperty(URLPattern.prototype, Symbol.toStringTag, { value: 'URLPattern', configurable: true });
for (const name of [...COMPONENTS, 'hasRegExpGroups', 'test', 'exec']) Object.defineProperty(URLPattern.prototype, name, { enumerable: true });

module.exports = { URLPattern };
