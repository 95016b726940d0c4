import { createRequire } from 'node:module';

/** As much of the `ws` package as we use; it comes with Engine.IO, and is looked for from there. */
interface WebSocketLike {
  readyState: number;
  send(data: string | Buffer, options: { binary: boolean }, done: () => void): void;
  on(event: string, listener: (...args: never[]) => void): void;
  ping(data: string): void;
  pause(): void;
  terminate(): void;
}
const require = createRequire(import.meta.url);
const fromSocketIo = createRequire(require.resolve('socket.io'));
const fromEngine = createRequire(fromSocketIo.resolve('engine.io'));
const { WebSocket } = fromEngine('ws') as { WebSocket: new (url: string, options?: object) => WebSocketLike };

export type Frame = string | Buffer;

/** A connection that sends exactly what it is told, well-formed or not, and keeps what comes back. */
export interface RawSocket {
  heard: string[];
  closed: boolean;
  /** The HTTP status with which it was not let in. */
  refusedWith?: number;
  /** Resolves once the frame is on its way, whatever becomes of it. */
  send(frame: Frame): Promise<void>;
  /** Until a frame comes that fits, or the connection ends. */
  until(fits: (frame: string) => boolean, patienceMs?: number): Promise<string | undefined>;
  end(): void;
}

export interface RawWebSocket extends RawSocket {
  sendText(bytes: Buffer): Promise<void>;
  /** A ping of the protocol below, which whoever gets it answers with a pong. */
  ping(data: string): void;
  stopReading(): void;
}

class Ears {
  heard: string[] = [];
  closed = false;
  refusedWith: number | undefined;
  private wake = new Set<() => void>();

  hear(frame: string): void {
    this.heard.push(frame);
    if (this.heard.length > 200) this.heard.splice(0, 100);
    this.changed();
  }

  close(): void {
    this.closed = true;
    this.changed();
  }

  async until(fits: (frame: string) => boolean, patienceMs = 15_000): Promise<string | undefined> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const found = this.heard.find(fits);
      if (found !== undefined || this.closed || Date.now() >= deadline) return found;
      await new Promise<void>((resolve) => {
        const done = (): void => { clearTimeout(timer); this.wake.delete(done); resolve(); };
        const timer = setTimeout(done, deadline - Date.now());
        this.wake.add(done);
      });
    }
  }

  private changed(): void {
    for (const done of this.wake) done();
  }
}

interface Options {
  query?: string;
  headers?: Record<string, string>;
  patienceMs?: number;
  /** Heartbeats are heard like everything else, and nobody answers them. */
  silent?: boolean;
}

/** Over WebSocket. Text goes out as a text frame, byte for byte, also when it is no UTF-8: then give a Buffer and `asText`. */
export async function rawWebSocket(url: string, options: Options = {}): Promise<RawWebSocket> {
  const ears = new Ears();
  const ws = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket${options.query ?? ''}`, { perMessageDeflate: true, headers: options.headers });
  const write = (data: Frame, binary: boolean): Promise<void> => new Promise((resolve) => {
    if (ws.readyState === 1) ws.send(data, { binary }, () => { resolve(); });
    else resolve();
  });
  ws.on('message', (data: Buffer, binary: boolean) => {
    const frame = binary ? `binary:${data.length}` : data.toString();
    if (frame === '2' && options.silent !== true) void write('3', false);
    else ears.hear(frame);
  });
  ws.on('close', () => { ears.close(); });
  ws.on('error', () => { ears.close(); });
  ws.on('unexpected-response', (_: unknown, { statusCode }: { statusCode: number }) => {
    ears.refusedWith = statusCode;
    ears.close();
  });
  await ears.until((frame) => frame.startsWith('0'), options.patienceMs);
  return Object.assign(ears, {
    send: (frame: Frame) => write(frame, typeof frame !== 'string'),
    sendText: (bytes: Buffer) => write(bytes, false),
    ping: (data: string) => { if (ws.readyState === 1) ws.ping(data); },
    stopReading: () => { ws.pause(); },
    end: () => { ws.terminate(); },
  });
}

/** Over long polling: one request after the other brings what the server says, and each frame is a request of its own. */
export async function rawPolling(url: string): Promise<RawSocket> {
  const ears = new Ears();
  const abort = new AbortController();
  let address = `${url}/socket.io/?EIO=4&transport=polling`;
  const poll = async (): Promise<void> => {
    const response = await fetch(address, { signal: abort.signal });
    const text = await response.text();
    if (response.status !== 200) throw new Error(text);
    for (const frame of text.split('\x1e')) {
      if (frame === '2') void send('3');
      else ears.hear(frame);
    }
  };
  const send = async (frame: Frame): Promise<void> => {
    const body = typeof frame === 'string' ? frame : `b${frame.toString('base64')}`;
    const response = await fetch(address, { method: 'POST', body, headers: { 'content-type': 'text/plain;charset=UTF-8' }, signal: abort.signal }).catch(() => undefined);
    if (response !== undefined) await response.text();
    if (response?.status !== 200) ears.close();
  };
  await poll().catch(() => { ears.close(); });
  address += `&sid=${(JSON.parse(ears.heard[0]?.slice(1) ?? '{}') as { sid?: string }).sid ?? ''}`;
  void (async () => { while (!ears.closed) await poll(); })().catch(() => { ears.close(); });
  return Object.assign(ears, { send, end: () => { abort.abort(); ears.close(); } });
}

export const transports = { websocket: rawWebSocket, polling: rawPolling };

/** Presents a token; whether the server took it. */
export async function authenticate(socket: RawSocket, token: string): Promise<boolean> {
  await socket.send(`40${JSON.stringify({ token })}`);
  return (await socket.until((frame) => frame.startsWith('40') || frame.startsWith('44')))?.startsWith('40{') === true;
}
