import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Server } from 'socket.io';
import type { FanOutAdapter } from '../realtime/fan-out-adapter.js';
import type { ChatSocket } from './chat-socket.js';

/** When clients are told to come back, each a little later than the other. */
const comeBackMs = { least: 300, spread: 1200 };
/** What was on its way when a client heard that we close still arrives within this time. */
const graceMs = 250;
/** Closing everyone in one instant would bring everyone back in one instant. */
const spreadMs = 750;
/** A send is answered within five seconds, one way or the other. */
const patienceMs = 5500;

/** The goodbye: nobody is cut off while waiting for an answer. Nest would finish HTTP but close sockets at once, and their answers with them. */
@Injectable()
export class Draining implements BeforeApplicationShutdown {
  /** From now on nobody new is let in. */
  begun = false;
  private server: Server | undefined;

  serve(server: Server): void {
    this.server = server;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.begun = true;
    const sockets = [...(this.server?.of('/').sockets.values() ?? [])] as unknown as ChatSocket[];
    for (const socket of sockets) {
      socket.emit('server_closing', { reconnectAfterMs: comeBackMs.least + Math.round(Math.random() * comeBackMs.spread) });
    }
    await Promise.all(sockets.map((socket, i) => closeAnswered(socket, graceMs + (spreadMs * i) / sockets.length)));
  }
}

/** Closes the connection below the socket: a client takes that for an accident and comes back by itself, unlike after a disconnect. */
async function closeAnswered(socket: ChatSocket, afterMs: number): Promise<void> {
  await pause(afterMs);
  const until = Date.now() + patienceMs;
  while (socket.connected && socket.data.underWay > 0 && Date.now() < until) await pause(10);
  (socket.nsp.adapter as FanOutAdapter).flush();
  socket.conn.close();
}
