import type { Primary } from '../common/primary.js';
import type { NodeLink } from './node-link.js';

/** What the primary does not read in time is lost, and the others notice the gap. */
const mostOnTheWay = 16 * 1024 * 1024;

/** The link of workers on one machine: their primary passes on what each of them says. It is there as long as they are. */
export class IpcLink implements NodeLink {
  readonly connected = true;
  private last: Promise<void> = Promise.resolve();
  private onTheWay = 0;

  constructor(private readonly primary: Primary) {}

  publish(text: string): void {
    if (this.onTheWay > mostOnTheWay) return;
    this.onTheWay += text.length;
    this.last = this.primary.tell('others', text).then(() => { this.onTheWay -= text.length; });
  }

  whenHeard(listener: (text: string) => void): void {
    this.primary.hear('others', listener);
  }

  whenChanged(): void {
    // Never: without the primary there is no worker.
  }

  close(): Promise<void> {
    return this.last;
  }
}
