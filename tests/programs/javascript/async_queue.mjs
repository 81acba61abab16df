// Promises: a pool of workers, retries, timeouts by AbortController, async iteration, the order of things.
import { setTimeout as sleep } from 'node:timers/promises';

async function pool(jobs, most) {
  const results = [], running = new Set();
  let peak = 0;
  for (const [i, job] of jobs.entries()) {
    const promise = Promise.resolve().then(job).then(value => ({ value }), error => ({ error: error.message })).then(r => { results[i] = r; running.delete(promise); });
    running.add(promise);
    peak = Math.max(peak, running.size);
    if (running.size >= most) await Promise.race(running);
  }
  await Promise.all(running);
  return { results, peak };
}

async function retry(times, f) {
  const errors = [];
  for (let attempt = 1; attempt <= times; attempt++) {
    try { return await f(attempt); } catch (error) { errors.push(error); await sleep(attempt); }
  }
  throw new AggregateError(errors, `${times} attempts failed`);
}

function withTimeout(ms, work) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error(`timeout after ${ms}`)), ms);
  return Promise.race([work(controller.signal), new Promise((_, reject) => controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true }))]).finally(() => clearTimeout(timer));
}

class Channel {
  #waiting = []; #items = []; #closed = false;
  send(item) { const next = this.#waiting.shift(); next ? next({ value: item, done: false }) : this.#items.push(item); }
  close() { this.#closed = true; for (const next of this.#waiting) next({ value: undefined, done: true }); }
  [Symbol.asyncIterator]() {
    return {
      next: () => this.#items.length ? Promise.resolve({ value: this.#items.shift(), done: false })
        : this.#closed ? Promise.resolve({ value: undefined, done: true }) : new Promise(resolve => this.#waiting.push(resolve)),
      return: async () => { console.log('left early'); return { value: undefined, done: true }; },
    };
  }
}

console.log(await pool([3, 1, 2, 'x'].map(n => async () => { await sleep(+n || 1); if (n === 'x') throw new Error('no number'); return n * n; }), 2));
console.log(await retry(3, async n => { if (n < 3) throw new Error(`attempt ${n}`); return `done at ${n}`; }));
try { await retry(2, () => { throw new TypeError('always'); }); } catch (error) { console.log(error.name, error.message, error.errors.map(String)); }
try { await withTimeout(5, () => new Promise(() => {})); } catch (error) { console.log(error.message); }
console.log(await withTimeout(1000, async signal => signal.aborted));

const channel = new Channel();
(async () => { for (let i = 0; i < 5; i++) { channel.send(i); await null; } channel.close(); })();
for await (const item of channel) { if (item === 3) break; console.log('item', item); }

const order = [];
setTimeout(() => order.push('timer 2'), 2);
setTimeout(() => order.push('timer 0'), 0);
setImmediate(() => order.push('immediate'));
queueMicrotask(() => order.push('microtask'));
process.nextTick(() => order.push('tick'));
Promise.resolve().then(() => order.push('then')).then(() => order.push('then 2'));
(async () => { order.push('sync'); await undefined; order.push('await'); })();
await sleep(20);
console.log(order.filter(x => !['immediate', 'timer 0'].includes(x)), order.includes('immediate'));
console.log(await Promise.allSettled([1, Promise.reject('no'), sleep(1, 'slept')]));
console.log(await Promise.any([Promise.reject(1), sleep(1, 'any')]), await Promise.race([sleep(9, 'slow'), sleep(1, 'fast')]));
async function* pages(n) { try { for (let i = 1; i <= n; i++) yield await sleep(0, { page: i, items: Array.from({ length: i }, (_, k) => k) }); } finally { console.log('pages done'); } }
let total = 0;
for await (const { items } of pages(3)) total += items.length;
console.log(total);
const signal = AbortSignal.timeout(3);
await Promise.all([sleep(20), new Promise(resolve => signal.addEventListener('abort', resolve))]);
console.log(signal.aborted, signal.reason.name, AbortSignal.any([AbortSignal.abort('why')]).reason);
