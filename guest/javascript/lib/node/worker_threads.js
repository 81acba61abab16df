// node:worker_threads: there is the main thread alone.
'use strict';

const { notHere } = require('web:errors');

class Worker {
  constructor() { throw notHere('worker_threads.Worker'); }
}

class MessageChannel {
  constructor() { throw notHere('MessageChannel'); }
}

module.exports = {
  isMainThread: true,
  threadId: 0,
  parentPort: null,
  workerData: null,
  resourceLimits: {},
  SHARE_ENV: Symbol.for('nodejs.worker_threads.SHARE_ENV'),
  Worker,
  MessageChannel,
  getEnvironmentData: () => undefined,
  setEnvironmentData() {},
  markAsUntransferable() {},
  receiveMessageOnPort: () => undefined,
};
