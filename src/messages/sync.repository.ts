import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { JoinedRoom } from '../contract/room.dto.js';
import type { Have, RoomChanges } from '../contract/sync.dto.js';
import { plainArray } from '../database/arrays.js';
import { leanRows, prepared } from '../database/prepared.js';
import { changesOf } from './sync-row.js';
import { openingSql, syncSql } from './sync.sql.js';

@Injectable()
export class SyncRepository {
  constructor(@InjectDataSource() private readonly db: DataSource) {}

  /** Returns null to whoever is not in the room, and when it is archived. */
  async opening(userId: string, ref: { id: string } | { slug: string }, shown: { messages: number; members: number }): Promise<JoinedRoom | null> {
    const [id, slug] = 'id' in ref ? [ref.id, null] : [null, ref.slug];
    const rows = await prepared<{ joined: JoinedRoom }>(this.db, { name: 'opening', text: openingSql, values: [id, userId, shown.messages, shown.members, slug] });
    return rows[0]?.joined ?? null;
  }

  async changedAfter(userId: string, have: ReadonlyMap<string, Have>, limit: number): Promise<RoomChanges[]> {
    const known = [...have];
    const positions = [plainArray(known, ([roomId]) => roomId), plainArray(known, ([, { epoch }]) => epoch), plainArray(known, ([, { rev }]) => rev)];
    const rows = await leanRows(this.db, { name: 'sync', text: syncSql, values: [userId, ...positions, String(limit)] });
    return rows.map(changesOf);
  }
}
