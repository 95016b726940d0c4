/** Whether a room is on my screen, and that the server knows. One answer is awaited before the next is told: two under way might overtake each other. */
export class LookSignal {
  looking = false;
  /** What the server knows. */
  private told = false;
  private telling = false;

  constructor(private readonly tell: (looking: boolean) => Promise<unknown>) {}

  async set(looking: boolean): Promise<void> {
    this.looking = looking;
    await this.work();
  }

  /** The server now takes me for somebody who looks, or who does not. */
  async believed(looking: boolean): Promise<void> {
    this.told = looking;
    await this.work();
  }

  /** What cannot be told now, without a connection, is told after the next sync. */
  private async work(): Promise<void> {
    if (this.telling) return;
    this.telling = true;
    while (this.told !== this.looking) {
      const { looking } = this;
      if (!(await this.tell(looking).then(() => true, () => false))) break;
      this.told = looking;
    }
    this.telling = false;
  }
}
