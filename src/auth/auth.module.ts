import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RateLimitGuard } from '../common/rate-limit.guard.js';
import { UsersModule } from '../users/users.module.js';
import { AccountsController } from './accounts.controller.js';
import { AccountsService } from './accounts.service.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { DeviceCookie } from './device-cookie.js';
import { DeviceTokens } from './device-tokens.js';
import { FirstAdmin } from './first-admin.js';
import { GoogleController } from './google.controller.js';
import { GoogleService } from './google.service.js';
import { IdentitiesRepository } from './identities.repository.js';
import { IdentitiesService } from './identities.service.js';
import { IdentityEntity } from './identity.entity.js';
import { JwtGuard } from './jwt.guard.js';
import { JwtStrategy } from './jwt.strategy.js';
import { LoginAttempts } from './login-attempts.js';
import { OidcFlowCookie } from './oidc-flow-cookie.js';
import { OpenIdProvider } from './openid-provider.js';
import { OperatorService } from './operator.service.js';
import { Passwords } from './passwords.js';
import { RefreshCookie } from './refresh-cookie.js';
import { SessionEntity } from './session.entity.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';
import { SignInCodeEntity } from './sign-in-code.entity.js';
import { SignInCodesRepository } from './sign-in-codes.repository.js';

@Module({
  imports: [UsersModule, TypeOrmModule.forFeature([IdentityEntity, SessionEntity, SignInCodeEntity])],
  controllers: [AuthController, GoogleController, AccountsController],
  providers: [
    AccountsService, AuthService, DeviceCookie, DeviceTokens, FirstAdmin, JwtStrategy, LoginAttempts, Passwords, RefreshCookie, SessionsRepository, SessionsService,
    GoogleService, IdentitiesRepository, IdentitiesService, OidcFlowCookie, OpenIdProvider, OperatorService, SignInCodesRepository,
    // In this order: first who asks, then how often they may.
    { provide: APP_GUARD, useClass: JwtGuard },
    { provide: APP_GUARD, useClass: RateLimitGuard },
  ],
  exports: [AuthService, OperatorService, SessionsService],
})
export class AuthModule {}
