// node:tty
'use strict';

const { notHere } = require('web:errors');

class ReadStream {
  constructor() { throw notHere('tty.ReadStream'); }
}

class WriteStream {
  constructor() { throw notHere('tty.WriteStream'); }
}

module.exports = { isatty: (fd) => Number.isInteger(fd) && fd >= 0 && fd <= 2 && native.os.isatty(fd), ReadStream, WriteStream };
