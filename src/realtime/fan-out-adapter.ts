import { Adapter, type BroadcastFlags, type BroadcastOptions, type Room, type SocketId } from 'socket.io-adapter';
import type { Connection } from './fan-out-connection.js';
import { Frame, type Packet } from './fan-out-frame.js';
import { Outbox, type Post } from './fan-out-outbox.js';
import { Run } from './fan-out-run.js';
import { largeAnswer, SlowReaders } from './slow-readers.js';

/** As much of a socket as we use; `packet` is what its acks and direct emits go through. */
interface MemberSocket {
  id: SocketId;
  conn: Connection;
  listenersAnyOutgoing(): unknown[];
  notifyOutgoingListeners(packet: Packet): void;
  packet: SendPacket;
}
interface Members {
  ids: ReadonlySet<SocketId>;
  sockets: readonly MemberSocket[];
}
type SendPacket = (this: MemberSocket, packet: Packet, flags?: BroadcastFlags) => void;

/** As much of a namespace as we use. */
interface Namespace {
  name: string;
  server: { encoder: { encode(packet: Packet): unknown[] } };
  sockets: Map<SocketId, MemberSocket>;
}

/** Of Socket.IO's packets, those that carry what somebody says. */
const eventOrAck: readonly (number | undefined)[] = [2, 3];

/**
 * One write for each member and turn of the event loop. What is said is encoded once and waits for the end of the turn; then
 * each socket gets all that came for it in one piece, which is made once for all sockets that get the same. Nothing else
 * changes: each socket hears everything in the order in which it was said, acks and direct emits included, and those who
 * hear a broadcast are those who were in the room when it was made.
 */
export class FanOutAdapter extends Adapter {
  declare readonly nsp: Namespace;
  readonly slow = new SlowReaders();
  private readonly outbox = new Outbox();
  private readonly beforeOthers = listener((connection, data) => { this.yieldTo(connection, data); });
  private readonly sendPacket = sender((socket, packet, flags) => this.toOne(socket, packet, flags));
  /** Who is in a room, until somebody comes or goes: to look each of them up by id is a good part of a push on a server with little to do. */
  private readonly members = new Map<Room, Members>();
  private run: Run | undefined;
  private flushDue = false;

  constructor(nsp: Namespace) {
    super(nsp);
    for (const change of ['join-room', 'leave-room']) this.on(change, (room: Room) => { this.members.delete(room); });
  }

  override broadcast(packet: Packet, options: BroadcastOptions): void {
    const frame = this.encoded(packet, options.flags);
    if (frame === undefined) {
      super.broadcast(packet, options);
      return;
    }
    const room = soleRoom(options);
    if (room === undefined) {
      this.settle();
      this.outbox.add(this.connectionsOf(this.socketsOf(this.receivers(options)), [frame]), [frame]);
    } else {
      this.runTo(room).toAll(frame);
    }
    this.flushSoon();
  }

  /** False: it has to go the ordinary way. */
  private toOne({ id, conn }: MemberSocket, packet: Packet, flags?: BroadcastFlags): boolean {
    const frame = eventOrAck.includes(packet.type) ? this.encoded(packet, flags) : undefined;
    if (frame === undefined) return false;
    if (frame.text.length >= largeAnswer) conn.write(frame.text, { wsPreEncodedFrame: [frame.bytes] });
    else if (this.run !== undefined && this.membersOf(this.run.room).ids.has(id)) this.run.toMember(conn, frame);
    else this.outbox.add([conn], [frame]);
    this.flushSoon();
    return true;
  }

  private runTo(room: Room): Run {
    if (this.run?.room === room) return this.run;
    this.settle();
    return (this.run = new Run(room));
  }

  private flushSoon(): void {
    if (this.flushDue) return;
    this.flushDue = true;
    setImmediate(() => { this.flush(); });
  }

  /** Everything that has been said so far goes out now: before a connection is closed below Socket.IO, say. */
  flush(): void {
    this.flushDue = false;
    for (const connection of this.outbox.flush(this.endOfRun())) this.slow.judge(connection);
  }

