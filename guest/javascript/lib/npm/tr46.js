// Domains to ASCII for URL: the tables of IDNA are read when a domain needs them.
'use strict';

const PLAIN = /^[\x00-\x7f]*$/;
const HAS_PUNYCODE = /(^|\.)xn--/i;

module.exports = {
  toASCII(domain, options) {
    // URL Standard, "domain to ASCII": the same as lower case where it is not strict.
    if (PLAIN.test(domain) && !HAS_PUNYCODE.test(domain)) return domain.toLowerCase();
    return require('npm:tr46/index').toASCII(domain, options);
  },
  toUnicode: (domain, options) => require('npm:tr46/index').toUnicode(domain, options),
};
