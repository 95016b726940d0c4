import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import type { SignedIn } from '../contract/auth.dto.js';
import { deviceLifeSeconds, DeviceTokens } from './device-tokens.js';

const name = 'verbatim_device';
/** No character of a token. */
const separator = '~';
/** How many people may share a browser and all be known on it. */
const mostPeople = 5;

/** The device tokens of a browser, of everybody who signs in with it. It outlives the session. */
@Injectable()
export class DeviceCookie {
  constructor(private readonly devices: DeviceTokens, @Inject(CONFIG) private readonly config: Config) {}

  read({ cookies }: FastifyRequest): string[] {
    return (cookies[name] ?? '').split(separator).slice(0, mostPeople);
  }

  keep({ deviceToken, user }: SignedIn, request: FastifyRequest, reply: FastifyReply): void {
    if (deviceToken === undefined) return;
    const tokens = [deviceToken, ...this.devices.ofOthers(this.read(request), user.id)].slice(0, mostPeople);
    const secure = this.config.PUBLIC_URL.startsWith('https:');
    void reply.setCookie(name, tokens.join(separator), { path: '/api/v1/auth', httpOnly: true, sameSite: 'strict', secure, maxAge: deviceLifeSeconds });
  }
}
