// node:readline: the lines of a stream, and questions. There is no editing: what is a terminal the host's side has.
'use strict';

const EventEmitter = require('node:events');
const { StringDecoder } = require('node:string_decoder');
const { coded, invalidArgType } = require('web:errors');
const { promisify } = require('web:promisify');

const NEWLINE = /\r\n|\n|\r(?!\n)/;
const closed = () => coded(Error, 'ERR_USE_AFTER_CLOSE', 'readline was closed');

class Interface extends EventEmitter {
  #prompt = '> ';
  #question = null;
  #rest = '';
  #lines = [];
  #decoder = new StringDecoder('utf8');
  #listeners = {};

  constructor(input, output, completer, terminal) {
    super();
    let settings = { input, output, completer, terminal };
    if (input?.input !== undefined) settings = input;
    if (settings.input === undefined || settings.input === null) throw invalidArgType('input', 'Stream', settings.input);
    this.terminal = !!(settings.terminal ?? settings.output?.isTTY);
    this.line = '';
    this.cursor = 0;
    this.history = settings.history ?? [];
    this.closed = false;
    this.paused = false;
    this.input = settings.input;
    this.output = settings.output;
    if (settings.prompt !== undefined) this.#prompt = `${settings.prompt}`;
    this.#listen();
    settings.signal?.addEventListener('abort', () => this.close(), { once: true });
    if (settings.signal?.aborted) native.addTick(() => this.close());
  }

  #listen() {
    const { input } = this;
    this.#listeners = {
      data: (chunk) => this.#add(typeof chunk === 'string' ? chunk : this.#decoder.write(chunk)),
      end: () => this.#end(),
      error: (error) => this.emit('error', error),
    };
    for (const [name, listener] of Object.entries(this.#listeners)) input.on(name, listener);
    input.resume();
  }

  #add(text) {
    this.#rest += text;
    // A carriage return at the end may be half of a newline.
    for (let match; !this.closed && (match = NEWLINE.exec(this.#rest));) {
      if (match[0] === '\r' && match.index === this.#rest.length - 1) return;
      const line = this.#rest.slice(0, match.index);
      this.#rest = this.#rest.slice(match.index + match[0].length);
      this.#deliver(line);
    }
  }

  #deliver(line) {
    if (this.paused) {
      this.#lines.push(line);
    } else if (this.#question) {
      const answer = this.#question;
      this.#question = null;
      answer(line);
    } else {
      this.emit('line', line);
    }
  }

  #end() {
    const line = (this.#rest + this.#decoder.end()).replace(/\r$/, '');
    this.#rest = '';
    if (line !== '') this.#deliver(line);
    if (this.#lines.length === 0) this.close();
  }

  get [Symbol.toStringTag]() { return 'Interface'; }
  getPrompt() { return this.#prompt; }
  setPrompt(prompt) { this.#prompt = `${prompt}`; }

  prompt() {
    if (this.paused) this.resume();
    this.output?.write(this.#prompt);
  }

  question(query, options, callback) {
    if (typeof options === 'function') [options, callback] = [{}, options];
    if (this.closed) throw closed();
    if (typeof callback !== 'function') return;
    const { signal } = options ?? {};
    if (signal?.aborted) return;
    if (this.#question) {
      this.prompt();
      return;
    }
    const onAbort = () => { this.#question = null; };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#question = (answer) => {
      signal?.removeEventListener('abort', onAbort);
      callback(answer);
    };
    this.output?.write(query);
    if (this.paused) this.resume();
  }

  pause() {
    if (this.paused) return this;
    this.paused = true;
    this.input.pause();
    this.emit('pause');
    return this;
  }

  resume() {
    if (!this.paused) return this;
    this.paused = false;
    this.input.resume();
    this.emit('resume');
    while (!this.paused && this.#lines.length > 0) this.#deliver(this.#lines.shift());
    return this;
  }

  write(text) {
    if (this.closed) throw closed();
    if (text !== null && text !== undefined) this.#add(`${text}`);
  }

  close() {
    if (this.closed) return;
    this.pause();
    for (const [name, listener] of Object.entries(this.#listeners)) this.input.removeListener(name, listener);
    this.closed = true;
    this.emit('close');
  }

  getCursorPos() { return { rows: 0, cols: this.#prompt.length }; }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() { this.close(); }

  [Symbol.asyncIterator]() {
    const lines = [];
    const waiting = [];
    let done = this.closed;
    const finish = () => {
      done = true;
      for (const resolve of waiting.splice(0)) resolve({ value: undefined, done: true });
    };
    this.on('line', (line) => {
      if (waiting.length > 0) waiting.shift()({ value: line, done: false });
      else lines.push(line);
    });
    this.on('close', finish);
    return {
      next: () => {
        if (lines.length > 0) return Promise.resolve({ value: lines.shift(), done: false });
        if (done) return Promise.resolve({ value: undefined, done: true });
        return new Promise((resolve) => waiting.push(resolve));
      },
      return: () => {
        this.close();
        finish();
        return Promise.resolve({ value: undefined, done: true });
      },
      [Symbol.asyncIterator]() { return this; },
    };
  }
}

Interface.prototype.question[promisify] = function (query, options) {
  return new Promise((resolve, reject) => {
    const { signal } = options ?? {};
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    this.question(query, options ?? {}, resolve);
  });
};

const escape = (output, text, callback) => {
  if (callback !== undefined) require('web:errors').checkFunction(callback, 'callback');
  if (output === null || output === undefined) {
    if (typeof callback === 'function') native.addTick(callback, null);
    return true;
  }
  return output.write(text, callback);
};

module.exports = {
  Interface,
  createInterface: (...given) => new Interface(...given),
  clearLine: (output, direction, callback) => escape(output, direction < 0 ? '\x1b[1K' : direction > 0 ? '\x1b[0K' : '\x1b[2K', callback),
  clearScreenDown: (output, callback) => escape(output, '\x1b[0J', callback),
  cursorTo(output, x, y, callback) {
    if (typeof y === 'function') [y, callback] = [undefined, y];
    return escape(output, typeof y === 'number' ? `\x1b[${y + 1};${x + 1}H` : `\x1b[${x + 1}G`, callback);
  },
  moveCursor(output, dx, dy, callback) {
    const text = `${dx < 0 ? `\x1b[${-dx}D` : dx > 0 ? `\x1b[${dx}C` : ''}${dy < 0 ? `\x1b[${-dy}A` : dy > 0 ? `\x1b[${dy}B` : ''}`;
    return escape(output, text, callback);
  },
  emitKeypressEvents() {},
};
Object.defineProperty(module.exports, 'promises', { get: () => require('node:readline/promises'), enumerable: true, configurable: true });
