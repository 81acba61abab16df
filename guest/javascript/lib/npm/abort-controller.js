// What readable-stream asks the package of this name for.
'use strict';

module.exports = require('web:abort');
