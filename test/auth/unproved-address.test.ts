import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SignedIn } from '../../src/contract/auth.dto.js';
import { toPerson } from '../../src/auth/person.js';
import { startServerAndProvider, type TestProvider } from '../setup/google.js';
import { anonymous, newPerson, password, type Answer } from '../setup/people.js';
import type { TestServer } from '../setup/server.js';

let server: TestServer;
let provider: TestProvider;

beforeAll(async () => { ({ server, provider } = await startServerAndProvider()); });
afterAll(async () => {
  await server.close();
  await provider.stop();
});

const signIn = async (sub: string, email: string, verified: boolean): Promise<Answer<SignedIn>> =>
  anonymous(server).post('/auth/google', { idToken: await provider.idToken({ sub, email, email_verified: verified, name: sub }) });

describe('an address that the provider has not verified', () => {
  it('is not stored, and does not keep its owner from signing in through the same provider', async () => {
    const squatter = await signIn('squatter', 'amy@example.org', false);
    expect([squatter.status, squatter.body.user.email, squatter.body.user.username]).toEqual([201, null, 'amy']);
    const owner = await signIn('amy', 'amy@example.org', true);
    expect([owner.status, owner.body.user.email]).toEqual([201, 'amy@example.org']);
    expect((await signIn('squatter', 'amy@example.org', false)).body.user.id).toBe(squatter.body.user.id);
  });

  it('does not keep its owner from registering', async () => {
    await signIn('squatter2', 'ben@example.org', false);
    expect((await newPerson(server, 'ben-himself')).user.username).toBe('ben-himself');
    const ben = await anonymous(server).post('/auth/register', { name: 'Ben', email: 'ben@example.org', password });
    expect(ben.status).toBe(201);
  });

  it('is stored once the provider has verified it, unless somebody else has it by then', async () => {
    const early = await signIn('cleo', 'cleo@example.org', false);
    const later = await signIn('cleo', 'cleo@example.org', true);
    expect([later.body.user.id, later.body.user.email]).toEqual([early.body.user.id, 'cleo@example.org']);
    await signIn('dan', 'dan@example.org', false);
    await anonymous(server).post('/auth/register', { name: 'Dan', email: 'dan@example.org', password });
    expect((await signIn('dan', 'dan@example.org', true)).body.user.email).toBeNull();
  });

  it('can be several people\'s', async () => {
    const [one, other] = [await signIn('eve1', 'eve@example.org', false), await signIn('eve2', 'eve@example.org', false)];
    expect([one.status, other.status, one.body.user.id === other.body.user.id]).toEqual([201, 201, false]);
  });
});

describe('email_verified', () => {
  const google = 'https://accounts.google.com';
  it.each([
    ['an address of Google\'s own', google, { email: 'amy@gmail.com', email_verified: true }, true],
    ['an address of a domain that Google hosts', google, { email: 'amy@example.org', email_verified: true, hd: 'example.org' }, true],
    ['any other address', google, { email: 'amy@yahoo.example', email_verified: true }, false],
    ['an address that only looks like Google\'s', google, { email: 'amy@gmail.com.example', email_verified: true }, false],
    ['an address that is not verified', google, { email: 'amy@gmail.com', email_verified: false, hd: 'gmail.com' }, false],
    ['an address at another provider', 'https://login.example.org', { email: 'amy@example.org', email_verified: true }, true],
  ])('proves %s of %s: %#', (_, issuer, claims, proved) => {
    expect(toPerson(issuer, { sub: 'amy', ...claims }).emailProved).toBe(proved);
  });
});
