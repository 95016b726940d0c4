// The people of a soak: each sits at one socket, does something now and then, goes in one of several ways, and comes back.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { io } from 'socket.io-client';

const password = 'correct horse battery';
const emoji = ['\u{1F44D}', '\u{1F600}', '\u2764'];
const any = (list) => list[Math.floor(Math.random() * list.length)];
const between = ([least, most]) => least + Math.random() * (most - least);

async function ask(url, method, path, { body, token } = {}) {
  const headers = { ...(body ? { 'content-type': 'application/json' } : {}), ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(`${url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(60_000) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** Accounts in rooms of ten. */
export async function gather(url, count) {
  const people = [];
  for (let n = 0; n < count; n += 1) {
    const { accessToken: token, user } = await ask(url, 'POST', '/auth/register', { body: { name: `Person ${n}`, username: `person${n}`, email: `person${n}@example.org`, password } });
    people.push({ id: user.id, login: user.username, token });
  }
  for (let first = 0; first < count; first += 10) {
    const inside = people.slice(first, first + 10);
    const { id } = await ask(url, 'POST', '/rooms', { token: inside[0].token, body: { name: `Room ${first / 10}`, kind: 'private', memberIds: inside.slice(1).map((person) => person.id) } });
    for (const person of inside) person.roomId = id;
  }
  return people;
}

export class Sitter {
  socket;
  latest;
  gone = false;

  constructor(url, person, tally, pace) {
    Object.assign(this, { url, person, tally, pace });
  }

  async live() {
    while (!this.gone) {
      try {
        await this.connect();
        for (let left = 2 + Math.random() * 6; left > 0 && !this.gone && this.socket.connected; left -= 1) {
          await this.rest(this.pace);
          if (!this.gone && this.socket.connected) await this.act();
        }
      } catch (error) {
        this.note(error);
      }
      await this.go();
      await this.rest([200, 2000]);
    }
  }

  /** Wakes early when all is over. */
  async rest(range) {
    for (let left = between(range); left > 0 && !this.gone; left -= 250) await pause(Math.min(250, left));
  }

  async connect() {
    const { token, roomId } = this.person;
    this.socket = io(this.url, { auth: { token }, transports: ['websocket'], reconnection: false, forceNew: true });
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => { reject(new Error('The handshake was not answered within 30 s')); }, 30_000);
      this.socket.once('connect', () => { clearTimeout(timer); resolve(); });
      this.socket.once('connect_error', (error) => { clearTimeout(timer); reject(error); });
    });
    this.tally.connects += 1;
    this.tally.here += 1;
    this.socket.once('disconnect', () => { this.tally.here -= 1; });
    this.socket.on('new_message', (message) => { this.latest = message; });
    await this.request('sync', {});
    await this.request('join_room', { room: roomId });
  }

  async request(event, body) {
    const ack = await this.socket.timeout(20_000).emitWithAck(event, body);
    this.tally.requests += 1;
    if (!ack.ok && !['not_found', 'message_deleted', 'too_many_reactions', 'unauthenticated'].includes(ack.error.code)) throw new Error(`${event}: ${ack.error.code}`);
    return ack;
  }

  act() {
    const { roomId } = this.person;
    const { latest } = this;
    const send = () => this.request('new_message', { roomId, clientId: randomUUID(), text: `It is ${new Date().toISOString()}` });
    const acts = [send, send, send, () => this.request('look', { roomId, looking: Math.random() < 0.7 }), () => this.request('typing', { roomId, typing: true }), () => this.request('fetch_messages', { roomId }), () => this.request('sync', {})];
    if (latest) acts.push(() => this.request('mark_read', { roomId, seq: latest.seq }), () => this.request('add_reaction', { messageId: latest.id, emoji: any(emoji) }));
    return any(acts)();
  }

  /** Politely, without a word, or signing out on the way. */
  async go() {
    const way = Math.random();
    const { socket } = this;
    if (way < 0.05 && !this.gone) await this.signOut().catch((error) => { this.note(error); });
    else if (way < 0.5) socket.io.engine?.transport?.ws?.terminate();
    socket.disconnect();
    this.tally.partings += 1;
  }

  async signOut() {
    await ask(this.url, 'POST', '/auth/logout', { token: this.person.token }).catch(() => undefined); // Another device may have done so.
    while (!this.gone) { // Without a token nobody of this account comes back.
      const signedIn = await ask(this.url, 'POST', '/auth/login', { body: { login: this.person.login, password } }).catch((error) => { this.note(error); });
      if (signedIn === undefined) continue;
      this.person.token = signedIn.accessToken;
      this.tally.signOuts += 1;
      return;
    }
  }

  /** Being cut off because another device signed out is part of the game; a refusal is not, nor a request that gets no answer on a living connection. */
  note(error) {
    const cutOff = this.socket?.connected !== true && /timed out|disconnected/.test(error.message);
    const expected = cutOff || error.message === 'A valid access token is needed';
    const putOff = /: unavailable$|^timeout$|\b503\b/.test(error.message); // A busy machine may ask for patience; that is no growth.
    if (putOff) this.tally.putOff += 1;
    else if (!expected && !this.gone) this.tally.faults.push(error.message);
  }
}
