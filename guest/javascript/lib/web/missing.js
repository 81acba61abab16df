// Modules of Node's that need what a sandbox has not. Packages import them and often use nothing of them: so the import
// succeeds, and what is called or made of them throws.
'use strict';

const { notHere } = require('web:errors');

const names = {
  net: ['connect', 'createConnection', 'createServer', 'Server', 'Socket', 'Stream', 'BlockList', 'SocketAddress'],
  http: ['createServer', 'request', 'get', 'Agent', 'Server', 'ClientRequest', 'IncomingMessage', 'ServerResponse', 'OutgoingMessage'],
  https: ['createServer', 'request', 'get', 'Agent', 'Server'],
  http2: ['connect', 'createServer', 'createSecureServer'],
  dns: ['lookup', 'resolve', 'resolve4', 'resolve6', 'reverse', 'Resolver', 'lookupService'],
  tls: ['connect', 'createServer', 'createSecureContext', 'Server', 'TLSSocket'],
  dgram: ['createSocket', 'Socket'],
  child_process: ['exec', 'execFile', 'execSync', 'execFileSync', 'fork', 'spawn', 'spawnSync', 'ChildProcess'],
  cluster: ['fork', 'setupPrimary', 'setupMaster', 'disconnect', 'Worker'],
  vm: ['createContext', 'runInContext', 'runInNewContext', 'runInThisContext', 'compileFunction', 'isContext', 'Script', 'SourceTextModule'],
  v8: ['serialize', 'deserialize', 'getHeapStatistics', 'getHeapSnapshot', 'writeHeapSnapshot', 'setFlagsFromString', 'Serializer', 'Deserializer'],
  zlib: [
    'createGzip', 'createGunzip', 'createDeflate', 'createInflate', 'createDeflateRaw', 'createInflateRaw', 'createUnzip',
    'createBrotliCompress', 'createBrotliDecompress', 'gzip', 'gunzip', 'deflate', 'inflate', 'deflateRaw', 'inflateRaw', 'unzip',
    'brotliCompress', 'brotliDecompress', 'gzipSync', 'gunzipSync', 'deflateSync', 'inflateSync', 'deflateRawSync',
    'inflateRawSync', 'unzipSync', 'brotliCompressSync', 'brotliDecompressSync', 'crc32',
  ],
  inspector: ['open', 'close', 'url', 'Session', 'waitForDebugger'],
  repl: ['start', 'REPLServer'],
  trace_events: ['createTracing', 'getEnabledCategories'],
  wasi: ['WASI'],
};

const values = {
  net: { isIP: (text) => ipVersion(text), isIPv4: (text) => ipVersion(text) === 4, isIPv6: (text) => ipVersion(text) === 6 },
  http: { METHODS: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'], STATUS_CODES: {}, globalAgent: {}, maxHeaderSize: 16384 },
  https: { globalAgent: {} },
  http2: {
    constants: {
      HTTP2_HEADER_STATUS: ':status', HTTP2_HEADER_METHOD: ':method', HTTP2_HEADER_AUTHORITY: ':authority', HTTP2_HEADER_SCHEME: ':scheme',
      HTTP2_HEADER_PATH: ':path', HTTP2_HEADER_PROTOCOL: ':protocol', HTTP2_HEADER_CONTENT_LENGTH: 'content-length',
      HTTP2_HEADER_CONTENT_TYPE: 'content-type', HTTP2_HEADER_EXPECT: 'expect', NGHTTP2_NO_ERROR: 0, NGHTTP2_REFUSED_STREAM: 7,
      NGHTTP2_CANCEL: 8,
    },
  },
  cluster: { isMaster: true, isPrimary: true, isWorker: false, workers: {} },
  vm: { constants: {} },
  v8: { cachedDataVersionTag: () => 0 },
  zlib: { constants: {} },
  dns: { promises: {} },
};

function ipVersion(text) {
  text = `${text}`;
  if (/^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(text)) return 4;
  if (!/^[0-9a-f:.]+(%[^%]+)?$/i.test(text) || !text.includes(':')) return 0;
  return URL.canParse(`http://[${text.replace(/%.*$/, '')}]`) ? 6 : 0;
}

// A class where the name is one's, so that others may extend it.
function refusing(module, name) {
  const fail = () => notHere(`node:${module} (${name})`);
  const refuse = /^[A-Z]/.test(name) ? class { constructor() { throw fail(); } } : () => { throw fail(); };
  return Object.defineProperty(refuse, 'name', { value: name });
}

module.exports = {
  missing: (module) => ({ ...Object.fromEntries(names[module].map((name) => [name, refusing(module, name)])), ...values[module] }),
};
