import { Injectable } from '@nestjs/common';
import type { User, UserRole } from '../contract/user.dto.js';
import { logger } from '../common/logger.js';
import type { Me } from '../common/me.js';
import { Refusal } from '../common/refusal.js';
import { UsersService } from '../users/users.service.js';
import { SessionsService } from './sessions.service.js';

/** What admins may do to accounts. It lives here and not in users/, because it decides who may be signed in. */
@Injectable()
export class AccountsService {
  constructor(private readonly users: UsersService, private readonly sessions: SessionsService) {}

  async setDisabled(me: Me, id: string, disabled: boolean): Promise<User> {
    if (id === me.id) throw new Refusal('forbidden', { detail: 'You cannot disable your own account' });
    await this.users.setDisabled(id, disabled);
    if (disabled) await this.sessions.endAll(id, 'account_disabled');
    logger.info({ admin: me.id, user: id, disabled }, 'account switched');
    return await this.users.get(id);
  }

  async setRole(me: Me, id: string, role: UserRole): Promise<User> {
    await this.users.setRole(id, role);
    await this.sessions.recheck(id);
    logger.info({ admin: me.id, user: id, role }, 'role changed');
    return await this.users.get(id);
  }
}
