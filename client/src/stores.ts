import type { SavedSession, SessionStore, StateStore } from './types.js';

/** Forgets everything when the process ends. Values are copied, as any other store would. */
export class MemoryStore implements StateStore {
  private readonly values = new Map<string, string>();

  async get(key: string): Promise<unknown> {
    const text = this.values.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  async set(key: string, value: unknown): Promise<void> {
    this.values.set(key, JSON.stringify(value));
  }

  async delete(key: string): Promise<void> {
    this.values.delete(key);
  }

  async keys(prefix: string): Promise<string[]> {
    return [...this.values.keys()].filter((key) => key.startsWith(prefix));
  }
}

/** The part of the browser's `Storage` that is used here. */
export interface WebStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** In the browser's localStorage: simple, and small. When it is full the newest state is not kept, but nothing fails. */
export class LocalStorageStore implements StateStore {
  constructor(private readonly storage: WebStorage = Reflect.get(globalThis, 'localStorage') as WebStorage) {}

  async get(key: string): Promise<unknown> {
    const text = this.storage.getItem(key);
    return text === null ? undefined : JSON.parse(text);
  }

  async set(key: string, value: unknown): Promise<void> {
    this.storage.setItem(key, JSON.stringify(value));
  }

  async delete(key: string): Promise<void> {
    this.storage.removeItem(key);
  }

  async keys(prefix: string): Promise<string[]> {
    const all = Array.from({ length: this.storage.length }, (_, index) => this.storage.key(index));
    return all.filter((key) => key?.startsWith(prefix) === true) as string[];
  }
}

interface Locks {
  request<T>(name: string, work: () => Promise<T>): Promise<T>;
}

const sessionKey = 'verbatim:session';
const deviceKey = 'verbatim:device';

/** The session in any store. Tabs of one browser renew tokens one after the other. */
export class StoredSession implements SessionStore {
  constructor(private readonly store: StateStore) {}

  async load(): Promise<SavedSession | undefined> {
    return (await this.store.get(sessionKey)) as SavedSession | undefined;
  }

  async save(session: SavedSession): Promise<void> {
    await this.store.set(sessionKey, session);
  }

  async clear(): Promise<void> {
    await this.store.delete(sessionKey);
  }

  async loadDevice(): Promise<string | undefined> {
    return (await this.store.get(deviceKey)) as string | undefined;
  }

  async saveDevice(token: string): Promise<void> {
    await this.store.set(deviceKey, token);
  }

  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    const { locks } = (Reflect.get(globalThis, 'navigator') ?? {}) as { locks?: Locks };
    return locks === undefined ? await work() : await locks.request(sessionKey, work);
  }
}
