// The streams of the web: those of the package web-streams-polyfill, and the transforms that encode and decode.
'use strict';

const streams = require('npm:web-streams');

class TextEncoderStream {
  #transform;

  constructor() {
    const encoder = new TextEncoder();
    let high = '';
    this.#transform = new streams.TransformStream({
      transform(chunk, controller) {
        let text = high + chunk;
        high = '';
        // A high surrogate waits for its partner.
        if (/[\ud800-\udbff]$/.test(text)) {
          high = text.slice(-1);
          text = text.slice(0, -1);
        }
        if (text !== '') controller.enqueue(encoder.encode(text));
      },
      flush(controller) {
        if (high !== '') controller.enqueue(encoder.encode(high));
      },
    });
  }

  get encoding() { return 'utf-8'; }
  get readable() { return this.#transform.readable; }
  get writable() { return this.#transform.writable; }
}

class TextDecoderStream {
  #decoder;
  #transform;

  constructor(label = 'utf-8', options = undefined) {
    const decoder = this.#decoder = new TextDecoder(label, options);
    this.#transform = new streams.TransformStream({
      transform(chunk, controller) {
        const text = decoder.decode(chunk, { stream: true });
        if (text !== '') controller.enqueue(text);
      },
      flush(controller) {
        const text = decoder.decode();
        if (text !== '') controller.enqueue(text);
      },
    });
  }

  get encoding() { return this.#decoder.encoding; }
  get fatal() { return this.#decoder.fatal; }
  get ignoreBOM() { return this.#decoder.ignoreBOM; }
  get readable() { return this.#transform.readable; }
  get writable() { return this.#transform.writable; }
}

for (const constructor of [TextEncoderStream, TextDecoderStream])
  Object.defineProperty(constructor.prototype, Symbol.toStringTag, { value: constructor.name, configurable: true });

module.exports = { ...streams, TextEncoderStream, TextDecoderStream };
