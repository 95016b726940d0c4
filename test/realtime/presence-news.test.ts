// What it asks the database when many come at once, as after a restart.
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { PresenceService } from '../../src/realtime/presence.js';
import { connect, newChatter } from '../setup/chatters.js';
import { loggedDuring } from '../setup/logged.js';
import { newPerson } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';
import { allStatementsDuring } from '../setup/statements.js';
import { randomId } from '../setup/tokens.js';

let server: TestServer;

beforeAll(async () => { server = await startServer(); });
afterAll(() => server.close());

const about = (statements: string[], part: string): number => statements.filter((sql) => sql.includes(part)).length;

it('looks those up together who came within a moment, and nobody whom nobody knows', async () => {
  const presence = server.app.get(PresenceService);
  const statements = await allStatementsDuring(async () => {
    for (let i = 0; i < 50; i += 1) {
      presence.connected(randomId(), randomId());
      await pause(1);
    }
    await pause(1500);
  });
  expect(about(statements, `r.kind = 'direct'`)).toBeGreaterThan(0);
  expect(about(statements, `r.kind = 'direct'`)).toBeLessThan(10);
  expect(about(statements, 'FROM users')).toBe(0);
});

it('looks up who they are whom somebody knows', async () => {
  const person = await newPerson(server, 'bob');
  const alice = await newChatter(server, 'alice');
  await alice.person.put(`/dms/${person.user.id}`);
  const bob = await connect(server, person);
  await alice.next('presence', ({ userId }) => userId === bob.id); // He came.
  alice.forget();
  const statements = await allStatementsDuring(async () => {
    bob.leave();
    expect(await alice.next('presence', ({ userId }) => userId === bob.id)).toMatchObject({ online: false });
  });
  expect(about(statements, 'FROM users')).toBe(1);
});

it('is told later when it could not be looked up at first', async () => {
  const dora = await newPerson(server, 'dora');
  const carol = await newChatter(server, 'carol');
  await carol.person.put(`/dms/${dora.user.id}`);
  const log = await loggedDuring('warn', async () => {
    await server.db.query('ALTER TABLE memberships RENAME TO mislaid');
    server.app.get(PresenceService).connected(dora.user.id, randomId());
    await pause(1500);
    await server.db.query('ALTER TABLE mislaid RENAME TO memberships');
  });
  expect(log).toContain('Presence was not told');
  carol.forget();
  expect(await carol.next('presence', ({ userId }) => userId === dora.user.id)).toMatchObject({ online: true });
});

it('is over when the server stops: the database goes before a second has passed', async () => {
  const stopping = await startServer();
  const log = await loggedDuring('warn', async () => {
    stopping.app.get(PresenceService).connected(randomId(), randomId());
    await stopping.close();
    await pause(1500);
  });
  expect(log).toBe('');
});
