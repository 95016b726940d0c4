// Members who connect, ask and go, or come back all at once.
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from './client.mjs';

const silent = { onEvent: () => {}, onAck: Client.onAnswer };
let stayed = [];

/** Runs `count` pieces of work, `atOnce` of them at a time; returns how long all and each took. */
async function timed(count, atOnce, work) {
  const times = [];
  let next = 0;
  const started = performance.now();
  const worker = async () => {
    while (next < count) {
      const [i, begun] = [next++, performance.now()];
      await work(i);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  times.sort((a, b) => a - b);
  return { count, seconds: (performance.now() - started) / 1000, p50: times[Math.floor(count * 0.5)], p99: times[Math.floor(count * 0.99)] };
}

/** Connects, authenticates, joins a room, has its last page, goes. */
export function join({ host, port, members, rooms, count, atOnce }) {
  return timed(count, atOnce, async (i) => {
    const client = new Client(silent);
    await client.open({ host, port }, members[i % members.length].auth);
    const { messages } = await client.ask('join_room', { room: rooms[(i % members.length) % rooms.length].id, limit: 15 });
    if (messages.length !== 15) throw new Error(`A page of ${messages.length}`);
    client.close();
  });
}

/** The same without the room. */
export function connect({ host, port, members, count, atOnce }) {
  return timed(count, atOnce, async (i) => {
    const client = new Client(silent);
    await client.open({ host, port }, members[i % members.length].auth);
    client.close();
  });
}

/** One connection after the other asks what it has missed; never one that still waits for an answer. */
export async function sync({ host, port, members, count, atOnce, have, expected }) {
  const clients = await Promise.all(members.map(async ({ auth }) => {
    const client = new Client(silent);
    await client.open({ host, port }, auth);
    return client;
  }));
  const idle = clients.map((_, i) => i);
  const result = await timed(count, Math.min(atOnce, clients.length), async () => {
    const mine = idle.shift();
    const missed = await catchUp(clients[mine], have[mine]);
    idle.push(mine);
    if (missed !== expected) throw new Error(`${missed} messages where ${expected} were missed`);
  });
  for (const client of clients) client.close();
  return result;
}

/** Page after page. Returns how many messages were missed. */
async function catchUp(client, have) {
  let missed = 0;
  for (let cursor; cursor !== null;) {
    const { rooms, nextCursor = null } = await client.ask('sync', { rooms: have, ...(cursor && { cursor }) });
    missed += rooms.reduce((sum, { messages }) => sum + messages.length, 0);
    cursor = nextCursor;
  }
  return missed;
}

/** Connects everybody and leaves them connected. */
export async function gather({ host, port, members, atOnce }) {
  stayed = members.map(() => new Client(silent));
  return await timed(members.length, atOnce, (i) => stayed[i].open({ host, port }, members[i].auth));
}

/** All that were connected come back as clients do: at once, then again after a moment until the server takes them; then each asks what it has missed. */
export async function comeBack({ host, port, members, have }) {
  const tries = await Promise.all(members.map(async ({ auth }, i) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        stayed[i].close();
        stayed[i] = new Client(silent);
        await stayed[i].open({ host, port }, auth);
        await catchUp(stayed[i], have[i]);
        return attempt;
      } catch {
        await pause(100 + Math.random() * 900);
      }
    }
  }));
  return { count: members.length, tries: tries.reduce((sum, n) => sum + n, 0) };
}

export async function scatter() {
  for (const client of stayed) client.close();
}
