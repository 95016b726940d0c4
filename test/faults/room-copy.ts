import type { Message } from '../../src/contract/message.dto.js';

export type Change = Partial<Message> & { roomId: string; rev: number };

/** One member's copy of one room, kept by the client rule: what I have is dropped, the next one applied, what leaves a gap is held. */
export class RoomCopy {
  /** What stands on the screen, oldest first: ids in the order in which they appeared. */
  readonly shown: string[];
  private readonly held = new Map<number, { name: string; change: Change }>();

  constructor(readonly epoch: string, public rev: number, messages: readonly Message[]) {
    this.shown = messages.map(({ id }) => id);
  }

  /** Something is missing before what was heard. */
  get waits(): boolean {
    return this.held.size > 0;
  }

  hear(name: string, change: Change): void {
    if (change.rev <= this.rev) return;
    this.held.set(change.rev, { name, change });
    this.applyHeld();
  }

  /** What a sync brought: everything up to `to`. */
  catchUp(to: number, messages: readonly Message[]): void {
    for (const message of messages) if (message.rev > this.rev) this.shown.push(message.id);
    this.rev = Math.max(this.rev, to);
    for (const rev of this.held.keys()) if (rev <= this.rev) this.held.delete(rev);
    this.applyHeld();
  }

  private applyHeld(): void {
    for (let next = this.held.get(this.rev + 1); next !== undefined; next = this.held.get(this.rev + 1)) {
      this.held.delete(next.change.rev);
      this.rev = next.change.rev;
      if (next.name === 'new_message' && next.change.id !== undefined) this.shown.push(next.change.id);
    }
  }
}
