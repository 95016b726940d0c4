import { setTimeout as pause } from 'node:timers/promises';
import type { SignedIn } from '../../src/contract/auth.dto.js';
import type { Room } from '../../src/contract/room.dto.js';
import type { Run } from '../setup/checker.js';
import { Member, type Diary, type Identity } from './member.js';

const settleMs = 15_000;
const lastSendsMs = 60_000;

/** A server or several: where people go, and the database behind it. */
export interface Place {
  readonly url: string;
  query<Row>(sql: string): Promise<Row[]>;
}

/** People in rooms who talk at the same time: each in two of the rooms, one in four over REST. */
export class World {
  readonly diary: Diary = { sent: [], acked: [], refused: [], cutShort: 0, closings: 0, connections: 0, faults: [] };
  private readonly members: Member[];
  private talking: Promise<unknown> = Promise.resolve();
  private quiet = true;

  private constructor(private readonly server: Place, people: Identity[], private readonly pauseMs: number) {
    this.members = people.map((who, i) => new Member(who, server.url, i % 4 === 3 ? 'rest' : 'socket', this.diary));
  }

  static async make(server: Place, options: { people: number; rooms: number; pauseMs: number }): Promise<World> {
    const people: Identity[] = [];
    for (let i = 0; i < options.people; i += 4) people.push(...(await Promise.all([i, i + 1, i + 2, i + 3].map((n) => register(server, n)))));
    for (let room = 0; room < options.rooms; room += 1) {
      const inside = people.filter((_, i) => i % options.rooms === room || (i + 1) % options.rooms === room);
      await post<Room>(server, '/rooms', { name: `Room ${room}`, kind: 'private', memberIds: inside.slice(1).map(({ id }) => id) }, inside[0]?.token);
    }
    const world = new World(server, people, options.pauseMs);
    await Promise.all(world.members.map((member) => member.comesAlive()));
    return world;
  }

  get size(): number {
    return this.members.length;
  }

  begin(): void {
    this.quiet = false;
    this.talking = Promise.all(this.members.map((member) => this.talk(member)));
    this.talking.catch(() => undefined); // Told to whoever waits for silence; nobody does when a test failed before.
  }

  /** Nobody begins anything new; what was begun is sent until it is acked. */
  async fallSilent(): Promise<void> {
    this.quiet = true;
    const tooLong = pause(lastSendsMs, true, { ref: false });
    if ((await Promise.race([this.talking, tooLong])) === true) throw new Error(`After ${lastSendsMs / 1000} s of silence something is still not acked`);
  }

  /** Silence, and time for everyone to hear all of it: how many milliseconds that took. */
  async end(patienceMs = settleMs): Promise<number> {
    await this.fallSilent();
    const began = performance.now();
    for (const stored = await this.stored(); performance.now() < began + patienceMs && !this.everyoneShows(stored);) await pause(50);
    return Math.round(performance.now() - began);
  }

  /** As many acks from now on; the load is then well under way. */
  async acks(count: number): Promise<void> {
    const goal = this.diary.acked.length + count;
    const until = Date.now() + 30_000;
    while (this.diary.acked.length < goal) {
      if (Date.now() > until) throw new Error(`Only ${this.diary.acked.length} of ${goal} acks: the conversation stands still`);
      await pause(10);
    }
  }

  async run(): Promise<Run> {
    const { sent, acked } = this.diary;
    return { sent, acked, stored: await this.stored(), displayed: this.members.flatMap((member) => member.displayed()) };
  }

  leave(): void {
    for (const member of this.members) member.leave();
  }

  private async talk(member: Member): Promise<void> {
    for (let n = 0; !this.quiet; n += 1) {
      const rooms = [...member.rooms.keys()];
      await member.say(rooms[n % rooms.length] ?? '', `${member.me.name} says ${n}`);
      await pause(this.pauseMs * (0.5 + Math.random()));
    }
  }

  private async stored(): Promise<Run['stored']> {
    return await this.server.query(`SELECT room_id AS "roomId", seq::int AS seq, id, sender_id AS "senderId", client_id AS "clientId", text FROM messages ORDER BY room_id, seq`);
  }

  private everyoneShows(stored: Run['stored']): boolean {
    const counts = new Map<string, number>();
    for (const { roomId } of stored) counts.set(roomId, (counts.get(roomId) ?? 0) + 1);
    return this.members.every((member) => member.displayed().every(({ roomId, ids }) => ids.length === (counts.get(roomId) ?? 0)));
  }
}

async function register(server: Place, n: number): Promise<Identity> {
  const name = `person${n}`;
  const signedIn = await post<SignedIn>(server, '/auth/register', { name, username: name, email: `${name}@example.org`, password: 'correct horse battery' });
  return { id: signedIn.user.id, name, token: signedIn.accessToken };
}

async function post<Body>(server: Place, path: string, body: object, token?: string): Promise<Body> {
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const answer = await fetch(`${server.url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Body;
}
