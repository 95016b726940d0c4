import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Refuses } from '../common/answers.js';
import { CurrentUser, type Me } from '../common/me.js';
import { Limit } from '../common/rate-limit.guard.js';
import { PeerIdParam } from '../contract/message.dto.js';
import { ReadDto, ReadState, UnreadQuery, UnreadTotals } from '../contract/read.dto.js';
import { CreateRoomDto, MyRoom, MyRooms, MyRoomsQuery, PublicRoomPage, PublicRoomsQuery, Room, RoomRefParam, UpdateRoomDto } from '../contract/room.dto.js';
import { RoomsService } from './rooms.service.js';

@ApiTags('rooms')
@ApiBearerAuth()
@Controller()
export class RoomsController {
  constructor(private readonly rooms: RoomsService) {}

  /** Makes a room, with me as its owner. */
  @Post('rooms')
  @Refuses('slug_taken', 'not_found')
  createRoom(@CurrentUser() me: Me, @Body() body: CreateRoomDto): Promise<Room> {
    return this.rooms.create(me, body);
  }

  /** My rooms and private chats, those with the latest messages first. A room that gets a message meanwhile moves to the first page; `sync` misses none. */
  @Get('rooms')
  listMyRooms(@CurrentUser() me: Me, @Query() query: MyRoomsQuery): Promise<MyRooms> {
    return this.rooms.list(me, query);
  }

  /** Rooms that everybody may join. */
  @Get('rooms/public')
  @Limit('search')
  listPublicRooms(@CurrentUser() me: Me, @Query() query: PublicRoomsQuery): Promise<PublicRoomPage> {
    return this.rooms.listPublic(me, query);
  }

  /** One room, by id or slug. */
  @Get('rooms/:id')
  @Refuses('not_found')
  async getRoom(@CurrentUser() me: Me, @Param() { id }: RoomRefParam): Promise<Room> {
    return (await this.rooms.get(me, id, 'room:see')).room;
  }

  /** Changes name, topic or address. */
  @Patch('rooms/:id')
  @Refuses('not_found', 'forbidden', 'not_a_member', 'banned', 'slug_taken', 'room_archived', 'not_for_this_room')
  updateRoom(@CurrentUser() me: Me, @Param() { id }: RoomRefParam, @Body() body: UpdateRoomDto): Promise<Room> {
    return this.rooms.update(me, id, body);
  }

  /** Archives a room: it can be read, but nothing can be written in it until somebody opens it again with `unarchive`. */
  @Delete('rooms/:id')
  @HttpCode(204)
  @Refuses('not_found', 'forbidden', 'not_a_member', 'banned', 'not_for_this_room')
  archiveRoom(@CurrentUser() me: Me, @Param() { id }: RoomRefParam): Promise<void> {
    return this.rooms.archive(me, id);
  }

  /** Opens an archived room again: everything that worked in it before works again. */
  @Post('rooms/:id/unarchive')
  @HttpCode(200)
  @Refuses('not_found', 'forbidden', 'not_a_member', 'banned', 'not_for_this_room')
  unarchiveRoom(@CurrentUser() me: Me, @Param() { id }: RoomRefParam): Promise<Room> {
    return this.rooms.unarchive(me, id);
  }

  /** Moves my read marker forward. It never goes back. */
  @Put('rooms/:id/read')
  @Refuses('not_found', 'not_a_member', 'banned')
  markRead(@CurrentUser() me: Me, @Param() { id }: RoomRefParam, @Body() { seq }: ReadDto): Promise<ReadState> {
    return this.rooms.markRead(me, id, seq);
  }

  /** The private chat of us two. Made when there is none, and only once. */
  @Put('dms/:userId')
  @ApiResponse({ status: 200, type: MyRoom, description: 'It exists' })
  @ApiResponse({ status: 201, type: MyRoom, description: 'It was made' })
  @Refuses('not_found')
  async openDirectRoom(@CurrentUser() me: Me, @Param() { userId }: PeerIdParam, @Res({ passthrough: true }) reply: FastifyReply): Promise<MyRoom> {
    const { room, created } = await this.rooms.direct(me, userId);
    void reply.status(created ? 201 : 200);
    return room;
  }

  /** How much I have not read, in all my rooms. */
  @Get('users/me/unread')
  getUnread(@CurrentUser() me: Me, @Query() query: UnreadQuery): Promise<UnreadTotals> {
    return this.rooms.unread(me, query);
  }
}
