import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig } from '../../src/config/config.js';
import { settings } from '../../src/config/settings.js';
import { envExample } from '../../src/docs/env-example.js';

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'verbatim-config-'));
  folders.push(made);
  return made;
};
afterAll(() => { for (const one of folders) rmSync(one, { recursive: true, force: true }); });

const randomSecret = 'q8Zr2mVx7LtB4nKcW1yHfD6sJgP9aEuT';
const inProduction = (change: Record<string, string | undefined> = {}) => ({ NODE_ENV: 'production', JWT_SECRET: randomSecret, DATABASE_URL: 'postgres://verbatim@db/verbatim', PUBLIC_URL: 'https://chat.example.org', ...change });
const inTest = (change: Record<string, string>) => loadConfig({ NODE_ENV: 'test', JWT_SECRET: 'of no importance', ...change });

function faultsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe('the settings', () => {
  it('are all found wrong together, each with its name and what would be right', () => {
    const faults = faultsOf({ NODE_ENV: 'production', PORT: 'high', DATABASE_POOL: '1', DATABASE_URL: 'mysql://db', ACCESS_TTL: '1h', TRUST_PROXY: 'maybe', LOG_LEVEL: 'loud', CORS_ORIGINS: 'example.org', GOOGLE_CLIENT_ID: 'alone' });
    const named = ['PORT', 'DATABASE_POOL', 'DATABASE_URL', 'ACCESS_TTL', 'TRUST_PROXY', 'LOG_LEVEL', 'CORS_ORIGINS', 'GOOGLE_CLIENT_ID', 'JWT_SECRET'];
    expect(named.filter((name) => !faults.some((fault) => fault.startsWith(`${name} `)))).toEqual([]);
    expect(faults.length).toBeGreaterThanOrEqual(named.length);
    expect(new ConfigError(faults).message.split('\n')).toHaveLength(faults.length + 1);
  });

  it('never show a secret when they are wrong', () => {
    const faults = faultsOf(inProduction({ DATABASE_URL: 'mysql://user:canary-password@db', REDIS_URL: 'http://:canary-redis@r', JWT_SECRET: 'canary-secret' }));
    expect(faults.length).toBeGreaterThanOrEqual(3);
    expect(faults.join('\n')).not.toContain('canary');
  });

  it.each([
    ['PORT', '70000'], ['PORT', '-1'], ['PORT', '3000.5'], ['PORT', '0x50'], ['NODE_ENV', 'staging'], ['PUBLIC_URL', 'ftp://x'], ['PUBLIC_URL', 'chat.example.org'], ['ACCESS_TTL', '16m'], ['ACCESS_TTL', '0'], ['ACCESS_TTL', '10 minutes'],
    ['REFRESH_TTL', '91d'], ['RATE_LIMITS', '2'], ['CORS_ORIGINS', '*'], ['CORS_ORIGINS', 'https://a.example, null'], ['REDIS_URL', 'localhost:6379'], ['DATABASE_POOL', '501'],
    ['WORKERS', '0'], ['WORKERS', '65'], ['WORKERS', 'all'], ['NODE_NAME', 'one.two'],
  ])('refuse %s=%s', (name, value) => {
    const faults = faultsOf({ NODE_ENV: 'test', JWT_SECRET: 'x', [name]: value });
    expect([faults.length, faults[0]?.startsWith(`${name} must be`)]).toEqual([1, true]);
  });

  it.each([['ACCESS_TTL', '16m', '30 or 15m'], ['REFRESH_TTL', '91d', '30 or 15m or 14d']])('name times that would do: %s', (name, value, examples) => {
    expect(faultsOf({ NODE_ENV: 'test', JWT_SECRET: 'x', [name]: value })[0]).toMatch(new RegExp(`, such as ${examples}$`));
  });

  it('have defaults, and take an empty or blank variable for an absent one', () => {
    expect(inTest({ PORT: '', LOG_LEVEL: '  ' })).toMatchObject({ PORT: 3000, LOG_LEVEL: 'warn', PUBLIC_URL: 'http://localhost:3000', ACCESS_TTL: 900, REFRESH_TTL: 1_209_600, RATE_LIMITS: true, TRUST_PROXY: false, CORS_ORIGINS: [] });
    expect(loadConfig(inProduction()).LOG_LEVEL).toBe('info');
  });

  it('take the number of cores for that of the workers', () => {
    expect([inTest({}).WORKERS, inTest({ WORKERS: '3' }).WORKERS, inTest({ WORKERS: 'auto' }).WORKERS]).toEqual([1, 3, Math.min(64, availableParallelism())]);
  });

  it('read times, switches and origins as people write them', () => {
    expect(inTest({ ACCESS_TTL: '90', REFRESH_TTL: '12h', TRUST_PROXY: 'YES', METRICS: '0' })).toMatchObject({ ACCESS_TTL: 90, REFRESH_TTL: 43_200, TRUST_PROXY: true, METRICS: false });
    expect(inTest({ CORS_ORIGINS: 'https://App.Example.org/ , http://localhost:5173,' }).CORS_ORIGINS).toEqual(['https://app.example.org', 'http://localhost:5173']);
  });
});

