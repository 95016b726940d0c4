import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { reset } from './reset.js';

interface Pair {
  near: Socket;
  far: Socket;
}

/**
 * A TCP link to a server that can be made as bad as real ones: it delays, it breaks, it refuses, or it swallows everything
 * and says nothing, as a laptop does that was carried out of its network.
 */
export class ChaosProxy {
  /** How long each piece takes. */
  latencyMs = 0;
  private readonly pairs = new Set<Pair>();
  private refusing = false;
  private swallowing = false;

  private constructor(private readonly server: Server, private readonly target: { host: string; port: number }) {
    server.on('connection', (near) => { this.accept(near); });
  }

  static async to(url: string): Promise<ChaosProxy> {
    const { hostname, port } = new URL(url);
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ChaosProxy(server, { host: hostname, port: Number(port) });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** How many connections there are. */
  get size(): number {
    return this.pairs.size;
  }

  /** All connections end with a reset. */
  reset(): void {
    for (const { near, far } of this.pairs) {
      reset(near);
      reset(far);
    }
    this.pairs.clear();
  }

  /** New connections are ended at once, and the others too. */
  refuse(on = true): void {
    this.refusing = on;
    if (on) this.reset();
  }

  /** Connections stay, new ones are accepted, and nothing gets through. What was swallowed is lost; afterwards the old ones are dead. */
  blackhole(on = true): void {
    this.swallowing = on;
    if (!on) this.reset();
  }

  calm(): void {
    if (this.swallowing) this.blackhole(false);
    this.refusing = false;
    this.latencyMs = 0;
  }

  async close(): Promise<void> {
    this.reset();
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(near: Socket): void {
    if (this.refusing) {
      reset(near);
      return;
    }
    const pair = { near, far: connect(this.target) };
    this.pairs.add(pair);
    this.pass(pair, pair.near, pair.far);
    this.pass(pair, pair.far, pair.near);
  }

  private pass(pair: Pair, from: Socket, to: Socket): void {
    from.setNoDelay(true);
    from.on('error', () => undefined);
    from.on('data', (piece) => { this.later(() => { if (!this.swallowing) to.write(piece); }); });
    from.on('close', () => {
      if (this.swallowing) return; // the other side does not hear of it, until all are reset
      this.pairs.delete(pair);
      this.later(() => { to.destroy(); });
    });
  }

  /** The same delay for all keeps their order. */
  private later(what: () => void): void {
    if (this.latencyMs === 0) what();
    else setTimeout(what, this.latencyMs);
  }
}
