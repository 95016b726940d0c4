// What the three baselines share. None of them checks who asks, limits anything or knows a message that was sent twice.
import { randomUUID } from 'node:crypto';

/** The fields and the size of one of our messages, so that every system moves the same bytes. */
export function toMessage({ roomId, clientId, text }, senderId, seq, createdAt = new Date().toISOString()) {
  return { id: randomUUID(), roomId, senderId, clientId, text, replyTo: null, reactions: [], editedAt: null, deletedAt: null, seq, rev: seq, createdAt };
}

/** Messages of a room in the order of their arrival here, for those that store nothing. */
export function counters() {
  const last = new Map();
  return (roomId) => {
    const seq = (last.get(roomId) ?? 0) + 1;
    last.set(roomId, seq);
    return seq;
  };
}

export function serve(server) {
  server.listen(0, '127.0.0.1', 4096, () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
  process.on('disconnect', () => process.exit());
}
