// Classes with private members, iterators, proxies, memoisation; assertions of its own.
class LruCache {
  #items = new Map();
  #most;
  static #made = 0;
  hits = 0;
  misses = 0;

  constructor(most = 3) {
    if (!Number.isInteger(most) || most < 1) throw new RangeError(`most must be a positive integer, not ${most}`);
    this.#most = most;
    LruCache.#made++;
  }
  static get made() { return LruCache.#made; }
  get size() { return this.#items.size; }

  get(key, make) {
    if (this.#items.has(key)) {
      this.hits++;
      const value = this.#items.get(key);
      this.#items.delete(key);
      this.#items.set(key, value);
      return value;
    }
    this.misses++;
    const value = make(key);
    this.#items.set(key, value);
    if (this.#items.size > this.#most) this.#items.delete(this.#items.keys().next().value);
    return value;
  }
  *[Symbol.iterator]() { yield* this.#items; }
  get [Symbol.toStringTag]() { return 'LruCache'; }
  toJSON() { return { size: this.size, keys: [...this.#items.keys()] }; }
  static isOne(value) { return #items in value; }
}

const cache = new LruCache(2);
for (const key of ['a', 'b', 'a', 'c', 'b', 'c']) cache.get(key, k => k.repeat(3));
console.log(cache, [...cache], JSON.stringify(cache), String(cache), LruCache.made, LruCache.isOne(cache), LruCache.isOne({}));
try { new LruCache(0); } catch (error) { console.log(error.name, error.message, error instanceof RangeError); }

function memoise(f) {
  const known = new Map();
  return new Proxy(f, {
    apply(target, self, args) {
      const key = JSON.stringify(args);
      if (!known.has(key)) known.set(key, Reflect.apply(target, self, args));
      return known.get(key);
    },
    get: (target, name) => (name === 'known' ? known.size : Reflect.get(target, name)),
  });
}
const fib = memoise(n => (n < 2 ? BigInt(n) : fib(n - 1) + fib(n - 2)));
console.log(fib(150), fib.known, fib.length, fib(10));

const range = (from, to, step = 1) => ({ *[Symbol.iterator]() { for (let i = from; i < to; i += step) yield i; } });
const lazy = {
  *map(it, f) { for (const x of it) yield f(x); },
  *filter(it, f) { for (const x of it) if (f(x)) yield x; },
  *take(it, n) { if (n > 0) for (const x of it) { yield x; if (--n === 0) return; } },
};
console.log([...lazy.take(lazy.filter(lazy.map(range(0, Infinity), x => x * x), x => x % 3 === 1), 5)]);
const frozen = Object.freeze({ a: { b: 1 } });
frozen.a.b = 2;
try { 'use strict'; (function () { 'use strict'; frozen.c = 1; })(); } catch (error) { console.log(error.constructor.name); }
console.log(frozen, structuredClone(new Map([['k', new Set([1, [2]])]])), Object.is(-0, 0), [3, 1, 10, 2].sort(), [3, 1, 10].toSorted((a, b) => a - b));
class Temperature {
  constructor(c) { this.celsius = c; }
  [Symbol.toPrimitive](hint) { return hint === 'string' ? `${this.celsius}°C` : this.celsius; }
  static { this.zero = new Temperature(-273.15); }
}
console.log(`${new Temperature(21.5)}`, new Temperature(2) * 3, new Temperature(1) < new Temperature(2), Temperature.zero);
const { x = 1, ...rest } = { y: 2, z: { w: [1, , 3] } }, [first, , third = 'c'] = ['a', 'b'];
console.log(x, rest, first, third, rest?.z?.w?.[2], rest.q?.(), [..."añ😀"].length, 'x'.at(-1), typeof Object.fromEntries, [1, [2, [3, [4]]]].flat(Infinity));
label: for (let i = 0; ; i++) for (let j = 0; j < 3; j++) { if (i * j === 4) { console.log(i, j); break label; } }
