import { jest } from '@jest/globals';
import { Client } from 'pg';

/** What the server asks PostgreSQL by the clock or on a new connection, whatever is asked of it: where rooms stand, which sessions were used or ended, who came to a room or went, whom to tell that someone came, which rooms are large. */
const byTheClock = /^SET lock_timeout|AS r\(id\)|AS known\(id, rev\)|sessions|r\.kind = 'direct'|make_interval|FROM users (u )?WHERE (u\.)?id = ANY/;

/** Those that are planned anew each time, since they have no name. */
export async function unpreparedDuring(work: () => Promise<unknown>): Promise<string[]> {
  const asked = jest.spyOn(Client.prototype, 'query');
  try {
    await work();
    const queries = asked.mock.calls.map(([query]) => (typeof query === 'string' ? { text: query } : query as { text: string; name?: string }));
    return queries.filter(({ name, text }) => name === undefined && !byTheClock.test(text)).map(({ text }) => text.trim());
  } finally {
    asked.mockRestore();
  }
}

/** Every statement that any connection of this process sends to PostgreSQL for the work while it is done. */
export async function statementsDuring(work: () => Promise<unknown>): Promise<string[]> {
  return (await allStatementsDuring(work)).filter((text) => !byTheClock.test(text));
}

export async function allStatementsDuring(work: () => Promise<unknown>): Promise<string[]> {
  const asked = jest.spyOn(Client.prototype, 'query');
  try {
    await work();
    return asked.mock.calls.map(([query]) => (typeof query === 'string' ? query : (query as { text: string }).text).trim());
  } finally {
    asked.mockRestore();
  }
}
