import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/data-source.js';
import { HistoryRepository } from '../../src/messages/history.repository.js';
import { freshDatabase, type TestDatabase } from './database.js';

/** The history of a database of one's own, without a server before it. */
export class OwnHistory {
  readonly history: HistoryRepository;

  private constructor(readonly db: TestDatabase, readonly dataSource: DataSource) {
    this.history = new HistoryRepository(dataSource);
  }

  static async open(): Promise<OwnHistory> {
    const db = await freshDatabase();
    return new OwnHistory(db, await createDataSource({ url: db.url, pool: 1, statementTimeout: 10_000 }).initialize());
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
    await this.db.drop();
  }
}
