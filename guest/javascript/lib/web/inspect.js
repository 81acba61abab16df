// inspect: values as text for people. inspect.c does it; here are the options, and how an object is asked.
'use strict';

const custom = Symbol.for('nodejs.util.inspect.custom');

const defaults = {
  showHidden: false,
  depth: 2,
  colors: false,
  customInspect: true,
  showProxy: false,
  maxArrayLength: 100,
  maxStringLength: 10000,
  breakLength: 80,
  compact: 3,
  sorted: false,
  getters: false,
  numericSeparator: false,
};

const countOf = (value, usual) =>
  value === undefined ? usual : value === null || value === Infinity ? null : Math.max(-1, Math.trunc(Number(value)));

// A program's options with all that is left out, in the types that inspect.c wants: null is "no limit".
function complete(given) {
  const options = { ...defaults, ...given };
  options.depth = countOf(options.depth, defaults.depth);
  options.maxArrayLength = countOf(options.maxArrayLength, 100);
  options.maxStringLength = countOf(options.maxStringLength, 10000);
  options.breakLength = countOf(options.breakLength, 80);
  options.compact = options.compact === true ? null : options.compact === false ? 0 : Number(options.compact);
  if (options.maxArrayLength !== null && options.maxArrayLength < 0) options.maxArrayLength = 0;
  if (options.maxStringLength !== null && options.maxStringLength < 0) options.maxStringLength = 0;
  // Not enumerable: objects that are given a copy of the options need not see it.
  if (options.colors) Object.defineProperty(options, 'paint', { value: paint() });
  return options;
}

// ---- Colours.

// What begins and what ends text of a style; nothing where it has no colour.
function codesOf(style) {
  const codes = inspect.colors[inspect.styles[style]];
  return codes === undefined ? undefined : [`\u001b[${codes[0]}m`, `\u001b[${codes[1]}m`];
}

// In the order of inspect.h.
const STYLES = ['special', 'number', 'bigint', 'boolean', 'undefined', 'null', 'string', 'symbol', 'date', 'regexp', 'name'];
const paint = () => STYLES.flatMap((style) => codesOf(style) ?? ['', '']);

const plain = (text) => `${text}`;

function coloured(text, style) {
  const codes = codesOf(style);
  return codes === undefined ? `${text}` : `${codes[0]}${text}${codes[1]}`;
}

function inspect(value, options, ...legacy) {
  if (typeof options === 'boolean' || legacy.length > 0)
    options = { showHidden: options === true, depth: legacy[0], colors: legacy[1] };
  // When called without options inside of map() and its like, the index is no option.
  if (options === undefined || options === null || typeof options !== 'object')
    return native.inspect(value, usual);
  return native.inspect(value, complete(options));
}

const usual = complete({});

// How an object wants to look: its function is given the depth that is left, the options and inspect.
const ask = (look, object, depth, options) =>
  look.call(object, depth, { ...(options ?? defaults), depth, stylize: options?.colors ? coloured : plain }, inspect);

inspect.custom = custom;
inspect.defaultOptions = { ...defaults };
inspect.colors = Object.assign(Object.create(null), {
  reset: [0, 0], bold: [1, 22], dim: [2, 22], italic: [3, 23], underline: [4, 24], blink: [5, 25], inverse: [7, 27],
  hidden: [8, 28], strikethrough: [9, 29], doubleunderline: [21, 24],
  black: [30, 39], red: [31, 39], green: [32, 39], yellow: [33, 39], blue: [34, 39], magenta: [35, 39], cyan: [36, 39],
  white: [37, 39], bgBlack: [40, 49], bgRed: [41, 49], bgGreen: [42, 49], bgYellow: [43, 49], bgBlue: [44, 49],
  bgMagenta: [45, 49], bgCyan: [46, 49], bgWhite: [47, 49], framed: [51, 54], overlined: [53, 55],
  gray: [90, 39], grey: [90, 39], blackBright: [90, 39], redBright: [91, 39], greenBright: [92, 39],
  yellowBright: [93, 39], blueBright: [94, 39], magentaBright: [95, 39], cyanBright: [96, 39], whiteBright: [97, 39],
  bgGray: [100, 49], bgGrey: [100, 49], bgBlackBright: [100, 49], bgRedBright: [101, 49], bgGreenBright: [102, 49],
  bgYellowBright: [103, 49], bgBlueBright: [104, 49], bgMagentaBright: [105, 49], bgCyanBright: [106, 49],
  bgWhiteBright: [107, 49],
});
inspect.styles = Object.assign(Object.create(null), {
  special: 'cyan', number: 'yellow', bigint: 'yellow', boolean: 'yellow', undefined: 'grey', null: 'bold',
  string: 'green', symbol: 'green', date: 'magenta', regexp: 'red', module: 'underline',
});

module.exports = { inspect, custom, complete, ask, defaults };
