import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { io as connectTo, type Socket as ClientSocket } from 'socket.io-client';
import { Server, type Socket } from 'socket.io';
import { FanOutAdapter } from '../../src/realtime/fan-out-adapter.js';
import type { Random } from '../model/random.js';

export type Way = 'websocket' | 'polling' | 'upgrading';

/** The TCP socket below a connection; corked, it takes everything and sends nothing, as with a reader who is busy. */
interface Tcp { cork(): void; uncork(): void; destroyed: boolean }

/** A client, and what the server means it to hear: each thing said has a number. */
export interface Member {
  way: Way;
  client: ClientSocket;
  socket: Socket;
  expected: number[];
  heard: number[];
  rooms: Set<string>;
  /** Cut by the server, after which everything said before must have arrived; or gone by itself. */
  end?: 'cut' | 'gone';
  /** It went by itself, and hears no more, though the server may not know yet. */
  deaf?: boolean;
  held?: Tcp;
}

export const roomNames = ['red', 'green', 'blue', 'white'];
const transportsOf = { websocket: ['websocket'], polling: ['polling'], upgrading: ['polling', 'websocket'] };

/** A bare Socket.IO server with our adapter, and clients of every kind. What each should hear is noted at the moment when it is said. */
export class FanOutWorld {
  readonly members: Member[] = [];
  readonly server: Server;
  private readonly http: HttpServer;
  private readonly coming = new Map<string, Member>();
  private said = 0;
  url = '';

  constructor(private readonly luck: Random) {
    this.http = createServer();
    this.server = new Server(this.http, { adapter: FanOutAdapter, pingInterval: 500, pingTimeout: 60_000, maxHttpBufferSize: 1e6 });
    this.server.on('connection', (socket) => { this.admit(socket); });
  }

  async open(): Promise<void> {
    this.http.listen(0, '127.0.0.1');
    await once(this.http, 'listening');
    this.url = `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const { client, held } of this.members) {
      held?.uncork();
      client.disconnect();
    }
    for (const deadline = Date.now() + 5000; this.server.engine.clientsCount > 0 && Date.now() < deadline;) await pause(10);
    await this.server.close();
  }

  get present(): Member[] {
    return this.members.filter(({ end }) => end === undefined);
  }

  /** Counts among the members from the moment when the server lets it in; an upgrade is still on its way then. */
  async enter(way: Way): Promise<Member> {
    const heard: number[] = [];
    const key = String(this.coming.size);
    const client = connectTo(this.url, { transports: transportsOf[way], auth: { key }, reconnection: false, forceNew: true });
    client.on('said', (n: number, ...rest: unknown[]) => {
      heard.push(n);
      const ack = rest.at(-1);
      if (typeof ack === 'function') (ack as () => void)();
    });
    const member = { way, client, heard, expected: [], rooms: new Set<string>() } as unknown as Member;
    this.coming.set(key, member);
    await once(client as never, 'connect');
    return member;
  }

  private admit(socket: Socket): void {
    const member = this.coming.get(String((socket.handshake.auth as { key?: string }).key));
    if (member === undefined) return; // It only listens.
    this.members.push(Object.assign(member, { socket }));
    socket.on('ask', (answer: (n: number) => void) => { answer(this.next([member])); });
    socket.on('disconnect', () => { member.end ??= 'gone'; });
  }

  /** The number of the next thing said, which these are to hear. */
  next(receivers: readonly Member[]): number {
    this.said += 1;
    for (const member of receivers) member.expected.push(this.said);
    return this.said;
  }

  inRooms(...names: string[]): Member[] {
    return this.present.filter(({ rooms }) => names.some((name) => rooms.has(name)));
  }

  text(): string {
    const lengths = [0, 1, 90, 100, 110, 125, 126, 200, 1000];
    return this.luck.pick(['x', 'ü', '€', '👋'])?.repeat(this.luck.pick(lengths) ?? 0) ?? '';
  }

  join(member: Member, room: string): void {
    void member.socket.join(room);
    member.rooms.add(room);
  }

  leave(member: Member, room: string): void {
    void member.socket.leave(room);
    member.rooms.delete(room);
  }

  hold(member: Member): void {
    const { transport } = member.socket.conn as unknown as { transport: { name: string; socket: { _socket: Tcp } } };
    if (transport.name !== 'websocket' || member.held !== undefined) return;
    member.held = transport.socket._socket;
    member.held.cork();
  }

  letGo(member: Member): void {
    member.held?.uncork();
    member.held = undefined;
  }
}
