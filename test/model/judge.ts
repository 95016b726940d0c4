import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Heads } from '../../src/gateway/heads.js';
import { violations, type Run } from '../setup/checker.js';
import { differences, freshState, unreadOf, type Shown } from '../setup/replica.js';
import type { Person } from '../setup/people.js';
import { nodeCount } from '../setup/server.js';
import type { Heard, Passage, World } from './world.js';

/** Where a fault was made on purpose, waiting brings nothing. */
const patience = { made: 4000, real: 15_000 };
const beatMs = 10_000;
/** What was asked on a connection since dropped is done by then. */
const abandonedMs = 60;
/** A push without a revision may have been on its way when its hearer left. */
const onItsWayMs = 1500;

/** Everything that is not as promised, once the world is at rest. */
export async function judge(world: World): Promise<string[]> {
  await pause(abandonedMs);
  const fresh = new Map<string, Record<string, Shown>>();
  for (const person of world.people) fresh.set(person.user.id, await freshState(person));
  const wrong = [
    ...world.surprises.splice(0), ...(await unequal(world, fresh)), ...(await wrongRows(world)), ...(await leaks(world)), ...gaps(world),
    ...world.devices.flatMap(({ faults }) => faults.splice(0).map(String)),
    ...violations(await asRun(world, fresh)),
  ];
  for (const person of world.people) wrong.push(...(await wrongUnread(person)), ...(await wrongRooms(world, person, fresh)));
  return wrong;
}

/** Counters = recount, for one person. Between the two something may arrive that was asked on a connection since dropped: then they are asked again. */
export async function wrongUnread(person: Person, tries = 3): Promise<string[]> {
  const [counted, recounted] = [await unreadOf(person, false), await unreadOf(person, true)];
  if (Object.values(counted).some(({ unread }) => unread < 0)) return [`${person.email}: unread is negative: ${JSON.stringify(counted)}`];
  if (isDeepStrictEqual(counted, recounted)) return [];
  return tries > 1 ? await wrongUnread(person, tries - 1) : [`${person.email}: unread is ${JSON.stringify(counted)}, recounted ${JSON.stringify(recounted)}`];
}

async function unequal(world: World, fresh: Map<string, Record<string, Shown>>): Promise<string[]> {
  const wrong: string[] = [];
  if (world.lossy) await beat(world);
  const deadline = Date.now() + (world.broken ? patience.made : patience.real);
  for (const device of world.devices.filter(({ voice }) => voice !== undefined)) {
    const real = fresh.get(device.person.user.id) ?? {};
    while (Date.now() < deadline && !(device.quiet && differences(device.shown(), real).length === 0)) await pause(15);
    wrong.push(...differences(device.shown(), real).map((difference) => `${device.person.email}: ${difference}`));
  }
  return wrong;
}

/** The beats that come every ten seconds, now where we can reach them: whoever lost the last push of a room learns of it once the room is silent. */
async function beat({ server }: World): Promise<void> {
  if (nodeCount > 1) return await pause(2 * beatMs);
  const heads = server.app.get<Heads, { beat(): Promise<void> }>(Heads);
  await heads.beat();
  await heads.beat();
}

/** While no push was swallowed, nobody may have missed one. */
function gaps({ devices, lossy }: World): string[] {
  return lossy ? [] : devices.filter((device) => device.gaps > 0).map((device) => `${device.person.email} missed a push ${device.gaps} times`);
}

async function wrongRows({ server }: World): Promise<string[]> {
  const checks = {
    'a seq is missing': `SELECT room_id FROM messages GROUP BY room_id HAVING max(seq) <> count(*) OR min(seq) <> 1`,
    'last_seq is not the last': `SELECT id FROM rooms r WHERE last_seq <> coalesce((SELECT max(seq) FROM messages WHERE room_id = r.id), 0)`,
    'times do not rise': `SELECT 1 FROM (SELECT created_at - lag(created_at) OVER (PARTITION BY room_id ORDER BY seq) AS step FROM messages) AS s WHERE step <= interval '0'`,
    'a clientId has two rows': `SELECT 1 FROM messages GROUP BY sender_id, client_id HAVING count(*) > 1`,
    'a revision is used twice': `SELECT 1 FROM (SELECT room_id, rev FROM messages UNION ALL SELECT room_id, rev FROM memberships) AS x GROUP BY room_id, rev HAVING count(*) > 1`,
    'a row is ahead of its room': `SELECT 1 FROM rooms r JOIN (SELECT room_id, rev FROM messages UNION ALL SELECT room_id, rev FROM memberships) AS x ON x.room_id = r.id WHERE x.rev > r.rev`,
    'a marker is beyond the end': `SELECT 1 FROM memberships m JOIN rooms r ON r.id = m.room_id WHERE m.read_seq > r.last_seq`,
  };
  const found: string[] = [];
  for (const [name, sql] of Object.entries(checks)) if ((await server.db.query(sql)).length > 0) found.push(name);
  return found;
}

/** What a fresh client is shown are the rooms it is in, no more and no less. */
async function wrongRooms({ server }: World, { user }: Person, fresh: Map<string, Record<string, Shown>>): Promise<string[]> {
  const rows = await server.db.query<{ room_id: string }>('SELECT room_id FROM memberships WHERE user_id = $1 AND left_at IS NULL AND banned_at IS NULL', [user.id]);
  const shown = Object.keys(fresh.get(user.id) ?? {});
  return isDeepStrictEqual(shown.sort(), rows.map((row) => row.room_id).sort()) ? [] : [`${user.id} is shown ${shown.length} rooms and is in ${rows.length}`];
}

/** Every push that somebody heard from a room that they were not in. Judged once, then forgotten. */
async function leaks(world: World): Promise<string[]> {
  const heard = world.heard.splice(0);
  const passages = await world.passages();
  return heard.filter((push) => !mayHear(passages.get(`${push.roomId}:${push.who}`) ?? [], push))
    .map(({ who, name, roomId, rev }) => `${who} heard ${name} ${rev ?? ''} of room ${roomId} without being in it`);
}

function mayHear(passages: Passage[], { name, rev, at }: Heard): boolean {
  if (name === 'room_added' || name === 'room_removed') return true;
  if (rev === undefined || name === 'head') {
    const last = passages.filter((passage) => passage.at <= at).at(-1);
    return last !== undefined && (last.in || at - last.at < onItsWayMs);
  }
  const last = passages.filter((passage) => passage.rev <= rev).at(-1);
  // An older revision may be announced to somebody who has just come in: history shows it to them as well.
  return last?.in === true || last?.rev === rev || passages.some((passage) => passage.in && passage.rev > rev && passage.at <= at);
}

async function asRun({ sent, acked, edited, server, people }: World, fresh: Map<string, Record<string, Shown>>): Promise<Run> {
  const rows = await server.db.query<{ room_id: string; seq: string; id: string; sender_id: string; client_id: string; text: string | null }>(
    'SELECT room_id, seq, id, sender_id, client_id, text FROM messages');
  const stored = rows.map((row) => ({
    roomId: row.room_id, seq: Number(row.seq), id: row.id, senderId: row.sender_id, clientId: row.client_id, text: edited.has(row.id) ? null : row.text,
  }));
  const displayed = people.flatMap(({ email, user }) => Object.entries(fresh.get(user.id) ?? {}).map(([roomId, { messages }]) => ({ who: email, roomId, ids: messages.map(({ id }) => id) })));
  return { sent, acked, stored, displayed };
}
