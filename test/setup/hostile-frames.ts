import type { Frame } from './raw-socket.js';

const nested = (depth: number, open = '[', close = ']'): string => open.repeat(depth) + '1' + close.repeat(depth);
const many = (count: number, one = '1'): string => Array.from({ length: count }, () => one).join(',');
const kb = 1024;
const uuid = '019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4f';
const goodBody = (padding = 0): string => `{"roomId":"${uuid}","clientId":"${uuid}","text":"hi${' '.repeat(padding)}"}`;
const reserved = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener', 'error', 'message', 'ping', 'pong', 'close', 'data', 'end'];
const prototypes = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'then', ''];
/** One frame names the same attachment again and again: small to send, and large for whoever walks through it. */
const placeholder = '{"_placeholder":true,"num":0}';

/** A sequence of frames that one connection sends, and what it is called. */
export const hostileFrames: [name: string, frames: Frame[]][] = [
  ...['', ' ', '\u0000', '4', '42', '421', '42[]', '421[]', '42[', '42]', '42{}', '42null', '42"x"', '42[null]', '42[1]', '42[{}]', '42[[]]', '42[""]', '42["x"', '42["x"]]', '43', '431', '43[]', '431[]', '43null', '44', '44{}', '44"no"', '45', '46', '47', '48', '49', '4a', '4-1', '4\u0661'].map((text): [string, Frame[]] => [`packet ${JSON.stringify(text)}`, [text]]),
  ...['0', '0{}', '1', '2', '2probe', '3', '3probe', '5', '6', '7', '8', 'x', '{}', '[]', '\x1e', '\x1e\x1e', '2\x1e2', '42["x"]\x1e42["y"]', 'b', 'bAAAA', 'b!!!!', 'b4'].map((text): [string, Frame[]] => [`engine frame ${JSON.stringify(text)}`, [text]]),
  ...['40', '40{}', '40[]', '40null', '40"x"', '401', '40{"token":null}', '40{"token":{}}', '40{"token":["x"]}', '40{"token":""}', '40{"token":"a.b.c"}', '40{"token":1e999}', '40{"__proto__":{"token":"x"}}', '40{"token":"\u0000"}', `40{"token":"${'x'.repeat(60_000)}"}`, `40{"token":${nested(20_000)}}`].map((text): [string, Frame[]] => [`connect ${text.slice(0, 40)}`, [text]]),
  ...['40/', '40/admin,', '40/admin,{"token":"x"}', '40//,', '40/__proto__,', '40/constructor,{}', '42/admin,["x",{}]', '42/,["typing",{}]', '41/admin,', '41', '41,', '41/', '43/admin,1[]', '40/\u0000,', `40/${'a'.repeat(60_000)},`, '40/a?b=c,', '40/%2f,', '42/', '42/,'].map((text): [string, Frame[]] => [`namespace ${text.slice(0, 40)}`, [text]]),
  ['connecting again and again', Array.from({ length: 50 }, () => '40{"token":"x"}')],
  ['connecting to many namespaces', Array.from({ length: 200 }, (_, i) => `40/n${i},`)],
  ...reserved.map((name): [string, Frame[]] => [`event ${name}`, [`42["${name}"]`, `427["${name}",{}]`]]),
  ...prototypes.map((name): [string, Frame[]] => [`event ${JSON.stringify(name)}`, [`427["${name}",{}]`]]),
  ...['0', '-1', '-0', '1.5', '00007', '9007199254740993', '9'.repeat(400), '1e5', ' ', '  7', 'NaN', 'Infinity', '\u0663'].map((id): [string, Frame[]] => [`ack id ${id.slice(0, 30)}`, [`42${id}["typing",{}]`, `43${id}[1]`]]),
  ...[2, 3, 10, 1000, 40_000, 450_000].map((count): [string, Frame[]] => [`${count} arguments`, [`427["typing",${many(count)}]`]]),
  ...[40_000, 450_000].map((count): [string, Frame[]] => [`${count} arguments just under the limit`, [`427["typing",${many(count)}]`.slice(0, 64 * kb - 1) + ']', `427["x",${many(32_000)}]`]]),
  ['32,000 arguments in an ack', [`431[${many(32_000)}]`]],
  ['32,000 keys', [`427["typing",{${Array.from({ length: 6500 }, (_, i) => `"k${i}":1`).join(',')}}]`]],
  ...[19, 20, 21, 1000, 30_000].flatMap((depth): [string, Frame[]][] => [
    [`${depth} levels of arrays`, [`427["typing",{"a":${nested(depth)}}]`]],
    [`${depth} levels of objects`, [`427["typing",${nested(Math.min(depth, 10_000), '{"a":', '}')}]`]],
    [`${depth} levels around a placeholder`, [`451-["typing",${'['.repeat(depth)}${placeholder}${']'.repeat(depth)}]`, Buffer.from('x')]],
  ]),
  ...['{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"admin":true}}}', '{"roomId":{"__proto__":1}}', '{"toJSON":1}', '{"then":1}', '{"length":-1}', '{"\u0000":1}', '{"\\ud800":1}', '{"roomId":"\\ud800"}', '[]', 'null', '1', '"x"', 'true', '{},{}', '{},{},{}', '{},null', '1e999', '{"limit":null}', '{"rooms":null}', '{"timestamp":null}', '{"timestamp":1e308}', '{"timestamp":"2026-99-99T99:99:99Z"}', '{"limit":1e308}', '{"rev":1e308}', '{"rooms":{"__proto__":{}}}', `{"rooms":{"${uuid}":null}}`, `{"rooms":{"${uuid}":{"epoch":"${uuid}","rev":9007199254740991}}}`].flatMap((body): [string, Frame[]][] => [
    [`body ${body}`, ['sync', 'new_message', 'fetch_messages', 'join_room', 'edit_message', 'mark_read', 'typing', 'add_reaction', 'refresh_token'].map((event, i) => `42${i}["${event}",${body}]`)],
  ]),
  ...['{"room":null}', '{"room":"x","limit":null}', '{"room":"x","create":null}', '{"room":"---","create":true}', '{"room":"\ud800","create":true}', `{"roomId":"${uuid}","limit":null}`, `{"roomId":"${uuid}","timestamp":-1}`].map((body): [string, Frame[]] => [`body ${JSON.stringify(body)}`, [`421["join_room",${body}]`, `422["fetch_messages",${body}]`]]),
  ...['null', '[]', '"x"', '[null]', '[{}]', `"${uuid}"`, `[${many(201, `"${uuid}"`)}]`, `{"length":1,"0":"${uuid}"}`].map((ids): [string, Frame[]] => [`ids ${ids.slice(0, 60)}`, [`421["fetch_users",{"ids":${ids}}]`]]),
  ['a good request without an ack', [`42["typing",{"roomId":"${uuid}","typing":true}]`, `42["new_message",${goodBody()}]`]],
  ...['450-["x"]', '45-["x"]', '451["x"]', '451-', '4511-["x"]', '45-1-["x"]', '451.5-["x"]', '451e9-["x"]', '4599999999999-["x"]', '461-1[1]', '46-1[]'].map((text): [string, Frame[]] => [`attachments ${text}`, [text, Buffer.from('x'), Buffer.from('y')]]),
  ['attachments that never come', [`4510-["typing",${placeholder}]`, Buffer.from('x'), '42["typing",{}]']],
  ['a placeholder without an attachment', [`427["typing",${placeholder}]`]],
  ...['-1', '1', '1e9', '"0"', 'null', '{}', '0.5', '"__proto__"', '"length"'].map((num): [string, Frame[]] => [`placeholder number ${num}`, [`451-7["typing",{"a":{"_placeholder":true,"num":${num}}}]`, Buffer.from('x')]]),
  ['binary as the body', [`451-7["typing",${placeholder}]`, Buffer.alloc(1000, 7)]],
  ['binary as the name', [`451-7[${placeholder},{}]`, Buffer.alloc(1000, 7)]],
  ['binary as a field', [`451-7["new_message",{"roomId":"${uuid}","clientId":"${uuid}","text":${placeholder}}]`, Buffer.alloc(60_000, 7)]],
  ['ten large attachments', [`4510-7["typing",{"a":[${Array.from({ length: 10 }, (_, i) => `{"_placeholder":true,"num":${i}}`).join()}]}]`, ...Array.from({ length: 10 }, () => Buffer.alloc(60_000, 7))]],
  ['one attachment named 2,000 times', [`451-7["typing",{"a":[${many(2000, placeholder)}]}]`, Buffer.alloc(60_000, 7)]],
  ['attachments nobody asked for', [Buffer.from('x'), Buffer.alloc(60_000)]],
  ...[64 * kb - 1, 64 * kb, 64 * kb + 1, 80_000, 1_000_000].flatMap((size): [string, Frame[]][] => [
    [`a frame of ${size} bytes`, [`427["new_message",${goodBody(size - 7 - 18 - goodBody().length)}]`.padEnd(size)]],
    [`an event name of ${size} bytes`, [`427["${'n'.repeat(size - 10)}",{}]`]],
    [`binary of ${size} bytes`, [`451-["x",${placeholder}]`, Buffer.alloc(size)]],
  ]),
  ...[[0xff, 0xfe, 0x00], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x80], [0x34, 0x32, 0x5b, 0x22, 0xff, 0x22, 0x5d]].map((bytes): [string, Frame[]] => [`bytes ${bytes.join(' ')}`, [Buffer.from(bytes)]]),
];

