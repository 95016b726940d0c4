import {
  ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, type OnGatewayConnection, type OnGatewayDisconnect, type OnGatewayInit,
} from '@nestjs/websockets';
import type { Server } from 'socket.io';
import { SocketSendDto } from '../contract/message.dto.js';
import type { RequestReply } from '../contract/events.js';
import {
  EditMessageDto, FetchMessagesDto, JoinRoomDto, LookDto, MarkReadDto, MessageRefDto, ReactDto, RefreshTokenDto, RoomRefDto, TypingDto, WatchPresenceDto,
} from '../contract/socket.dto.js';
import { SyncDto } from '../contract/sync.dto.js';
import { FetchUsersDto } from '../contract/user.dto.js';
import { ChangesService } from '../messages/changes.service.js';
import { MessagesService } from '../messages/messages.service.js';
import { SyncService } from '../messages/sync.service.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { UsersService } from '../users/users.service.js';
import type { ChatSocket } from './chat-socket.js';
import { Connections } from './connections.js';
import { Listening } from './listening.js';
import { PresenceWatches } from './presence-watches.js';
import { TypingNotes } from './typing-notes.js';

/** The socket door: one line per request, called with a socket and a valid body (handlers.ts). What each takes and gives stands in contract/events.ts. */
@WebSocketGateway()
export class ChatGateway implements OnGatewayInit, OnGatewayConnection, OnGatewayDisconnect {
  constructor(
    private readonly connections: Connections,
    private readonly listening: Listening,
    private readonly messages: MessagesService,
    private readonly changes: ChangesService,
    private readonly syncing: SyncService,
    private readonly rooms: RoomsService,
    private readonly users: UsersService,
    private readonly typing: TypingNotes,
    private readonly watches: PresenceWatches,
    private readonly broadcast: Broadcaster,
  ) {}

  afterInit(server: Server): void {
    this.broadcast.serve(server);
    this.connections.serve(server);
  }

  handleConnection(socket: ChatSocket): void {
    this.connections.open(socket);
  }

  handleDisconnect(socket: ChatSocket): void {
    this.connections.close(socket);
  }

  @SubscribeMessage('sync')
  sync(@ConnectedSocket() socket: ChatSocket, @MessageBody() body: SyncDto): Promise<RequestReply<'sync'>> {
    return this.listening.sync(socket, () => this.syncing.sync(socket.data.me, body));
  }

  @SubscribeMessage('join_room')
  joinRoom(@ConnectedSocket() socket: ChatSocket, @MessageBody() body: JoinRoomDto): Promise<RequestReply<'join_room'>> {
    return this.listening.join(socket, body);
  }

  @SubscribeMessage('leave_room')
  leaveRoom(@ConnectedSocket() socket: ChatSocket, @MessageBody() { roomId }: RoomRefDto): Promise<RequestReply<'leave_room'>> {
    return this.listening.leave(socket, roomId);
  }

  @SubscribeMessage('look')
  look(@ConnectedSocket() socket: ChatSocket, @MessageBody() body: LookDto): Promise<RequestReply<'look'>> {
    return this.listening.look(socket, body);
  }

  @SubscribeMessage('new_message')
  newMessage(@ConnectedSocket() socket: ChatSocket, @MessageBody() body: SocketSendDto): Promise<RequestReply<'new_message'>> {
    return this.messages.sendAnywhere(socket.data.me, body);
  }

  @SubscribeMessage('fetch_messages')
  fetchMessages(@ConnectedSocket() socket: ChatSocket, @MessageBody() body: FetchMessagesDto): Promise<RequestReply<'fetch_messages'>> {
    return this.syncing.fetch(socket.data.me, body);
  }

  @SubscribeMessage('fetch_users')
  async fetchUsers(@ConnectedSocket() _socket: ChatSocket, @MessageBody() { ids }: FetchUsersDto): Promise<RequestReply<'fetch_users'>> {
    return { users: await this.users.getAll(ids) };
  }

  @SubscribeMessage('edit_message')
  async editMessage(@ConnectedSocket() socket: ChatSocket, @MessageBody() { messageId, ...body }: EditMessageDto): Promise<RequestReply<'edit_message'>> {
    return { message: await this.changes.edit(socket.data.me, messageId, body) };
  }

  @SubscribeMessage('delete_message')
  async deleteMessage(@ConnectedSocket() socket: ChatSocket, @MessageBody() { messageId }: MessageRefDto): Promise<RequestReply<'delete_message'>> {
    return { message: await this.changes.delete(socket.data.me, messageId) };
  }

  @SubscribeMessage('add_reaction')
  async addReaction(@ConnectedSocket() socket: ChatSocket, @MessageBody() { messageId, emoji }: ReactDto): Promise<RequestReply<'add_reaction'>> {
    return { message: await this.changes.react(socket.data.me, messageId, emoji) };
  }

  @SubscribeMessage('remove_reaction')
  async removeReaction(@ConnectedSocket() socket: ChatSocket, @MessageBody() { messageId, emoji }: ReactDto): Promise<RequestReply<'remove_reaction'>> {
    return { message: await this.changes.unreact(socket.data.me, messageId, emoji) };
  }

  @SubscribeMessage('mark_read')
  markRead(@ConnectedSocket() socket: ChatSocket, @MessageBody() { roomId, seq }: MarkReadDto): Promise<RequestReply<'mark_read'>> {
    return this.rooms.markRead(socket.data.me, roomId, seq);
  }

  @SubscribeMessage('typing')
  setTyping(@ConnectedSocket() socket: ChatSocket, @MessageBody() body: TypingDto): Promise<RequestReply<'typing'>> {
    return this.typing.note(socket, body);
  }

  @SubscribeMessage('watch_presence')
  watchPresence(@ConnectedSocket() socket: ChatSocket, @MessageBody() body: WatchPresenceDto): Promise<RequestReply<'watch_presence'>> {
    return this.watches.watch(socket, body);
  }

  @SubscribeMessage('refresh_token')
  refreshToken(@ConnectedSocket() socket: ChatSocket, @MessageBody() { accessToken }: RefreshTokenDto): Promise<RequestReply<'refresh_token'>> {
    return this.connections.renew(socket, accessToken);
  }
}
