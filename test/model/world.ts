import { pushes } from '../../src/contract/events.js';
import type { Message } from '../../src/contract/message.dto.js';
import type { Run } from '../setup/checker.js';
import { connect } from '../setup/chatters.js';
import { newPerson, type Person } from '../setup/people.js';
import { Replica } from '../setup/replica.js';
import { startServer, type TestServer } from '../setup/server.js';
import { Random } from './random.js';

export interface Heard { who: string; name: string; roomId: string; rev?: number; at: number }
export interface Passage { rev: number; in: boolean; at: number }

const devicesOf = [2, 2, 1, 1, 2];
const swallowed = 0.04;
/** Writes down who comes into which room and goes, by revision, whichever node decides it. */
const notePassages = `
  CREATE TABLE passages (room_id uuid, user_id uuid, rev bigint, inside boolean, at timestamptz DEFAULT clock_timestamp());
  CREATE FUNCTION note_passage() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO passages VALUES (NEW.room_id, NEW.user_id, NEW.rev, NEW.left_at IS NULL AND NEW.banned_at IS NULL);
    RETURN NULL;
  END $$;
  CREATE TRIGGER first AFTER INSERT ON memberships FOR EACH ROW EXECUTE FUNCTION note_passage();
  CREATE TRIGGER later AFTER UPDATE ON memberships FOR EACH ROW WHEN (NEW.rev <> OLD.rev) EXECUTE FUNCTION note_passage()`;
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
  private readonly luck: Random;

  private constructor(readonly server: TestServer, readonly random: Random, seed: number, readonly lossy: boolean, readonly broken: boolean) {
    this.luck = new Random(seed + 1_000_000);
  }

  static async begin(seed: number, lossy: boolean, sabotage?: (server: TestServer) => void): Promise<World> {
    const server = await startServer();
    await server.db.query(notePassages);
    const world = new World(server, new Random(seed), seed, lossy, sabotage !== undefined);
    world.people.push(...(await Promise.all(devicesOf.map((_, i) => newPerson(server, `person${i}`)))));
    sabotage?.(server);
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
      if (roomId !== undefined) this.heard.push({ who: replica.person.user.id, name, roomId, rev, at: Date.now() });
    });
    await replica.resume(chatter);
  }

  /** Everybody's comings and goings so far, in the order of their revisions. */
  async passages(): Promise<Map<string, Passage[]>> {
    const rows = await this.server.db.query<{ key: string; passages: Passage[] }>(
      `SELECT room_id || ':' || user_id AS key, json_agg(json_build_object('rev', rev, 'in', inside, 'at', floor(extract(epoch FROM at) * 1000)) ORDER BY rev) AS passages
       FROM passages GROUP BY room_id, user_id`);
    return new Map(rows.map(({ key, passages }) => [key, passages]));
  }

  learn({ id, roomId, seq }: Message): void {
    this.messages.push({ id, roomId, seq });
  }

  async end(): Promise<void> {
    this.devices.forEach((replica) => { replica.drop(); });
    await this.server.close();
  }
}