/** What mutants are made from: one good frame of each kind. */
const goodFrames: string[] = [
  '40{"token":"a.b.c"}', '40/admin,{"token":"a"}', '41', '2', '3', `431[{"a":1}]`,
  `420["sync",{"rooms":{"${uuid}":{"epoch":"${uuid}","rev":7}},"limit":20}]`,
  '421["join_room",{"room":"lobby","limit":15,"create":true}]',
  `422["leave_room",{"roomId":"${uuid}"}]`,
  `423["new_message",${goodBody()}]`,
  `424["fetch_messages",{"roomId":"${uuid}","timestamp":0,"limit":15}]`,
  `4211["fetch_users",{"ids":["${uuid}"]}]`,
  `425["edit_message",{"messageId":"${uuid}","text":"hello","expectedRev":3}]`,
  `426["delete_message",{"messageId":"${uuid}"}]`,
  `427["add_reaction",{"messageId":"${uuid}","emoji":"\u{1F44D}"}]`,
  `428["mark_read",{"roomId":"${uuid}","seq":3}]`,
  `429["typing",{"roomId":"${uuid}","typing":true}]`,
  '4210["refresh_token",{"accessToken":"a.b.c"}]',
  `451-11["new_message",{"roomId":"${uuid}","clientId":"${uuid}","text":${placeholder}}]`,
];

