import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newPerson, request, type Person } from '../setup/people.js';
import { testSecret } from '../setup/secret.js';
import { startServer, type TestServer } from '../setup/server.js';
import { base64url, goodClaims, goodHeader, handmade, now, randomId, readClaims, without, type Part } from '../setup/tokens.js';
import { expectProblem, rawExchange } from '../setup/wire.js';

let server: TestServer;
let admin: Person;
let alice: Person;
let mallory: Person;

beforeAll(async () => {
  server = await startServer();
  [admin, alice, mallory] = [await newPerson(server, 'admin'), await newPerson(server, 'alice'), await newPerson(server, 'mallory')];
});
afterAll(() => server.close());

const whoAmI = (authorization?: string) => request(`${server.url}/api/v1/users/me`, 'GET', { headers: authorization === undefined ? {} : { authorization } });
const claims = (change: Part = {}): Part => ({ ...goodClaims(readClaims(alice.accessToken)), ...change });
const header = (change: Part): Part => ({ ...goodHeader, ...change });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const unsigned = (alg: string): string => `${base64url(header({ alg }))}.${base64url(claims())}.`;

function signedWithRsa(): string {
  const signed = `${base64url(header({ alg: 'RS256' }))}.${base64url(claims())}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), rsa.privateKey).toString('base64url')}`;
}

function altered(part: 0 | 1 | 2, change: (text: string) => string): string {
  return alice.accessToken.split('.').map((text, i) => (i === part ? change(text) : text)).join('.');
}

const asMallory = (text: string): string => base64url({ ...(JSON.parse(Buffer.from(text, 'base64url').toString()) as Part), sub: mallory.user.id });
const otherLast = (text: string): string => `${text.slice(0, -2)}${text.at(-2) === 'A' ? 'B' : 'A'}${text.at(-1)}`;

