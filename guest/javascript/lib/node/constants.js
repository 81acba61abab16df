// node:constants, the old name of several tables in one.
'use strict';

const os = require('node:os').constants;
const fs = require('web:fsconstants').constants;

module.exports = { ...os.errno, ...os.priorities, ...os.signals, ...fs };
