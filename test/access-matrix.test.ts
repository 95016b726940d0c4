// Who may do what, for every operation there is. A new operation fails here until somebody has decided who may call it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inCapitals, setTheScene, type Call, type Role, type Scene } from './setup/cast.js';
import { exampleBody, needsToken, operations, pathOf } from './setup/document.js';
import { request } from './setup/people.js';
import { startServer, type TestServer } from './setup/server.js';
import { expectProblem } from './setup/wire.js';

interface Table {
  scene: Scene;
  columns: string;
  rows: Record<string, string>;
}

/** One line for each operation, read aloud: "Of getUser, an anonymous caller gets 401, …". */
const tables: Table[] = [
  {
    // Operations that concern one person, or nobody. `self`: whom the operation concerns, or to whom the thing belongs.
    scene: 'people',
    columns: '             anonymous expired stranger self admin',
    rows: {
      register: '          201       201     201      201  201',
      login: '             200       200     200      200  200',
      refresh: '           200       200     200      200  200',
      logout: '            401       401     204      204  204',
      logoutAll: '         401       401     204      204  204',
      listSessions: '      401       401     200      200  200',
      endSession: '        401       401     404      204  404',
      changePassword: '    401       401     204      204  204',
      getSignInProviders: '200       200     200      200  200',
      signInWithGoogle: '  501       501     501      501  501',
      startGoogleSignIn: ' 501       501     501      501  501',
      finishGoogleSignIn: '501       501     501      501  501',
      exchangeSignInCode: '501       501     501      501  501',
      confirmSignIn: '     401       401     501      501  501',
      getMe: '             401       401     200      200  200',
      updateMe: '          401       401     200      200  200',
      listUsers: '         401       401     200      200  200',
      getUser: '           401       401     200      200  200',
      getUnread: '         401       401     200      200  200',
      setDisabled: '       401       401     403      403  200',
      setRole: '           401       401     403      403  200',
      createRoom: '        401       401     201      201  201',
      listMyRooms: '       401       401     200      200  200',
      listPublicRooms: '   401       401     200      200  200',
      openDirectRoom: '    401       401     201      422  201',
      listConversation: '  401       401     200      200  200',
      sync: '              401       401     200      200  200',
      isLive: '            200       200     200      200  200',
      isReady: '           200       200     200      200  200',
      getVersion: '        200       200     200      200  200',
      getMetrics: '        200       200     200      200  200',
    },
  },
  {
    // In a public room. `author`: an ordinary member who wrote the message, and whom others act upon.
    scene: 'public',
    columns: '         anonymous stranger former banned member author moderator owner admin',
    rows: {
      getRoom: '       401       200      200    200    200    200    200       200   200',
      joinRoom: '      401       200      200    403    200    200    200       200   200',
      leaveRoom: '     401       200      200    200    200    200    200       409   200',
      updateRoom: '    401       403      403    403    403    403    200       200   200',
      archiveRoom: '   401       403      403    403    403    403    403       204   204',
      unarchiveRoom: ' 401       403      403    403    403    403    403       200   200',
      listMembers: '   401       403      403    403    200    200    200       200   200',
      addMember: '     401       403      403    403    201    201    201       201   201',
      setMemberRole: ' 401       403      403    403    403    403    403       200   200',
      removeMember: '  401       403      403    403    403    204    204       204   204',
      markRead: '      401       403      403    403    200    200    200       200   403',
      listMessages: '  401       403      403    403    200    200    200       200   200',
      sendToRoom: '    401       403      403    403    201    201    201       201   403',
      sendMessage: '   401       403      403    403    201    201    201       201   403',
      getMessage: '    401       403      403    403    200    200    200       200   200',
      editMessage: '   401       403      403    403    403    200    403       403   403',
      deleteMessage: ' 401       403      403    403    403    204    204       204   204',
      addReaction: '   401       403      403    403    204    204    204       204   403',
      removeReaction: '401       403      403    403    204    204    204       204   403',
    },
  },
  {
    // In a private room, of which nobody outside learns that it exists; neither does an admin of the server.
    scene: 'private',
    columns: '         anonymous stranger former banned member author moderator owner admin',
    rows: {
      getRoom: '       401       404      404    404    200    200    200       200   404',
      joinRoom: '      401       404      404    404    200    200    200       200   404',
      leaveRoom: '     401       404      404    404    200    200    200       409   404',
      updateRoom: '    401       404      404    404    403    403    200       200   404',
      archiveRoom: '   401       404      404    404    403    403    403       204   404',
      unarchiveRoom: ' 401       404      404    404    403    403    403       200   404',
      listMembers: '   401       404      404    404    200    200    200       200   404',
      addMember: '     401       404      404    404    403    403    201       201   404',
      setMemberRole: ' 401       404      404    404    403    403    403       200   404',
      removeMember: '  401       404      404    404    403    204    204       204   404',
      markRead: '      401       404      404    404    200    200    200       200   404',
      listMessages: '  401       404      404    404    200    200    200       200   404',
      sendToRoom: '    401       404      404    404    201    201    201       201   404',
      sendMessage: '   401       404      404    404    201    201    201       201   404',
      getMessage: '    401       404      404    404    200    200    200       200   404',
      editMessage: '   401       404      404    404    403    200    403       403   404',
      deleteMessage: ' 401       404      404    404    403    204    204       204   404',
      addReaction: '   401       404      404    404    204    204    204       204   404',
      removeReaction: '401       404      404    404    204    204    204       204   404',
    },
  },
];