const forgeries: [string, () => string][] = [
  ['alg none', () => unsigned('none')],
  ['alg None', () => unsigned('None')],
  ['alg NONE', () => unsigned('NONE')],
  ['alg nOnE with a signature', () => handmade(header({ alg: 'nOnE' }), claims())],
  ['an empty alg', () => handmade(header({ alg: '' }), claims())],
  ['no alg', () => handmade({ typ: 'at+jwt' }, claims())],
  ['HS384', () => handmade(header({ alg: 'HS384' }), claims(), { hash: 'sha384' })],
  ['HS512', () => handmade(header({ alg: 'HS512' }), claims(), { hash: 'sha512' })],
  ['RS256', signedWithRsa],
  ['RS256 in name, HMAC in truth', () => handmade(header({ alg: 'RS256' }), claims())],
  ['HMAC keyed with a public key', () => handmade(goodHeader, claims(), { key: rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string })],
  ['another key', () => handmade(goodHeader, claims(), { key: 'another key of the same length ..' })],
  ['an empty key', () => handmade(goodHeader, claims(), { key: '' })],
  ['no exp', () => handmade(goodHeader, without(claims(), 'exp'))],
  ['exp as text', () => handmade(goodHeader, claims({ exp: String(now() + 600) }))],
  ['an expiry longer ago than the leeway', () => handmade(goodHeader, claims({ exp: now() - 32, iat: now() - 600 }))],
  ['a life longer than any that is given', () => handmade(goodHeader, claims({ exp: now() + 901 }))],
  ['a life of a year', () => handmade(goodHeader, claims({ exp: now() + 365 * 86_400 }))],
  ['an issue in the future, as of a clock that was a day ahead', () => handmade(goodHeader, claims({ iat: now() + 86_400, exp: now() + 87_300 }))],
  ['a beginning in the future', () => handmade(goodHeader, claims({ nbf: now() + 120 }))],
  ['another issuer', () => handmade(goodHeader, claims({ iss: 'https://accounts.google.com' }))],
  ['no issuer', () => handmade(goodHeader, without(claims(), 'iss'))],
  ['another audience', () => handmade(goodHeader, claims({ aud: 'elsewhere' }))],
  ['no audience', () => handmade(goodHeader, without(claims(), 'aud'))],
  ['an audience of several', () => handmade(goodHeader, claims({ aud: ['elsewhere', 'verbatim'] }))],
  ['another typ claim', () => handmade(goodHeader, claims({ typ: 'refresh' }))],
  ['no typ claim', () => handmade(goodHeader, without(claims(), 'typ'))],
  ['another typ header', () => handmade(header({ typ: 'JWT' }), claims())],
  ['no typ header', () => handmade({ alg: 'HS256' }, claims())],
  ['no sub', () => handmade(goodHeader, without(claims(), 'sub'))],
  ['no sid', () => handmade(goodHeader, without(claims(), 'sid'))],
  ['no iat', () => handmade(goodHeader, without(claims(), 'iat'))],
  ['an unknown session', () => handmade(goodHeader, claims({ sid: randomId() }))],
  ['the session of somebody else', () => handmade(goodHeader, claims({ sid: readClaims(mallory.accessToken).sid }))],
  ['a user who does not own the session', () => handmade(goodHeader, claims({ sub: admin.user.id }))],
  ['a sid that is no UUID', () => handmade(goodHeader, claims({ sid: "' OR 1=1 --" }))],
  ['a sub that is no UUID', () => handmade(goodHeader, claims({ sub: 'alice' }))],
  ['a sid in a list', () => handmade(goodHeader, claims({ sid: [claims().sid] }))],
  ['a sub in a list', () => handmade(goodHeader, claims({ sub: [claims().sub] }))],
  ['claims that are a list', () => handmade(goodHeader, [claims()])],
  ['claims that are a word', () => handmade(goodHeader, '"alice"')],
  ['claims that are no JSON', () => handmade(goodHeader, '{')],
  ['a crit nobody knows', () => handmade(header({ crit: ['exp'], exp: 1 }), claims())],
  ['an empty crit', () => handmade(header({ crit: [] }), claims())],
  ['its own key as jwk', () => handmade(header({ jwk: { kty: 'oct', k: base64url('mine') } }), claims(), { key: 'mine' })],
  ['a place to fetch the key from', () => handmade(header({ jku: `${server.url}/keys.json`, kid: '../../dev/null' }), claims(), { key: '' })],
  ['a certificate of its own', () => handmade(header({ x5c: [base64url('certificate')] }), claims(), { key: 'certificate' })],
  ['an altered payload', () => altered(1, asMallory)],
  ['an altered header', () => altered(0, () => base64url(header({ kid: '1' })))],
  ['an altered signature', () => altered(2, otherLast)],
  ['a signature cut short', () => altered(2, (text) => text.slice(0, 20))],
  ['no signature', () => altered(2, () => '')],
  ['a JWE', () => `${base64url({ alg: 'dir', enc: 'A256GCM', typ: 'at+jwt' })}..${base64url('0123456789ab')}.${base64url('sealed')}.${base64url('tag')}`],
  ['a refresh token', () => alice.refreshToken],
];

describe('a token with', () => {
  it.each(forgeries)('%s is refused', async (_, forge) => {
    const answer = await whoAmI(`Bearer ${forge()}`);
    expect(answer.status).toBe(401);
    expectProblem(answer, 'unauthenticated');
  });
});

describe('the header', () => {
  const token = (): string => alice.accessToken;
  it.each([
    ['no Authorization', () => undefined],
    ['an empty one', () => ''],
    ['the scheme alone', () => 'Bearer'],
    ['the scheme and a space', () => 'Bearer '],
    ['another scheme', () => `Basic ${base64url('alice:correct horse battery')}`],
    ['the token without a scheme', () => token()],
    ['a scheme that only begins so', () => `BearerX ${token()}`],
    ['two tokens', () => `Bearer ${token()} ${token()}`],
    ['a word before the token', () => `Bearer a ${token()}`],
    ['two tokens with a comma', () => `Bearer ${token()}, Bearer ${token()}`],
    ['two spaces', () => `Bearer  ${token()}`],
    ['quotes', () => `Bearer "${token()}"`],
  ])('with %s is refused', async (_, authorization) => {
    const answer = await whoAmI(authorization());
    expect(answer.status).toBe(401);
    expectProblem(answer, 'unauthenticated');
  });

  it('given twice is refused, even when both are good', async () => {
    const line = `Authorization: Bearer ${alice.accessToken}\r\n`;
    const ask = (lines: string) => rawExchange(server.url, `GET /api/v1/users/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}\r\n`);
    const answer = await ask(line + line);
    expect(answer.status).toBe(401);
    expectProblem(answer, 'unauthenticated');
    expect((await ask(line)).status).toBe(200);
  });

  it('of 100 KB is refused by HTTP itself', async () => {
    const answer = await rawExchange(server.url, `GET /api/v1/users/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'a'.repeat(100_000)}\r\n\r\n`);
    expect(answer.status).toBe(431);
    expectProblem(answer, 'malformed_request');
  });

  it.each(['access_token', 'token', 'jwt', 'auth_token'])('is the only place: ?%s= is not looked at', async (name) => {
    expectProblem(await request(`${server.url}/api/v1/users/me?${name}=${alice.accessToken}`, 'GET'), 'unauthenticated');
  });
});

