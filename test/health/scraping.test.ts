import { afterEach, describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig } from '../../src/config/config.js';
import { limits } from '../../src/common/counts.js';
import { request, type Answer } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { expectProblem } from '../setup/wire.js';

let server: TestServer;
afterEach(() => server.close());

const scrape = (headers: Record<string, string> = {}): Promise<Answer<string>> => request<string>(`${server.url}/metrics`, 'GET', { headers });

describe('figures', () => {
  it('are for those who know the token, where there is one', async () => {
    server = await startServer({ METRICS_TOKEN: 'a token for scrapers' });
    for (const headers of [{}, { authorization: 'Bearer a token for scraper' }, { authorization: 'a token for scrapers' }] as Record<string, string>[]) {
      expectProblem(await scrape(headers), 'unauthenticated');
    }
    const { status, body } = await scrape({ authorization: 'Bearer a token for scrapers' });
    expect([status, body]).toEqual([200, expect.stringContaining('chat_open_sockets')]);
  });

  it('are in production, without a token, for this machine only, and for nobody who comes through a proxy', async () => {
    server = await startServer({ NODE_ENV: 'production', TRUST_PROXY: 'on' });
    expect((await scrape()).status).toBe(200);
    for (const from of ['127.0.0.1', '198.51.100.1']) expectProblem(await scrape({ 'x-forwarded-for': from }), 'not_found');
    expectProblem(await scrape({ forwarded: 'for=127.0.0.1' }), 'not_found');
  });

  it('are counted by address', async () => {
    server = await startServer({ RATE_LIMITS: 'on' });
    const statuses: number[] = [];
    for (let n = 0; n < limits.scrapes.points + 5; n += 1) statuses.push((await scrape()).status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
  });

  it('want a token that cannot be guessed', async () => {
    server = await startServer();
    expect(() => loadConfig({ NODE_ENV: 'test', JWT_SECRET: 'only for this test', METRICS_TOKEN: 'short' })).toThrow(ConfigError);
  });
});
