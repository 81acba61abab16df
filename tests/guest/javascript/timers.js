// Timers, microtasks and the order in which they run; the event loop ends when nothing is pending.
const assert = (condition, what) => { if (!condition) throw new Error(`failed: ${what}`); };
const log = [];

setTimeout(() => log.push('timeout 0'), 0);
setTimeout((x, y) => log.push(`timeout 20 ${x}${y}`), 20, 'a', 'b');
setTimeout(() => log.push('timeout 10'), 10);
const never = setTimeout(() => log.push('never'), 5);
clearTimeout(never);
clearTimeout(undefined);
clearTimeout(123456);
queueMicrotask(() => log.push('microtask'));
Promise.resolve().then(() => log.push('promise'));
let ticks = 0;
const interval = setInterval(() => { if (++ticks === 3) clearInterval(interval); }, 2);
(async () => { log.push('async'); await null; log.push('after await'); })();
log.push('script');

const began = performance.now();
await new Promise((resolve) => setTimeout(resolve, 40));
assert(performance.now() - began >= 39, 'a timeout waits');
assert(log.join() === 'async,script,microtask,promise,after await,timeout 0,timeout 10,timeout 20 ab', log.join());
assert(ticks === 3, 'an interval repeats until it is cleared');

await os.sleepAsync(5);
os.sleep(5);
assert(performance.now() - began >= 49, 'sleeping');
for (const wrong of [undefined, 'print(1)', {}]) {
  let refused = false;
  try { setTimeout(wrong); } catch (error) { refused = error instanceof TypeError; }
  assert(refused, 'a callback must be a function');
}

// Nested timers run, and a timer may clear another that is due at the same time.
const order = [];
await new Promise((resolve) => {
  let second;
  setTimeout(() => { order.push(1); clearTimeout(second); setTimeout(() => { order.push(3); resolve(); }); });
  second = setTimeout(() => order.push(2));
});
assert(order.join() === '1,3', order.join());
setTimeout(() => print('ok'), 1);
