import { randomBytes } from 'node:crypto';
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

/** As much of Engine.IO's server as is needed here. */
export interface Engine {
  generateId(request: IncomingMessage): string;
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** The worker that this process is, and the folder of which only we know where workers take each other's requests. */
export interface Worker {
  workerId: string;
  folder: string;
}

/** Such headers concern one connection, and there are two. */
const ofOneConnection = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'expect'];
/** What Engine.IO says of a session that it does not have: the client begins a new one. */
const unknown = JSON.stringify({ code: 1, message: 'Session ID unknown' });

/** An owner that stops with us closes each connection within this time. */
const farewellMs = 7000;

/** The id of a connection says where it lives: `node.worker.random`, as far as there are several nodes and workers. */
export function nameSessions(engine: Engine, node: string | undefined, worker: Worker | null): void {
  const place = [node, worker?.workerId].filter((part) => part !== undefined);
  if (place.length > 0) engine.generateId = () => [...place, randomBytes(15).toString('base64url')].join('.');
}

/**
 * A polling session lives in one worker, but each of its requests may come to any: a proxy's connections carry many
 * clients. So does the request that turns polling into WebSocket. Whoever gets what is not theirs passes it on. A session never begins this
 * way, so what is known of its client, the address above all, was seen by the worker that took the connection.
 */
export class SessionsElsewhere {
  /**
   * Connections between workers stay open: whoever answers a request and closes at once can overtake the empty last write that Node makes
   * for its end, and that write then fails the request. They never end for being idle, so none ends just when it is used again.
   */
  private readonly door = createServer({ keepAliveTimeout: 0 });
  private readonly agent = new Agent({ keepAlive: true });
  private readonly piped = new Set<Duplex>();

  constructor(engine: Engine, private readonly node: string | undefined, private readonly worker: Worker) {
    const handleRequest = engine.handleRequest.bind(engine);
    const handleUpgrade = engine.handleUpgrade.bind(engine);
    engine.handleRequest = (asked, response) => {
      const owner = this.ownerOf(asked);
      if (owner === undefined) handleRequest(asked, response);
      else this.passOn(asked, response, owner);
    };
    engine.handleUpgrade = (asked, socket, head) => {
      const owner = this.ownerOf(asked);
      if (owner === undefined) handleUpgrade(asked, socket, head);
      else this.pipe(asked, [socket, head], owner);
    };
    this.door.on('request', (asked, response) => { if (this.isMine(asked)) handleRequest(asked, response); else refuse(response); });
    this.door.on('upgrade', (asked, socket, head) => { if (this.isMine(asked)) handleUpgrade(asked, socket, head); else socket.destroy(); });
  }

  /** Exclusive: Node would share it among all workers otherwise. */
  open(): this {
    this.door.listen({ path: this.path(this.worker.workerId), exclusive: true });
    return this;
  }

  /** What we passed on is still answered by its owner, who may have more to say goodbye to than we: those connections end with the process, and we stay for those that became WebSockets. */
  async close(): Promise<void> {
    this.door.close();
    this.door.closeAllConnections();
    for (const until = Date.now() + farewellMs; this.piped.size > 0 && Date.now() < until;) await pause(20);
    for (const socket of this.piped) socket.destroy();
  }

  /** Another worker of this node; undefined: ours to answer, be it with a no. */
  private ownerOf(asked: IncomingMessage): string | undefined {
    const { node, workerId } = placeOf(asked);
    return workerId !== undefined && node === this.node && workerId !== this.worker.workerId ? workerId : undefined;
  }

  private isMine(asked: IncomingMessage): boolean {
    const { node, workerId } = placeOf(asked);
    return node === this.node && workerId === this.worker.workerId;
  }

  private path(workerId: string): string {
    return join(this.worker.folder, `${workerId}.sock`);
  }

  private passOn(asked: IncomingMessage, response: ServerResponse, owner: string): void {
    const { method, url, headers } = asked;
    const onward = request({ socketPath: this.path(owner), method, path: url, headers: withoutConnection(headers), agent: this.agent });
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, withoutConnection(answer.headers));
      answer.pipe(response);
      answer.on('error', () => { response.destroy(); });
    });
    onward.on('error', () => { if (response.headersSent) response.destroy(); else refuse(response); });
    response.on('close', () => { onward.destroy(); });
    asked.pipe(onward);
  }

  private pipe(asked: IncomingMessage, [socket, head]: [Duplex, Buffer], owner: string): void {
    const onward = connect(this.path(owner));
    this.piped.add(socket);
    socket.on('close', () => { this.piped.delete(socket); onward.destroy(); });
    onward.on('close', () => { socket.destroy(); });
    for (const end of [socket, onward]) end.on('error', () => undefined); // Closing follows.
    onward.write(headOf(asked));
    onward.write(head);
    socket.pipe(onward).pipe(socket);
  }
}

function placeOf({ url = '' }: IncomingMessage): { node?: string; workerId?: string } {
  const question = url.indexOf('?');
  const sid = question < 0 ? undefined : new URLSearchParams(url.slice(question)).getAll('sid').at(-1);
  const [, node, workerId] = /^(?:([a-zA-Z0-9-]+)\.)?(\d{1,9})\.[\w-]+$/.exec(sid ?? '') ?? [];
  return { node, workerId };
}

function withoutConnection<Headers extends object>(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ofOneConnection.includes(name))) as Headers;
}

/** As it came, letter by letter. */
function headOf({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let n = 0; n < rawHeaders.length; n += 2) lines.push(`${rawHeaders[n]}: ${rawHeaders[n + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function refuse(response: ServerResponse): void {
  response.writeHead(400, { 'Content-Type': 'application/json' }).end(unknown);
}
