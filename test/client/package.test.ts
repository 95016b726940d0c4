// What somebody gets who installs the packed package and is strict: types without a fault, and a library that runs as ESM and CommonJS.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { newPerson, password } from '../setup/people.js';
import { startServer, type TestServer } from '../setup/server.js';

const run = promisify(execFile);

const program = `
async function main(): Promise<void> {
  const chat = new VerbatimClient({ url: process.argv[2] ?? '', store: new MemoryStore() });
  const stop = chat.on('message', ({ room, message }) => { const seq: number = message.seq; const name: string = room.title; void [seq, name]; });
  await chat.login({ login: process.argv[3] ?? '', password: process.argv[4] ?? '' });
  await chat.start();
  const room: RoomHandle = await chat.join('packed', { create: true });
  const { message, status } = room.send('hello') satisfies OutgoingMessage;
  const stored: Message = await room.send('again').done;
  const { users } = await chat.api.listUsers({ ids: [stored.senderId] });
  const added: PushPayload<'room_added'>['membership']['role'] = room.membership.role;
  const fault: unknown = await chat.api.getUser({ id: 'nobody' }).catch((error: unknown) => error);
  const code: ErrorCode | undefined = fault instanceof VerbatimError && fault.code === 'invalid_input' ? fault.code : undefined;
  stop();
  chat.stop();
  console.log(JSON.stringify([users[0]?.username, stored.text, code, added, toSlug('Book Club')]));
  void [message, status];
}

export function mistakes(chat: VerbatimClient, room: RoomHandle): void {
  // @ts-expect-error -- a text is a string
  room.send(1);
  // @ts-expect-error -- there is no such event
  chat.on('nothing', () => undefined);
  // @ts-expect-error -- there is no such field
  void chat.api.listUsers({ id: 'x' });
  // @ts-expect-error -- a message has no such field
  const wrong: PushPayload<'new_message'>['nothing'] = undefined;
  // @ts-expect-error -- a seq is a number
  const seq: string = room.messages[0]!.seq;
  void [wrong, seq];
}

main().catch((error: unknown) => { console.error(error); process.exit(1); });
`;
const names = '{ MemoryStore, toSlug, VerbatimClient, VerbatimError, type ErrorCode, type Message, type OutgoingMessage, type PushPayload, type RoomHandle }';
const declared = 'declare const process: { argv: string[]; exit(code: number): never };\ndeclare const console: { log(text: string): void; error(error: unknown): void };\n';
const consumer = `import ${names} from '@verbatim/client';\n${declared}${program}`;

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), 'verbatim-consumer-'));
  const installed = join(folder, 'node_modules/@verbatim/client');
  await mkdir(installed, { recursive: true });
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: resolve('client') });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await run('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components', '1']);
  await symlink(resolve('node_modules/socket.io-client'), join(folder, 'node_modules/socket.io-client'));
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  for (const name of ['esm.mts', 'commonjs.cts', 'bundled.ts']) await writeFile(join(folder, name), consumer);
}, 120_000);
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function compile(options: Record<string, unknown>, ...files: string[]): Promise<string> {
  const compilerOptions = { target: 'es2022', lib: ['es2023'], types: [], strict: true, skipLibCheck: false, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, ...options };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  return await run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', folder]).then(({ stdout }) => stdout, (error: unknown) => (error as { stdout: string }).stdout);
}

it('compiles as ESM and CommonJS, strictly, the declarations too, and runs as either', async () => {
  expect(await compile({ module: 'nodenext', moduleResolution: 'nodenext' }, 'esm.mts', 'commonjs.cts')).toBe('');
  for (const [n, file] of ['esm.mjs', 'commonjs.cjs'].entries()) {
    await newPerson(server, `packed${n}`);
    const { stdout } = await run(process.execPath, [join(folder, file), server.url, `packed${n}`, password]);
    expect(JSON.parse(stdout)).toEqual([`packed${n}`, 'again', 'invalid_input', n === 0 ? 'owner' : 'member', 'book-club']);
  }
}, 120_000);

it('compiles for a bundler', async () => {
  expect(await compile({ module: 'esnext', moduleResolution: 'bundler', noEmit: true }, 'bundled.ts')).toBe('');
}, 120_000);
