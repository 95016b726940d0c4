// Twenty members who never read, in a room where much is said: what that does to the others, and to the server's memory, beside twenty who
// come and go as often and read. The deaf are cut, and come back deaf as before, again and again.
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Fleet } from './load/fleet.mjs';
import { interleaved } from './measure.mjs';
import { startPostgres } from './postgres.mjs';
import { record, resultsFile, table } from './report.mjs';
import { seedWorld } from './seed.mjs';
import { systems } from './systems.mjs';

const readers = 50;
const deaf = 20;
const rate = 500;
/** The kernel takes two to four megabytes for each before anything piles up in the server. */
const comeBackMs = 30_000;

/** A text frame with a mask of zeros. */
function frame(text) {
  const length = Buffer.byteLength(text);
  return Buffer.concat([Buffer.from([0x81, 0xfe, length >> 8, length & 0xff, 0, 0, 0, 0]), Buffer.from(text)]);
}

/** Presents its token, hears that it was taken, and from then on reads everything or nothing. */
async function open(url, auth, reads) {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(`GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dmVyYmF0aW0gYmVuY2ggIQ==\r\n\r\n`);
  for (let said = ''; !said.includes('40{');) {
    said += (await once(socket, 'data'))[0].toString('latin1');
    if (said.endsWith('}') && !said.includes('40{')) socket.write(frame(`40${JSON.stringify(auth)}`));
  }
  if (reads) socket.resume();
  else socket.pause();
  return socket;
}

const rssOf = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

async function cutsAt(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^chat_slow_consumers_total (\d+)/m.exec(text)?.[1] ?? 0);
}

/** Twenty of them for as long as the work lasts. */
async function beside(url, auths, reads, work) {
  let over = false;
  const one = async (auth) => {
    while (!over) {
      const socket = await open(url, auth, reads);
      for (const until = Date.now() + comeBackMs; !over && Date.now() < until;) await pause(100);
      socket.destroy();
    }
  };
  const all = auths.map(one);
  const result = await work();
  over = true;
  await Promise.all(all);
  return result;
}

async function watched(pid, work) {
  let most = rssOf(pid);
  const least = most;
  const timer = setInterval(() => { most = Math.max(most, rssOf(pid)); }, 200);
  const result = await work();
  clearInterval(timer);
  return { ...result, rss: least, grown: most - least };
}

export async function slowReaders({ rounds, seconds, folder }) {
  const postgres = await startPostgres();
  const database = await postgres.database('ours');
  // Heartbeats would end a silent reader as well, after 28 seconds at most: here only the bound does.
  const server = await systems.ours.start(database.url, { env: { PING_INTERVAL: '300000' } });
  const fleet = new Fleet();
  try {
    const { members, rooms: [room] } = await seedWorld(database.client, { rooms: 1, members: readers + deaf });
    await fleet.ask('open', { url: server.url, members: members.slice(0, readers), rooms: [{ id: room.id, members: room.members.slice(0, readers) }] });
    const steady = async (length) => {
      const { problems, ...figures } = await fleet.ask('steady', { seconds: length, rate, numbered: true });
      if (problems.length > 0) throw new Error(problems.join('; '));
      return figures;
    };
    const others = members.slice(readers).map(({ auth }) => auth);
    const measure = (reads) => async () => {
      const before = await cutsAt(server.url);
      const figures = await watched(server.pid, () => beside(server.url, others, reads, () => steady(seconds)));
      return { ...figures, cuts: (await cutsAt(server.url)) - before };
    };
    process.stderr.write('warming up …\n');
    await steady(Math.min(seconds, 15));
    const results = await interleaved(rounds, {
      'all read': measure(true),
      '20 are deaf': measure(false),
    }, ({ p99, grown, cuts }) => `p99 ${p99.toFixed(1)} ms, ${grown.toFixed(0)} MB grown, ${cuts} cut`);
    console.log(`slow-readers: ${rate} messages a second to ${readers} members who read, ${rounds} × ${seconds} s; nothing lost, nothing doubled among them`);
    table(results, [['p50 ms', ({ p50 }) => p50, 1], ['p99 ms', ({ p99 }) => p99, 1], ['MB at first', ({ rss }) => rss, 0], ['MB grown at most', ({ grown }) => grown, 0], ['cut', ({ cuts }) => cuts, 0]], { ratio: ({ p99 }) => p99, to: 'all read' });
    record(resultsFile(folder, 'slow-readers'), { workload: 'slow-readers', readers, deaf, rate, seconds }, results);
  } finally {
    await fleet.end();
    await server.stop();
    await database.client.end();
    await postgres.stop();
  }
}
