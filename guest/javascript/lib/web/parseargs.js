// util.parseArgs
'use strict';

const { coded, checkString, checkBoolean, checkObject, invalidArgType, invalidArgValue } = require('web:errors');

const fail = (code, message) => coded(TypeError, code, message);

function checkConfig({ args, options, strict, allowPositionals, tokens }) {
  if (!Array.isArray(args)) throw invalidArgType('args', 'Array', args);
  checkBoolean(strict, 'strict');
  checkBoolean(allowPositionals, 'allowPositionals');
  checkBoolean(tokens, 'tokens');
  checkObject(options, 'options');
  for (const [name, option] of Object.entries(options)) {
    checkObject(option, `options.${name}`);
    if (option.type !== 'string' && option.type !== 'boolean')
      throw invalidArgType(`options.${name}.type`, `('string|boolean')`, option.type);
    if (option.short !== undefined) {
      checkString(option.short, `options.${name}.short`);
      if (option.short.length !== 1) throw invalidArgValue(`options.${name}.short`, option.short, 'must be a single character');
    }
    if (option.multiple !== undefined) checkBoolean(option.multiple, `options.${name}.multiple`);
    if (option.default !== undefined) {
      const check = option.type === 'string' ? checkString : checkBoolean;
      if (!option.multiple) check(option.default, `options.${name}.default`);
      else if (!Array.isArray(option.default)) throw invalidArgType(`options.${name}.default`, 'Array', option.default);
      else option.default.forEach((one, i) => check(one, `options.${name}.default[${i}]`));
    }
  }
}

function tokensOf(args, options) {
  const tokens = [];
  const rest = args.map((value, index) => ({ value, index }));
  const longOf = (short) => Object.keys(options).find((name) => options[name].short === short) ?? short;
  const push = (name, rawName, index, value, inlineValue) => tokens.push({ kind: 'option', name, rawName, index, value, inlineValue });
  while (rest.length > 0) {
    const { value: arg, index } = rest.shift();
    const next = rest[0]?.value;
    if (arg === '--') {
      tokens.push({ kind: 'option-terminator', index });
      for (const one of rest.splice(0)) tokens.push({ kind: 'positional', index: one.index, value: one.value });
    } else if (/^-[^-]$/.test(arg)) {
      const name = longOf(arg[1]);
      if (options[name]?.type === 'string' && next !== undefined) push(name, arg, index, rest.shift().value, false);
      else push(name, arg, index, undefined, undefined);
    } else if (/^-[^-]./.test(arg)) {
      const first = longOf(arg[1]);
      if (options[first]?.type === 'string') {
        push(first, `-${arg[1]}`, index, arg.slice(2), true);
      } else {
        const expanded = [];
        for (let i = 1; i < arg.length; i++) {
          if (options[longOf(arg[i])]?.type === 'string' && i < arg.length - 1) {
            expanded.push({ value: `-${arg.slice(i)}`, index });
            break;
          }
          expanded.push({ value: `-${arg[i]}`, index });
        }
        rest.unshift(...expanded);
      }
    } else if (/^--[^=]+=/s.test(arg)) {
      const at = arg.indexOf('=', 3);
      push(arg.slice(2, at), arg.slice(0, at), index, arg.slice(at + 1), true);
    } else if (arg.startsWith('--') && arg.length > 2) {
      const name = arg.slice(2);
      if (options[name]?.type === 'string' && next !== undefined) push(name, arg, index, rest.shift().value, false);
      else push(name, arg, index, undefined, undefined);
    } else {
      tokens.push({ kind: 'positional', index, value: arg });
    }
  }
  return tokens;
}

function checkOption(token, options, allowPositionals) {
  const { name, rawName, value, inlineValue } = token;
  if (!Object.hasOwn(options, name)) {
    const hint = allowPositionals
      ? `. To specify a positional argument starting with a '-', place it at the end of the command after '--', as in '-- ${JSON.stringify(rawName)}` : '';
    throw fail('ERR_PARSE_ARGS_UNKNOWN_OPTION', `Unknown option '${rawName}'${hint}`);
  }
  const { type, short } = options[name];
  const shown = `${short ? `-${short}, ` : ''}--${name}`;
  if (type === 'string' && typeof value !== 'string')
    throw fail('ERR_PARSE_ARGS_INVALID_OPTION_VALUE', `Option '${shown} <value>' argument missing`);
  if (type === 'boolean' && value != null)
    throw fail('ERR_PARSE_ARGS_INVALID_OPTION_VALUE', `Option '${shown}' does not take an argument`);
  if (type === 'string' && !inlineValue && value.length > 1 && value.startsWith('-')) {
    const example = rawName.startsWith('--') ? `'${rawName}=-XYZ'` : `'--${name}=-XYZ' or '${rawName}-XYZ'`;
    throw fail('ERR_PARSE_ARGS_INVALID_OPTION_VALUE',
      `Option '${rawName}' argument is ambiguous.\nDid you forget to specify the option argument for '${rawName}'?\nTo specify an option argument starting with a dash use ${example}.`);
  }
}

function parseArgs(config = {}) {
  checkObject(config, 'config');
  const strict = config.strict ?? true;
  const settings = {
    args: config.args ?? require('node:process').argv.slice(2),
    options: config.options ?? {},
    strict,
    allowPositionals: config.allowPositionals ?? !strict,
    tokens: config.tokens ?? false,
  };
  checkConfig(settings);
  const { options } = settings;
  const tokens = tokensOf(settings.args, options);
  const result = { values: { __proto__: null }, positionals: [] };
  const store = (name, value) => {
    if (name === '__proto__') return;
    if (options[name]?.multiple) (result.values[name] ??= []).push(value);
    else result.values[name] = value;
  };
  for (const token of tokens) {
    if (token.kind === 'option') {
      if (strict) checkOption(token, options, settings.allowPositionals);
      store(token.name, token.value ?? true);
    } else if (token.kind === 'positional') {
      if (!settings.allowPositionals)
        throw fail('ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL', `Unexpected argument '${token.value}'. This command does not take positional arguments`);
      result.positionals.push(token.value);
    }
  }
  for (const [name, option] of Object.entries(options))
    if (option.default !== undefined && result.values[name] === undefined) result.values[name] = option.default;
  if (settings.tokens) result.tokens = tokens;
  return result;
}

module.exports = { parseArgs };
