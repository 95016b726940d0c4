import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Refuses } from '../common/answers.js';
import { CurrentUser, type Me } from '../common/me.js';
import { AddMemberDto, Member, MemberPage, MemberParam, MembersQuery, RemoveMemberQuery, RoomRefParam, UpdateMemberDto } from '../contract/room.dto.js';
import { MembersService } from './members.service.js';

@ApiTags('members')
@ApiBearerAuth()
@Controller('rooms/:id')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  /** Leaves a room. Leaving twice is leaving once. */
  @Post('leave')
  @HttpCode(200)
  @Refuses('not_found', 'last_owner', 'not_for_this_room')
  leaveRoom(@CurrentUser() me: Me, @Param() { id }: RoomRefParam): Promise<void> {
    return this.members.leave(me, id);
  }

  /** Who is in the room: owners, moderators, members, each in the order in which they came. */
  @Get('members')
  @Refuses('not_found', 'not_a_member', 'banned')
  listMembers(@CurrentUser() me: Me, @Param() { id }: RoomRefParam, @Query() query: MembersQuery): Promise<MemberPage> {
    return this.members.list(me, id, query);
  }

  /** Brings somebody in. */
  @Post('members')
  @Refuses('not_found', 'not_a_member', 'banned', 'forbidden', 'room_archived', 'not_for_this_room')
  addMember(@CurrentUser() me: Me, @Param() { id }: RoomRefParam, @Body() { userId }: AddMemberDto): Promise<Member> {
    return this.members.add(me, id, userId);
  }

  /** Gives somebody another role. */
  @Patch('members/:userId')
  @Refuses('not_found', 'not_a_member', 'banned', 'forbidden', 'last_owner', 'room_archived', 'not_for_this_room')
  setMemberRole(@CurrentUser() me: Me, @Param() { id, userId }: MemberParam, @Body() { role }: UpdateMemberDto): Promise<Member> {
    return this.members.setRole(me, id, userId, role);
  }

  /** Removes somebody, and with `ban=true` bars the way back. */
  @Delete('members/:userId')
  @HttpCode(204)
  @Refuses('not_found', 'not_a_member', 'banned', 'forbidden', 'last_owner', 'not_for_this_room')
  removeMember(@CurrentUser() me: Me, @Param() { id, userId }: MemberParam, @Query() { ban }: RemoveMemberQuery): Promise<void> {
    return this.members.expel(me, id, userId, ban === 'true');
  }
}
