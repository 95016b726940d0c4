import type { StateStore } from './types.js';

// The little of IndexedDB that is used here, so that Node programs need no DOM types.
interface Request<T> {
  result: T;
  error: unknown;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
  onupgradeneeded?: (() => void) | null;
}
interface Values {
  get(key: string): Request<unknown>;
  put(value: unknown, key: string): Request<unknown>;
  delete(key: string): Request<unknown>;
  getAllKeys(): Request<unknown[]>;
  getAll(range: object): Request<unknown[]>;
}
interface KeyRange {
  bound(from: string, to: string): object;
}
interface Database {
  createObjectStore(name: string): unknown;
  transaction(name: string, mode: 'readonly' | 'readwrite'): { objectStore(name: string): Values };
}
interface Factory {
  open(name: string, version: number): Request<Database>;
}

const table = 'values';

/** In the browser's IndexedDB: room for much. */
export class IndexedDbStore implements StateStore {
  private opened: Promise<Database> | undefined;

  constructor(private readonly name = 'verbatim') {}

  async get(key: string): Promise<unknown> {
    return await done((await this.table('readonly')).get(key));
  }

  async set(key: string, value: unknown): Promise<void> {
    await done((await this.table('readwrite')).put(value, key));
  }

  async delete(key: string): Promise<void> {
    await done((await this.table('readwrite')).delete(key));
  }

  async keys(prefix: string): Promise<string[]> {
    const all = (await done((await this.table('readonly')).getAllKeys())) as string[];
    return all.filter((key) => key.startsWith(prefix));
  }

  async all(prefix: string): Promise<unknown[]> {
    const range = (Reflect.get(globalThis, 'IDBKeyRange') as KeyRange).bound(prefix, `${prefix}\uffff`);
    return await done((await this.table('readonly')).getAll(range));
  }

  private async table(mode: 'readonly' | 'readwrite'): Promise<Values> {
    this.opened ??= this.open().catch((error: unknown) => {
      this.opened = undefined; // private windows of some browsers refuse now and then
      throw error;
    });
    return (await this.opened).transaction(table, mode).objectStore(table);
  }

  private async open(): Promise<Database> {
    const request = (Reflect.get(globalThis, 'indexedDB') as Factory).open(this.name, 1);
    request.onupgradeneeded = () => { request.result.createObjectStore(table); };
    return await done(request);
  }
}

function done<T>(request: Request<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => { resolve(request.result); };
    request.onerror = () => { reject(request.error instanceof Error ? request.error : new Error('IndexedDB failed')); };
  });
}
