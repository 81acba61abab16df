// The patterns of URLPattern: strings as tokens, tokens as parts, parts as a regular expression and as a string again; and a whole
// URL of patterns cut into its components. By the URL Pattern Standard, whose names these are.
'use strict';

const NAME_START = /^[\p{ID_Start}$_]$/u;
const NAME_PART = /^[\p{ID_Continue}$\u200c\u200d]$/u;
const isName = (character, isFirst) => character !== undefined && (isFirst ? NAME_START : NAME_PART).test(character);
const isAscii = (character) => character !== undefined && character.codePointAt(0) < 0x80;

const escapePattern = (text) => text.replace(/[+*?:{}()\\]/g, '\\$&');
const escapeRegExp = (text) => text.replace(/[.+*?^${}()[\]|/\\]/g, '\\$&');

// ---- Tokens.

const SINGLE = { '*': 'asterisk', '+': 'modifier', '?': 'modifier', '{': 'open', '}': 'close' };

// Where a group in parentheses ends: behind its bracket; -1 where it is wrong.
function endOfGroup(characters, start) {
  let depth = 1;
  for (let at = start; at < characters.length; at++) {
    const character = characters[at];
    if (!isAscii(character) || (at === start && character === '?')) return -1;
    if (character === '\\') {
      at++;
      if (!isAscii(characters[at])) return -1;
    } else if (character === ')') {
      depth--;
      if (depth === 0) return at === start ? -1 : at + 1;
    } else if (character === '(') {
      depth++;
      if (characters[at + 1] !== '?') return -1;
    }
  }
  return -1;
}

// Each with its place among the characters. A lenient reading has tokens for what is wrong.
function tokenize(text, isLenient) {
  const characters = Array.from(text);
  const tokens = [];
  const add = (type, index, end, value) => {
    tokens.push({ type, index, value });
    return end;
  };
  const wrong = (index, end) => {
    if (!isLenient) throw new TypeError(`Invalid pattern '${text}'`);
    return add('invalid', index, end, characters.slice(index, end).join(''));
  };
  for (let at = 0; at < characters.length;) {
    const character = characters[at];
    if (character in SINGLE) {
      at = add(SINGLE[character], at, at + 1, character);
    } else if (character === '\\') {
      at = at + 1 === characters.length ? wrong(at, at + 1) : add('escaped', at, at + 2, characters[at + 1]);
    } else if (character === ':') {
      let end = at + 1;
      while (isName(characters[end], end === at + 1)) end++;
      at = end === at + 1 ? wrong(at, end) : add('name', at, end, characters.slice(at + 1, end).join(''));
    } else if (character === '(') {
      const end = endOfGroup(characters, at + 1);
      at = end < 0 ? wrong(at, at + 1) : add('regexp', at, end, characters.slice(at + 1, end - 1).join(''));
    } else {
      at = add('char', at, at + 1, character);
    }
  }
  tokens.push({ type: 'end', index: characters.length, value: '' });
  return { tokens, characters };
}

// ---- Parts.

const segmentWildcard = (options) => `[^${escapeRegExp(options.delimiter)}]+?`;

// `encode` makes the canonical form of text that stands for itself.
function parse(text, encode, options) {
  const { tokens } = tokenize(text, false);
  const parts = [];
  const known = new Set();
  let index = 0;
  let pending = '';
  let nextNumber = 0;

  const take = (...types) => (types.includes(tokens[index].type) ? tokens[index++] : undefined);
  const takeText = () => {
    let result = '';
    for (let token; (token = take('char', 'escaped'));) result += token.value;
    return result;
  };
  const takeMatcher = (name) => take('regexp') ?? (name ? undefined : take('asterisk'));
  const addFixed = (value, modifier) => parts.push({ type: 'fixed', value: encode(value), modifier, name: '', prefix: '', suffix: '' });
  const addPending = () => {
    if (pending !== '') addFixed(pending, '');
    pending = '';
  };
  const addPart = (prefix, name, matcher, suffix, modifier) => {
    if (!name && !matcher && modifier === '') {
      pending += prefix;
      return;
    }
    addPending();
    if (!name && !matcher) {
      if (prefix !== '') addFixed(prefix, modifier);
      return;
    }
    let value = matcher === undefined ? segmentWildcard(options) : matcher.type === 'asterisk' ? '.*' : matcher.value;
    let type = 'regexp';
    if (value === segmentWildcard(options)) type = 'segment';
    else if (value === '.*') type = 'full';
    if (type !== 'regexp') value = '';
    const called = name ? name.value : `${nextNumber++}`;
    if (known.has(called)) throw new TypeError(`The name '${called}' is there twice in the pattern '${text}'`);
    known.add(called);
    parts.push({ type, value, modifier, name: called, prefix: encode(prefix), suffix: encode(suffix) });
  };
  while (index < tokens.length) {
    const character = take('char');
    const name = take('name');
    const matcher = takeMatcher(name);
    if (name || matcher) {
      let prefix = character ? character.value : '';
      if (prefix !== '' && prefix !== options.prefix) {
        pending += prefix;
        prefix = '';
      }
      addPending();
      addPart(prefix, name, matcher, '', take('modifier', 'asterisk')?.value ?? '');
      continue;
    }
    const fixed = character ?? take('escaped');
    if (fixed) {
      pending += fixed.value;
      continue;
    }
    if (take('open')) {
      const prefix = takeText();
      const inner = take('name');
      const innerMatcher = takeMatcher(inner);
      const suffix = takeText();
      if (!take('close')) throw new TypeError(`A '}' is missing in the pattern '${text}'`);
      addPart(prefix, inner, innerMatcher, suffix, take('modifier', 'asterisk')?.value ?? '');
      continue;
    }
    addPending();
    if (!take('end')) throw new TypeError(`Unexpected '${tokens[index].value}' in the pattern '${text}'`);
  }
  return parts;
}

