// AssertionError: what was expected, what was there, and their difference, as Node says it.
'use strict';

const { inspect } = require('web:inspect');
const { invalidArgType } = require('web:errors');

const readable = {
  deepStrictEqual: 'Expected values to be strictly deep-equal:',
  strictEqual: 'Expected values to be strictly equal:',
  strictEqualObject: 'Expected "actual" to be reference-equal to "expected":',
  deepEqual: 'Expected values to be loosely deep-equal:',
  notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
  notStrictEqual: 'Expected "actual" to be strictly unequal to:',
  notStrictEqualObject: 'Expected "actual" not to be reference-equal to "expected":',
  notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:',
  notIdentical: 'Values have same structure but are not reference-equal:',
  notDeepEqualUnequal: 'Expected values not to be loosely deep-equal:',
};

const MOST_SHORT = 12;

const show = (value) => inspect(value, {
  compact: false, customInspect: false, depth: 1000, maxArrayLength: Infinity, showHidden: false, showProxy: false,
  sorted: true, getters: true, breakLength: Infinity,
});

function difference(actual, expected, operator, given) {
  let other = '';
  let result = '';
  let end = '';
  let skipped = false;
  const actualText = show(actual);
  const actualLines = actualText.split('\n');
  const expectedLines = show(expected).split('\n');
  let indicator = '';
  if (operator === 'strictEqual' && ((typeof actual === 'object' && actual !== null && typeof expected === 'object' && expected !== null) || (typeof actual === 'function' && typeof expected === 'function')))
    operator = 'strictEqualObject';
  if (actualLines.length === 1 && expectedLines.length === 1 && actualLines[0] !== expectedLines[0]) {
    const inputLength = actualLines[0].length + expectedLines[0].length;
    if (inputLength <= MOST_SHORT) {
      if ((typeof actual !== 'object' || actual === null) && (typeof expected !== 'object' || expected === null) && (actual !== 0 || expected !== 0))
        return `${given ?? readable[operator]}\n\n${actualLines[0]} !== ${expectedLines[0]}\n`;
    } else if (operator !== 'strictEqualObject') {
      if (inputLength < 80) {
        let i = 0;
        while (actualLines[0][i] === expectedLines[0][i]) i++;
        if (i > 2) indicator = `\n  ${' '.repeat(i)}^`;
      }
    }
  }
  let a = actualLines[actualLines.length - 1];
  let b = expectedLines[expectedLines.length - 1];
  let i = 0;
  while (a === b) {
    if (i++ < 3) end = `\n  ${a}${end}`;
    else other = a;
    actualLines.pop();
    expectedLines.pop();
    if (actualLines.length === 0 || expectedLines.length === 0) break;
    a = actualLines[actualLines.length - 1];
    b = expectedLines[expectedLines.length - 1];
  }
  const maxLines = Math.max(actualLines.length, expectedLines.length);
  if (maxLines === 0) {
    const lines = actualText.split('\n');
    if (lines.length > 50) {
      lines[46] = '...';
      while (lines.length > 47) lines.pop();
    }
    return `${readable.notIdentical}\n\n${lines.join('\n')}\n`;
  }
  if (i >= 5) {
    end = `\n...${end}`;
    skipped = true;
  }
  if (other !== '') {
    end = `\n  ${other}${end}`;
    other = '';
  }
  let printed = 0;
  let identical = 0;
  const message = `${given ?? readable[operator]}\n+ actual - expected`;
  const skippedMessage = ' ... Lines skipped';
  let lines = actualLines;
  let plus = '+';
  let most = expectedLines.length;
  if (actualLines.length < maxLines) {
    lines = expectedLines;
    plus = '-';
    most = actualLines.length;
  }
  for (i = 0; i < maxLines; i++) {
    if (most < i + 1) {
      if (identical > 2) {
        if (identical > 3) {
          if (identical > 4) {
            if (identical === 5) {
              result += `\n  ${lines[i - 3]}`;
              printed++;
            } else {
              result += '\n...';
              skipped = true;
            }
          }
          result += `\n  ${lines[i - 2]}`;
          printed++;
        }
        result += `\n  ${lines[i - 1]}`;
        printed++;
      }
      identical = 0;
      if (lines === actualLines) result += `\n${plus} ${lines[i]}`;
      else other += `\n${plus} ${lines[i]}`;
      printed++;
    } else {
      const expectedLine = expectedLines[i];
      let actualLine = actualLines[i];
      let divergingLines = actualLine !== expectedLine && (!actualLine.endsWith(',') || actualLine.slice(0, -1) !== expectedLine);
      if (divergingLines && expectedLine.endsWith(',') && expectedLine.slice(0, -1) === actualLine) {
        divergingLines = false;
        actualLine += ',';
      }
      if (divergingLines) {
        if (identical > 2) {
          if (identical > 3) {
            if (identical > 4) {
              if (identical === 5) {
                result += `\n  ${actualLines[i - 3]}`;
                printed++;
              } else {
                result += '\n...';
                skipped = true;
              }
            }
            result += `\n  ${actualLines[i - 2]}`;
            printed++;
          }
          result += `\n  ${actualLines[i - 1]}`;
          printed++;
        }
        identical = 0;
        result += `\n+ ${actualLine}`;
        other += `\n- ${expectedLine}`;
        printed += 2;
      } else {
        result += other;
        other = '';
        identical++;
        if (identical <= 2) {
          result += `\n  ${actualLine}`;
          printed++;
        }
      }
    }
    if (printed > 50 && i < maxLines - 2)
      return `${message}${skippedMessage}\n${result}\n...${other}\n...`;
  }
  return `${message}${skipped ? skippedMessage : ''}\n${result}${other}${end}${indicator}`;
}

