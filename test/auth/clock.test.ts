import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { newPerson, type Person } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';

let server: TestServer;
let alice: Person;

beforeAll(async () => {
  server = await startServer();
  alice = await newPerson(server, 'alice');
});
afterEach(() => { jest.useRealTimers(); });
afterAll(() => server.close());

/** The server's clock, and nothing else, goes wrong. */
function setClockAhead(ms: number): void {
  jest.useFakeTimers({
    now: Date.now() + ms,
    doNotFake: [
      'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout',
    ],
  });
}

it('a token made while the clock was a day ahead is refused once the clock is right, whether it was used meanwhile or not', async () => {
  setClockAhead(86_400_000);
  const [used, unused] = [await alice.anotherDevice(), await alice.anotherDevice()];
  expect((await used.get('/users/me')).status).toBe(200);
  jest.useRealTimers();
  expect([(await used.get('/users/me')).status, (await unused.get('/users/me')).status]).toEqual([401, 401]);
  const renewed = await used.post('/auth/refresh', { refreshToken: used.refreshToken });
  used.accessToken = renewed.body.accessToken;
  expect((await used.get('/users/me')).status).toBe(200);
});
