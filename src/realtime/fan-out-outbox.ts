import { takesFrames, type Connection, type Corkable } from './fan-out-connection.js';
import { joined, type Frame } from './fan-out-frame.js';

/** What a connection is to be sent at the end of the turn. Connections with the same pushes share one chain, and the bytes made from it. */
interface Chain {
  before: Chain | undefined;
  frames: readonly Frame[];
  bytes?: [Buffer];
}

/** Our own listener is there on every connection. */
const ownListeners = 1;

/** What waits for the end of this turn, connection by connection. */
export class Outbox {
  private chains = new Map<Connection, Chain>();
  private corked: Corkable[] = [];

  add(connections: readonly Connection[], frames: readonly Frame[]): void {
    const longer = new Map<Chain | undefined, Chain>();
    for (const connection of connections) {
      const before = this.chains.get(connection);
      let chain = longer.get(before);
      if (chain === undefined) longer.set(before, (chain = { before, frames }));
      this.chains.set(connection, chain);
    }
  }

  /** Something is about to be written to this connection past us: what came before it goes first, in the same system call. */
  release(connection: Connection): void {
    const chain = this.chains.get(connection);
    if (chain === undefined) return;
    this.chains.delete(connection);
    if (takesFrames(connection)) this.cork(connection.transport.socket._socket);
    this.write(connection, chain);
  }

  /** Returns the connections that may not have got rid of what was written. */
  flush(): Connection[] {
    const { chains, corked } = this;
    this.chains = new Map();
    this.corked = [];
    const lagging: Connection[] = [];
    for (const [connection, chain] of chains) if (!this.write(connection, chain)) lagging.push(connection);
    for (const tcp of corked) tcp.uncork();
    return lagging;
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
  const parts: (readonly Frame[])[] = [];
  for (let link: Chain | undefined = chain; link !== undefined; link = link.before) parts.push(link.frames);
  return parts.reverse().flat();
}