let server: TestServer;
let play: Awaited<ReturnType<typeof setTheScene>>;

beforeAll(async () => {
  server = await startServer();
  play = await setTheScene(server);
});
afterAll(() => server.close());

const words = (text: string): string[] => text.trim().split(/\s+/);
const cells = tables.flatMap(({ scene, columns, rows }) =>
  Object.entries(rows).flatMap(([id, row]) => words(columns).map((role, i) => ({ scene, id, role: role as Role, status: Number(words(row)[i]) }))));

it('has a row for every operation, and an operation for every row', () => {
  const decided = new Set(cells.map(({ id }) => id));
  expect([...decided].sort()).toEqual(operations.map(({ operationId }) => operationId).sort());
});

it('has a cell for every column', () => {
  for (const { columns, rows } of tables) for (const [id, row] of Object.entries(rows)) expect([id, words(row).length]).toEqual([id, words(columns).length]);
});

it('closes every operation that the document calls closed, and no other', () => {
  const closed = new Set(cells.filter(({ role, status }) => role === 'anonymous' && status === 401).map(({ id }) => id));
  expect([...closed].sort()).toEqual(operations.filter(needsToken).map(({ operationId }) => operationId).sort());
});

const writings = [['as they are', (call: Call) => call], ['in capital letters', inCapitals]] as const;
const runs = tables.flatMap(({ scene }) => writings.map(([how, written]) => [scene, how, written] as const));

describe.each(runs)('among %s, with ids %s', (scene, _, written) => {
  for (const operation of operations) {
    const row = cells.filter((cell) => cell.scene === scene && cell.id === operation.operationId);
    for (const { id, role, status } of row) {
      it(`${id} answers ${status} to ${role}`, async () => {
        const { token, path = {}, body = exampleBody(operation) }  = written(await play(scene, role, operation));
        const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
        const answer = await request(`${server.url}${pathOf(operation, path)}`, operation.method, { headers, body });
        expect([answer.status, answer.status === status ? '' : answer.body]).toEqual([status, '']);
        if (status >= 400) expectProblem(answer);
        expect(Object.keys(operation.responses)).toContain(String(status));
      });
    }
  }
});

/** A private room that one may not enter, and a room that is not there, are one and the same to whoever asks. */
it('gives nothing away about private rooms', async () => {
  const { token, path = {} } = await play('private', 'stranger', operations.find(({ operationId }) => operationId === 'getRoom')!);
  const ask = async (id: string) => {
    const { status, body } = await request(`${server.url}/api/v1/rooms/${id}`, 'GET', { headers: { authorization: `Bearer ${token}` } });
    return [status, { ...body, requestId: '' }];
  };
  expect(await ask(path.id ?? '')).toEqual(await ask('019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e'));
});
