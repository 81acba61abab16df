// The symbol by which a function says what promisify makes of it.
'use strict';

module.exports = { promisify: Symbol.for('nodejs.util.promisify.custom') };
