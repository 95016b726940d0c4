// Catching up, as requests and answers: what is asked, and what is asked after a refusal.
import { expect, it } from '@jest/globals';
import { VerbatimError } from '../../client/src/errors.js';
import { Sync } from '../../client/src/sync.js';
import type { RoomChanges, SyncDto, SyncReply } from '../../src/contract/sync.dto.js';

const idOf = (n: number): string => `019a9f6e-5b1c-7cc3-9d5e-${String(n).padStart(12, '0')}`;
const changesOf = (id: string): RoomChanges => ({ room: { id }, from: 1, to: 1, position: { rev: 1 }, hasMore: false }) as RoomChanges;

/** A server that knows the same rooms as the client, and answers as the real one does; `refuses` tells what it says no to. */
class World {
  readonly asked: SyncDto[] = [];
  readonly took = new Set<string>();
  readonly left: string[] = [];
  refuses: (body: SyncDto) => VerbatimError | undefined = () => undefined;
  readonly sync: Sync;

  constructor(readonly ids: string[]) {
    this.sync = new Sync({
      held: () => [...ids].reverse(),
      have: (roomId) => (ids.includes(roomId) ? { epoch: 'one', rev: 1 } : undefined),
      ask: async (body) => this.answer(body),
      take: ({ rooms, left }) => {
        rooms.forEach(({ room }) => { this.took.add(room.id); });
        this.left.push(...left);
      },
      progress: () => undefined,
    });
  }

  private answer(body: SyncDto): SyncReply {
    this.asked.push(body);
    const refusal = this.refuses(body);
    if (refusal !== undefined) throw refusal;
    const { cursor = '', until = 'z', only } = body;
    const mine = this.ids.filter((id) => id > cursor && id <= until && (only === undefined || only.includes(id)));
    const page = mine.slice(0, 300);
    const end = mine.length > page.length ? page.at(-1) : body.until;
    return { rooms: page.map(changesOf), left: [], users: [], nextCursor: end ?? null };
  }
}

const many = Array.from({ length: 10_000 }, (_, n) => idOf(n));
const invalid = (): VerbatimError => new VerbatimError({ code: 'invalid_input', status: 422 });

it('names at most 400 rooms in a request, stops at the last of them, and covers all', async () => {
  const world = new World(many);
  await world.sync.run();
  expect(world.took.size).toBe(10_000);
  for (const body of world.asked) {
    const names = Object.keys(body.rooms ?? {});
    expect(JSON.stringify(['sync', body]).length).toBeLessThan(60_000);
    expect(body.until ?? names.at(-1)).toBe(names.at(-1));
    if (!names.includes(idOf(9999))) expect([names.length, body.until]).toEqual([400, names.at(-1)]);
  }
});

it('asks by name for the few rooms of which something is missing', async () => {
  const world = new World(many);
  await Promise.all([world.sync.run(idOf(7)), world.sync.run(idOf(9000))]);
  expect(world.asked.map(({ only, rooms }) => [only, Object.keys(rooms ?? {})])).toEqual([[[idOf(7)], [idOf(7)]], [[idOf(9000)], [idOf(9000)]]]);
});

it('never repeats a refused request: it fetches everything without naming what it holds', async () => {
  const world = new World(many.slice(0, 500));
  world.refuses = ({ rooms }) => (rooms === undefined ? undefined : invalid());
  await world.sync.run();
  expect(world.took.size).toBe(500);
  expect(new Set(world.asked.map((body) => JSON.stringify(body))).size).toBe(world.asked.length);
  expect(world.asked.filter(({ rooms }) => rooms !== undefined)).toHaveLength(1);
});

it('gives up when that is refused, too', async () => {
  const world = new World(many.slice(0, 5));
  world.refuses = invalid;
  await expect(world.sync.run()).rejects.toThrow('invalid_input');
  expect(world.asked).toHaveLength(2);
});

it('lets go of rooms that are not among those that came anew', async () => {
  const world = new World(many.slice(0, 5));
  world.refuses = ({ rooms }) => {
    if (rooms === undefined) return undefined;
    world.ids.splice(0, 2);
    return invalid();
  };
  await world.sync.run();
  expect(world.left).toEqual([idOf(0), idOf(1)]);
});

it('asks for the same page again, after the time that the server names, when it goes too fast', async () => {
  const world = new World(many.slice(0, 700));
  let refused = 0;
  world.refuses = ({ cursor }) => {
    if (cursor === undefined || refused > 0) return undefined;
    refused += 1;
    return new VerbatimError({ code: 'rate_limited', status: 429, retryAfterMs: 20 });
  };
  await world.sync.run();
  expect([world.took.size, refused]).toEqual([700, 1]);
  expect(world.asked.filter(({ cursor }) => cursor === undefined)).toHaveLength(1);
});
