import { setTimeout as pause } from 'node:timers/promises';
import type { Message } from '../../../src/contract/message.dto.js';
import { cleanText } from '../clean-text.js';
import { asVerbatimError, mayPass } from '../errors.js';
import { newClientId } from '../outbox.js';
import { count, needs } from './arguments.js';
import { findPerson, roomRef, signedIn, type Context } from './context.js';
import { usage } from './failure.js';
import { readInput } from './input.js';
import { day, messageLine, plain } from './output.js';
import { chatLive } from './screen.js';

const tries = 4;

export async function send(context: Context): Promise<void> {
  needs(context.words, 1, Infinity, 'send <room> [text…]');
  await signedIn(context);
  const [ref = '', ...rest] = context.words;
  const text = await textOf(rest);
  const id = await roomRef(context, ref);
  await tellSent(context, await surely((clientId) => context.chat.api.sendToRoom({ id, text, clientId })));
}

export async function dm(context: Context): Promise<void> {
  const { chat, words } = context;
  needs(words, 1, Infinity, 'dm <person> [text…]');
  await signedIn(context);
  const [name = '', ...rest] = words;
  const person = await findPerson(context, name);
  if (rest.length === 0 && process.stdin.isTTY) {
    await chatLive(context, () => chat.direct(person.id));
    return;
  }
  const text = await textOf(rest);
  await tellSent(context, await surely((clientId) => chat.api.sendMessage({ receiverId: person.id, text, clientId })));
}

export async function history(context: Context): Promise<void> {
  const { chat, out, words, flags } = context;
  needs(words, 1, 1, 'history <room> [-n <number>] [--before <number>]');
  await signedIn(context);
  const id = await roomRef(context, words[0] ?? '');
  const wanted = count(flags.count, 20);
  let before = flags.before === undefined ? undefined : count(flags.before, 1, Number.MAX_SAFE_INTEGER);
  const found: Message[] = [];
  for (let more = true; more && found.length < wanted;) {
    const page = await chat.api.listMessages({ id, limit: Math.min(100, wanted - found.length), ...(before === undefined ? {} : { before }) });
    found.unshift(...page.messages);
    before = page.messages[0]?.seq;
    more = page.hasMoreBefore;
  }
  const senders = out.json ? [] : await Promise.all(found.map(({ senderId }) => chat.people.find(senderId)));
  let today = '';
  for (const [i, message] of found.entries()) {
    if (!out.json && day(message.createdAt) !== today) process.stdout.write(`${out.dim(`── ${(today = day(message.createdAt))} ──`)}\n`);
    out.data(messageLine(out, message, senders[i]?.name ?? '?'), message);
  }
}

export async function join(context: Context): Promise<void> {
  const { chat, words, flags } = context;
  needs(words, 1, 1, 'join <room>');
  await signedIn(context);
  const ref = words[0] ?? '';
  await chatLive(context, async () => (ref.startsWith('@') ? await chat.direct((await findPerson(context, ref)).id) : await chat.join(ref, { create: flags.create === true })));
}

async function textOf(words: string[]): Promise<string> {
  if (words.length > 0) return cleanText(words.join(' '));
  if (process.stdin.isTTY) throw usage('What shall be sent? Give the text as an argument or on stdin');
  const text = cleanText(await readInput()).replace(/\n$/, '');
  if (text.trim() === '') throw usage('There is nothing to send: stdin was empty');
  return text;
}

/** With one clientId for all tries: whatever got lost, it is sent once. */
async function surely(attempt: (clientId: string) => Promise<Message>): Promise<Message> {
  const clientId = newClientId();
  for (let n = 1; ; n += 1) {
    try {
      return await attempt(clientId);
    } catch (caught) {
      const error = asVerbatimError(caught);
      if (!mayPass(error) || error.code === 'signed_out' || n === tries) throw error;
      await pause(Math.min(error.retryAfterMs ?? 300 * 2 ** n, 10_000));
    }
  }
}

async function tellSent({ chat, out }: Context, message: Message): Promise<void> {
  out.data(messageLine(out, message, plain(chat.me?.name ?? '')), message);
}
