import { takesFrames, type Connection, type Corkable } from './fan-out-connection.js';
import { joined, type Frame } from './fan-out-frame.js';

/** What a connection is to be sent at the end of the turn. Connections with the same pushes share one chain, and the bytes made from it. */
class Chain {
  bytes: [Buffer] | undefined;
  /** This one, with what was posted last behind it. */
  private longer: Chain | undefined;

  constructor(readonly frames: readonly Frame[], readonly before?: Chain) {}

  /** The same for all connections of one post. */
  with(frames: readonly Frame[]): Chain {
    return this.longer?.frames === frames ? this.longer : (this.longer = new Chain(frames, this));
  }
}

/** The same pushes to several connections. */
export interface Post {
  connections: readonly Connection[];
  frames: readonly Frame[];
}

/** Our own listener is there on every connection. */
const ownListeners = 1;

/** What waits for the end of this turn, connection by connection. */
export class Outbox {
  private chains = new Map<Connection, Chain>();
  private corked: Corkable[] = [];

  add(connections: readonly Connection[], frames: readonly Frame[]): void {
    const first = new Chain(frames);
    for (const connection of connections) this.chains.set(connection, this.chains.get(connection)?.with(frames) ?? first);
  }

  /** Something is about to be written to this connection past us: what came before it goes first, in the same system call. */
  release(connection: Connection): void {
    const chain = this.chains.get(connection);
    if (chain === undefined) return;
    this.chains.delete(connection);
    if (takesFrames(connection)) this.cork(connection.transport.socket._socket);
    this.write(connection, chain);
  }

  /**
   * Sends everything, these last posts behind it, of which no connection is in two. Where they are all that there is, as mostly on a server with
   * little to do, nobody has to be looked for. Returns the connections that may not have got rid of what was written.
   */
  flush(last: readonly Post[]): Connection[] {
    const { corked } = this;
    this.corked = [];
    const lagging = this.chains.size === 0 ? last.flatMap((post) => this.writeToAll(post)) : this.flushAfter(last);
    for (const tcp of corked) tcp.uncork();
    return lagging;
  }

  private flushAfter(last: readonly Post[]): Connection[] {
    for (const { connections, frames } of last) this.add(connections, frames);
    const { chains } = this;
    this.chains = new Map();
    return [...chains].filter(([connection, chain]) => !this.write(connection, chain)).map(([connection]) => connection);
  }

  private writeToAll({ connections, frames }: Post): Connection[] {
    const chain = new Chain(frames);
    return connections.filter((connection) => !this.write(connection, chain));
  }

  private cork(tcp: Corkable): void {
    tcp.cork();
    this.corked.push(tcp);
  }

  /** Whether nothing of it waits any more. */
  private write(connection: Connection, chain: Chain): boolean {
    if (connection.readyState !== 'open') return true;
    if (takesFrames(connection) && connection.listenerCount('packetCreate') === ownListeners) {
      const { socket } = connection.transport;
      socket._sender.sendFrame(bytesOf(chain));
      return socket.bufferedAmount === 0;
    }
    for (const { text, bytes } of framesOf(chain)) connection.write(text, { wsPreEncodedFrame: [bytes] });
    return false;
  }
}

function bytesOf(chain: Chain): [Buffer] {
  return (chain.bytes ??= [bytesOfAll(framesOf(chain))]);
}

/** One that leaves alone here may do so elsewhere too. */
function bytesOfAll(frames: readonly Frame[]): Buffer {
  return frames.length === 1 ? frames[0].bytes : joined(frames);
}

function framesOf(chain: Chain): readonly Frame[] {
  if (chain.before === undefined) return chain.frames;
  const frames: Frame[] = [];
  for (let link: Chain | undefined = chain; link !== undefined; link = link.before) {
    for (let i = link.frames.length - 1; i >= 0; i -= 1) frames.push(link.frames[i]);
  }
  return frames.reverse();
}
