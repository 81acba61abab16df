// performance: the time since the sandbox began, marks and measures, by High Resolution Time and User Timing.
'use strict';

const { custom } = require('web:inspect');
const { DOMException } = require('web:domexception');
const { EventTarget } = require('web:events');
const { coded } = require('web:errors');

const now = native.performanceNow;
const made = Symbol('made');

class PerformanceEntry {
  #about;

  constructor(token, about) {
    if (token !== made) throw coded(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');
    this.#about = about;
  }

  get name() { return this.#about.name; }
  get entryType() { return this.#about.entryType; }
  get startTime() { return this.#about.startTime; }
  get duration() { return this.#about.duration; }
  get detail() { return this.#about.detail; }
  toJSON() { return { ...this.#about }; }

  [custom](depth, options, inspect) {
    return depth < 0 ? this.constructor.name : `${this.constructor.name} ${inspect(this.toJSON(), options)}`;
  }
}

class PerformanceMark extends PerformanceEntry {
  constructor(name, options = undefined) {
    const startTime = options?.startTime ?? now();
    if (typeof startTime !== 'number' || startTime < 0)
      throw coded(TypeError, 'ERR_PERFORMANCE_INVALID_TIMESTAMP', `${startTime} is not a valid timestamp`);
    super(made, {
      name: `${name}`, entryType: 'mark', startTime, duration: 0,
      detail: options?.detail === undefined || options.detail === null ? null : structuredClone(options.detail),
    });
  }
}

class PerformanceMeasure extends PerformanceEntry {}

let entries = [];

const timeOf = (mark) => {
  if (typeof mark === 'number') return mark;
  for (let i = entries.length - 1; i >= 0; i--)
    if (entries[i].entryType === 'mark' && entries[i].name === `${mark}`) return entries[i].startTime;
  throw new DOMException(`The "${mark}" performance mark has not been set`, 'SyntaxError');
};

const sorted = (list) => [...list].sort((a, b) => a.startTime - b.startTime);

class Performance extends EventTarget {
  constructor(token) {
    if (token !== made) throw coded(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');
    super();
  }

  now() { return now(); }
  get timeOrigin() { return native.wall() - now(); }

  mark(name, options) {
    const mark = new PerformanceMark(name, options);
    entries.push(mark);
    return mark;
  }

  measure(name, startOrOptions = undefined, endMark = undefined) {
    const isOptions = startOrOptions !== null && typeof startOrOptions === 'object';
    const { start, end, duration, detail } = isOptions ? startOrOptions : { start: startOrOptions, end: endMark };
    const finish = end !== undefined ? timeOf(end)
      : start !== undefined && duration !== undefined ? timeOf(start) + duration : now();
    const begin = start !== undefined ? timeOf(start) : duration !== undefined ? finish - duration : 0;
    const measure = new PerformanceMeasure(made, {
      name: `${name}`, entryType: 'measure', startTime: begin, duration: finish - begin,
      detail: detail === undefined || detail === null ? null : structuredClone(detail),
    });
    entries.push(measure);
    return measure;
  }

  clearMarks(name) { entries = entries.filter((e) => e.entryType !== 'mark' || (name !== undefined && e.name !== `${name}`)); }
  clearMeasures(name) { entries = entries.filter((e) => e.entryType !== 'measure' || (name !== undefined && e.name !== `${name}`)); }
  getEntries() { return sorted(entries); }
  getEntriesByName(name, type) { return sorted(entries.filter((e) => e.name === `${name}` && (type === undefined || e.entryType === type))); }
  getEntriesByType(type) { return sorted(entries.filter((e) => e.entryType === type)); }

  timerify(callback) {
    return function (...given) { return new.target ? Reflect.construct(callback, given) : callback.apply(this, given); };
  }

  eventLoopUtilization() { return { idle: 0, active: 0, utilization: 0 }; }
  toJSON() { return { timeOrigin: this.timeOrigin }; }
}

Object.defineProperty(Performance.prototype, Symbol.toStringTag, { value: 'Performance', configurable: true });

module.exports = { performance: new Performance(made), Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure };
