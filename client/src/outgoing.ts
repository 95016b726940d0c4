import type { Message } from '../../src/contract/message.dto.js';
import type { VerbatimError } from './errors.js';

/** As it is stored until it is sent. */
export interface SavedOutgoing {
  clientId: string;
  roomId: string;
  text: string;
  replyTo?: number;
  /** Milliseconds since 1970, on this device. */
  createdAt: number;
  failed?: boolean;
}

export type OutgoingStatus = 'sending' | 'sent' | 'failed';

interface Hooks {
  retry(message: OutgoingMessage): void;
  discard(message: OutgoingMessage): void;
}

interface Waiting {
  promise: Promise<Message>;
  resolve(message: Message): void;
  reject(error: VerbatimError): void;
}

/** Something that I said, on its way. It keeps its `clientId` whatever happens, so that it cannot come twice. */
export class OutgoingMessage {
  status: OutgoingStatus = 'sending';
  /** Why it failed, or why it takes long. */
  error: VerbatimError | undefined;
  /** As it was stored, once it is sent. */
  message: Message | undefined;
  /** Set while the server's rate limit holds it back: when it goes, in milliseconds since 1970. */
  heldUntil: number | undefined;
  private waiting: Waiting | undefined;

  constructor(private readonly saved: SavedOutgoing, private readonly hooks: Hooks) {
    if (saved.failed === true) this.status = 'failed';
  }

  get clientId(): string {
    return this.saved.clientId;
  }

  get roomId(): string {
    return this.saved.roomId;
  }

  get text(): string {
    return this.saved.text;
  }

  get replyTo(): number | undefined {
    return this.saved.replyTo;
  }

  get createdAt(): number {
    return this.saved.createdAt;
  }

  /** Fulfilled once it is stored at the server; rejected when it is refused. It may take as long as the network does. */
  get done(): Promise<Message> {
    if (this.waiting === undefined) {
      this.waiting = toBeAnswered();
      if (this.message !== undefined) this.waiting.resolve(this.message);
      else if (this.status === 'failed' && this.error !== undefined) this.waiting.reject(this.error);
    }
    return this.waiting.promise;
  }

  /** Once more, after it failed. */
  retry(): void {
    if (this.status === 'failed') this.hooks.retry(this);
  }

  /** Forget it. If it is on its way just now it may still arrive. */
  discard(): void {
    if (this.status !== 'sent') this.hooks.discard(this);
  }

  toSave(): SavedOutgoing {
    return { ...this.saved, failed: this.status === 'failed' };
  }

  /** For the outbox only. */
  becomes(status: OutgoingStatus, outcome: { message?: Message; error?: VerbatimError; heldUntil?: number } = {}): void {
    this.status = status;
    this.error = outcome.error;
    this.heldUntil = outcome.heldUntil;
    this.message = outcome.message ?? this.message;
    if (status === 'sent' && this.message !== undefined) this.waiting?.resolve(this.message);
    else if (status === 'failed' && outcome.error !== undefined) this.waiting?.reject(outcome.error);
  }
}

function toBeAnswered(): Waiting {
  let outcome: Pick<Waiting, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<Message>((resolve, reject) => { outcome = { resolve, reject }; });
  return { promise, resolve: (message) => outcome?.resolve(message), reject: (error) => outcome?.reject(error) };
}
