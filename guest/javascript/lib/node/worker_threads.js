// node:worker_threads: there is the main thread alone.
'use strict';

const { notHere } = require('web:errors');
const { MessageChannel, MessagePort, receiveMessageOnPort } = require('web:messages');

class Worker {
  constructor() { throw notHere('worker_threads.Worker'); }
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
  MessagePort,
  getEnvironmentData: () => undefined,
  setEnvironmentData() {},
  markAsUntransferable() {},
  receiveMessageOnPort,
};
