import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { UserRole } from '../contract/user.dto.js';

/** Who asks: a user, through one session. */
export interface Me {
  readonly id: string;
  readonly sid: string;
  readonly role: UserRole;
}

export interface AuthenticatedRequest extends FastifyRequest {
  user?: Me;
}

/** The caller, in a controller method. */
export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<AuthenticatedRequest>().user);

export const PUBLIC = 'verbatim:public';
/** This operation needs no token. Everything that does not say so needs one. */
export const Public = () => SetMetadata(PUBLIC, true);

export const ADMIN = 'verbatim:admin';
/** Only admins may call this. */
export const AdminOnly = () => SetMetadata(ADMIN, true);
