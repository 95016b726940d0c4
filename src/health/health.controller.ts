import { createHash, timingSafeEqual } from 'node:crypto';
import { Controller, Get, Header, Inject, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import { Refuses } from '../common/answers.js';
import { Public } from '../common/me.js';
import { metrics } from '../common/metrics.js';
import { Limit, NoLimit } from '../common/rate-limit.guard.js';
import { Refusal } from '../common/refusal.js';
import { figures } from '../common/shared-figures.js';
import { Live, Ready, Version } from '../contract/health.dto.js';
import { HealthService } from './health.service.js';

@ApiTags('operation')
@Public()
@NoLimit()
@Controller()
export class HealthController {
  constructor(private readonly health: HealthService, @Inject(CONFIG) private readonly config: Config) {}

  /** Whether the process runs. Asks nobody else, so that a database fault restarts no server. */
  @Get('health/live')
  isLive(): Live {
    return { status: 'up' };
  }

  /** Whether this node should get requests. Answers within a second, also while PostgreSQL hangs. */
  @Get('health/ready')
  @ApiResponse({ status: 503, type: Ready, description: 'Not now' })
  async isReady(@Res({ passthrough: true }) reply: FastifyReply): Promise<Ready> {
    const state = await this.health.ready();
    void reply.status(state.status === 'unavailable' ? 503 : 200).header('Cache-Control', 'no-store');
    return state;
  }

  /** What runs here. */
  @Get('version')
  @Limit('open')
  @Refuses('rate_limited')
  getVersion(): Version {
    return this.health.version();
  }

  /** Figures for Prometheus, for those who show METRICS_TOKEN. In production, where none is set, only programs on the same machine get them. */
  @Get('metrics')
  @ApiBearerAuth('metricsToken')
  @ApiProduces('text/plain')
  @ApiResponse({ status: 200, description: 'Prometheus text format', content: { 'text/plain': { schema: { type: 'string' }, example: 'chat_sign_ins_total{way="password",outcome="accepted"} 3' } } })
  @Limit('scrapes')
  @Refuses('not_found', 'unauthenticated', 'rate_limited')
  @Header('Content-Type', metrics.contentType)
  async getMetrics(@Req() request: FastifyRequest): Promise<string> {
    if (!this.config.METRICS) throw new Refusal('not_found');
    this.refuseStrangers(request);
    return await figures();
  }

  private refuseStrangers({ headers, raw }: FastifyRequest): void {
    const { METRICS_TOKEN: token, NODE_ENV } = this.config;
    if (token !== undefined) {
      if (!isSame(headers.authorization ?? '', `Bearer ${token}`)) throw new Refusal('unauthenticated', { detail: 'The METRICS_TOKEN is needed as bearer token' });
      return;
    }
    const isProxied = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
    if (NODE_ENV === 'production' && (isProxied || !isLoopback(raw.socket.remoteAddress ?? ''))) throw new Refusal('not_found');
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(a, b);
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
