/** What no table can say, once for the AsyncAPI document and its pages. Markdown. */
export const aboutHandshake =
  'An access token from `POST /api/v1/auth/login`, in the `auth` of the Socket.IO handshake: `io(url, { auth: { token } })`. ' +
  'A token in a header or in the address counts for nothing.';

export const aboutAcks =
  'Every request is one event name and exactly one object, and every request is acked: with `{ ok: true, data }` or with `{ ok: false, error }`. ' +
  '`error.code` never changes its meaning; programs look at it, people at `detail`. With `retryAfterMs` it is worth another try after that time.';

/** The whole art of keeping up, in order. */
export const clientRule: readonly string[] = [
  'Durable pushes carry the room’s `rev`. When `rev` is at most what you hold of this room, drop the push.',
  'When it is the next one, apply it.',
  'Else hold it for 200 ms, for the missing one may be on its way; then `sync` this room. A `head` beyond what you hold means the same.',
];

export const limits: readonly string[] = [
  'A frame holds at most 64 KB; a larger one ends the connection.',
  'One person has at most 10 connections (`too_many_sockets`), and sends 20 messages in 10 seconds, with 10 more now and then (`rate_limited`).',
  'In a minute one person may make 1,200 requests that read, 600 times `sync` and 300 requests of other kinds, over all connections and REST together; too much `typing` is dropped without a word.',
  'Who goes on after 300 refusals in a minute gets `rate_limited` and is disconnected.',
  'Who presents no token within 10 seconds is disconnected.',
  'A minute before your token expires comes `token_expiring`: answer with `refresh_token`, or the connection ends.',
];

const numbered = (lines: readonly string[]): string => lines.map((line, i) => `${i + 1}. ${line}`).join('\n');

export const aboutSockets = `The socket door of Verbatim, a self-hosted chat backend: Socket.IO 4, default namespace, path \`/socket.io\`.

**Connecting.** ${aboutHandshake}

**Asking.** ${aboutAcks}

**Keeping up.**

${numbered(clientRule)}

**Limits.**

${limits.map((line) => `- ${line}`).join('\n')}`;
