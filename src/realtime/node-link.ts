export const NODE_LINK = Symbol('node link');

/**
 * Carries texts between the processes that serve one database. What they mean is the business of nodes.ts. Whatever is
 * lost on the way is lost: those who listen notice it by the numbers in the texts, and by the link having been away.
 */
export interface NodeLink {
  /** To every other node, in order. Returns at once and never throws; while the link is away the text goes nowhere. */
  publish(text: string): void;
  /** Texts of the other nodes, never one's own. One listens. */
  whenHeard(listener: (text: string) => void): void;
  /** Told each time the link comes (true), the first time included, and each time it goes (false). One listens. */
  whenChanged(listener: (connected: boolean) => void): void;
  readonly connected: boolean;
  /** Sends what was published and ends. */
  close(): Promise<void>;
}
