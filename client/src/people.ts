import type { PresenceChanged } from '../../src/contract/socket.dto.js';
import type { User } from '../../src/contract/user.dto.js';
import { Watched } from './emitter.js';
import { pause, unhurried } from './timers.js';
import type { StateStore } from './types.js';

const againAfterMs = 10_000;
const saveAfterMs = 1000;
const mostKnown = 20_000;
const mostSaved = 1000;
/** As many as one request may name. */
const mostAtOnce = 200;

export interface PeopleHooks {
  /** Those of them who exist. */
  fetch(ids: string[]): Promise<User[]>;
  /** Somebody became known, or changed. */
  learned(user: User): void;
  fault(error: unknown): void;
}

/**
 * Names for ids: the wire carries ids. Those that are missing are fetched together, once per turn of the event loop. What an earlier run or
 * connection knew is shown at once and fetched again when it is used, because a change may have been missed.
 */
export class People extends Watched {
  /** Learned last comes last. */
  private readonly known = new Map<string, User>();
  private readonly ids = new Map<string, string>();
  private readonly stale = new Set<string>();
  private readonly asked = new Map<string, Promise<User | undefined>>();
  /** Of those asked for, whom nobody could answer about. */
  private readonly failed = new Set<string>();
  private wanted: string[] = [];
  private batch: Promise<void> | undefined;
  private saving: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly store: StateStore, private readonly key: () => string, private readonly hooks: PeopleHooks) {
    super();
  }

  /** At once what is known; what is not is fetched, and this object changes when it is there. */
  get(userId: string): User | undefined {
    const user = this.known.get(userId);
    if (user === undefined || this.stale.has(userId)) void this.ask(userId);
    return user;
  }

  /** Who has this username, in whatever case, among those who are known; nobody is fetched. */
  named(username: string): User | undefined {
    const user = this.known.get(this.ids.get(username.toLowerCase()) ?? '');
    return user?.username.toLowerCase() === username.toLowerCase() ? user : undefined;
  }

  /** Undefined: there is nobody of this id, or nobody could be asked. */
  async find(userId: string): Promise<User | undefined> {
    return this.get(userId) ?? (await this.ask(userId));
  }

  /** Fetches those of them who are not known, and fails when that fails. */
  async require(userIds: readonly string[]): Promise<void> {
    const missing = [...new Set(userIds)].filter((userId) => !this.known.has(userId));
    for (const ids of chunks(missing)) this.learnAll(await this.hooks.fetch(ids));
  }

  /** Somebody was seen in an answer. */
  learn(user: User): void {
    this.learnAll([user]);
  }

  learnAll(users: readonly User[]): void {
    const news = users.filter((user) => this.keep(user));
    if (news.length === 0) return;
    news.forEach((user) => { this.hooks.learned(user); });
    this.changed();
    this.saving ??= unhurried(setTimeout(() => { void this.save(); }, saveAfterMs));
  }

  /** Somebody is called otherwise now. Who is not known is fetched when somebody asks. */
  learnAnew(user: User): void {
    if (this.known.has(user.id) || this.asked.has(user.id)) this.learn(user);
  }

  notePresence(news: readonly PresenceChanged[]): void {
    let changed = false;
    for (const { userId, online, lastSeenAt } of news) {
      const user = this.known.get(userId);
      if (user === undefined || (user.presence.online === online && user.presence.lastSeenAt === lastSeenAt)) continue;
      this.known.set(userId, { ...user, presence: { online, lastSeenAt } });
      changed = true;
    }
    if (changed) this.changed();
  }

  /** What an earlier run stored. */
  async load(): Promise<void> {
    const saved = ((await this.store.get(this.key())) ?? []) as User[];
    for (const user of saved.filter(({ id }) => !this.known.has(id))) {
      this.keep({ ...user, presence: { ...user.presence, online: false } });
      this.stale.add(user.id);
    }
    if (saved.length > 0) this.changed();
  }

  /** There was no connection: whatever is known may have changed. */
  expire(): void {
    for (const userId of this.known.keys()) this.stale.add(userId);
  }

  /** There is a connection: whoever shows people may ask for those who are out of date or could not be fetched. */
  refresh(): void {
    this.failed.forEach((userId) => { this.asked.delete(userId); });
    this.failed.clear();
    this.changed();
  }

  /** Stores what waits to be stored. */
  async save(): Promise<void> {
    if (this.saving === undefined) return;
    clearTimeout(this.saving);
    this.saving = undefined;
    await this.store.set(this.key(), [...this.known.values()].slice(-mostSaved)).catch((error: unknown) => { this.hooks.fault(error); });
  }

  /** Here and in the store. */
  async forget(): Promise<void> {
    const key = this.key(); // somebody else may sign in meanwhile
    clearTimeout(this.saving);
    this.saving = undefined;
    for (const held of [this.known, this.ids, this.stale, this.asked, this.failed]) held.clear();
    await this.store.delete(key);
  }

  /** False: it says nothing new. */
  private keep(user: User): boolean {
    const before = this.known.get(user.id);
    const same = before !== undefined && JSON.stringify(before) === JSON.stringify(user);
    this.known.delete(user.id);
    this.known.set(user.id, same ? before : user);
    this.ids.set(user.username.toLowerCase(), user.id);
    this.stale.delete(user.id);
    const [oldest] = this.known.values();
    if (this.known.size > mostKnown && oldest !== undefined) this.drop(oldest);
    return !same;
  }

  private drop({ id, username }: User): void {
    this.known.delete(id);
    this.ids.delete(username.toLowerCase());
    this.stale.delete(id);
  }

  private ask(userId: string): Promise<User | undefined> {
    const asked = this.asked.get(userId);
    if (asked !== undefined) return asked;
    this.wanted.push(userId);
    this.batch ??= pause(0).then(() => this.fetchWanted());
    const answer = this.batch.then(() => this.known.get(userId));
    this.asked.set(userId, answer);
    return answer;
  }

  private async fetchWanted(): Promise<void> {
    const { wanted } = this;
    this.wanted = [];
    this.batch = undefined;
    await Promise.all(chunks(wanted).map((ids) => this.fetchSome(ids)));
  }

  private async fetchSome(ids: string[]): Promise<void> {
    const before = ids.map((id) => this.known.get(id));
    try {
      const users = await this.hooks.fetch(ids);
      // What changed meanwhile was pushed, and is newer than this answer. Who was forgotten stays forgotten.
      this.learnAll(users.filter(({ id }) => this.asked.has(id) && this.known.get(id) === before[ids.indexOf(id)]));
      users.forEach(({ id }) => { this.asked.delete(id); });
      later(() => { ids.forEach((id) => { this.asked.delete(id); }); }); // There may be somebody of that id by then.
    } catch {
      ids.forEach((id) => { this.failed.add(id); });
      later(() => { if (this.failed.size > 0) this.refresh(); });
    }
  }
}

function later(work: () => void): void {
  unhurried(setTimeout(work, againAfterMs));
}

function chunks(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / mostAtOnce) }, (_, i) => ids.slice(i * mostAtOnce, (i + 1) * mostAtOnce));
}
