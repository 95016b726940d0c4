import { setTimeout as pause } from 'node:timers/promises';
import type { Message, RoomHandle, VerbatimClient } from '../../client/src/index.js';
import { Broadcaster } from '../../src/realtime/broadcaster.js';
import { ChaosProxy } from '../setup/chaos-proxy.js';
import { newPerson } from '../setup/people.js';
import type { TestServer } from '../setup/server.js';
import { another, until } from './people.js';

export interface ChaosReport {
  sent: number;
  stored: number;
  lost: number;
  duplicates: number;
  /** Lists on a screen that were not 1, 2, 3 … in order. */
  holes: number;
  shown: number;
  troubles: Record<string, number>;
  reconnects: number;
  worstDelayMs: number;
  /** What does not agree in the end. */
  disagreements: string[];
}

interface Stored {
  roomId: string;
  seq: number;
  clientId: string;
}

/** How the link of one client is spoiled, and for how long. */
const troubles: Record<string, (link: ChaosProxy) => Promise<void>> = {
  reset: async (link) => { link.reset(); await pause(50); },
  blackhole: async (link) => { link.blackhole(); await pause(2000 + Math.random() * 10_000); link.blackhole(false); },
  latency: async (link) => { link.latencyMs = 50 + Math.random() * 700; await pause(3000); link.latencyMs = 0; },
  refuse: async (link) => { link.refuse(); await pause(500 + Math.random() * 3000); link.refuse(false); },
  resetTwice: async (link) => { link.reset(); await pause(300); link.reset(); },
};

/** People who talk in two rooms, each over a bad link of their own. */
export class ChaosRun {
  readonly report: ChaosReport = { sent: 0, stored: 0, lost: 0, duplicates: 0, holes: 0, shown: 0, troubles: {}, reconnects: 0, worstDelayMs: 0, disagreements: [] };
  private readonly people: { chat: VerbatimClient; link: ChaosProxy; rooms: RoomHandle[] }[] = [];
  private readonly saidAt = new Map<string, number>();
  private talking = true;

  constructor(private readonly server: TestServer) {}

  async gather(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      await newPerson(this.server, `chaos${i}`);
      const link = await ChaosProxy.to(this.server.url);
      const chat = await another(this.server, `chaos${i}`, { url: link.url, messagesInMemory: 100_000 });
      this.people.push({ chat, link, rooms: [await chat.join('storm', { create: true }), await chat.join(`calm-${i % 2}`, { create: true })] });
      this.watch(chat);
    }
  }

  async rage(seconds: number): Promise<ChaosReport> {
    const spoiling = this.people.map(({ link }) => this.spoil(link));
    const talks = this.people.map(({ rooms }, i) => this.talk(rooms, i));
    await pause(seconds * 1000);
    this.talking = false;
    await Promise.all([...talks, ...spoiling]);
    this.people.forEach(({ link }) => { link.calm(); });
    await this.settle();
    await this.judge();
    return this.report;
  }

  async end(): Promise<void> {
    this.people.forEach(({ chat }) => { chat.stop(); });
    await Promise.all(this.people.map(({ link }) => link.close()));
    // Those of which the server does not know yet that they are gone would each be waited for.
    const { engine } = Reflect.get(this.server.app.get(Broadcaster).here, 'io') as { engine: { clients: Record<string, { close(discard: boolean): void }> } };
    Object.values(engine.clients).forEach((client) => { client.close(true); });
  }

  private watch(chat: VerbatimClient): void {
    chat.on('room', (room) => { this.look(room.messages); });
    chat.on('message', ({ message, kind }) => { if (kind === 'new') this.time(message); });
    chat.on('connection', ({ state }) => { if (state === 'online') this.report.reconnects += 1; });
  }

  private look(list: readonly Message[]): void {
    this.report.shown += 1;
    const first = list[0]?.seq ?? 1;
    if (list.some(({ seq }, i) => seq !== first + i)) this.report.holes += 1;
  }

  private time({ clientId }: Message): void {
    const at = this.saidAt.get(clientId);
    if (at !== undefined) this.report.worstDelayMs = Math.max(this.report.worstDelayMs, Math.round(performance.now() - at));
  }

  private async talk(rooms: RoomHandle[], i: number): Promise<void> {
    for (let n = 0; this.talking; n += 1) {
      const said = rooms[n % 2]?.send(`${i} says ${n}`);
      this.saidAt.set(said?.clientId ?? '', performance.now());
      this.report.sent += 1;
      await pause(150 + Math.random() * 350);
    }
  }

  private async spoil(link: ChaosProxy): Promise<void> {
    const names = Object.keys(troubles);
    while (this.talking) {
      await pause(3000 + Math.random() * 2000); // a bound for the delay makes sense only if there is a good moment between the bad ones
      const name = names[Math.floor(Math.random() * names.length)] ?? 'reset';
      this.report.troubles[name] = (this.report.troubles[name] ?? 0) + 1;
      await troubles[name]?.(link);
    }
  }

  /** Everything said is stored and shown by everyone; whether that is so is judged afterwards. */
  private async settle(): Promise<void> {
    const waiting = (): boolean => this.people.some(({ rooms }) => rooms.some(({ pending }) => pending.length > 0));
    await until('outboxes empty', () => !waiting(), 35_000).catch(() => undefined);
    const heads = new Map((await this.stored()).map(({ roomId, seq }) => [roomId, seq]));
    await until('all show all', () => this.people.every(({ rooms }) => rooms.every(({ id, messages }) => messages.at(-1)?.seq === heads.get(id))), 35_000).catch(() => undefined);
  }

  private async stored(): Promise<Stored[]> {
    return await this.server.dataSource.query(`SELECT room_id AS "roomId", seq::int AS seq, client_id AS "clientId" FROM messages ORDER BY room_id, seq`);
  }

  private async judge(): Promise<void> {
    const stored = await this.stored();
    const ids = stored.map(({ clientId }) => clientId);
    this.report.stored = stored.length;
    this.report.duplicates = ids.length - new Set(ids).size;
    this.report.lost = [...this.saidAt.keys()].filter((id) => !ids.includes(id)).length;
    for (const { chat, rooms } of this.people) {
      for (const room of rooms) {
        const wanted = stored.filter(({ roomId }) => roomId === room.id).map(({ clientId }) => clientId);
        const shown = room.messages.map(({ clientId }) => clientId);
        if (shown.join() !== wanted.join()) this.report.disagreements.push(`${chat.me?.username ?? ''} shows ${shown.length} of ${wanted.length} in ${room.info.slug ?? ''}`);
      }
    }
  }
}
