import { Injectable } from '@nestjs/common';
import { isMoment, toId } from '../contract/fields.js';
import type { HistoryQuery, MessagePage, SendDto, SendToRoomDto } from '../contract/message.dto.js';
import { newId } from '../common/ids.js';
import type { Me } from '../common/me.js';
import { fieldProblem, invalidInput } from '../common/refusal.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { HistoryRepository } from './history.repository.js';
import type { Appended } from './append-outcome.js';
import { MessagesRepository } from './messages.repository.js';

@Injectable()
export class MessagesService {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly history: HistoryRepository,
    private readonly rooms: RoomsService,
    private readonly broadcast: Broadcaster,
  ) {}

  /** Check, write, announce, return: every write reads like this. The checks of room and membership are part of the statement that writes. */
  send(me: Me, roomId: string, body: SendToRoomDto): Promise<Appended> {
    return this.broadcast.during(roomId, async (line) => {
      const sent = await this.messages.append({
        id: newId(), roomId, senderId: me.id, clientId: body.clientId ?? newId(), text: body.text, replyTo: body.replyTo ?? null,
        knownMember: () => this.broadcast.here.knowsMember(me.id, roomId),
      });
      if (!sent.duplicate) this.broadcast.toRoom('new_message', sent.message, line);
      return sent;
    });
  }

  /** To a room, to a person, or, when neither is named, to the lobby. */
  async sendAnywhere(me: Me, body: SendDto): Promise<Appended> {
    const { roomId, receiverId } = body;
    if (roomId !== undefined && receiverId !== undefined) throw invalidInput([fieldProblem('receiverId', 'not_allowed')]);
    if (receiverId !== undefined) return await this.send(me, (await this.rooms.direct(me, receiverId)).room.room.id, body);
    return await this.send(me, roomId ?? (await this.rooms.lobbyId()), body);
  }

  async sendTo(me: Me, ref: string, body: SendToRoomDto): Promise<Appended> {
    // Sending judges room and membership itself: only a slug has to be looked up.
    return await this.send(me, toId(ref) ?? (await this.rooms.get(me, ref, 'room:see')).room.id, body);
  }

  async page(me: Me, ref: string, query: HistoryQuery): Promise<MessagePage> {
    refuseTwoCursors(query);
    const { room } = await this.rooms.get(me, ref, 'room:read');
    return await this.pageOf(room.id, room.position.seq, query);
  }

  /** What we two wrote; empty before the first word. */
  async conversation(me: Me, userId: string, query: HistoryQuery): Promise<MessagePage> {
    refuseTwoCursors(query);
    const room = await this.rooms.findDirect(me, userId);
    if (room === null) return { messages: [], hasMoreBefore: false, hasMoreAfter: false };
    return await this.pageOf(room.id, room.position.seq, query);
  }

  private async pageOf(roomId: string, lastSeq: number, { before, after, around, beforeTime, limit = 50 }: HistoryQuery): Promise<MessagePage> {
    if (around !== undefined) return await this.pageAround(roomId, around, limit);
    if (after !== undefined) {
      const found = await this.history.bySeq(roomId, 'newer', after, limit + 1);
      return { messages: found.slice(0, limit), hasMoreBefore: (found[0]?.seq ?? after + 1) > 1 && lastSeq > 0 && after > 0, hasMoreAfter: found.length > limit };
    }
    const found = beforeTime === undefined
      ? await this.history.bySeq(roomId, 'older', before ?? Number.MAX_SAFE_INTEGER, limit + 1)
      : await this.history.beforeTime(roomId, beforeTime, limit + 1);
    const messages = found.slice(-limit);
    const newest = messages.at(-1)?.seq ?? (before ?? 1) - 1;
    return { messages, hasMoreBefore: found.length > limit, hasMoreAfter: newest < lastSeq };
  }

  private async pageAround(roomId: string, seq: number, limit: number): Promise<MessagePage> {
    const half = Math.floor(limit / 2);
    const [older, newer] = await Promise.all([
      this.history.bySeq(roomId, 'older', seq, half + 1),
      this.history.bySeq(roomId, 'newer', seq - 1, limit - half + 1),
    ]);
    const messages = [...(half === 0 ? [] : older.slice(-half)), ...newer.slice(0, limit - half)];
    return { messages, hasMoreBefore: older.length > half, hasMoreAfter: newer.length > limit - half };
  }
}

function refuseTwoCursors(query: HistoryQuery): void {
  const given = (['before', 'after', 'around', 'beforeTime'] as const).filter((name) => query[name] !== undefined);
  if (given.length > 1) throw invalidInput(given.slice(1).map((name) => fieldProblem(name, 'not_allowed')));
  if (query.beforeTime !== undefined && !isMoment(query.beforeTime)) throw invalidInput([fieldProblem('beforeTime', 'bad_format')]);
}
