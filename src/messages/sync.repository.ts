import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { JoinedRoom } from '../contract/room.dto.js';
import type { Have, RoomChanges } from '../contract/sync.dto.js';
import { plainArray } from '../database/arrays.js';
import { leanRows, prepared } from '../database/prepared.js';
import type { Profile } from '../database/wire.js';
import { changesOf, isFollowed } from './sync-row.js';
import { openingSql, syncOnlySql, syncSql } from './sync.sql.js';

/** Which rooms a page may show, and how many changes of each. */
interface SyncPage {
  after: string;
  until: string;
  only: readonly string[] | undefined;
  limit: number;
}

export interface ChangedRooms {
  rooms: RoomChanges[];
  /** Whether there are rooms after them. */
  more: boolean;
}

export type Opening = Pick<JoinedRoom, 'room' | 'messages' | 'members' | 'hasMore'> & { profiles: Profile[] };

@Injectable()
export class SyncRepository {
  constructor(@InjectDataSource() private readonly db: DataSource) {}

  /** Returns null to whoever is not in the room, and when it is archived. */
  async opening(userId: string, ref: { id: string } | { slug: string }, shown: { messages: number; members: number }): Promise<Opening | null> {
    const [id, slug] = 'id' in ref ? [ref.id, null] : [null, ref.slug];
    const rows = await prepared<Opening>(this.db, { name: 'opening', text: openingSql, values: [id, userId, shown.messages, shown.members, slug] });
    return rows[0] ?? null;
  }

  async changedAfter(userId: string, have: ReadonlyMap<string, Have>, { after, until, only, limit }: SyncPage): Promise<ChangedRooms> {
    const known = [...have];
    const positions = [plainArray(known, ([roomId]) => roomId), plainArray(known, ([, { epoch }]) => epoch), plainArray(known, ([, { rev }]) => rev)];
    const [name, text, within] = only === undefined ? ['sync', syncSql, until] : ['sync_only', syncOnlySql, plainArray(only, (roomId) => roomId)];
    const rows = await leanRows(this.db, { name, text, values: [userId, ...positions, String(limit), after, within] });
    return { rooms: rows.map(changesOf), more: rows.length > 0 && isFollowed(rows[0]) };
  }
}