describe('in production', () => {
  it.each([
    ['no secret', undefined, 'missing'],
    ['an empty secret', '  ', 'missing'],
    ['a short one', 'q8Zr2mVx7LtB4nKcW1yHfD6sJgP9aEu', 'shorter'],
    ['a sample', 'change-me-change-me-change-me-change-me', 'sample'],
    ['a word', 'my super secret key that is long enough', 'sample'],
    ['one letter', 'a'.repeat(64), 'sample'],
    ['the pattern of digits', '12345678'.repeat(5), 'sample'],
  ])('it refuses %s', (_, secret, why) => {
    const faults = faultsOf(inProduction({ JWT_SECRET: secret }));
    expect(faults).toEqual([expect.stringMatching(`^JWT_SECRET .*${why}`)]);
  });

  it('takes a random one, and makes none by itself', () => {
    expect(loadConfig(inProduction()).JWT_SECRET).toBe(randomSecret);
    const dataDir = folder();
    expect(faultsOf(inProduction({ JWT_SECRET: undefined, DATA_DIR: dataDir }))).toHaveLength(1);
    expect(readdirSync(dataDir)).toEqual([]);
  });
});

describe('the development secret', () => {
  const load = (dataDir: string) => loadConfig({ DATA_DIR: dataDir }).JWT_SECRET;

  it('is random, long, and kept for its owner only', () => {
    const dataDir = folder();
    const secret = load(dataDir);
    expect(Buffer.from(secret, 'base64')).toHaveLength(48);
    expect([readdirSync(dataDir), (statSync(join(dataDir, 'jwt-secret')).mode & 0o777).toString(8)]).toEqual([['jwt-secret'], '600']);
    expect(load(folder())).not.toBe(secret);
  });

  it('is the same after a restart', () => {
    const dataDir = folder();
    expect(load(dataDir)).toBe(load(dataDir));
  });

  it('is made anew when the file holds nothing, rather than signing with an empty key', () => {
    const dataDir = folder();
    writeFileSync(join(dataDir, 'jwt-secret'), '\n');
    expect(load(dataDir).length).toBeGreaterThanOrEqual(64);
    expect(load(dataDir)).toBe(load(dataDir));
  });

  it('is one and the same for servers that start at once', () => {
    const dataDir = join(folder(), 'not', 'there', 'yet');
    const secret = new URL('../../dist/src/config/secret.js', import.meta.url).href;
    const racer = `const { developmentSecret } = await import(${JSON.stringify(secret)}); process.stdout.write(developmentSecret(${JSON.stringify(join(dataDir, 'jwt-secret'))}) + '\\n')`;
    const { stdout } = spawnSync('bash', ['-c', `for i in 1 2 3 4 5 6 7 8; do "${process.execPath}" --input-type=module -e "$RACER" & done; wait`], { env: { ...process.env, RACER: racer }, encoding: 'utf8' });
    const secrets = stdout.trim().split('\n');
    expect([secrets.length, new Set(secrets).size, readdirSync(dataDir)]).toEqual([8, 1, ['jwt-secret']]);
  });
});

describe('.env.example', () => {
  const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');

  it('names every setting and nothing else, with a sentence each', () => {
    expect([...text.matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name)).toEqual(Object.keys(settings));
    for (const { about } of Object.values(settings)) expect(text).toContain(`# ${about}`);
  });

  it('is what the settings table says', () => {
    expect(text).toBe(envExample());
  });

  it('is acceptable as it is, and sets nothing', () => {
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
    const shown = Object.fromEntries([...text.matchAll(/^#([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
    expect(faultsOf({ ...shown, DATA_DIR: folder() })).toEqual([]);
  });
});
