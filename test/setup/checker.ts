/** What happened in one run, seen from outside: what was asked, answered, stored and shown. Times are milliseconds of one clock; a message that was sent again may be named each time. */
export interface Run {
  sent: { clientId: string; senderId: string; roomId: string; text: string; at: number }[];
  acked: { clientId: string; senderId: string; roomId: string; seq: number; id: string; sentAt: number; ackedAt: number }[];
  stored: { roomId: string; seq: number; id: string; senderId: string; clientId: string; text: string | null }[];
  /** What each member shows at the end, oldest first. */
  displayed: { who: string; roomId: string; ids: string[] }[];
}

type Stored = Run['stored'][number];
type Acked = Run['acked'][number];

/** Every broken promise of a run, in words; none: the run kept them all. A text of null is a tombstone, which says nothing about what was sent. */
export function violations(run: Run): string[] {
  return [...ackedIsStored(run), ...storedWasSent(run), ...oncePerClientId(run), ...withoutHoles(run), ...shownAsStored(run), ...inOrderOfAcks(run)];
}

function ackedIsStored({ acked, stored }: Run): string[] {
  const rows = new Map(stored.map((row) => [row.id, row]));
  return acked.flatMap((ack) => {
    const row = rows.get(ack.id);
    if (!row) return [`acked but not stored: ${ack.id} (clientId ${ack.clientId})`];
    const same = row.seq === ack.seq && row.roomId === ack.roomId && row.clientId === ack.clientId && row.senderId === ack.senderId;
    return same ? [] : [`acked as ${name(ack)} of ${ack.senderId}, stored as ${name(row)} of ${row.senderId}`];
  });
}

function storedWasSent({ sent, stored }: Run): string[] {
  const known = new Map(sent.map((send) => [once(send), send]));
  return stored.flatMap((row) => {
    const send = known.get(once(row));
    if (!send) return [`stored but never sent: ${name(row)} of ${row.senderId}`];
    return send.roomId === row.roomId && (row.text === null || send.text === row.text) ? [] : [`stored otherwise than sent: ${name(row)}`];
  });
}

function oncePerClientId({ stored }: Run): string[] {
  const ids = new Set(stored.map((row) => row.id)).size === stored.length ? [] : ['two stored rows share an id'];
  return [...ids, ...[...grouped(stored, once).values()].flatMap((rows) => (rows.length === 1 ? [] : [`stored ${rows.length} times: ${rows.map(name).join(', ')}`]))];
}

function withoutHoles({ stored }: Run): string[] {
  return [...byRoom(stored)].flatMap(([roomId, rows]) => {
    const wrong = rows.findIndex((row, at) => row.seq !== at + 1);
    return wrong < 0 ? [] : [`room ${roomId}: seq ${rows[wrong].seq} stands where ${wrong + 1} belongs`];
  });
}

function shownAsStored({ displayed, stored }: Run): string[] {
  const rooms = byRoom(stored);
  return displayed.flatMap(({ who, roomId, ids }) => {
    const history = (rooms.get(roomId) ?? []).map((row) => row.id);
    const at = Array.from({ length: Math.max(ids.length, history.length) }, (_, index) => index).find((index) => ids[index] !== history[index]);
    return at === undefined ? [] : [`${who} shows ${ids[at] ?? 'nothing'} as number ${at + 1} of room ${roomId}, where the history has ${history[at] ?? 'nothing'}`];
  });
}

/** If A was acked before B was sent, A comes first: sweep each room by time of sending, with the greatest number acked so far. */
function inOrderOfAcks({ sent, acked }: Run): string[] {
  const began = firstTimes([...sent, ...acked.map((ack) => ({ ...ack, at: ack.sentAt }))]);
  const beganAt = (ack: Acked): number => began.get(once(ack)) ?? ack.sentAt;
  return [...grouped(acked, (ack) => ack.roomId).values()].flatMap((room) => {
    const byAck = room.toSorted((one, other) => one.ackedAt - other.ackedAt);
    let next = 0;
    let last: Acked | undefined;
    return room.toSorted((one, other) => beganAt(one) - beganAt(other)).flatMap((send) => {
      for (; next < byAck.length && byAck[next].ackedAt < beganAt(send); next += 1) if (!last || byAck[next].seq > last.seq) last = byAck[next];
      return last && last.seq > send.seq ? [`${name(last)} was acked before ${name(send)} was sent, yet comes after it`] : [];
    });
  });
}

/** When each message was sent first: an answer to a repeated send speaks of the first one. */
function firstTimes(sends: { senderId: string; clientId: string; at: number }[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const send of sends) times.set(once(send), Math.min(send.at, times.get(once(send)) ?? Infinity));
  return times;
}

function byRoom(stored: Stored[]): Map<string, Stored[]> {
  const rooms = grouped(stored, (row) => row.roomId);
  for (const rows of rooms.values()) rows.sort((one, other) => one.seq - other.seq);
  return rooms;
}

function grouped<Item>(items: Item[], key: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

const once = (of: { senderId: string; clientId: string }) => `${of.senderId}/${of.clientId}`;
const name = (of: { roomId: string; seq: number; clientId: string }) => `${of.roomId}#${of.seq} (clientId ${of.clientId})`;
