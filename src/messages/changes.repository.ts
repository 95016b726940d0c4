import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Message } from '../contract/message.dto.js';
import { notNow } from '../common/refusal.js';
import { RoomTurns } from '../common/room-turns.js';
import { prepared } from '../database/prepared.js';
import { messageJson, present } from '../database/wire.js';
import { burySql, editSql, reactSql, unreactSql } from './message-changes.sql.js';

/** What is to be changed, and by whom; `asWarden`: also without being in the room. */
export interface Target {
  message: Pick<Message, 'roomId' | 'id'>;
  userId: string;
  asWarden: boolean;
}

type Verdict = 'unwelcome' | 'unchanged' | 'message_deleted' | 'stale_rev' | 'too_many_reactions';

/** The message before, and after unless a verdict speaks against the change. */
export interface Change {
  verdict: Verdict | null;
  before: Message;
  after: Message | null;
}

const tries = 10;

@Injectable()
export class ChangesRepository {
  constructor(@InjectDataSource() private readonly db: DataSource, private readonly turns: RoomTurns) {}

  /** Nothing of a private room for those who are not in it: one query for both answers, so that time does not tell them apart. */
  async find(id: string, userId: string): Promise<Message | null> {
    const rows: { message: Message }[] = await this.db.query(
      `SELECT ${messageJson('m')} AS message FROM messages m JOIN rooms r ON r.id = m.room_id LEFT JOIN memberships x ON x.room_id = r.id AND x.user_id = $2
       WHERE m.id = $1 AND (r.kind = 'public' OR ${present('x')})`, [id, userId]);
    return rows[0]?.message ?? null;
  }

  edit(target: Target, text: string, expectedRev: number | undefined): Promise<Change | null> {
    return this.change('edit', editSql, target, [text, expectedRev ?? null]);
  }

  bury(target: Target): Promise<Change | null> {
    return this.change('bury', burySql, target, []);
  }

  react(target: Target, emoji: string): Promise<Change | null> {
    return this.change('react', reactSql, target, [emoji]);
  }

  unreact(target: Target, emoji: string): Promise<Change | null> {
    return this.change('unreact', unreactSql, target, [emoji]);
  }

  /** Null when there is no such message any more. */
  private async change(name: string, text: string, { message, userId, asWarden }: Target, values: unknown[]): Promise<Change | null> {
    return await this.turns.run(message.roomId, async () => {
      for (let attempt = 1; attempt <= tries; attempt += 1) {
        const statement = { name, text, values: [message.roomId, message.id, userId, asWarden, ...values] };
        const [row] = await prepared<Omit<Change, 'verdict'> & { verdict: Verdict | 'again' | null }>(this.db, statement);
        if (row === undefined) return null;
        if (row.verdict !== 'again') return { ...row, verdict: row.verdict };
      }
      throw notNow();
    });
  }
}
