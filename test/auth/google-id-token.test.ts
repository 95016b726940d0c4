import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPrivateKey, createPublicKey, sign, type JsonWebKey } from 'node:crypto';
import { generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import type { ErrorCode } from '../../src/contract/errors.js';
import type { SignedIn } from '../../src/contract/auth.dto.js';
import { verifyIdToken } from '../../src/auth/id-token.js';
import { loadConfig } from '../../src/config/config.js';
import { freePort } from '../../tools/free-port.mjs';
import { clientId, startProvider, startServerAndProvider, startServerWith, type TestProvider } from '../setup/google.js';
import { anonymous, newPerson, type Person } from '../setup/people.js';
import { testSecret } from '../setup/secret.js';
import { startServer, type TestServer } from '../setup/server.js';

let server: TestServer;
let provider: TestProvider;
let nobody: Person;

beforeAll(async () => {
  ({ server, provider } = await startServerAndProvider());
  nobody = anonymous(server);
});
afterAll(async () => {
  await server.close();
  await provider.stop();
});

const send = (idToken: string, more: object = {}) => nobody.post<SignedIn & { code: ErrorCode }>('/auth/google', { idToken, ...more });
const now = () => Math.floor(Date.now() / 1000);
const amy = { sub: 'amy', email: 'amy@example.org', email_verified: true, name: 'Amy' };

describe('an ID token', () => {
  it('makes the first user, who becomes the admin, and is known the next time', async () => {
    const first = await send(await provider.idToken(amy));
    expect([first.status, first.body.user]).toEqual([201, expect.objectContaining({ username: 'amy', role: 'admin', hasPassword: false })]);
    const second = await send(await provider.idToken({ ...amy, email: 'elsewhere@example.org' }));
    expect([second.status, second.body.user.id]).toEqual([200, first.body.user.id]);
    expect((await anonymous(server).accept(second.body).get('/users/me')).status).toBe(200);
  });

  it('can end in a cookie', async () => {
    const answer = await send(await provider.idToken(amy), { delivery: 'cookie' });
    expect([answer.body.refreshToken, answer.headers.get('set-cookie')]).toEqual([undefined, expect.stringContaining('verbatim_refresh=')]);
  });

  it.each<[string, () => JWTPayload]>([
    ['for an app of ours on a phone', () => ({ azp: 'the-phone-app' })],
    ['for us and another, given to us', () => ({ aud: [clientId, 'another'], azp: clientId })],
    ['of a clock a little before ours', () => ({ iat: now() + 15 })],
    ['of a moment too late, as the clocks may differ', () => ({ exp: now() - 15 })],
  ])('is good %s', async (_, claims) => {
    expect((await send(await provider.idToken({ ...amy, ...claims() }))).status).toBe(200);
  });

  it.each<[string, () => JWTPayload]>([
    ['for somebody else', () => ({ aud: 'another-client' })],
    ['for nobody', () => ({ aud: undefined })],
    ['for several, given to another', () => ({ aud: [clientId, 'another'], azp: 'another' })],
    ['for several, given to nobody', () => ({ aud: [clientId, 'another'] })],
    ['from another issuer', () => ({ iss: 'https://accounts.google.com' })],
    ['from Google by its other name, where the issuer is not Google', () => ({ iss: 'accounts.google.com' })],
    ['from nobody', () => ({ iss: undefined })],
    ['that has expired', () => ({ iat: now() - 1000, exp: now() - 60 })],
    ['that never expires', () => ({ exp: undefined })],
    ['that lives long and is old', () => ({ iat: now() - 7200, exp: now() + 7200 })],
    ['from the future', () => ({ iat: now() + 300, exp: now() + 600 })],
    ['not valid yet', () => ({ nbf: now() + 300 })],
    ['of no time', () => ({ iat: undefined })],
    ['about nobody', () => ({ sub: undefined })],
    ['about an empty name', () => ({ sub: '' })],
    ['about a name that cannot be stored', () => ({ sub: 'a\u0000b' })],
    ['that is a logout token', () => ({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } })],
  ])('is refused %s', async (_, claims) => {
    const answer = await send(await provider.idToken({ ...amy, ...claims() }));
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid_id_token']);
  });

  it.each(['at+jwt', 'logout+jwt'])('is refused when it says it is an %s', async (typ) => {
    expect((await send(await provider.idToken(amy, { typ }))).body.code).toBe('invalid_id_token');
  });

  it('is refused without an address for somebody new', async () => {
    expect((await send(await provider.idToken({ sub: 'addressless' }))).body.code).toBe('invalid_id_token');
    expect((await send(await provider.idToken({ sub: 'addressless', email: 'not an address', email_verified: true }))).body.code).toBe('invalid_id_token');
  });
});

