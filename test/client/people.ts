import { afterEach } from '@jest/globals';
import { VerbatimClient, type ClientOptions } from '../../client/src/index.js';
import { newPerson, password } from '../setup/people.js';
import type { TestServer } from '../setup/server.js';

const open = new Set<VerbatimClient>();

afterEach(() => {
  open.forEach((chat) => { chat.stop(); });
  open.clear();
});

/** A client that is stopped when the test ends. */
export function newClient(url: string, options: Partial<ClientOptions> = {}): VerbatimClient {
  const chat = new VerbatimClient({ url, ...options });
  open.add(chat);
  return chat;
}

/** Registers somebody, logs in with the client, and is online. */
export async function online(server: Pick<TestServer, 'url'>, username: string, options: Partial<ClientOptions> = {}): Promise<VerbatimClient> {
  await newPerson(server, username);
  return await another(server, username, options);
}

/** The same person on another device. */
export async function another(server: Pick<TestServer, 'url'>, username: string, options: Partial<ClientOptions> = {}): Promise<VerbatimClient> {
  const chat = newClient(options.url ?? server.url, options);
  await chat.login({ login: username, password });
  await chat.start();
  await chat.ready(30_000);
  return chat;
}

/** Waits until it is so; says what was awaited when it never is. */
export async function until(what: string, isSo: () => boolean, withinMs = 20_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
}
