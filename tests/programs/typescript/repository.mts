// Layers as people write them: entities, a repository on files, a service with dependencies, accessors.
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import type { PathLike } from 'node:fs';
import { join, type ParsedPath } from 'node:path';
import assert from 'node:assert/strict';

interface Entity { id: string }
interface User extends Entity { name: string; email: string; roles: Role[]; createdAt: string }
type Role = 'admin' | 'editor' | 'viewer';
type Query<T> = { [K in keyof T]?: T[K] | ((value: T[K]) => boolean) };
type Order<T> = { by: keyof T; descending?: boolean };

interface Repository<T extends Entity> {
  save(entity: T): T;
  find(query?: Query<T>, order?: Order<T>): T[];
  remove(id: string): boolean;
}

class FileRepository<T extends Entity> implements Repository<T> {
  private cache: T[] | null = null;
  constructor(private readonly file: PathLike) {}
  private get items(): T[] { return (this.cache ??= existsSync(this.file) ? (JSON.parse(readFileSync(this.file, 'utf8')) as T[]) : []); }
  private set items(value: T[]) { this.cache = value; writeFileSync(this.file, JSON.stringify(value, null, 2) + '\n'); }
  save(entity: T): T { this.items = [...this.items.filter(({ id }) => id !== entity.id), entity]; return entity; }
  find(query: Query<T> = {}, order?: Order<T>): T[] {
    const found = this.items.filter(item => (Object.entries(query) as [keyof T, unknown][]).every(([key, wanted]) => (typeof wanted === 'function' ? wanted(item[key]) : item[key] === wanted)));
    return order ? found.sort((a, b) => (a[order.by] < b[order.by] ? -1 : a[order.by] > b[order.by] ? 1 : 0) * (order.descending ? -1 : 1)) : found;
  }
  remove(id: string): boolean { const before = this.items.length; this.items = this.items.filter(item => item.id !== id); return this.items.length < before; }
}

class ValidationError extends Error {
  readonly fields: Readonly<Record<string, string>>;
  constructor(fields: Record<string, string>, options?: ErrorOptions) {
    super(`invalid: ${Object.keys(fields).join(', ')}`, options);
    this.name = new.target.name;
    this.fields = Object.freeze({ ...fields });
  }
}

interface Clock { now(): Date }
class UserService {
  static readonly #EMAIL: RegExp = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;
  private counter = 0;
  constructor(private readonly users: Repository<User>, private readonly clock: Clock, readonly options: { readonly defaults: readonly Role[] } = { defaults: ['viewer'] }) {}
  register({ name, email, roles = [...this.options.defaults] }: { name: string; email: string; roles?: Role[] }): User {
    const fields: Record<string, string> = {};
    if (!name.trim()) fields['name'] = 'is empty';
    if (!UserService.#EMAIL.test(email)) fields['email'] = `'${email}' is no address`;
    if (this.users.find({ email }).length) fields['email'] = 'is taken';
    if (Object.keys(fields).length) throw new ValidationError(fields);
    return this.users.save({ id: `u${++this.counter}`, name, email, roles, createdAt: this.clock.now().toISOString() });
  }
  promote(id: string, role: Role): User | undefined {
    const [user] = this.users.find({ id });
    return user && this.users.save({ ...user, roles: [...new Set([...user.roles, role])] });
  }
}

let now = Date.UTC(2024, 0, 1);
const file = join('.', 'users.json');
const service = new UserService(new FileRepository<User>(file), { now: () => new Date((now += 60_000)) });
service.register({ name: 'Ann', email: 'ann@example.org' });
service.register({ name: 'Bob', email: 'bob@example.org', roles: ['editor'] });
for (const bad of [{ name: ' ', email: 'x' }, { name: 'Eve', email: 'ann@example.org' }]) {
  try { service.register(bad); } catch (error) { if (!(error instanceof ValidationError)) throw error; console.log(error.name, error.message, error.fields); }
}
console.log(service.promote('u1', 'admin'), service.promote('u9', 'admin'));
const again: Repository<User> = new FileRepository<User>(file);
console.log(again.find({ roles: (r: Role[]) => r.includes('admin') }).map(u => u.name), again.find({}, { by: 'name', descending: true }).map(u => u.id));
assert.deepEqual(again.find({ name: 'Bob' }).length, 1);
console.log(again.remove('u2'), again.remove('u2'), readFileSync(file, 'utf8'));
const parsed = { base: 'x', ext: '' } as Partial<ParsedPath> as ParsedPath;
console.log(parsed.base satisfies string);
