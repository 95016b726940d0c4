import { Body, Controller, Get, Param, Patch, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { Refuses } from '../common/answers.js';
import { CurrentUser, type Me } from '../common/me.js';
import { Limit } from '../common/rate-limit.guard.js';
import { OwnUser, UpdateMeDto, User, UserIdParam, UserPage, UsersQuery } from '../contract/user.dto.js';
import { UsersService } from './users.service.js';

@ApiTags('users')
@ApiBearerAuth()
@Controller('users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  /** Lists and searches people, or answers who those of `ids` are. Without `query`: everybody, by username. */
  @Get()
  @Limit('search')
  @ApiQuery({ name: 'ids', required: false, style: 'form', explode: false })
  listUsers(@Query() query: UsersQuery): Promise<UserPage> {
    return this.users.list(query);
  }

  /** Who I am. */
  @Get('me')
  getMe(@CurrentUser() me: Me): Promise<OwnUser> {
    return this.users.getMe(me);
  }

  /** Changes my profile. */
  @Patch('me')
  @Refuses('username_taken')
  updateMe(@CurrentUser() me: Me, @Body() body: UpdateMeDto): Promise<OwnUser> {
    return this.users.updateMe(me, body);
  }

  /** One person's profile, and whether they are here now. */
  @Get(':id')
  @Refuses('not_found')
  getUser(@Param() { id }: UserIdParam): Promise<User> {
    return this.users.get(id);
  }
}
