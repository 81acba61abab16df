// Interfaces, generics, enums, type guards, utility types.
enum Unit { Piece, Kilogram = 10, Litre }
enum Status { Active = 'ACTIVE', Gone = 'GONE' }
const enum Limit { Low = 5, High = Low * 10 }

interface Item {
  readonly id: number;
  name: string;
  quantity: number;
  unit: Unit;
  tags?: string[];
}
interface Priced { price: number; currency?: 'EUR' | 'USD' }
type Stock = Item & Priced & { status: Status };
type Draft = Omit<Stock, 'id' | 'status'> & Partial<Pick<Stock, 'status'>>;

class NotFound extends Error {
  override readonly name = 'NotFound';
  constructor(public readonly id: number) {
    super(`there is no item ${id}`);
  }
}

class Inventory<T extends Stock = Stock> implements Iterable<T> {
  private items: Map<number, T> = new Map();
  #next = 1;
  protected static instances: number = 0;

  constructor(private readonly owner: string, public log: string[] = []) {
    Inventory.instances++;
  }

  static get count(): number { return this.instances; }

  add(draft: Draft): T {
    const item = { status: Status.Active, ...draft, id: this.#next++ } as unknown as T;
    this.items.set(item.id, item);
    this.log.push(`${this.owner} added ${item.name}`);
    return item;
  }

  get(id: number): T {
    const item = this.items.get(id);
    if (!item) throw new NotFound(id);
    return item!;
  }

  update<K extends keyof T>(id: number, key: K, value: T[K]): this {
    this.get(id)[key] = value;
    return this;
  }

  *[Symbol.iterator](): Iterator<T> { yield* this.items.values(); }

  sum(by: (item: T) => number): number {
    return [...this].reduce<number>((total, item) => total + by(item), 0);
  }

  group<K extends string | number>(key: (item: T) => K): Record<K, T[]> {
    const groups = {} as Record<K, T[]>;
    for (const item of this) (groups[key(item)] ??= []).push(item);
    return groups;
  }
}

function isCheap(item: Stock): item is Stock & { price: 1 | 2 } {
  return item.price <= 2;
}
function assertIsItem(value: unknown): asserts value is Item {
  if (typeof value !== 'object' || value === null || !('name' in value)) throw new TypeError('not an item');
}

const shop = new Inventory('Ann');
shop.add({ name: 'tea', quantity: 3, unit: Unit.Piece, price: 2, tags: ['hot'] });
shop.add({ name: 'flour', quantity: 12.5, unit: Unit.Kilogram, price: 0.8, currency: 'EUR' });
shop.add({ name: 'oil', quantity: 2, unit: Unit.Litre, price: 7.25, status: Status.Gone });
shop.update(1, 'quantity', 30).update(2, 'name', 'rye flour');
console.log([...shop].map(({ id, name, quantity, unit }) => `${id} ${name} ${quantity} ${Unit[unit]}`));
console.log(shop.sum(i => i.price * i.quantity), Object.keys(shop.group(i => i.status)), [...shop].filter(isCheap).length, Inventory.count);
console.log(Unit, Unit[11], Status.Gone, Limit.High, shop.log);
try { shop.get(9); } catch (error: unknown) { if (error instanceof NotFound) console.log(error.name, error.id, error.message); }
const maybe: unknown = JSON.parse('{"name":"x"}');
assertIsItem(maybe);
console.log(maybe.name, (<any>maybe).quantity ?? 'none', (maybe as Item).tags?.length);
const table = { a: 1, b: 'two' } satisfies Record<string, number | string>;
const fixed = ['x', 'y'] as const;
type Fixed = (typeof fixed)[number];
const check = (v: Fixed): v is 'x' => v === 'x';
console.log(table.b.toUpperCase(), fixed.map(check));