describe('Google', () => {
  it.each(['https://accounts.google.com', 'accounts.google.com'])('may call itself %s', async (iss) => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const token = await new SignJWT({ sub: 'gina', iss, aud: clientId, iat: now(), exp: now() + 60 }).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
    const expected = { keys: () => Promise.resolve(publicKey), issuer: 'https://accounts.google.com', clientId };
    expect((await verifyIdToken(token, expected)).sub).toBe('gina');
    await expect(verifyIdToken(token, { ...expected, nonce: 'ours' })).rejects.toMatchObject({ code: 'invalid_id_token' });
  });
});

describe('a forged ID token', () => {
  const claims = () => ({ ...amy, iss: provider.issuer, aud: clientId, iat: now(), exp: now() + 600 });
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('without a signature is refused', async () => {
    for (const alg of ['none', 'None', 'NONE']) expect((await send(`${part({ alg, typ: 'JWT' })}.${part(claims())}.`)).body.code).toBe('invalid_id_token');
  });

  it('signed with the public key as HMAC secret is refused', async () => {
    const { n, e, kty } = provider.privateJwk;
    const key = createPublicKey({ key: { n, e, kty } as JsonWebKey, format: 'jwk' });
    for (const secret of [key.export({ type: 'spki', format: 'pem' }), key.export({ type: 'spki', format: 'der' })]) {
      const forged = await new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'test-key' }).sign(Buffer.from(secret));
      expect((await send(forged)).body.code).toBe('invalid_id_token');
    }
  });

  it.each(['test-key', 'unknown-key', undefined])('signed with another key that calls itself %s is refused', async (kid) => {
    const { privateKey } = await generateKeyPair('RS256');
    const forged = await new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);
    expect((await send(forged)).body.code).toBe('invalid_id_token');
  });

  it('that brings its own key along is refused', async () => {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const { n, e, kty } = provider.privateJwk;
    const forged = await new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', jwk: { n, e, kty }, jku: 'http://127.0.0.1:9/keys' }).sign(privateKey);
    expect((await send(forged)).body.code).toBe('invalid_id_token');
  });

  it('with an extension nobody knows is refused', async () => {
    const text = `${part({ alg: 'RS256', kid: 'test-key', crit: ['ext'], ext: 1 })}.${part(claims())}`;
    const key = createPrivateKey({ key: provider.privateJwk as JsonWebKey, format: 'jwk' });
    expect((await send(`${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`)).body.code).toBe('invalid_id_token');
  });

  it('whose text was altered is refused', async () => {
    const [header, , signature] = (await provider.idToken(amy)).split('.');
    expect((await send(`${header ?? ''}.${part({ ...claims(), sub: 'admin' })}.${signature ?? ''}`)).body.code).toBe('invalid_id_token');
  });

  it.each(['x', '..', 'a.b.c', '\u{1F600}', 'e30.e30.e30', 'x'.repeat(8192), `${'eyJhbGciOiJSUzI1NiJ9'}.${'A'.repeat(5000)}.AA`])('of rubbish is refused (%#)', async (rubbish) => {
    const answer = await send(rubbish);
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid_id_token']);
  });

  it('that is our own access token is refused', async () => {
    const person = await newPerson(server, 'tokenowner');
    expect((await send(person.accessToken)).body.code).toBe('invalid_id_token');
  });
});

