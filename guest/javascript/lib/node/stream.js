// node:stream, which is the package readable-stream; and the bridge to the streams of the web.
'use strict';

const stream = require('npm:readable-stream/lib/stream');
const bridge = (name) => (...given) => require('web:streambridge')[name](...given);

stream.Readable.toWeb = bridge('readableToWeb');
stream.Readable.fromWeb = bridge('readableFromWeb');
stream.Writable.toWeb = bridge('writableToWeb');
stream.Writable.fromWeb = bridge('writableFromWeb');

module.exports = stream;
