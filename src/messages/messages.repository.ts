import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DatabaseError, type PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import type { Message } from '../contract/message.dto.js';
import { isDatabaseAway } from '../common/problem.js';
import { outcomeUnknown, Refusal } from '../common/refusal.js';
import { StorageHealth } from '../common/storage-health.js';
import { Lane } from '../database/lane.js';
import { endsConnection, poolOf } from '../database/pool.js';
import { leanRowsOf, rowsOf } from '../database/prepared.js';
import { messageJson } from '../database/wire.js';
import { Held } from './append-holds.js';
import { AppendQueue } from './append-queue.js';
import { allStored, outcomesOf, storedAlone, type AloneRow, type Appended, type Outcome, type OutcomeRow, type StandingRow } from './append-outcome.js';
import { appendOne, isRemovedMeanwhile } from './append-one.sql.js';
import { appendTrusting, isIncomplete } from './append-trusting.sql.js';
import { appendSql, appendValues, type Append } from './append.sql.js';

const tries = 4;
/** After a batch that PostgreSQL refused, the next ones are asked about beforehand for so long: whoever sends things twice shall not have every batch written twice. */
const waryMs = 1000;

@Injectable()
export class MessagesRepository implements BeforeApplicationShutdown {
  private readonly queue = new AppendQueue<Append, Appended>(
    (batch, held) => (batch.length === 1 ? this.storeTogether(batch, held) : this.storeMany(batch, held)),
    { room: ({ roomId }) => roomId, sender: ({ senderId }) => senderId },
  );
  private readonly lane: Lane;
  private waryUntil = 0;

  constructor(@InjectDataSource() private readonly db: DataSource, private readonly storage: StorageHealth) {
    this.lane = new Lane(poolOf(db));
  }

  beforeApplicationShutdown(): void {
    this.lane.close();
  }

  /** Stores a message, or finds the one that was sent with this id before. When it returns, the row is durable. */
  append(message: Append): Promise<Appended> {
    return this.queue.add(message);
  }

  private async storeMany(batch: Append[], held: boolean): Promise<Outcome[]> {
    const first = new Map<string, number>();
    batch.forEach(({ senderId, clientId }, i) => { if (!first.has(senderId + clientId)) first.set(senderId + clientId, i); });
    if (first.size === batch.length) return await this.storeDistinct(batch, held);
    const leaders = [...first.values()];
    const outcomes = await this.storeDistinct(leaders.map((i) => batch[i]), held);
    const byLeader = new Map(leaders.map((i, k) => [i, outcomes[k]]));
    return batch.map((input, i) => {
      const leader = first.get(input.senderId + input.clientId) as number;
      const outcome = byLeader.get(leader) as Outcome;
      return leader === i ? outcome : repeated(input, batch[leader], outcome);
    });
  }

  /** One statement for all. When PostgreSQL refuses it, each goes alone, so that a poisonous input fails by itself. */
  private async storeDistinct(batch: Append[], held: boolean): Promise<Outcome[]> {
    try {
      return await this.storeTogether(batch, held);
    } catch (error) {
      if (error instanceof Refusal || isDatabaseAway(error) || batch.length === 1) return batch.map(() => error as Error);
      return await Promise.all(batch.map((one) => this.storeTogether([one], held).then(([outcome]) => outcome, (alone: unknown) => alone as Error)));
    }
  }

  /** What is refused may have been stored before, by another node just now, or be of somebody who is not in the room, or wait for a lock; the next look says so. */
  private async storeTogether(batch: Append[], held: boolean): Promise<Outcome[]> {
    for (let attempt = held ? 2 : 1; ; attempt += 1) {
      try {
        return (attempt === 1 ? await this.storedUnasked(batch) : undefined) ?? (await this.appended(batch));
      } catch (error) {
        if (attempt > 1 && isLocked(error)) { // Not a row of theirs, but the whole table.
          this.storage.failed();
          return batch.map(() => new Held('room'));
        }
        if (attempt === tries || !isRace(error)) throw error;
        if (batch.length > 1) this.waryUntil = performance.now() + waryMs;
      }
    }
  }

  /** Undefined when nothing was stored: something speaks against it, or there is reason to look first. */
  private async storedUnasked(batch: Append[]): Promise<Appended[] | undefined> {
    if (batch.length > 1) return performance.now() < this.waryUntil ? undefined : await this.appendedTrusting(batch);
    const [row] = await this.written((client) => leanRowsOf(client, appendOne(batch[0])));
    return row === undefined ? undefined : [storedAlone(batch[0], row as AloneRow)];
  }

  private async appendedTrusting(batch: Append[]): Promise<Appended[]> {
    return allStored(batch, (await this.written((client) => leanRowsOf(client, appendTrusting(batch)))) as StandingRow[]);
  }

  private async appended(batch: Append[]): Promise<Outcome[]> {
    const rows = await this.written((client) => rowsOf<OutcomeRow>(client, { name: 'append', text: appendSql, values: appendValues(batch) }));
    // The rest of the batch is stored: what fails now concerns only the repeats.
    return outcomesOf(batch, rows, await this.sentBefore(rows).catch(() => new Map<string, Message>()));
  }

  /** When the connection breaks under the statement, PostgreSQL may have committed it. */
  private async written<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    let begun = false;
    try {
      const result = await this.lane.run((client) => {
        begun = true;
        return work(client);
      });
      this.storage.stored();
      return result;
    } catch (error) {
      if (isDatabaseAway(error) && !isRace(error)) this.storage.failed();
      throw begun && mayBeCommitted(error) ? outcomeUnknown() : error;
    }
  }

  /** The messages as they are now that were sent with these ids before; most batches have none. */
  private async sentBefore(rows: OutcomeRow[]): Promise<Map<string, Message>> {
    const ids = rows.flatMap((row) => (row.n !== null && row.verdict === 'sent_before' && row.same === true ? [row.id] : []));
    if (ids.length === 0) return new Map();
    const found: { message: Message }[] = await this.db.query(`SELECT ${messageJson('m')} AS message FROM messages m WHERE m.id = ANY($1)`, [ids]);
    return new Map(found.map(({ message }) => [message.id, message]));
  }
}

/** The same id twice in one batch: the second is to the first what a later one would be. */
function repeated(input: Append, leader: Append, outcome: Outcome): Outcome {
  if (outcome instanceof Error || outcome instanceof Held) return outcome;
  const same = input.roomId === leader.roomId && input.text === leader.text;
  return same ? { message: outcome.message, duplicate: true } : new Refusal('idempotency_conflict');
}

/** The same id was stored before, or by another node at once; a deadlock, a serialization failure; a sender is not in the room, or no longer; or a lock is held. */
function isRace(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return false;
  return ['23505', '40P01', '40001'].includes(error.code ?? '') || isLocked(error) || isRemovedMeanwhile(error) || isIncomplete(error);
}

function isLocked(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '55P03';
}

/** Every answer of PostgreSQL but a goodbye says that nothing was stored. */
function mayBeCommitted(error: unknown): boolean {
  return endsConnection(error) && !/not queryable|was closed/.test((error as Error).message);
}
