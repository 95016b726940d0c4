// The quick way through validation must say nothing else than the slow one, whatever comes.
import { expect, it } from '@jest/globals';
import { getMetadataStorage } from 'class-validator';
import fc from 'fast-check';
import { ValidationPipe } from '@nestjs/common';
import { quicklyChecked } from '../../src/common/quick-check.js';
import { validationPipe } from '../../src/common/validation.js';
import * as auth from '../../src/contract/auth.dto.js';
import * as message from '../../src/contract/message.dto.js';
import * as read from '../../src/contract/read.dto.js';
import * as room from '../../src/contract/room.dto.js';
import * as socket from '../../src/contract/socket.dto.js';
import * as sync from '../../src/contract/sync.dto.js';
import * as user from '../../src/contract/user.dto.js';

type Dto = new () => object;

const namesOf = (type: Dto): string[] => [...new Set(getMetadataStorage().getTargetValidationMetadatas(type, '', false, false).map(({ propertyName }) => propertyName))];
const exported = [auth, message, read, room, socket, sync, user].flatMap((module) => Object.values(module) as unknown[]);
const dtos = exported.filter((one): one is Dto => typeof one === 'function' && one.prototype !== undefined && namesOf(one as Dto).length > 0);

const uuid = '019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e';
const values = fc.oneof(
  fc.constantFrom<unknown>(uuid, uuid.toUpperCase(), 'hello world!', '', ' ', '\u200b', ' padded ', 'e\u0301', '7', 0, 1, 15, 100, 101, -1, 1.5, Number.MAX_SAFE_INTEGER, 2 ** 60, true, false, null),
  fc.constantFrom<unknown>('👍', 'public', 'private', 'owner', 'x'.repeat(4000), 'x'.repeat(4001), 'alice@example.org', '2026-11-20T09:30:00Z', [], [uuid], {}, { rev: 1 }, undefined),
  fc.constantFrom<unknown>('👍\ufe0f', '\ufe0f\ufe0e', '00000000-0000-0000-0000-000000000000', `${uuid}\n`, uuid.replace('7', '9'), '👍'.repeat(4000)),
  fc.string(), fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom('\ufe0f', '👍', 'a', '\ud83d'), maxLength: 9 }), fc.integer(),
);
const bodiesOf = (type: Dto) => fc.record(Object.fromEntries([...namesOf(type), 'unknownField'].map((name) => [name, name === 'unknownField' ? fc.constantFrom(undefined, 1) : values])), { requiredKeys: [] });

/** What the slow way makes of it: an instance, or a refusal. */
async function slowly(body: unknown, type: Dto): Promise<unknown> {
  return await (ValidationPipe.prototype.transform.call(validationPipe(), body, { type: 'body', metatype: type }) as Promise<unknown>).catch(() => 'refused');
}

it.each(dtos.map((type) => [type.name, type] as const))('says of %s what the slow way says', async (_name, type) => {
  await fc.assert(fc.asyncProperty(bodiesOf(type), async (found) => {
    const body = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
    const made = quicklyChecked({ ...body }, type);
    if (made === undefined) return;
    expect(made).toBeInstanceOf(type);
    expect(made).toStrictEqual(await slowly(body, type));
  }), { numRuns: 300 });
});

it('takes the quick way for what is sent most', () => {
  expect(quicklyChecked({ roomId: uuid, clientId: uuid, text: 'hello world!' }, socket.TypingDto)).toBeUndefined();
  expect(quicklyChecked({ roomId: uuid, clientId: uuid, text: 'hello world!' }, message.SocketSendDto)).toBeInstanceOf(message.SocketSendDto);
  expect(quicklyChecked({ roomId: uuid, typing: true }, socket.TypingDto)).toBeInstanceOf(socket.TypingDto);
  expect(quicklyChecked({ roomId: uuid, seq: 4 }, socket.MarkReadDto)).toBeInstanceOf(socket.MarkReadDto);
});

it('leaves what is transformed, nested or hostile to the slow way', () => {
  expect(quicklyChecked({ name: 'Alice', email: 'alice@example.org', password: 'correct horse' }, auth.RegisterDto)).toBeUndefined();
  expect(quicklyChecked({ rooms: { [uuid]: { epoch: uuid, rev: 1 } } }, sync.SyncDto)).toBeUndefined();
  expect(quicklyChecked(JSON.parse(`{"roomId":"${uuid}","typing":true,"__proto__":{}}`), socket.TypingDto)).toBeUndefined();
  expect(quicklyChecked('text', String)).toBeUndefined();
});
