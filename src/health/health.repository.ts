import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';

@Injectable()
export class HealthRepository {
  constructor(@InjectDataSource() private readonly db: DataSource) {}

  async ping(): Promise<void> {
    await this.db.query('SELECT 1');
  }

  /** A write that needs room on the disk and a commit, and leaves nothing: it also fails on a standby and on a full disk. */
  async write(): Promise<void> {
    await this.db.query(`CREATE TEMPORARY TABLE verbatim_probe ON COMMIT DROP AS SELECT repeat('x', 1000) AS filler FROM generate_series(1, 20)`);
  }
}
