// node:perf_hooks
'use strict';

const { performance, Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure } = require('web:performance');
const { notHere } = require('web:errors');

// Nothing observes a program from beside.
class PerformanceObserver {
  constructor() { throw notHere('PerformanceObserver'); }
  static get supportedEntryTypes() { return ['mark', 'measure']; }
}

module.exports = {
  performance, Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure, PerformanceObserver,
  monitorEventLoopDelay() { throw notHere('perf_hooks.monitorEventLoopDelay'); },
  createHistogram() { throw notHere('perf_hooks.createHistogram'); },
  constants: {},
};