describe('the person behind it', () => {
  it('is one user, however many first sign-ins come at once, and one of them is new', async () => {
    for (const email_verified of [true, false]) {
      const idToken = await provider.idToken({ sub: `bea-${email_verified}`, email: `bea-${email_verified}@example.org`, email_verified });
      const answers = await Promise.all(Array.from({ length: 10 }, () => send(idToken)));
      expect(answers.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 9 }, () => 200), 201]);
      expect(new Set(answers.map(({ body }) => body.user.id)).size).toBe(1);
    }
  });

  it('gets a free username, also when namesakes come at once', async () => {
    const tokens = await Promise.all(['a', 'b', 'c'].map((at) => provider.idToken({ sub: `cat-${at}`, email: `cat@${at}.example.org`, email_verified: true })));
    const answers = await Promise.all(tokens.map((token) => send(token)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body.user.username)).size).toBe(3);
  });

  it('is one user when the address changes between two first sign-ins at once', async () => {
    const tokens = await Promise.all(['x', 'y', 'z'].map((at) => provider.idToken({ sub: 'dee', email: `dee@${at}.example.org`, email_verified: true })));
    const answers = await Promise.all(tokens.map((token) => send(token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    expect(new Set(answers.map(({ body }) => body.user.id)).size).toBe(1);
  });

  it('is told when the address is taken or the account is switched off', async () => {
    const eli = await newPerson(server, 'eli');
    const taken = await send(await provider.idToken({ sub: 'eli', email: eli.email, email_verified: false }));
    expect([taken.status, taken.body.code]).toEqual([409, 'email_taken']);
    const almost = await send(await provider.idToken({ sub: 'eli', email: eli.email, email_verified: 'true' }));
    expect(almost.body.code).toBe('email_taken');
    await server.db.query(`UPDATE users SET disabled_at = now() WHERE username = 'eli'`);
    const disabled = await send(await provider.idToken({ sub: 'eli', email: eli.email, email_verified: true }));
    expect([disabled.status, disabled.body.code]).toEqual([403, 'account_disabled']);
  });
});

describe('a provider', () => {
  it('that is away costs a 503 and nothing more: once it is back, all works', async () => {
    const [serverPort, providerPort] = [await freePort(), await freePort()];
    const lonely = await startServerWith(`http://127.0.0.1:${providerPort}`, serverPort);
    const visitor = anonymous(lonely);
    for (const answer of [await visitor.get('/auth/google'), await visitor.post('/auth/google', { idToken: 'x' })]) {
      expect([answer.status, (answer.body as { code: string }).code, answer.headers.get('retry-after')]).toEqual([503, 'unavailable', '5']);
    }
    const late = await startProvider(providerPort, lonely.config.PUBLIC_URL);
    expect((await visitor.get('/auth/google')).status).toBe(302);
    expect((await visitor.post('/auth/google', { idToken: await late.idToken(amy) })).status).toBe(201);
    await late.stop();
    expect((await visitor.post('/auth/google', { idToken: await late.idToken(amy) })).status).toBe(200); // The keys are known.
    await lonely.close();
  });

  it.each([
    ['http://accounts.example.org', false], ['http://localhost.example.org', false], ['ftp://localhost', false],
    ['https://login.example.org/realm/', true], ['http://localhost:4000', true], ['http://127.0.0.1:4000', true], ['http://[::1]:4000', true],
  ])('at %s: may the server start? %s', (OIDC_ISSUER, may) => {
    const start = () => loadConfig({ NODE_ENV: 'test', JWT_SECRET: testSecret, OIDC_ISSUER }).OIDC_ISSUER;
    if (may) expect(start()).toBe(OIDC_ISSUER);
    else expect(start).toThrow('OIDC_ISSUER must be an address beginning with https://');
  });

  it('that is not set up is said so at every door', async () => {
    const plain = await startServer();
    const visitor = anonymous(plain);
    expect((await visitor.get('/auth/providers')).body).toEqual({ google: false, awaitsAdmin: false });
    const answers = [
      await visitor.post('/auth/google', { idToken: 'x' }), await visitor.get('/auth/google'),
      await visitor.get('/auth/google/callback?code=x&state=y'), await visitor.post('/auth/exchange', { code: 'a'.repeat(43) }),
    ];
    expect(answers.map(({ status, body }) => [status, (body as { code: string }).code])).toEqual(Array.from({ length: 4 }, () => [501, 'google_not_configured']));
    await plain.close();
  });
});
