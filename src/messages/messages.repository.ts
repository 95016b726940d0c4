import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DatabaseError } from 'pg';
import type { DataSource } from 'typeorm';
import type { Message } from '../contract/message.dto.js';
import { isDatabaseAway } from '../common/problem.js';
import { Refusal } from '../common/refusal.js';
import { Lane } from '../database/lane.js';
import { poolOf } from '../database/pool.js';
import { leanRowsOf, rowsOf } from '../database/prepared.js';
import { messageJson } from '../database/wire.js';
import { AppendQueue } from './append-queue.js';
import { allStored, outcomesOf, storedAlone, type AloneRow, type Appended, type OutcomeRow, type StandingRow } from './append-outcome.js';
import { appendOne, isRemovedMeanwhile } from './append-one.sql.js';
import { appendTrusting, isIncomplete } from './append-trusting.sql.js';
import { appendSql, appendValues, type Append } from './append.sql.js';

const tries = 4;
/** After a batch that PostgreSQL refused, the next ones are asked about beforehand for so long: whoever sends things twice shall not have every batch written twice. */
const waryMs = 1000;

@Injectable()
export class MessagesRepository implements BeforeApplicationShutdown {
  private readonly queue = new AppendQueue<Append, Appended>((batch) => this.store(batch), ({ roomId }) => roomId);
  private readonly lane: Lane;
  private waryUntil = 0;

  constructor(@InjectDataSource() private readonly db: DataSource) {
    this.lane = new Lane(poolOf(db));
  }

  beforeApplicationShutdown(): void {
    this.lane.close();
  }

  /** Stores a message, or finds the one that was sent with this id before. When it returns, the row is durable. */
  append(message: Append): Promise<Appended> {
    return this.queue.add(message);
  }

  /** What it is rejected with is said to each of them. */
  private store(batch: Append[]): Promise<(Appended | Error)[]> {
    return batch.length === 1 ? this.storeTogether(batch) : this.storeMany(batch);
  }

  private async storeMany(batch: Append[]): Promise<(Appended | Error)[]> {
    const first = new Map<string, number>();
    batch.forEach(({ senderId, clientId }, i) => { if (!first.has(senderId + clientId)) first.set(senderId + clientId, i); });
    if (first.size === batch.length) return await this.storeDistinct(batch);
    const leaders = [...first.values()];
    const outcomes = await this.storeDistinct(leaders.map((i) => batch[i]));
    const byLeader = new Map(leaders.map((i, k) => [i, outcomes[k]]));
    return batch.map((input, i) => {
      const leader = first.get(input.senderId + input.clientId) as number;
      const outcome = byLeader.get(leader) as Appended | Error;
      return leader === i ? outcome : repeated(input, batch[leader], outcome);
    });
  }

  /** One statement for all. When PostgreSQL refuses it, each goes alone, so that a poisonous input fails by itself. */
  private async storeDistinct(batch: Append[]): Promise<(Appended | Error)[]> {
    try {
      return await this.storeTogether(batch);
    } catch (error) {
      if (isDatabaseAway(error) || batch.length === 1) return batch.map(() => error as Error);
      return await Promise.all(batch.map((one) => this.storeTogether([one]).then(([outcome]) => outcome, (alone: unknown) => alone as Error)));
    }
  }

  /** What is refused may have been stored before, by another node just now, or be of somebody who is not in the room; the next look says so. */
  private async storeTogether(batch: Append[]): Promise<(Appended | Error)[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (attempt === 1 ? await this.storedUnasked(batch) : undefined) ?? (await this.appended(batch));
      } catch (error) {
        if (attempt === tries || !isRace(error)) throw error;
        if (batch.length > 1) this.waryUntil = performance.now() + waryMs;
      }
    }
  }

  /** Undefined when nothing was stored: something speaks against it, or there is reason to look first. */
  private async storedUnasked(batch: Append[]): Promise<Appended[] | undefined> {
    if (batch.length > 1) return performance.now() < this.waryUntil ? undefined : await this.appendedTrusting(batch);
    const [row] = await this.lane.run((client) => leanRowsOf(client, appendOne(batch[0])));
    return row === undefined ? undefined : [storedAlone(batch[0], row as AloneRow)];
  }

  private async appendedTrusting(batch: Append[]): Promise<Appended[]> {
    return allStored(batch, (await this.lane.run((client) => leanRowsOf(client, appendTrusting(batch)))) as StandingRow[]);
  }

  private async appended(batch: Append[]): Promise<(Appended | Error)[]> {
    const rows = await this.lane.run((client) => rowsOf<OutcomeRow>(client, { name: 'append', text: appendSql, values: appendValues(batch) }));
    return outcomesOf(batch, rows, await this.sentBefore(rows));
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
function repeated(input: Append, leader: Append, outcome: Appended | Error): Appended | Error {
  if (outcome instanceof Error) return outcome;
  const same = input.roomId === leader.roomId && input.text === leader.text;
  return same ? { message: outcome.message, duplicate: true } : new Refusal('idempotency_conflict');
}

/** The same id was stored before, or by another node at once; a deadlock, a serialization failure; or a sender is not in the room, or no longer. */
function isRace(error: unknown): boolean {
  return error instanceof DatabaseError && (['23505', '40P01', '40001'].includes(error.code ?? '') || isRemovedMeanwhile(error) || isIncomplete(error));
}
