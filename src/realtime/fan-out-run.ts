import type { Room } from 'socket.io-adapter';
import type { Connection } from './fan-out-connection.js';
import type { Frame } from './fan-out-frame.js';

/** What was said in a row to one room, and in between to single members of it: its members are gone through once for all of it. */
export class Run {
  private readonly said: { frame: Frame; only?: Connection }[] = [];
  private readonly spokenTo = new Set<Connection>();

  constructor(readonly room: Room) {}

  toAll(frame: Frame): void {
    this.said.push({ frame });
  }

  /** An ack between pushes, say. */
  toMember(only: Connection, frame: Frame): void {
    this.said.push({ frame, only });
    this.spokenTo.add(only);
  }

  get toAllOfThem(): Frame[] {
    return this.said.filter(({ only }) => only === undefined).map(({ frame }) => frame);
  }

  /** Members who hear something of their own in between, each with everything that they hear. */
  get exceptions(): Map<Connection, Frame[]> {
    const heardBy = (member: Connection): Frame[] => this.said.filter(({ only }) => only === undefined || only === member).map(({ frame }) => frame);
    return new Map([...this.spokenTo].map((member) => [member, heardBy(member)]));
  }
}
