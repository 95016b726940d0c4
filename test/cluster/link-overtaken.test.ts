// News that travelled longer than what came after it: two moves of one person, decided at two nodes.
import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import type { Room } from '../../src/contract/room.dto.js';
import type { Operations } from '../../src/realtime/operations.js';
import { channelOf, RedisLink } from '../../src/realtime/redis-link.js';
import { connect } from '../setup/chatters.js';
import type { Cluster } from '../setup/cluster.js';
import { newPerson } from '../setup/people.js';
import { testSecret } from '../setup/secret.js';
import { until } from '../setup/until.js';
import { withNodes } from '../setup/with-nodes.js';

/** One more node, as far as the others can tell. */
async function slowNode({ redis, db }: Cluster): Promise<{ says(...moves: Operations['to_moved'][]): void; close(): Promise<void> }> {
  const link = new RedisLink(redis.url, channelOf({ JWT_SECRET: testSecret, DATABASE_URL: db.url }));
  link.whenHeard(() => undefined);
  link.whenChanged(() => undefined);
  await until(() => link.connected);
  const from = randomUUID();
  let n = 0;
  return {
    says(...moves) { link.publish(JSON.stringify({ from, n: (n += 1), operations: moves.map((body) => ['to_moved', body]) })); },
    close: () => link.close(),
  };
}

withNodes('a move', (cluster) => {
  it('that a later one has overtaken is told to nobody', async () => {
    const alice = await newPerson(cluster(), 'alice');
    const bob = await connect(cluster(), await newPerson(cluster(), 'bob'));
    const slow = await slowNode(cluster());
    const marker = async (): Promise<void> => {
      const roomId = randomUUID();
      slow.says({ userId: bob.id, rev: 1, name: 'room_removed', payload: { roomId, reason: 'removed' } as { roomId: string } });
      await bob.next('room_removed', (heard) => heard.roomId === roomId);
    };
    const { body: room } = await alice.post<Room>('/rooms', { name: 'Room', kind: 'private', memberIds: [bob.id] });
    const added = await bob.next('room_added', ({ roomId }) => roomId === room.id);
    await alice.delete(`/rooms/${room.id}/members/${bob.id}`);
    await bob.next('room_removed', ({ roomId }) => roomId === room.id);
    slow.says({ userId: bob.id, rev: added.membership.rev, name: 'room_added', payload: added });
    await marker();
    expect(bob.all('room_added', room.id)).toHaveLength(1);
    await alice.post(`/rooms/${room.id}/members`, { userId: bob.id });
    await bob.next('room_added', ({ roomId }) => roomId === room.id);
    slow.says({ userId: bob.id, rev: added.membership.rev + 1, name: 'room_removed', payload: { roomId: room.id, reason: 'removed' } as { roomId: string } });
    await marker();
    expect(bob.all('room_removed', room.id)).toHaveLength(1);
    await slow.close();
  });
});