describe('a good token', () => {
  it.each(['Bearer', 'bearer', 'BEARER'])('is taken after "%s"', async (scheme) => {
    expect(await whoAmI(`${scheme} ${alice.accessToken}`)).toMatchObject({ status: 200, body: { id: alice.user.id } });
  });

  it('may be handmade, if the key is ours: so the forgeries above fail for what is wrong with them', async () => {
    expect((await whoAmI(`Bearer ${handmade(goodHeader, claims())}`)).status).toBe(200);
  });

  it('shown by many at once, for the first time, takes each for who they are', async () => {
    const people = [alice, mallory, admin];
    const tokens = people.flatMap((person) => Array.from({ length: 20 }, (_, i) => ({ person, token: handmade(goodHeader, { ...goodClaims(readClaims(person.accessToken)), jti: String(i) }) })));
    const answers = await Promise.all(tokens.map(({ token }) => whoAmI(`Bearer ${token}`)));
    expect(answers.map(({ body }) => body.id)).toEqual(tokens.map(({ person }) => person.user.id));
  });

  it('shown at the same time as a bad one lends it nothing', async () => {
    const cold = Array.from({ length: 20 }, (_, i) => handmade(goodHeader, claims({ jti: `cold ${i}` })));
    const answers = await Promise.all(cold.flatMap((token) => [whoAmI(`Bearer ${token}`), whoAmI(`Bearer ${handmade(goodHeader, claims({ sid: randomId() }))}`)]));
    expect(answers.map(({ status }) => status)).toEqual(cold.flatMap(() => [200, 401]));
  });

  it('has lived at most the leeway too long', async () => {
    expect((await whoAmI(`Bearer ${handmade(goodHeader, claims({ exp: now() - 25, iat: now() - 60 }))}`)).status).toBe(200);
  });

  it('lives as long as the settings say, and 15 minutes by default', () => {
    const { exp, iat } = readClaims(alice.accessToken);
    expect(exp - iat).toBe(900);
  });
});

describe('a token that was good a moment ago, and is remembered as such,', () => {
  const isRefused = async (person: Person) => { expectProblem(await person.get('/users/me'), 'unauthenticated'); };
  const warm = async (person: Person) => { for (let i = 0; i < 3; i += 1) expect((await person.get('/users/me')).status).toBe(200); };

  it('is refused at once after logout', async () => {
    const device = await alice.anotherDevice();
    await warm(device);
    await device.post('/auth/logout');
    await isRefused(device);
    await warm(alice);
  });

  it('is refused at once after the account was disabled, and stays so when it is enabled again', async () => {
    const bob = await newPerson(server, 'bob');
    await warm(bob);
    await admin.put(`/users/${bob.user.id}/disabled`, { disabled: true });
    await isRefused(bob);
    await admin.put(`/users/${bob.user.id}/disabled`, { disabled: false });
    await isRefused(bob);
  });

  it('is refused when its time is over', async () => {
    const brief = await startServer({ ACCESS_TTL: '1s' });
    const carol = await newPerson(brief, 'carol');
    const { exp, iat } = readClaims(carol.accessToken);
    expect(exp - iat).toBe(1);
    carol.accessToken = handmade(goodHeader, { ...goodClaims(readClaims(carol.accessToken)), iat: now() - 60, exp: now() - 28 }, { key: testSecret });
    await warm(carol);
    await pause(3100);
    await isRefused(carol);
    await brief.close();
  });

  it('does not lend its signature to another payload', async () => {
    await warm(alice);
    const [head = '', , signature = ''] = alice.accessToken.split('.');
    const forged = `${head}.${base64url(claims({ exp: now() + 9000 }))}.${signature}`;
    expectProblem(await whoAmI(`Bearer ${forged}`), 'unauthenticated');
    expect(createHmac('sha256', testSecret).update(forged.split('.').slice(0, 2).join('.')).digest('base64url')).not.toBe(signature);
  });
});
