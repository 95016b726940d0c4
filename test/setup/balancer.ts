import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { reset } from './reset.js';

interface Target {
  url: string;
  /** New connections may go there. */
  ready: boolean;
}

const askEveryMs = 200;
/** Who opens a connection and says nothing is sent on as well. */
const silenceMs = 300;

/**
 * A round-robin in front of several nodes, as simple as they come: one connection after the other to the next node. It looks at
 * the first bytes only to count sockets and other requests apart, so that of any two people who connect, each is at another node.
 * Long polling wants all its requests at one node: here everyone who polls is at the first one.
 */
export class Balancer {
  private readonly turns = { socket: 0, request: 0 };
  private readonly open = new Set<Socket>();
  private asking: NodeJS.Timeout | undefined;

  private constructor(private readonly server: Server, private readonly targets: Target[]) {
    server.on('connection', (near) => { this.greet(near); });
  }

  /** With `readyAware` it asks each node whether it is ready, and gives an unready one no new connection. */
  static async to(urls: string[], options: { readyAware?: boolean } = {}): Promise<Balancer> {
    const server = createServer({ noDelay: true });
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
    await once(server, 'listening');
    const balancer = new Balancer(server, urls.map((url) => ({ url, ready: true })));
    if (options.readyAware === true) balancer.asking = setInterval(() => { balancer.targets.forEach((target) => void ask(target)); }, askEveryMs);
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    clearInterval(this.asking);
    for (const socket of this.open) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private greet(near: Socket): void {
    this.keep(near);
    const begin = (first?: Buffer): void => {
      clearTimeout(timer);
      near.off('data', begin);
      near.pause();
      this.pass(near, first);
    };
    const timer = setTimeout(begin, silenceMs);
    near.once('close', () => { clearTimeout(timer); });
    near.on('data', begin);
  }

  private choose(first: Buffer | undefined): Target | undefined {
    const ready = this.targets.filter((target) => target.ready);
    const [line = ''] = first?.toString('latin1').split('\r\n', 1) ?? [];
    if (/[?&](transport=polling|sid=)/.test(line)) return ready[0];
    const kind = line.includes('transport=websocket') ? 'socket' : 'request';
    return ready[this.turns[kind]++ % ready.length];
  }

  private pass(near: Socket, first: Buffer | undefined): void {
    const target = this.choose(first);
    if (target === undefined) {
      reset(near);
      return;
    }
    const { hostname, port } = new URL(target.url);
    const far = connect({ host: hostname, port: Number(port), noDelay: true });
    this.keep(far);
    far.once('error', () => { this.refused(near, first, target, far); });
    far.once('connect', () => {
      if (first !== undefined) far.write(first);
      near.pipe(far).pipe(near);
      near.once('close', () => { far.destroy(); });
      far.once('close', () => { near.end(); });
    });
  }

  /** Nothing has been said yet, so the next node may be asked instead. */
  private refused(near: Socket, first: Buffer | undefined, target: Target, far: Socket): void {
    if (this.asking === undefined || !far.pending) {
      reset(near);
      return;
    }
    target.ready = false;
    this.pass(near, first);
  }

  private keep(socket: Socket): void {
    this.open.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => { this.open.delete(socket); });
  }
}

async function ask(target: Target): Promise<void> {
  target.ready = await fetch(`${target.url}/health/ready`, { signal: AbortSignal.timeout(2000) }).then(async (answer) => { await answer.arrayBuffer(); return answer.ok; }, () => false);
}
