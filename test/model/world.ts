import { pushes } from '../../src/contract/events.js';
import type { Message } from '../../src/contract/message.dto.js';
import { Broadcaster } from '../../src/realtime/broadcaster.js';
import type { Run } from '../setup/checker.js';
import { connect } from '../setup/chatters.js';
import { newPerson, type Person } from '../setup/people.js';
import { Replica } from '../setup/replica.js';
import { startServer, type TestServer } from '../setup/server.js';
import { Random } from './random.js';

export interface Heard { who: string; name: string; roomId: string; rev?: number; at: number }
interface Passage { rev: number; in: boolean; at: number }

const devicesOf = [2, 2, 1, 1, 2];
const swallowed = 0.04;
const durable = Object.entries(pushes).filter(([, push]) => push.durable).map(([name]) => name);

/** A server, its people with their devices, and a protocol of everything that anybody sent, was told and heard. */
export class World {
  readonly people: Person[] = [];
  readonly devices: Replica[] = [];
  readonly rooms: string[] = [];
  readonly messages: { id: string; roomId: string; seq: number }[] = [];
  readonly sent: Run['sent'] = [];
  readonly acked: Run['acked'] = [];
  readonly edited = new Set<string>();
  readonly surprises: string[] = [];
  heard: Heard[] = [];
  private readonly passages = new Map<string, Passage[]>();
  private readonly luck: Random;

  private constructor(readonly server: TestServer, readonly random: Random, seed: number, readonly lossy: boolean) {
    this.luck = new Random(seed + 1_000_000);
    this.watchPassages();
  }

  static async begin(seed: number, lossy: boolean, before: (server: TestServer) => void = () => undefined): Promise<World> {
    const server = await startServer();
    const world = new World(server, new Random(seed), seed, lossy);
    world.people.push(...(await Promise.all(devicesOf.map((_, i) => newPerson(server, `person${i}`)))));
    before(server);
    for (const [i, person] of world.people.entries()) {
      for (let device = 0; device < (devicesOf[i] ?? 1); device += 1) await world.addDevice(person, device);
    }
    world.rooms.push(...(world.devices[0]?.rooms.keys() ?? []));
    return world;
  }

  private async addDevice(person: Person, device: number): Promise<void> {
    const replica = new Replica(person, device === 0 ? 200 : 7);
    if (this.lossy) replica.loses = ({ name }) => durable.includes(name) && this.luck.chance(swallowed);
    this.devices.push(replica);
    await this.reconnect(replica);
  }

  async reconnect(replica: Replica): Promise<void> {
    const chatter = await connect(this.server, replica.person);
    chatter.socket.onAny((name: string, { roomId, rev }: { roomId?: string; rev?: number }) => {
      if (roomId !== undefined) this.heard.push({ who: replica.person.user.id, name, roomId, rev, at: performance.now() });
    });
    await replica.resume(chatter);
  }

  /** The room's members came to be by this request, not by a push. */
  founded(roomId: string, userIds: string[], at: number): void {
    for (const userId of userIds) this.passagesOf(roomId, userId).push({ rev: 0, in: true, at });
    if (!this.rooms.includes(roomId)) this.rooms.push(roomId);
  }

  passagesOf(roomId: string, userId: string): Passage[] {
    const key = `${roomId}:${userId}`;
    const known = this.passages.get(key) ?? [];
    this.passages.set(key, known);
    return known;
  }

  learn({ id, roomId, seq }: Message): void {
    this.messages.push({ id, roomId, seq });
  }

  async end(): Promise<void> {
    this.devices.forEach((replica) => { replica.drop(); });
    await this.server.close();
  }

  /** Comings and goings, by revision, as the server decided them. */
  private watchPassages(): void {
    const broadcast = this.server.app.get(Broadcaster);
    const toRoom = broadcast.toRoom.bind(broadcast);
    broadcast.toRoom = (name, payload) => {
      if (name !== 'member_updated' && 'member' in payload) {
        this.passagesOf(payload.roomId, payload.member.userId).push({ rev: payload.rev, in: name === 'member_joined', at: performance.now() });
      }
      toRoom(name, payload);
    };
  }
}
