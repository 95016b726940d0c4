/** As much of Engine.IO's socket as we use; its own types keep half of this to themselves. */
export interface Connection {
  readyState: string;
  writeBuffer: { data?: unknown }[];
  transport: { name: string; perMessageDeflate?: unknown; socket: WebSocketLike };
  write(text: string, options: { wsPreEncodedFrame: Buffer[] }): void;
  on(event: 'packetCreate' | 'packet', listener: (this: Connection, packet: { data?: unknown }) => void): void;
  listenerCount(event: 'packetCreate'): number;
  onClose(reason: string): void;
}

/** As much of `ws` as we use, and as Engine.IO uses itself. */
interface WebSocketLike {
  readyState: number;
  bufferedAmount: number;
  _sender: { sendFrame(parts: Buffer[]): void };
  _socket: Corkable & { destroy(error: Error): void };
  terminate(): void;
}

export interface Corkable {
  cork(): void;
  uncork(): void;
}

const webSocketOpen = 1;

export function isWebSocket({ transport }: Connection): boolean {
  return transport.name === 'websocket';
}

/**
 * Whether bytes written below Engine.IO come out in their place. Whatever it took over from us has reached the TCP socket
 * already, unless it waits in the write buffer: while polling, during an upgrade, and behind an answer that has not left yet.
 */
export function takesFrames(connection: Connection): boolean {
  const { readyState, transport, writeBuffer } = connection;
  return isWebSocket(connection) && readyState === 'open' && writeBuffer.length === 0 && transport.socket.readyState === webSocketOpen && !transport.perMessageDeflate;
}
