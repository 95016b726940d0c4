import { performance } from 'node:perf_hooks';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Chore } from '../common/chore.js';
import { SessionsService } from '../auth/sessions.service.js';
import { Nodes } from '../realtime/nodes.js';
import { MissedMoves } from '../rooms/missed-moves.service.js';

const everyMs = 20_000;
/** Added to the time in doubt: a change may be told a while after its transaction took the time. */
const marginMs = 30_000;

/**
 * Looks in the database whether those who are connected here still hear what they may hear, where somebody else may have been unable to
 * tell us: at once when the link to other nodes is back, and now and then at any time, for an operator's command is a process without a link.
 */
@Injectable()
export class Recheck implements OnApplicationShutdown {
  /** What happened since then may not have been told to us. */
  private since = performance.now();
  private readonly chore = new Chore(() => this.makeUp(), 'What other nodes did could not be looked up');

  constructor(private readonly nodes: Nodes, private readonly sessions: SessionsService, private readonly moves: MissedMoves) {}

  start(): void {
    this.nodes.whenInDoubt((since) => { this.doubt(since); });
    this.chore.every(everyMs);
  }

  onApplicationShutdown(): Promise<void> {
    return this.chore.end();
  }

  private doubt(since: number): void {
    this.since = Math.min(this.since, since);
    if (this.nodes.connected) this.chore.run();
  }

  private async makeUp(): Promise<void> {
    const { since } = this;
    const now = performance.now();
    this.since = now;
    try {
      await this.sessions.recheckConnected();
      await this.moves.makeUp((now - since + marginMs) / 1000);
    } catch (error) {
      this.since = Math.min(this.since, since);
      throw error;
    }
  }
}
