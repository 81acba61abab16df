// A state machine of discriminated unions, records of handlers, namespaces and merged declarations.
type State = { name: 'idle' } | { name: 'loading'; attempt: number } | { name: 'done'; data: string[] } | { name: 'failed'; reason: string };
type Event = { type: 'FETCH' } | { type: 'OK'; data: string[] } | { type: 'ERROR'; reason: string } | { type: 'RETRY' } | { type: 'RESET' };
type Handler<S extends State['name']> = Partial<{ [E in Event['type']]: (state: Extract<State, { name: S }>, event: Extract<Event, { type: E }>) => State }>;

const machine: { [S in State['name']]: Handler<S> } = {
  idle: { FETCH: () => ({ name: 'loading', attempt: 1 }) },
  loading: {
    OK: (_state, { data }) => ({ name: 'done', data }),
    ERROR: ({ attempt }, { reason }) => (attempt < 3 ? { name: 'loading', attempt: attempt + 1 } : { name: 'failed', reason: `${reason} (${attempt} attempts)` }),
  },
  done: { RESET: () => ({ name: 'idle' }), FETCH: () => ({ name: 'loading', attempt: 1 }) },
  failed: { RETRY: () => ({ name: 'loading', attempt: 1 }), RESET: () => ({ name: 'idle' }) },
};

class Machine {
  readonly #listeners = new Set<(state: Readonly<State>, event: Event) => void>();
  constructor(protected state: State = { name: 'idle' }) {}
  subscribe(listener: (state: Readonly<State>, event: Event) => void): () => boolean {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  send(event: Event): this {
    const handler = machine[this.state.name][event.type] as ((s: State, e: Event) => State) | undefined;
    if (!handler) { console.log(`  (${event.type} is ignored in ${this.state.name})`); return this; }
    this.state = handler(this.state, event);
    for (const listener of this.#listeners) listener(this.state, event);
    return this;
  }
  get current(): State['name'] { return this.state.name; }
  matches<N extends State['name']>(name: N): this is { state: Extract<State, { name: N }> } & this { return this.state.name === name; }
}

const m = new Machine();
const stop = m.subscribe((state, event) => console.log(event.type, '→', state));
m.send({ type: 'FETCH' }).send({ type: 'RETRY' }).send({ type: 'ERROR', reason: 'timeout' }).send({ type: 'ERROR', reason: 'timeout' }).send({ type: 'ERROR', reason: 'timeout' });
m.send({ type: 'RETRY' }).send({ type: 'OK', data: ['a', 'b'] });
console.log(m.current, m.matches('done') && (m as any).state.data.length, stop(), stop());
m.send({ type: 'RESET' });
console.log(m.current);

namespace Units {
  export const perHour = 3600;
  export namespace Length { export const inch = 2.54; export function toCm(n: number): number { return n * inch; } }
  export type Seconds = number;
}
console.log(Units.Length.toCm(10), Units.perHour as Units.Seconds);
function counter(start: number): number { return start + counter.step; }
namespace counter { export let step = 2; }
console.log(counter(40));
enum Flags { None = 0, Read = 1 << 0, Write = 1 << 1, All = Read | Write }
namespace Flags { export const parse = (text: string): Flags => [...text].reduce((f, c) => f | ({ r: Flags.Read, w: Flags.Write }[c] ?? Flags.None), Flags.None); }
console.log(Flags.parse('rw') === Flags.All, Flags[Flags.parse('w')], Flags.All & ~Flags.Read);
export {};
