import { slowConsumers } from '../common/metrics.js';
import { isWebSocket, type Connection } from './fan-out-connection.js';

/** Why a connection ends that lets its pushes pile up, as `disconnect` tells it. */
export const slowConsumer = 'slow_consumer';

/** What may wait for one connection, in bytes, besides the largest answer among it: a page or a sync is as large as it is. */
const mostWaiting = 1024 * 1024;
/** An answer below this is nothing special. */
export const largeAnswer = 64 * 1024;

interface Lag {
  /** The packets in Engine.IO's write buffer that have been counted, which only ever grows until it is replaced. */
  packets: readonly { data?: unknown }[];
  counted: number;
  bytes: number;
  largestAnswer: number;
}

/** Readers who do not read: what waits for them is bounded, and whoever lets more pile up is cut and may come back and sync. */
export class SlowReaders {
  private readonly lags = new WeakMap<Connection, Lag>();

  /** An answer is about to be queued; it is as large as what was asked for. */
  answering(connection: Connection, data: unknown): void {
    this.judge(connection);
    const bytes = sizeOf(data);
    if (bytes < largeAnswer) return;
    const lag = this.lagOf(connection);
    lag.largestAnswer = Math.max(lag.largestAnswer, bytes);
  }

  /** Also for what Socket.IO answers by itself, before anybody has said who they are: whoever says much and reads nothing lets answers pile up. */
  heardFrom(connection: Connection): void {
    if (connection.writeBuffer.length > 0) this.judge(connection);
  }

  judge(connection: Connection): void {
    const inSocket = isWebSocket(connection) ? connection.transport.socket.bufferedAmount : 0;
    if (inSocket === 0 && connection.writeBuffer.length === 0) {
      this.lags.delete(connection);
      return;
    }
    const lag = this.lagOf(connection);
    if (inSocket + this.inWriteBuffer(connection, lag) > mostWaiting + lag.largestAnswer) cut(connection);
  }

  private lagOf(connection: Connection): Lag {
    let lag = this.lags.get(connection);
    if (lag === undefined) this.lags.set(connection, (lag = { packets: [], counted: 0, bytes: 0, largestAnswer: 0 }));
    return lag;
  }

  /** Counts what has come since the last look: a long queue must not be gone through at each push. */
  private inWriteBuffer({ writeBuffer }: Connection, lag: Lag): number {
    if (lag.packets !== writeBuffer) Object.assign(lag, { packets: writeBuffer, counted: 0, bytes: 0 });
    for (; lag.counted < writeBuffer.length; lag.counted += 1) lag.bytes += sizeOf(writeBuffer[lag.counted].data);
    return lag.bytes;
  }
}

function sizeOf(data: unknown): number {
  return typeof data === 'string' || data instanceof Uint8Array ? data.length : 0;
}

/**
 * What every write that has not left is told. Without an error of its own a stream makes one for each, with its stack: for twenty
 * readers at once that stood still for a tenth of a second.
 */
const whyNotWritten = new Error(slowConsumer);

/** It cannot be told within the connection, for it does not read; a closing handshake would wait for it and keep all that is queued. */
function cut(connection: Connection): void {
  if (connection.readyState !== 'open') return;
  slowConsumers.inc();
  if (isWebSocket(connection)) {
    const { socket } = connection.transport;
    socket._socket.destroy(whyNotWritten);
    socket.terminate();
  }
  connection.onClose(slowConsumer);
}