// ---- What parts mean.

function sourceOf(part, options) {
  const { modifier } = part;
  const prefix = escapeRegExp(part.prefix);
  const suffix = escapeRegExp(part.suffix);
  if (part.type === 'fixed') return modifier === '' ? escapeRegExp(part.value) : `(?:${escapeRegExp(part.value)})${modifier}`;
  // [^] is not known to all engines where sets are (the flag "v").
  const segment = options.delimiter === '' ? '[\\s\\S]+?' : segmentWildcard(options);
  const value = part.type === 'segment' ? segment : part.type === 'full' ? '.*' : part.value;
  const isOnce = modifier === '' || modifier === '?';
  if (prefix === '' && suffix === '') return isOnce ? `(${value})${modifier}` : `((?:${value})${modifier})`;
  if (isOnce) return `(?:${prefix}(${value})${suffix})${modifier}`;
  return `(?:${prefix}((?:${value})(?:${suffix}${prefix}(?:${value}))*)${suffix})${modifier === '*' ? '?' : ''}`;
}

const isDigit = (character) => character >= '0' && character <= '9';
const first = (text) => Array.from(text)[0];

function needsGroup(part, previous, next, isNamed, options) {
  if (part.suffix !== '' || (part.prefix !== '' && part.prefix !== options.prefix)) return true;
  if (isNamed && part.type === 'segment' && part.modifier === '' && next && next.prefix === '' && next.suffix === '' &&
      (next.type === 'fixed' ? isName(first(next.value), false) : isDigit(next.name[0]))) return true;
  return part.prefix === '' && previous?.type === 'fixed' && options.prefix !== '' && previous.value.endsWith(options.prefix);
}

function matcherText(part, previous, isNamed, isGrouped, options) {
  if (part.type === 'regexp') return `(${part.value})`;
  if (part.type === 'segment') return isNamed ? '' : `(${segmentWildcard(options)})`;
  const isStar = !isNamed && (!previous || previous.type === 'fixed' || previous.modifier !== '' || isGrouped || part.prefix !== '');
  return isStar ? '*' : '(.*)';
}

function patternOf(parts, options) {
  return parts.map((part, i) => {
    if (part.type === 'fixed') return part.modifier === '' ? escapePattern(part.value) : `{${escapePattern(part.value)}}${part.modifier}`;
    const isNamed = !isDigit(part.name[0]);
    const isGrouped = needsGroup(part, parts[i - 1], parts[i + 1], isNamed, options);
    let text = escapePattern(part.prefix) + (isNamed ? `:${part.name}` : '') + matcherText(part, parts[i - 1], isNamed, isGrouped, options);
    if (part.type === 'segment' && isNamed && part.suffix !== '' && isName(first(part.suffix), false)) text += '\\';
    text += escapePattern(part.suffix);
    return (isGrouped ? `{${text}}` : text) + part.modifier;
  }).join('');
}

function compile(text, encode, options) {
  const parts = parse(text, encode, options);
  let regexp;
  try {
    regexp = new RegExp(`^${parts.map((part) => sourceOf(part, options)).join('')}$`, options.ignoreCase ? 'vi' : 'v');
  } catch {
    throw new TypeError(`Invalid pattern '${text}'`);
  }
  return {
    regexp,
    pattern: patternOf(parts, options),
    names: parts.filter((part) => part.type !== 'fixed').map((part) => part.name),
    hasGroups: parts.some((part) => part.type === 'regexp'),
  };
}

// ---- A URL of patterns.

