/** A push as Socket.IO's own listeners see it. */
export interface Packet {
  data: unknown[];
  nsp?: string;
}

/** A push, encoded once for everyone who gets it. */
export interface Frame {
  packet: Packet;
  /** What Engine.IO takes, for connections that go the ordinary way. */
  text: string;
  /** The same as a whole WebSocket frame. */
  bytes: Buffer;
}

const textOpcode = 0x81; // The only and last part of a text message.
const engineMessage = '4';

export function toFrame(packet: Packet, text: string): Frame {
  return { packet, text, bytes: webSocketText(engineMessage + text) };
}

/** A text frame as a server sends it, unmasked (RFC 6455, 5.2). */
export function webSocketText(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = textOpcode;
  if (header === 2) frame[1] = length;
  else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, header);
  return frame;
}