function notEqualText(actual, operator) {
  let base = readable[operator];
  const lines = show(actual).split('\n');
  if (operator === 'notStrictEqual' && ((typeof actual === 'object' && actual !== null) || typeof actual === 'function'))
    base = readable.notStrictEqualObject;
  if (lines.length > 50) {
    lines[46] = '...';
    while (lines.length > 47) lines.pop();
  }
  return lines.length === 1 ? `${base}${lines[0].length > 5 ? '\n\n' : ' '}${lines[0]}` : `${base}\n\n${lines.join('\n')}\n`;
}

function looseText(actual, expected, operator) {
  let other = show(actual);
  let text = show(expected);
  const known = readable[operator];
  if (operator === 'notDeepEqual' && other === text) {
    other = `${known}\n\n${other}`;
    return other.length > 1024 ? `${other.slice(0, 1021)}...` : other;
  }
  if (other.length > 512) other = `${other.slice(0, 509)}...`;
  if (text.length > 512) text = `${text.slice(0, 509)}...`;
  if (operator === 'deepEqual') return `${known}\n\n${other}\n\nshould loosely deep-equal\n\n${text}`;
  if (operator === 'notDeepEqual') return `${readable.notDeepEqualUnequal}\n\n${other}\n\nshould not loosely deep-equal\n\n${text}`;
  return `${other} ${operator} ${text}`;
}

class AssertionError extends Error {
  constructor(options) {
    if (options === null || typeof options !== 'object') throw invalidArgType('options', 'Object', options);
    const { message, operator, actual, expected, stackStartFn } = options;
    const given = message !== null && message !== undefined ? String(message) : undefined;
    if (operator === 'deepStrictEqual' || operator === 'strictEqual') super(difference(actual, expected, operator, given));
    else if (given !== undefined) super(given);
    else if (operator === 'notDeepStrictEqual' || operator === 'notStrictEqual') super(notEqualText(actual, operator));
    else super(looseText(actual, expected, operator));
    this.generatedMessage = !message;
    Object.defineProperty(this, 'name', { value: 'AssertionError [ERR_ASSERTION]', writable: true, configurable: true, enumerable: false });
    this.code = 'ERR_ASSERTION';
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
    if (typeof Error.captureStackTrace === 'function') Error.captureStackTrace(this, stackStartFn);
    this.name = 'AssertionError';
  }

  toString() {
    return `${this.name} [${this.code}]: ${this.message}`;
  }
}

module.exports = { AssertionError };
