import { describe, expect, it } from '@jest/globals';
import { originAllowed } from '../../src/common/origins.js';
import { loadConfig } from '../../src/config/config.js';

const reachedAt = (PUBLIC_URL: string) => loadConfig({ NODE_ENV: 'test', JWT_SECRET: 'only for this test', PUBLIC_URL, CORS_ORIGINS: 'https://app.example.org' });

describe('a server that is reached by https', () => {
  const config = reachedAt('https://chat.example.org');
  it.each([
    ['its own page', 'https://chat.example.org', 'chat.example.org', true],
    ['its own page by http, which anybody on the way may have written', 'http://chat.example.org', 'chat.example.org', false],
    ['its page under another name', 'https://other.example.org', 'other.example.org', true],
    ['its page under another name by http', 'http://other.example.org', 'other.example.org', false],
    ['a page on this very machine', 'http://localhost:3000', 'localhost:3000', true],
    ['a page on the list', 'https://app.example.org', 'chat.example.org', true],
    ['a page on the list by http', 'http://app.example.org', 'chat.example.org', false],
    ['a page of another site', 'https://evil.example', 'chat.example.org', false],
    ['a page without an origin of its own', 'null', 'chat.example.org', false],
  ])('%s', (_, origin, host, allowed) => {
    expect(originAllowed(config, origin, host)).toBe(allowed);
  });
});

describe('a server that is reached by http', () => {
  it.each(['http://chat.local:3000', 'https://chat.local:3000'])('takes its own page, also where a proxy adds https: %s', (origin) => {
    expect(originAllowed(reachedAt('http://chat.local:3000'), origin, 'chat.local:3000')).toBe(true);
  });
});
