// The property `stack` as V8 has it: name and message, then a line for each frame, with file, line and column.
function assert(condition, what) {
  if (!condition) throw new Error(`failed: ${what}`);
}

function thrower() {
  throw new TypeError('wrong');
}
let caught;
try {
  thrower();
} catch (error) {
  caught = error;
}
const lines = caught.stack.split('\n');
assert(lines[0] === 'TypeError: wrong', lines[0]);
assert(/^ {4}at thrower \(.*stack\.js:7:\d+\)$/.test(lines[1]), lines[1]);
assert(lines.every(line => line !== ''), 'no empty line');
assert(!Object.keys(caught).includes('stack'), 'stack is not enumerable');

for (const [source, where] of [['f(', ':1:'], ['let a = 1;\nlet b = ;', ':2:9'], ['`', ':1:']]) {
  try {
    (0, eval)(source);
    assert(false, source);
  } catch (error) {
    assert(error.name === 'SyntaxError' && error.stack.includes(where), `${source}: ${error.stack}`);
  }
}

class Coded extends Error {
  constructor(message) {
    super(message);
    this.name = 'Coded';
    Error.captureStackTrace(this, Coded);
  }
}
const coded = new Coded('why').stack.split('\n');
assert(coded[0] === 'Coded: why' && !coded[1].includes('Coded'), coded.join('|'));
const holder = {};
Error.captureStackTrace(holder);
assert(holder.stack.startsWith('Error\n    at '), holder.stack);
const none = new Error('');
none.stack = 'mine';
assert(none.stack === 'mine', 'a program sets it');
assert(Object.getOwnPropertyDescriptor(Error.prototype, 'stack').get.call({}) === undefined, 'of what is no error');

// A name that throws is the program's business, and no trap.
const hostile = new Error('x');
Object.defineProperty(hostile, 'name', { get() { throw new RangeError('no name'); } });
try {
  hostile.stack;
  assert(false, 'the getter of the name runs');
} catch (error) {
  assert(error instanceof RangeError, String(error));
}
console.log('ok');
