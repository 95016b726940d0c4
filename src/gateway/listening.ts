import { Injectable } from '@nestjs/common';
import type { JoinedRoom } from '../contract/room.dto.js';
import type { JoinRoomDto, LookDto, Nothing } from '../contract/socket.dto.js';
import type { SyncReply } from '../contract/sync.dto.js';
import { Refusal } from '../common/refusal.js';
import { JoiningService, type Shown } from '../messages/joining.service.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import { channels } from '../realtime/channels.js';
import { MembersService } from '../rooms/members.service.js';
import { RoomsService } from '../rooms/rooms.service.js';
import type { ChatSocket } from './chat-socket.js';
import { Viewers } from './viewers.js';

/** Which rooms a socket hears. It is in the live channel before anything is read, so that nothing falls between. */
@Injectable()
export class Listening {
  constructor(
    private readonly rooms: RoomsService,
    private readonly members: MembersService,
    private readonly joining: JoiningService,
    private readonly viewers: Viewers,
    private readonly broadcast: Broadcaster,
  ) {}

  async join(socket: ChatSocket, { room, limit = 15, members = 50, create = false }: JoinRoomDto): Promise<JoinedRoom> {
    const { me } = socket.data;
    const shown = { messages: limit, members };
    const opening = await this.openHeard(socket, room, shown);
    if (opening !== null) return opening;
    if (create) await this.rooms.getOrCreate(me, room);
    return await this.joining.join(me, room, shown, (roomId) => this.hear(socket, roomId));
  }

  /** A socket hears its rooms from the handshake on. So mostly what is read first is whole; otherwise it joins, and reads again. */
  async sync(socket: ChatSocket, read: () => Promise<SyncReply>): Promise<SyncReply> {
    const { muted } = socket.data;
    const heardAlready = this.heardFromNowOn(socket);
    const reply = await read();
    if (reply.rooms.every(({ room }) => muted.has(room.id) || heardAlready(room.id))) return reply;
    await this.hearRooms(socket, reply.rooms.map(({ room }) => room.id));
    return await read();
  }

  /** One statement for whoever hears the room already: nothing has to come before it. */
  private async openHeard(socket: ChatSocket, ref: string, shown: Shown): Promise<JoinedRoom | null> {
    const heardAlready = this.heardFromNowOn(socket);
    const opening = await this.joining.open(socket.data.me, ref, shown);
    if (opening === null || !heardAlready(opening.room.id)) return null;
    this.viewers.look(socket, opening.room.id);
    return opening;
  }

  /**
   * Ask of the answer, for what was read between: has this socket heard a room all the while? Not if meanwhile this person came
   * into a room or lost one, or this socket joined one: a copy of thousands of channels for each request would cost more than a second look.
   */
  private heardFromNowOn(socket: ChatSocket): (roomId: string) => boolean {
    const { data } = socket;
    const { here } = this.broadcast;
    const [losses, joins] = [here.lossesOf(data.me.id), data.joins];
    return (roomId) => here.lossesOf(data.me.id) === losses && data.joins === joins && socket.rooms.has(channels.room(roomId));
  }

  /** Those of the rooms in which this person still is, but none that this socket has left. */
  private async hearRooms(socket: ChatSocket, roomIds: readonly string[]): Promise<void> {
    const { data } = socket;
    const mine = await this.unlessLost(data.me.id, () => this.members.memberOf(data.me.id, roomIds));
    if (!socket.connected) return;
    data.joins += 1;
    await socket.join(mine.filter((roomId) => !data.muted.has(roomId)).map(channels.room));
  }

  async leave(socket: ChatSocket, roomId: string): Promise<Nothing> {
    await this.rooms.get(socket.data.me, roomId, 'room:see');
    socket.data.muted.add(roomId);
    await socket.leave(channels.room(roomId));
    this.viewers.lookAway(socket, roomId);
    return {};
  }

  async look(socket: ChatSocket, { roomId, looking }: LookDto): Promise<Nothing> {
    const { me } = socket.data;
    await this.rooms.get(me, roomId, 'room:read');
    if (!(await this.unlessLost(me.id, () => this.members.isMember(roomId, me.id)))) throw new Refusal('not_a_member');
    if (looking) this.viewers.look(socket, roomId);
    else this.viewers.lookAway(socket, roomId);
    return {};
  }

  private async hear(socket: ChatSocket, roomId: string): Promise<void> {
    const { me, muted } = socket.data;
    const member = await this.unlessLost(me.id, () => this.members.isMember(roomId, me.id));
    if (!member) throw new Refusal('not_a_member');
    if (!socket.connected) return;
    muted.delete(roomId);
    socket.data.joins += 1;
    // Nothing is awaited between the last look and these two: a removal from now on finds this socket in both channels.
    const heard = socket.join(channels.room(roomId));
    this.viewers.look(socket, roomId);
    await heard;
  }

  /** Reads again when somebody took a room or session from this person meanwhile: a removal must not be outrun by a join. */
  private async unlessLost<T>(userId: string, read: () => Promise<T>): Promise<T> {
    for (;;) {
      const before = this.broadcast.here.lossesOf(userId);
      const found = await read();
      if (this.broadcast.here.lossesOf(userId) === before) return found;
    }
  }
}
