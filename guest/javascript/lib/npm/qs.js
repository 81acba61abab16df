// What the old parser of URLs asks the package of this name for.
'use strict';

module.exports = require('node:querystring');