const ORDER = ['protocol', 'authority', 'username', 'password', 'hostname', 'port', 'pathname', 'search', 'hash'];
const isBetween = (state, from, to) => ORDER.indexOf(state) >= ORDER.indexOf(from) && ORDER.indexOf(state) <= ORDER.indexOf(to);

class Cutter {
  constructor(text, isSpecial) {
    Object.assign(this, tokenize(text, true), { isSpecial, result: { __proto__: null }, start: 0, index: 0, state: 'init', depth: 0, brackets: 0, hasSpecial: false });
  }

  token(index) { return this.tokens[Math.min(index, this.tokens.length - 1)]; }

  is(value, index = this.index) {
    const token = this.token(index);
    return token.value === value && (token.type === 'char' || token.type === 'escaped' || token.type === 'invalid');
  }

  isSearch() {
    if (this.is('?')) return true;
    if (this.token(this.index).value !== '?') return false;
    return this.index === 0 || !['name', 'regexp', 'close', 'asterisk'].includes(this.token(this.index - 1).type);
  }

  text() { return this.characters.slice(this.token(this.start).index, this.token(this.index).index).join(''); }

  // To what comes next, behind `skip` tokens; what was left out in between is empty.
  change(state, skip) {
    const { result } = this;
    if (this.state !== 'init' && this.state !== 'authority') result[this.state] = this.text();
    if (this.state !== 'init' && state !== 'done') {
      if (isBetween(this.state, 'protocol', 'password') && isBetween(state, 'port', 'hash')) result.hostname ??= '';
      if (isBetween(this.state, 'protocol', 'port') && isBetween(state, 'search', 'hash')) result.pathname ??= this.hasSpecial ? '/' : '';
      if (isBetween(this.state, 'protocol', 'pathname') && state === 'hash') result.search ??= '';
    }
    this.state = state;
    this.index += skip;
    this.start = this.index;
  }

  rewind(state) {
    this.index = this.start;
    this.state = state;
  }

  // What ends every component from the host on; true where it did.
  cut(...ends) {
    if (ends.includes('/') && this.is('/')) this.change('pathname', 0);
    else if (ends.includes('?') && this.isSearch()) this.change('search', 1);
    else if (ends.includes('#') && this.is('#')) this.change('hash', 1);
    else return false;
    return true;
  }

  atEnd() {
    if (this.state === 'init') {
      this.index = this.start;
      if (!this.cut('?', '#')) this.change('pathname', 0);
    } else if (this.state === 'authority') {
      this.rewind('hostname');
    } else {
      this.change('done', 0);
    }
  }

  // Moves on by itself where it returns true.
  step() {
    switch (this.state) {
      case 'init':
        if (!this.is(':')) return false;
        this.rewind('protocol');
        return true;
      case 'protocol': {
        if (!this.is(':')) return false;
        this.hasSpecial = this.isSpecial(this.text());
        const hasSlashes = this.is('/', this.index + 1) && this.is('/', this.index + 2);
        this.change(hasSlashes || this.hasSpecial ? 'authority' : 'pathname', hasSlashes ? 3 : 1);
        return true;
      }
      case 'authority':
        if (this.is('@')) this.rewind('username');
        else if (this.is('/') || this.isSearch() || this.is('#')) this.rewind('hostname');
        else return false;
        return true;
      case 'username':
        if (this.is(':')) this.change('password', 1);
        else if (this.is('@')) this.change('hostname', 1);
        else return false;
        return true;
      case 'password':
        if (!this.is('@')) return false;
        this.change('hostname', 1);
        return true;
      case 'hostname':
        if (this.is('[')) this.brackets++;
        else if (this.is(']')) this.brackets--;
        else if (this.is(':') && this.brackets === 0) {
          this.change('port', 1);
          return true;
        } else return this.cut('/', '?', '#');
        return false;
      case 'port':
        return this.cut('/', '?', '#');
      case 'pathname':
        return this.cut('?', '#');
      case 'search':
        return this.cut('#');
      default:
        return false;
    }
  }

  run() {
    while (this.state !== 'done') {
      const { type } = this.token(this.index);
      if (type === 'end') {
        this.atEnd();
        continue;
      }
      if (type === 'open') this.depth++;
      else if (type === 'close' && this.depth > 0) this.depth--;
      if (type === 'open' || this.depth > 0 || !this.step()) this.index++;
    }
    if (this.result.hostname !== undefined) this.result.port ??= '';
    return this.result;
  }
}

// Patterns of the components that are there; `isSpecial` says whether a pattern of a protocol matches http or its like.
const parseConstructorString = (text, isSpecial) => new Cutter(text, isSpecial).run();

module.exports = { compile, parseConstructorString, escapePattern };
