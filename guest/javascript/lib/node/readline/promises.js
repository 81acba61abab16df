// node:readline/promises
'use strict';

const readline = require('node:readline');
const { promisify } = require('web:promisify');

const ask = readline.Interface.prototype.question[promisify];
const questionOf = readline.Interface.prototype.question;

class Interface extends readline.Interface {
  question(query, options, callback) {
    if (callback !== undefined || typeof options === 'function') return questionOf.call(this, query, options, callback);
    return new Promise((resolve, reject) => {
      if (this.closed) reject(require('web:errors').coded(Error, 'ERR_USE_AFTER_CLOSE', 'readline was closed'));
      else ask.call(this, query, options).then(resolve, reject);
    });
  }
}

class Readline {
  #output;
  #parts = [];
  constructor(output) { this.#output = output; }
  #add(call) {
    this.#parts.push(call);
    return this;
  }
  clearLine(direction) { return this.#add(() => readline.clearLine(this.#output, direction)); }
  clearScreenDown() { return this.#add(() => readline.clearScreenDown(this.#output)); }
  cursorTo(x, y) { return this.#add(() => readline.cursorTo(this.#output, x, y)); }
  moveCursor(dx, dy) { return this.#add(() => readline.moveCursor(this.#output, dx, dy)); }
  rollback() {
    this.#parts = [];
    return this;
  }
  async commit() { for (const part of this.#parts.splice(0)) part(); }
}

module.exports = { Interface, Readline, createInterface: (...given) => new Interface(...given) };