  override addAll(id: SocketId, rooms: Set<Room>): void {
    for (const room of rooms) this.settleBefore(room);
    // A socket joins the room of its own name when it is connected.
    const connected = rooms.has(id) && this.sids.get(id)?.has(id) !== true;
    void super.addAll(id, rooms);
    const socket = connected ? this.nsp.sockets.get(id) : undefined;
    if (socket === undefined) return;
    socket.conn.on('packetCreate', this.beforeOthers);
    socket.packet = this.sendPacket;
  }

  override del(id: SocketId, room: Room): void {
    this.settleBefore(room);
    void super.del(id, room);
  }

  override delAll(id: SocketId): void {
    this.settle();
    super.delAll(id);
  }

  /** Undefined when it has to go the ordinary way: with attachments, or with a wish that concerns the single write. */
  private encoded(packet: Packet, { volatile, compress }: BroadcastFlags = {}): Frame | undefined {
    if (volatile === true || compress !== undefined) return undefined;
    packet.nsp = this.nsp.name;
    const [text, ...attachments] = this.nsp.server.encoder.encode(packet);
    return typeof text === 'string' && attachments.length === 0 ? new Frame(packet, text) : undefined;
  }

  private receivers({ rooms, except = new Set() }: BroadcastOptions): Set<SocketId> {
    const ids = new Set(rooms.size === 0 ? this.sids.keys() : [...rooms].flatMap((room) => [...(this.rooms.get(room) ?? [])]));
    for (const room of except) for (const id of this.rooms.get(room) ?? []) ids.delete(id);
    return ids;
  }

  /** Who is in a room is about to change. */
  private settleBefore(room: Room): void {
    if (this.run?.room === room) this.settle();
  }

  private settle(): void {
    for (const { connections, frames } of this.endOfRun()) this.outbox.add(connections, frames);
  }

  /** What was said in a row to one room, for each of those who get the same of it. */
  private endOfRun(): Post[] {
    const { run } = this;
    if (run === undefined) return [];
    this.run = undefined;
    const { toAllOfThem: frames, exceptions } = run;
    const connections = this.connectionsOf(this.membersOf(run.room).sockets, frames);
    if (exceptions.size === 0) return [{ connections, frames }];
    const others = connections.filter((connection) => !exceptions.has(connection));
    return [{ connections: others, frames }, ...[...exceptions].map(([connection, own]) => ({ connections: [connection], frames: own }))];
  }

  private membersOf(room: Room): Members {
    const known = this.members.get(room);
    if (known !== undefined) return known;
    const ids = this.rooms.get(room) ?? new Set();
    const members = { ids, sockets: this.socketsOf(ids) };
    // One that is not connected yet will be, without coming into the room once more.
    if (ids.size > 0 && members.sockets.length === ids.size) this.members.set(room, members);
    return members;
  }

  private socketsOf(ids: ReadonlySet<SocketId>): MemberSocket[] {
    return [...ids].map((id) => this.nsp.sockets.get(id)).filter((socket) => socket !== undefined);
  }

  /** Whoever listens on one of them is told what it is about to be sent. */
  private connectionsOf(sockets: readonly MemberSocket[], frames: readonly Frame[]): Connection[] {
    return sockets.map((socket) => {
      if (socket.listenersAnyOutgoing().length > 0) for (const { packet } of frames) socket.notifyOutgoingListeners(packet);
      return socket.conn;
    });
  }

  private yieldTo(connection: Connection, data: unknown): void {
    this.settle();
    this.outbox.release(connection);
    this.slow.answering(connection, data);
  }
}

function soleRoom({ rooms, except }: BroadcastOptions): Room | undefined {
  if (rooms.size !== 1 || (except !== undefined && except.size > 0)) return undefined;
  return rooms.values().next().value;
}

/** One function for all connections; Engine.IO says which one it is by `this`. */
function listener(tell: (connection: Connection, data: unknown) => void) {
  return function (this: Connection, { data }: { data?: unknown }): void { tell(this, data); };
}

/** One function for all sockets, in place of their own. */
function sender(send: (socket: MemberSocket, packet: Packet, flags?: BroadcastFlags) => boolean): SendPacket {
  return function (this: MemberSocket, packet, flags): void {
    if (!send(this, packet, flags)) (Object.getPrototypeOf(this) as MemberSocket).packet.call(this, packet, flags);
  };
}