/** The same numbers for the same seed. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const tokens = ['', '{', '}', '[', ']', '"', ',', ':', '-', '/', '0', '-1', '1e308', '1e999', '9007199254740993', '9'.repeat(40), 'null', 'true', '{}', '[]', '""', '"__proto__"', '"constructor"', '\\u0000', '\\ud800', '\u0000', '\ufffe', '\u{1F600}', '\x1e', placeholder, nested(25), nested(3000), many(3000), 'x'.repeat(5000), uuid, '"typing"', '"connect"', '"error"', '50-', '1-', '/x,'];

/** A good frame with one to four accidents. */
export function mutant(random: (below: number) => number): Frame {
  let text = goodFrames[random(goodFrames.length)];
  for (let accidents = 1 + random(4); accidents > 0; accidents -= 1) text = accident(text, random);
  if (random(10) > 0) return text;
  const bytes = Buffer.from(text);
  for (let i = 1 + random(5); i > 0 && bytes.length > 0; i -= 1) bytes[random(bytes.length)] = random(256);
  return bytes;
}

function accident(text: string, random: (below: number) => number): string {
  const at = random(text.length + 1);
  const to = Math.min(text.length, at + 1 + random(8));
  const token = tokens[random(tokens.length)];
  const ways: (() => string)[] = [
    () => text.slice(0, at) + token + text.slice(at),
    () => text.slice(0, at) + token + text.slice(to),
    () => text.slice(0, at) + text.slice(to),
    () => text.slice(0, at),
    () => text.slice(0, at) + text.slice(at, to).repeat(1 + random(50)) + text.slice(to),
    () => text.slice(0, at) + String.fromCharCode(random(0x300)) + text.slice(at + 1),
    () => swapValue(text, token, random),
    () => `4${random(8)}${text.slice(2)}`,
  ];
  return ways[random(ways.length)]().slice(0, 70_000);
}

/** One JSON value of the frame replaced by another. */
function swapValue(text: string, token: string, random: (below: number) => number): string {
  const values = [...text.matchAll(/"[^"]*"|-?\d+|true|false|null/g)];
  const chosen = values[random(Math.max(1, values.length))];
  return chosen === undefined ? text : text.slice(0, chosen.index) + token + text.slice(chosen.index + chosen[0].length);
}
