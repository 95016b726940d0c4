/** What is said, as Socket.IO's own listeners see it. */
export interface Packet {
  type?: number;
  data: unknown[];
  nsp?: string;
}

const textOpcode = 0x81; // The only and last part of a text message.
const engineMessage = '4';
/** So many times a frame is encoded into its place. */
const writtenStraight = 2;

/** The same, for everyone who gets it. */
export class Frame {
  private readonly message: string;
  private readonly length: number;
  private whole: Buffer | undefined;
  private written = 0;

  /** `text`: what Engine.IO takes, for connections that go the ordinary way. */
  constructor(readonly packet: Packet, readonly text: string) {
    this.message = engineMessage + text;
    this.length = Buffer.byteLength(this.message);
  }

  /** A whole WebSocket frame, made when somebody wants it by itself. */
  get bytes(): Buffer {
    if (this.whole === undefined) {
      this.whole = Buffer.allocUnsafe(this.size);
      this.encodeTo(this.whole, 0);
    }
    return this.whole;
  }

  get size(): number {
    return headerOf(this.length) + this.length;
  }

  /** Straight into its place, for the sender and for all others; where it leaves with something else for each of them, a copy is cheaper. Returns where it ends. */
  writeTo(target: Buffer, at: number): number {
    if (this.written === writtenStraight) return at + this.bytes.copy(target, at);
    this.written += 1;
    return this.encodeTo(target, at);
  }

  /** A text frame as a server sends it, unmasked (RFC 6455, 5.2). */
  private encodeTo(target: Buffer, at: number): number {
    const header = headerOf(this.length);
    target[at] = textOpcode;
    if (header === 2) target[at + 1] = this.length;
    else if (header === 4) {
      target[at + 1] = 126;
      target.writeUInt16BE(this.length, at + 2);
    } else {
      target[at + 1] = 127;
      target.writeBigUInt64BE(BigInt(this.length), at + 2);
    }
    return at + header + target.write(this.message, at + header);
  }
}

/** Written straight into one piece: most frames leave together with others. */
export function joined(frames: readonly Frame[]): Buffer {
  const target = Buffer.allocUnsafe(frames.reduce((sum, { size }) => sum + size, 0));
  frames.reduce((at, frame) => frame.writeTo(target, at), 0);
  return target;
}

function headerOf(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}
