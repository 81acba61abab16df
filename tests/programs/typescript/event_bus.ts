// A bus of typed events: mapped types, keyof, rest tuples, async handlers, decorators by hand, symbols.
interface Events {
  login: [user: { id: number; name: string }];
  message: [from: string, text: string, at?: Date];
  tick: [];
}
type Listener<K extends keyof Events> = (...args: Events[K]) => void | Promise<void>;

class Bus {
  private readonly listeners: { [K in keyof Events]?: Set<Listener<K>> } = {};

  on<K extends keyof Events>(name: K, listener: Listener<K>, { once = false }: { once?: boolean } = {}): () => void {
    const set = ((this.listeners[name] as Set<Listener<K>> | undefined) ??= new Set<Listener<K>>() as any)! as Set<Listener<K>>;
    const wrapped: Listener<K> = once ? (...args) => { set.delete(wrapped); return listener(...args); } : listener;
    (this.listeners as Record<string, unknown>)[name] = set;
    set.add(wrapped);
    return () => void set.delete(wrapped);
  }

  async emit<K extends keyof Events>(name: K, ...args: Events[K]): Promise<number> {
    const set = this.listeners[name] as Set<Listener<K>> | undefined;
    const results = await Promise.allSettled([...(set ?? [])].map(async f => f(...args)));
    for (const r of results) if (r.status === 'rejected') console.log('a listener failed:', (r.reason as Error).message);
    return results.filter(({ status }) => status === 'fulfilled').length;
  }
}

function timed<This, Args extends unknown[], R>(label: string, f: (this: This, ...args: Args) => R): (this: This, ...args: Args) => R {
  return function (this: This, ...args: Args): R {
    console.log(`${label}(${args.map(a => JSON.stringify(a)).join(', ')})`);
    return f.apply(this, args);
  };
}

const bus = new Bus();
const off = bus.on('login', ({ name }) => console.log('hello', name));
bus.on('login', async user => { await Promise.resolve(); if (user.id < 0) throw new Error(`bad id ${user.id}`); });
bus.on('message', (from, text, at = new Date(0)) => console.log(`${at.toISOString()} ${from}: ${text}`));
bus.on('tick', timed('tick', () => {}), { once: true });

const run = async (): Promise<void> => {
  console.log(await bus.emit('login', { id: 1, name: 'Ann' }), await bus.emit('login', { id: -1, name: 'Eve' }));
  off();
  console.log(await bus.emit('login', { id: 2, name: 'Bob' }));
  console.log(await bus.emit('message', 'Ann', 'hi'), await bus.emit('message', 'Bob', 'yo', new Date(86400000)));
  console.log(await bus.emit('tick'), await bus.emit('tick'));
};

const registry = new Map<string, Function>();
function register(name?: string) {
  return function <T extends abstract new (...args: any[]) => object>(target: T, _context?: unknown): T {
    registry.set(name ?? target.name, target);
    return target;
  };
}
const Service = register('service')(class Service { constructor(public readonly url: string = 'none') {} });
type Keys<T> = { [K in keyof T]-?: T[K] extends Function ? never : K }[keyof T];
const pluck = <T, K extends Keys<T>>(items: readonly T[], key: K): T[K][] => items.map(item => item[key]);
run().then(() => {
  console.log(pluck([{ a: 1, b: 'x' }, { a: 2, b: 'y' }], 'b'), [...registry.keys()], new Service('u').url);
  const kind: unique symbol = Symbol('kind');
  const tagged: { [kind]: string; n?: number } = { [kind]: 't' };
  console.log(tagged, tagged.n?.toFixed(2) ?? 'no n', ((a, b) => a + b) as (a: number, b: number) => number);
});
