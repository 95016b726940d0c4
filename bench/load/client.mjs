// A Socket.IO client that costs next to nothing, so that the load generator is not what is measured: raw TCP, WebSocket frames
// read in place from one buffer that all connections share, JSON looked at only where a figure stands.
import { connect } from 'node:net';

const shared = Buffer.allocUnsafe(256 * 1024);
const handshake = (host) => `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dmVyYmF0aW0gYmVuY2ggIQ==\r\n\r\n';
const opened = 0x30, ping = 0x32, message = 0x34; // Engine.IO: 0 open, 2 ping, 4 message
const accepted = 0x30, event = 0x32, ack = 0x33, refused = 0x34; // Socket.IO, after the 4

/** A text frame as a client must send it; the mask is all zeros, which leaves the bytes as they are. */
function frame(text) {
  const length = Buffer.byteLength(text);
  const head = length < 126 ? 6 : 8;
  const bytes = Buffer.alloc(head + length);
  bytes[0] = 0x81;
  if (length < 126) bytes[1] = 0x80 | length;
  else {
    bytes[1] = 0x80 | 126;
    bytes.writeUInt16BE(length, 2);
  }
  bytes.write(text, head);
  return bytes;
}

/** `onEvent` and `onAck` are given the bytes of a packet: buffer, start, end. They must not keep the buffer. */
export class Client {
  #socket;
  #rest = null;
  #upgraded = false;
  #auth;
  #settle;
  #answer;

  constructor({ onEvent, onAck, onClose }) {
    Object.assign(this, { onEvent, onAck, onClose });
  }

  /** Resolves once the server has accepted the token. */
  open({ host, port }, auth) {
    this.#auth = JSON.stringify(auth);
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket = connect({ host, port, noDelay: true, onread: { buffer: shared, callback: (length) => this.#read(length) } });
      this.#socket.on('connect', () => { this.#socket.write(handshake(`${host}:${port}`)); });
      this.#socket.on('error', (error) => { reject(error); });
      this.#socket.on('close', () => {
        reject(new Error('The server closed the connection'));
        this.onClose?.(this);
      });
    });
  }

  send(text) {
    this.#socket.write(frame(text));
  }

  /** Asks and waits for the ack: the data of a good one. For members that are not under load; `onAck` must be `onAnswer`. */
  ask(name, body) {
    return new Promise((resolve, reject) => {
      this.#answer = ([{ ok, data, error }]) => { if (ok) resolve(data); else reject(new Error(`${name}: ${error.code}`)); };
      this.send(`420["${name}",${JSON.stringify(body)}]`);
    });
  }

  static onAnswer(client, bytes, start, end) {
    client.#answer(JSON.parse(bytes.utf8Slice(start + 3, end)));
  }

  close() {
    this.onClose = undefined;
    this.#socket.destroy();
  }

  #read(length) {
    const bytes = this.#rest === null ? shared.subarray(0, length) : Buffer.concat([this.#rest, shared.subarray(0, length)]);
    let at = this.#upgraded ? 0 : this.#afterUpgrade(bytes);
    while (at >= 0 && at < bytes.length) {
      const next = this.#frame(bytes, at);
      if (next === at) break;
      at = next;
    }
    this.#rest = at < bytes.length ? Buffer.from(bytes.subarray(Math.max(0, at))) : null;
    return true;
  }

  #afterUpgrade(bytes) {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return -1;
    const status = bytes.latin1Slice(0, 12);
    if (status !== 'HTTP/1.1 101') this.#settle.reject(new Error(`No WebSocket: ${status}`));
    this.#upgraded = true;
    return end + 4;
  }

  /** Reads one frame and returns where the next begins; the same place when it is not whole yet. */
  #frame(bytes, at) {
    if (at + 2 > bytes.length) return at;
    let length = bytes[at + 1] & 0x7f;
    let start = at + 2;
    if (length === 126) {
      if (at + 4 > bytes.length) return at;
      length = bytes.readUInt16BE(at + 2);
      start = at + 4;
    } else if (length === 127) {
      if (at + 10 > bytes.length) return at;
      length = Number(bytes.readBigUInt64BE(at + 2));
      start = at + 10;
    }
    if (start + length > bytes.length) return at;
    if (bytes[at] === 0x81) this.#packet(bytes, start, start + length);
    return start + length;
  }

  #packet(bytes, start, end) {
    const type = bytes[start];
    if (type === message) this.#message(bytes, start, end);
    else if (type === ping) this.send('3');
    else if (type === opened) this.send(`40${this.#auth}`);
  }

  #message(bytes, start, end) {
    const type = bytes[start + 1];
    if (type === event) this.onEvent(this, bytes, start, end);
    else if (type === ack) this.onAck(this, bytes, start, end);
    else if (type === accepted) this.#settle.resolve();
    else if (type === refused) this.#settle.reject(new Error(`Refused: ${bytes.latin1Slice(start, end)}`));
  }
}
