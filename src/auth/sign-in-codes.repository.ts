import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { SignInCodeEntity } from './sign-in-code.entity.js';

export interface TakenCode {
  userId: string;
  challenge: string | null;
}

@Injectable()
export class SignInCodesRepository {
  constructor(@InjectRepository(SignInCodeEntity) private readonly rows: Repository<SignInCodeEntity>) {}

  async add(code: SignInCodeEntity): Promise<void> {
    await this.rows.insert(code);
  }

  /** Uses a code up. One statement, so that of many attempts with one code exactly one gets it. */
  async take(codeHash: Buffer): Promise<TakenCode | null> {
    const [taken]: [{ user_id: string; challenge: string | null; live: boolean }[], number] = await this.rows.manager.query(
      `DELETE FROM sign_in_codes WHERE code_hash = $1 RETURNING user_id, challenge, expires_at > now() AS live`, [codeHash]);
    const [row] = taken;
    return row?.live === true ? { userId: row.user_id, challenge: row.challenge } : null;
  }

  async forgetExpired(): Promise<void> {
    await this.rows.manager.query(`DELETE FROM sign_in_codes WHERE expires_at < now()`);
  }
}
