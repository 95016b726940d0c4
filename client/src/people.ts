import type { PresenceChanged } from '../../src/contract/socket.dto.js';
import type { User } from '../../src/contract/user.dto.js';
import { Watched } from './emitter.js';
import { unhurried } from './timers.js';

const atOnce = 4;
const againAfterMs = 10_000;
const most = 5000;

/** Names for ids: the wire carries ids, and each person is fetched once. */
export class People extends Watched {
  private readonly known = new Map<string, User>();
  private readonly ids = new Map<string, string>();
  private readonly asked = new Map<string, Promise<User | undefined>>();
  private waiting: (() => void)[] = [];
  private running = 0;

  constructor(private readonly fetch: (userId: string) => Promise<User>, private readonly told: (user: User) => void) {
    super();
  }

  /** At once what is known; what is not is fetched, and this object changes when it is there. */
  get(userId: string): User | undefined {
    const user = this.known.get(userId);
    if (user === undefined) void this.find(userId);
    return user;
  }

  /** Who has this username, in whatever case, among those who are known; nobody is fetched. */
  named(username: string): User | undefined {
    const user = this.known.get(this.ids.get(username.toLowerCase()) ?? '');
    return user?.username.toLowerCase() === username.toLowerCase() ? user : undefined;
  }

  /** Undefined: there is nobody of this id, or nobody could be asked. */
  async find(userId: string): Promise<User | undefined> {
    const user = this.known.get(userId);
    if (user !== undefined) return user;
    const asked = this.asked.get(userId) ?? this.ask(userId);
    this.asked.set(userId, asked);
    return await asked;
  }

  /** Somebody was seen in an answer. */
  learn(user: User): void {
    this.known.set(user.id, user);
    this.ids.set(user.username.toLowerCase(), user.id);
    const [oldest] = this.known.values();
    if (this.known.size > most && oldest !== undefined) this.drop(oldest);
    this.told(user);
    this.changed();
  }

  /** Somebody is called otherwise now. Who is not known is fetched when somebody asks. */
  learnAnew(user: User): void {
    if (this.known.has(user.id)) this.learn(user);
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

  forget(): void {
    this.known.clear();
    this.ids.clear();
    this.asked.clear();
  }

  private drop({ id, username }: User): void {
    this.known.delete(id);
    this.ids.delete(username.toLowerCase());
  }

  private async ask(userId: string): Promise<User | undefined> {
    while (this.running >= atOnce) await new Promise<void>((resolve) => { this.waiting.push(resolve); });
    this.running += 1;
    try {
      const user = await this.fetch(userId);
      this.learn(user);
      this.asked.delete(userId);
      return user;
    } catch {
      unhurried(setTimeout(() => { this.asked.delete(userId); }, againAfterMs));
      return undefined;
    } finally {
      this.running -= 1;
      this.waiting.shift()?.();
    }
  }
}
