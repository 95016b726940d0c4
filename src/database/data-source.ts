import type { ClientBase } from 'pg';
import { DataSource } from 'typeorm';
import { Accounts1763640000000 } from '../../migrations/1763640000000-accounts.js';
import { Conversation1763650000000 } from '../../migrations/1763650000000-conversation.js';
import { MembershipMoves1763660000000 } from '../../migrations/1763660000000-membership-moves.js';
import { SpaceForUpdates1764100000000 } from '../../migrations/1764100000000-space-for-updates.js';
import { NoIndexOfTimes1764200000000 } from '../../migrations/1764200000000-no-index-of-times.js';
import { MembersByTheirKey1764300000000 } from '../../migrations/1764300000000-members-by-their-key.js';
import { MembersInOrder1764400000000 } from '../../migrations/1764400000000-members-in-order.js';
import { ConfirmedSessions1764530000000 } from '../../migrations/1764530000000-confirmed-sessions.js';
import { UnprovedAddresses1764530000001 } from '../../migrations/1764530000001-unproved-addresses.js';
import { SlugsOfPrivateRooms1764540000100 } from '../../migrations/1764540000100-slugs-of-private-rooms.js';
import { IdentityEntity } from '../auth/identity.entity.js';
import { SessionEntity } from '../auth/session.entity.js';
import { SignInCodeEntity } from '../auth/sign-in-code.entity.js';
import { logOutage } from '../common/outages.js';
import { outageOf } from '../common/problem.js';
import { MessageEntity } from '../messages/message.entity.js';
import { ReactionEntity } from '../messages/reaction.entity.js';
import { MembershipEntity } from '../rooms/membership.entity.js';
import { RoomEntity } from '../rooms/room.entity.js';
import { UserEntity } from '../users/user.entity.js';

export interface Connection {
  url: string;
  pool: number;
  /** Milliseconds after which PostgreSQL gives a statement up, and a little later we, should PostgreSQL not even do that; 0: never, for migrations. */
  statementTimeout: number;
  /** How PostgreSQL is to call us. Servers are `verbatim`, which is how a restore knows that one is still connected. */
  name?: string;
}

/** What comes round every few seconds now and then comes together: to open connections for that each time costs more than the work itself. */
const keptConnections = 4;

/**
 * A server that stands still, or that has lost its network, must not keep a lock for long: others wait for it. These are set after connecting, because
 * PgBouncer refuses start-up parameters that it was not told of. The TCP settings do nothing on a unix socket.
 */
const sessionLimits = `SET lock_timeout = '2s'; SET idle_in_transaction_session_timeout = '5s';
SET tcp_user_timeout = '10s'; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3`;

/** Every table and every migration, by name: nothing is found by a search through folders. */
export function createDataSource({ url, pool, statementTimeout, name = 'verbatim' }: Connection): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    entities: [UserEntity, IdentityEntity, SessionEntity, SignInCodeEntity, RoomEntity, MembershipEntity, MessageEntity, ReactionEntity],
    migrations: [Accounts1763640000000, Conversation1763650000000, MembershipMoves1763660000000, SpaceForUpdates1764100000000, NoIndexOfTimes1764200000000, MembersByTheirKey1764300000000, MembersInOrder1764400000000, ConfirmedSessions1764530000000, UnprovedAddresses1764530000001, SlugsOfPrivateRooms1764540000100],
    migrationsTableName: 'migrations',
    synchronize: false,
    installExtensions: false,
    uuidExtension: 'pgcrypto',
    applicationName: name,
    poolErrorHandler: () => undefined, // The connection's own listener has said it.
    extra: {
      max: pool,
      min: Math.min(keptConnections, pool),
      connectionTimeoutMillis: 2500,
      idleTimeoutMillis: 30_000,
      statement_timeout: statementTimeout,
      ...(statementTimeout > 0 ? { query_timeout: statementTimeout + 2000 } : {}),
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      onConnect: async (connection: ClientBase) => {
        surviveBreaking(connection);
        if (statementTimeout > 0) await connection.query(sessionLimits);
      },
    },
  });
}

/** A connection that breaks under a statement, when the pool does not listen, would end the process. Each gets this before its first use. */
function surviveBreaking(connection: ClientBase): void {
  connection.on('error', (error) => { logOutage(error, outageOf(error) ?? 'connection_lost'); });
}
