// node:trace_events is not here: what is imported from it says so when it is used.
'use strict';

module.exports = require('web:missing').missing('trace_events');
