// Members who come one after the other, join their room and stay; what each of them is pushed meanwhile.
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from './client.mjs';

/** The last news are told a few seconds later. */
const settleMs = 5000;
const presence = Buffer.from('2["presence');
let arrived = [];

function count(client, bytes, start, end) {
  client.pushes += 1;
  client.bytes += end - start;
  if (bytes.compare(presence, 0, presence.length, start + 1, start + 1 + presence.length) === 0) client.presence += 1;
}

/** Each connects, joins and has the last page; `watch` of the members are on their screen. */
export async function arrive({ host, port, members, rooms, atOnce, watch }) {
  const roomOf = new Map(rooms.flatMap(({ id, members: inside }) => inside.map((i) => [i, id])));
  const started = performance.now();
  arrived = [];
  let next = 0;
  const worker = async () => {
    while (next < members.length) {
      const i = next++;
      const client = Object.assign(new Client({ onEvent: count, onAck: Client.onAnswer }), { pushes: 0, bytes: 0, presence: 0 });
      await client.open({ host, port }, members[i].auth);
      const { messages, members: shown } = await client.ask('join_room', { room: roomOf.get(i), limit: 15 });
      if (messages.length !== 15) throw new Error(`A page of ${messages.length}`);
      if (watch > 0) await client.ask('watch_presence', { userIds: shown.slice(0, watch).map(({ userId }) => userId) });
      arrived.push(client);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const seconds = (performance.now() - started) / 1000;
  await pause(settleMs);
  const minutes = (performance.now() - started) / 60_000;
  const mean = (key) => arrived.reduce((sum, client) => sum + client[key], 0) / arrived.length;
  return { people: arrived.length, seconds, pushes: mean('pushes'), bytes: mean('bytes'), presencePerMinute: Math.max(...arrived.map((client) => client.presence)) / Math.max(1, minutes) };
}

export async function depart() {
  for (const client of arrived) client.close();
  await pause(settleMs);
}
