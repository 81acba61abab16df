// node:child_process is not here: what is imported from it says so when it is used.
'use strict';

module.exports = require('web:missing').missing('child_process');
