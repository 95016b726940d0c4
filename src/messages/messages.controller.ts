import { Body, Controller, createParamDecorator, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, type ExecutionContext } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refuses } from '../common/answers.js';
import { CurrentUser, type Me } from '../common/me.js';
import { Limit } from '../common/rate-limit.guard.js';
import { fieldProblem, invalidInput } from '../common/refusal.js';
import { toId } from '../contract/fields.js';
import { EditDto, HistoryQuery, Message, MessageIdParam, MessagePage, PeerIdParam, ReactionParam, SendDto, SendToRoomDto } from '../contract/message.dto.js';
import { JoinedRoom, RoomRefParam } from '../contract/room.dto.js';
import { SyncDto, SyncReply } from '../contract/sync.dto.js';
import { ChangesService } from './changes.service.js';
import { JoiningService } from './joining.service.js';
import type { Appended } from './append-outcome.js';
import { MessagesService } from './messages.service.js';
import { SyncService } from './sync.service.js';

interface Repetition {
  /** The header that may stand for `clientId`. */
  key: string | undefined;
  reply: FastifyReply;
}

/** What a request that may be sent again brings, and where the answer says that it was. */
const Repeatable = createParamDecorator((_: unknown, context: ExecutionContext): Repetition => {
  const http = context.switchToHttp();
  const key = http.getRequest<FastifyRequest>().headers['idempotency-key'];
  return { key: Array.isArray(key) ? key.join() : key, reply: http.getResponse<FastifyReply>() };
});

const idempotencyHeader = { name: 'Idempotency-Key', required: false, description: 'Stands for `clientId`', schema: { type: 'string', format: 'uuid' } };
const sendRefusals = ['not_found', 'not_a_member', 'banned', 'room_archived', 'idempotency_conflict', 'outcome_unknown'] as const;

@ApiTags('messages')
@ApiBearerAuth()
@Controller()
export class MessagesController {
  constructor(
    private readonly messages: MessagesService,
    private readonly changes: ChangesService,
    private readonly joining: JoiningService,
    private readonly syncing: SyncService,
  ) {}

  /** Joins a room, if I am not in it, and shows its earlier conversation. */
  @Post('rooms/:id/join')
  @HttpCode(200)
  @Refuses('not_found', 'banned', 'room_archived')
  joinRoom(@CurrentUser() me: Me, @Param() { id }: RoomRefParam): Promise<JoinedRoom> {
    return this.joining.openOrJoin(me, id, { messages: 50, members: 50 });
  }

  /** A page of a room's history, oldest first; without a cursor the newest one. */
  @Get('rooms/:id/messages')
  @Refuses('not_found', 'not_a_member', 'banned')
  listMessages(@CurrentUser() me: Me, @Param() { id }: RoomRefParam, @Query() query: HistoryQuery): Promise<MessagePage> {
    return this.messages.page(me, id, query);
  }

  /** Sends a message to a room. Answered once it is stored. */
  @Post('rooms/:id/messages')
  @Limit('messages')
  @ApiHeader(idempotencyHeader)
  @ApiResponse({ status: 200, type: Message, description: 'It had been sent before; the first one again' })
  @ApiResponse({ status: 201, type: Message, description: 'Stored' })
  @Refuses(...sendRefusals)
  async sendToRoom(@CurrentUser() me: Me, @Param() { id }: RoomRefParam, @Body() body: SendToRoomDto, @Repeatable() { key, reply }: Repetition): Promise<Message> {
    return answer(await this.messages.sendTo(me, id, withKey(body, key)), reply);
  }

  /** Sends a message to a room, to a person, or, when neither is named, to the lobby. */
  @Post('messages')
  @Limit('messages')
  @ApiHeader(idempotencyHeader)
  @ApiResponse({ status: 200, type: Message, description: 'It had been sent before; the first one again' })
  @ApiResponse({ status: 201, type: Message, description: 'Stored' })
  @Refuses(...sendRefusals)
  async sendMessage(@CurrentUser() me: Me, @Body() body: SendDto, @Repeatable() { key, reply }: Repetition): Promise<Message> {
    return answer(await this.messages.sendAnywhere(me, withKey(body, key)), reply);
  }

  /** What we two wrote to each other. */
  @Get('conversations/:userId/messages')
  @Refuses('not_found')
  listConversation(@CurrentUser() me: Me, @Param() { userId }: PeerIdParam, @Query() query: HistoryQuery): Promise<MessagePage> {
    return this.messages.conversation(me, userId, query);
  }

  /** One message. */
  @Get('messages/:id')
  @Refuses('not_found', 'not_a_member', 'banned')
  getMessage(@CurrentUser() me: Me, @Param() { id }: MessageIdParam): Promise<Message> {
    return this.changes.get(me, id);
  }

  /** Changes the text of one of my messages. */
  @Patch('messages/:id')
  @Refuses('not_found', 'forbidden', 'not_a_member', 'banned', 'stale_rev', 'message_deleted', 'room_archived')
  editMessage(@CurrentUser() me: Me, @Param() { id }: MessageIdParam, @Body() body: EditDto): Promise<Message> {
    return this.changes.edit(me, id, body);
  }

  /** Deletes a message. Its number stays, as a tombstone. */
  @Delete('messages/:id')
  @HttpCode(204)
  @Refuses('not_found', 'forbidden', 'not_a_member', 'banned', 'room_archived')
  async deleteMessage(@CurrentUser() me: Me, @Param() { id }: MessageIdParam): Promise<void> {
    await this.changes.delete(me, id);
  }

  /** Reacts to a message. */
  @Put('messages/:id/reactions/:emoji')
  @HttpCode(204)
  @Refuses('not_found', 'not_a_member', 'banned', 'message_deleted', 'too_many_reactions', 'room_archived')
  async addReaction(@CurrentUser() me: Me, @Param() { id, emoji }: ReactionParam): Promise<void> {
    await this.changes.react(me, id, emoji);
  }

  /** Takes a reaction back. */
  @Delete('messages/:id/reactions/:emoji')
  @HttpCode(204)
  @Refuses('not_found', 'not_a_member', 'banned', 'message_deleted', 'room_archived')
  async removeReaction(@CurrentUser() me: Me, @Param() { id, emoji }: ReactionParam): Promise<void> {
    await this.changes.unreact(me, id, emoji);
  }

  /** Everything that changed in my rooms since what I hold. */
  @Post('sync')
  @Limit('sync')
  @HttpCode(200)
  sync(@CurrentUser() me: Me, @Body() body: SyncDto): Promise<SyncReply> {
    return this.syncing.sync(me, body);
  }
}

function withKey<Body extends SendToRoomDto>(body: Body, key: string | undefined): Body {
  if (key === undefined) return body;
  const clientId = toId(key);
  if (clientId === undefined) throw invalidInput([fieldProblem('Idempotency-Key', 'bad_format')]);
  if (body.clientId !== undefined && body.clientId !== clientId) throw invalidInput([fieldProblem('clientId', 'not_allowed')]);
  return { ...body, clientId };
}

function answer({ message, duplicate }: Appended, reply: FastifyReply): Message {
  if (duplicate) void reply.header('Idempotency-Replayed', 'true');
  void reply.status(duplicate ? 200 : 201);
  return message;
}
