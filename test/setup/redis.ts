import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../tools/free-port.mjs';

const startPatienceMs = 20_000;

/** A real Redis of one's own, which can go away and come back at the same address. It keeps nothing on disk. */
export class RedisServer {
  private child: ChildProcess | undefined;

  private constructor(private readonly port: number) {}

  /** An address at which there is no Redis yet. */
  static async reserve(): Promise<RedisServer> {
    return new RedisServer(await freePort());
  }

  static async start(): Promise<RedisServer> {
    const redis = await RedisServer.reserve();
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    this.child = spawn('redis-server', ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', tmpdir()], { stdio: 'ignore' });
    let failed: Error | undefined;
    this.child.on('error', (error) => { failed = error; });
    for (const until = Date.now() + startPatienceMs; !(await this.answers()); await pause(20)) {
      if (failed !== undefined || Date.now() > until) throw new Error(`redis-server did not start: ${failed?.message ?? 'it does not answer'}`);
    }
  }

  /** Ends it as a power cut would: what it knew is gone, and its connections break. */
  async stop(): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** It stands still: connections stay, and nothing is answered. */
  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  private async answers(): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('PING\r\n');
    const answer = await Promise.race([once(socket, 'data').then(String, String), pause(1000, '')]);
    socket.destroy();
    return answer.startsWith('+PONG');
  }
}
