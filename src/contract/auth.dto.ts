import { ApiProperty } from '@nestjs/swagger';
import { IsEmail, IsIn, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { Id, OneLine, Optional } from './fields.js';
import { OwnUser, Username } from './user.dto.js';

export const tokenDeliveries = ['body', 'cookie'] as const;
export type TokenDelivery = (typeof tokenDeliveries)[number];

class DeliveryDto {
  /** Where the refresh token goes: in the answer's body, or, for browsers, in an HttpOnly cookie that no script can read. */
  @Optional()
  @IsIn(tokenDeliveries)
  @ApiProperty({ enum: tokenDeliveries, enumName: 'TokenDelivery', default: 'body', required: false })
  delivery?: TokenDelivery;
}

export class RegisterDto extends DeliveryDto {
  /** @example "Alice Archer" */
  @OneLine({ max: 100 })
  name: string;

  /** @example "alice@example.org" */
  @IsEmail()
  @MaxLength(254)
  email: string;

  /** 8–128 characters of any kind; common ones and those made of your own names are refused.
   * @example "correct horse battery" */
  @IsString()
  @MinLength(8)
  @MaxLength(128)
  password: string;

  /** Chosen for you when absent. @example "alice" */
  @Optional()
  @Username({ required: false })
  username?: string;

  /** Makes you the administrator of a server that has none: the code in the server's log. @example "3f9a27-b81c04-6de5f2-90ab1d" */
  @Optional()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  adminCode?: string;
}

export class LoginDto extends DeliveryDto {
  /** E-mail address or username. @example "alice" */
  @IsString()
  @MinLength(1)
  @MaxLength(254)
  login: string;

  /** @example "correct horse battery" */
  @IsString()
  @MinLength(1)
  @MaxLength(128)
  password: string;

  /** The one that an earlier sign-in on this device brought. With it you get in while others guess at your password.
   * @example "eyJhbGciOiJIUzI1NiIs…" */
  @Optional()
  @IsString()
  @MinLength(1)
  @MaxLength(1000)
  deviceToken?: string;
}

export class RefreshDto {
  /** Absent: the one in the cookie. @example "AZqfblscfMOdXg9qPB0rTgABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLw" */
  @Optional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  refreshToken?: string;
}

export class Tokens {
  /** A JWT for `Authorization: Bearer …` and for the socket handshake. @example "eyJhbGciOiJIUzI1NiIs…" */
  accessToken: string;

  /** Good for one refresh. Absent when it was delivered in a cookie. @example "AZqfblscfMOdXg9qPB0rTg…" */
  refreshToken?: string;

  /** Seconds until the access token expires. @example 900 */
  expiresIn: number;
}

export class SignedIn extends Tokens {
  user: OwnUser;

  /** Keep it on this device, also after signing out, and give it to the next login. It opens nothing by itself. Absent when it was
   * delivered in a cookie. @example "eyJhbGciOiJIUzI1NiIs…" */
  deviceToken?: string;
}

/** A device on which you are logged in. */
export class Session {
  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e" */
  @ApiProperty({ format: 'uuid' })
  id: string;

  /** Whether it is the one that asks. */
  current: boolean;

  /** @example "Mozilla/5.0 (X11; Linux x86_64)" */
  @ApiProperty({ type: 'string', nullable: true })
  userAgent: string | null;

  /** @example "203.0.113.7" */
  @ApiProperty({ type: 'string', nullable: true })
  ip: string | null;

  /** @example "2026-11-20T09:30:00.000Z" */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  /** @example "2026-11-20T09:30:00.000Z" */
  @ApiProperty({ format: 'date-time' })
  lastUsedAt: string;

  /** @example "2026-12-04T09:30:00.000Z" */
  @ApiProperty({ format: 'date-time' })
  expiresAt: string;
}

export class SessionList {
  sessions: Session[];
}

export class SessionIdParam {
  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e" */
  @Id()
  id: string;
}

export class ChangePasswordDto {
  /** Absent only for an account that has no password yet; then the session must have begun, or been confirmed, within ten minutes. @example "correct horse battery" */
  @Optional()
  @IsString()
  @MinLength(1)
  @MaxLength(128)
  current?: string;

  /** @example "a brand new battery" */
  @IsString()
  @MinLength(8)
  @MaxLength(128)
  next: string;
}

export class GoogleIdTokenDto extends DeliveryDto {
  /** The `credential` that Google's button handed to your page or app. @example "eyJhbGciOiJSUzI1NiIs…" */
  @IsString()
  @MinLength(1)
  @MaxLength(8192)
  idToken: string;
}

/** The ways to sign in, besides a password. */
export class SignInProviders {
  /** Whether Google sign-in is set up on this server. */
  google: boolean;

  /** Whether this server has no administrator yet and waits for who registers with the code in its log. */
  awaitsAdmin: boolean;
}

export class GoogleStartQuery {
  /** SHA-256 of a secret that you keep, base64url. Then only you can exchange the code. @example "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" */
  @Optional()
  @IsString()
  @Matches(/^[A-Za-z0-9_-]{43}$/)
  challenge?: string;
}

export class ConfirmSignInDto {
  /** The `code` that the sign-in brought back to the web page; good once, for a minute. @example "zfmddjh6CH1EOWO9zLVXz4JWZ2D92g5T3Z8SAd2wQqo" */
  @IsString()
  @Matches(/^[A-Za-z0-9_-]{43}$/)
  code: string;

  /** The secret whose hash was the `challenge`. @example "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" */
  @Optional()
  @IsString()
  @MinLength(43)
  @MaxLength(128)
  verifier?: string;
}

export class ExchangeCodeDto extends ConfirmSignInDto {
  /** Where the refresh token goes: in the answer's body, or, for browsers, in an HttpOnly cookie that no script can read. */
  @Optional()
  @IsIn(tokenDeliveries)
  @ApiProperty({ enum: tokenDeliveries, enumName: 'TokenDelivery', default: 'body', required: false })
  delivery?: TokenDelivery;
}
