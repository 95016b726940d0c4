// The load generator: a process of its own that connects members, sends and receives, and knows what everybody must get.
// It does what its parent says (see fleet.mjs).
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import * as arrivals from './arrivals.mjs';
import { Client } from './client.mjs';
import * as doors from './doors.mjs';
import { Ledger } from './ledger.mjs';
import * as visits from './visits.mjs';

const filling = 'x'.repeat(88);
/** 100 characters that say which message this is: `~0000000042~xxx…` */
const textOf = (n) => `~${String(n).padStart(10, '0')}~${filling}`;
const marker = Buffer.from('"text":"~');
const seqMarker = Buffer.from('"seq":');
const usualPatienceMs = 15_000;

let clients = [];
let rooms = [];
let ledger;
let whenDone = () => {};
let now = 0;

const digits = (bytes, at) => {
  let value = 0;
  for (let i = at; bytes[i] >= 0x30 && bytes[i] <= 0x39; i += 1) value = value * 10 + bytes[i] - 0x30;
  return value;
};

/** Where something stood in the packet before, it mostly stands in this one. */
function finder(needle) {
  let usual = 0;
  return (bytes, start, end) => {
    const guess = start + usual;
    if (guess + needle.length <= end && bytes.compare(needle, 0, needle.length, guess, guess + needle.length) === 0) return guess + needle.length;
    const found = bytes.indexOf(needle, start);
    if (found < 0 || found >= end) return -1;
    usual = found - start;
    return found + needle.length;
  };
}
const findText = finder(marker);
const findSeq = finder(seqMarker);

function heard(client, bytes, start, end) {
  const at = findText(bytes, start, end);
  if (at < 0) return; // Something else than a message: heads, presence.
  const seqAt = findSeq(bytes, start, end);
  now = performance.now();
  finished(ledger.deliver(client, digits(bytes, at), seqAt < 0 ? 0 : digits(bytes, seqAt), now));
}

function acked(client, bytes, start, end) {
  let at = start + 2;
  const n = digits(bytes, at);
  while (bytes[at] !== 0x5b) at += 1;
  const ok = bytes.latin1Slice(at, at + 11) === '[{"ok":true';
  now = performance.now();
  finished(ledger.ack(n, ok ? undefined : bytes.utf8Slice(at, Math.min(end, at + 300)), now));
}

const finished = (entry) => { if (entry !== undefined) whenDone(entry); };

function send(room, due) {
  const entry = ledger.add(room, due);
  const { id, senders } = rooms[room];
  const sender = senders[entry.k % senders.length];
  clients[sender].send(`42${entry.n}["new_message",{"roomId":"${id}","clientId":"${randomUUID()}","text":"${textOf(entry.n)}"}]`);
}

/** `members[i].auth` is what member i presents; `rooms[r]` = {id, members: [i…], senders?: [i…]}. */
async function open({ host, port, members, rooms: wanted, atOnce = 50 }) {
  const lost = () => { ledger.faults.closed += 1; };
  clients = members.map(() => new Client({ onEvent: heard, onAck: acked, onClose: lost }));
  rooms = wanted.map(({ id, members: all, senders = all }) => ({ id, senders }));
  ledger = new Ledger(wanted.map(({ members: all }) => all.map((i) => clients[i])));
  let next = 0;
  const worker = async () => { while (next < clients.length) { const i = next++; await clients[i].open({ host, port }, members[i].auth); } };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function allArrived(patienceMs) {
  for (const deadline = performance.now() + patienceMs; !ledger.settled && performance.now() < deadline;) await pause(20);
}

function figures(started, cpu, { numbered }) {
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { ...ledger.figures(), seconds, generatorCpu: (user + system) / 1e6 / seconds, problems: ledger.problems({ numbered }) };
}

/** Rooms at random, each for what comes after a message; `apart`: only those in which nothing is under way. */
function roomsAtRandom(apart) {
  const busy = new Set();
  return ({ room: left }) => {
    busy.delete(left);
    let room;
    do room = Math.floor(Math.random() * rooms.length); while (apart && busy.has(room));
    busy.add(room);
    return room;
  };
}

/**
 * Closed loop: each room has `window` messages under way, or there are `spread` of them in rooms at random, or each in a room of its own (`apart`). The next one leaves when
 * one has reached everybody and is acked. It ends after so many seconds, or, to warm a server up, after so many deliveries.
 */
async function closed({ seconds, window, spread, apart = false, numbered, deliveries = Infinity }) {
  ledger.begin();
  const started = performance.now();
  const until = started + seconds * 1000;
  const enough = ledger.delivered + deliveries;
  const cpu = process.cpuUsage();
  const roomAfter = spread === undefined ? ({ room }) => room : roomsAtRandom(apart);
  const firstRoom = (i) => (spread === undefined ? i % rooms.length : roomAfter({}));
  let underWay = spread ?? rooms.length * window;
  const drained = new Promise((resolve) => {
    whenDone = (entry) => {
      if (now < until && ledger.delivered < enough) send(roomAfter(entry), now);
      else if ((underWay -= 1) === 0) resolve();
    };
  });
  for (let i = 0; i < underWay; i += 1) send(firstRoom(i), performance.now());
  await Promise.race([drained, pause(seconds * 1000 + usualPatienceMs, undefined, { ref: false })]);
  return figures(started, cpu, { numbered });
}

/** Open loop: messages leave at their time whether or not others have arrived, and the clock runs from when they were due. */
async function steady({ seconds, rate, numbered, patienceMs = usualPatienceMs }) {
  ledger.begin();
  whenDone = () => {};
  const started = performance.now();
  const cpu = process.cpuUsage();
  const total = Math.round(rate * seconds);
  for (let sent = 0; sent < total;) {
    const due = started + (sent * 1000) / rate;
    if (due > performance.now()) await pause(Math.max(0, due - performance.now()));
    for (; sent < total && started + (sent * 1000) / rate <= performance.now(); sent += 1) send(sent % rooms.length, started + (sent * 1000) / rate);
  }
  await allArrived(patienceMs);
  return figures(started, cpu, { numbered });
}

const tasks = {
  open, closed, steady, ...visits, ...arrivals, ...doors,
  close: async () => { for (const client of clients) client.close(); },
};

process.on('message', ({ task, ...options }) => {
  tasks[task](options).then((result) => process.send({ result }), (error) => process.send({ error: error.message }));
});
process.on('disconnect', () => process.exit());
