import { Body, Controller, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Refuses } from '../common/answers.js';
import { AdminOnly, CurrentUser, type Me } from '../common/me.js';
import { SetDisabledDto, SetRoleDto, User, UserIdParam } from '../contract/user.dto.js';
import { AccountsService } from './accounts.service.js';

@ApiTags('admin')
@ApiBearerAuth()
@AdminOnly()
@Controller('users/:id')
export class AccountsController {
  constructor(private readonly accounts: AccountsService) {}

  /** Switches an account off, which ends its sessions at once, or on again. */
  @Put('disabled')
  @Refuses('forbidden', 'not_found', 'last_admin')
  setDisabled(@CurrentUser() me: Me, @Param() { id }: UserIdParam, @Body() { disabled }: SetDisabledDto): Promise<User> {
    return this.accounts.setDisabled(me, id, disabled);
  }

  /** Makes somebody an admin, or an ordinary user again. */
  @Put('role')
  @Refuses('forbidden', 'not_found', 'last_admin')
  setRole(@CurrentUser() me: Me, @Param() { id }: UserIdParam, @Body() { role }: SetRoleDto): Promise<User> {
    return this.accounts.setRole(me, id, role);
  }
}
