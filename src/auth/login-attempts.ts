import { Injectable } from '@nestjs/common';
import type { LimitClass } from '../common/counts.js';
import { networkOf } from '../common/network.js';
import { RateLimits, tooMany } from '../common/rate-limits.js';

/** A password that is about to be compared. */
export interface Attempt {
  /**
   * What names the account, in one spelling. Username and e-mail address are counted apart: one count for both would show
   * that they belong together.
   */
  login: string;
  ip: string;
  /** The device, if the account's owner has signed in on it before. */
  device: string | undefined;
}

type Count = readonly [limit: LimitClass, caller: string];

/**
 * Bounds guessing. All unknown devices together may fail 10 times in 15 minutes and 50 times in a day for each login; one network
 * may fail 50 times in 15 minutes. A device on which the owner has signed in before has a count of its own, so that the owner gets
 * in while others guess.
 */
@Injectable()
export class LoginAttempts {
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(private readonly rates: RateLimits) {}

  /** Compares, unless there were too many failures. */
  async compare(attempt: Attempt, isRight: () => Promise<boolean>): Promise<boolean> {
    if (!this.rates.on) return await isRight();
    return await this.inTurn(attempt.device ?? attempt.login, async () => {
      const counts = await this.countsFor(attempt);
      await this.refuseExceeded(counts);
      const right = await isRight();
      if (!right) await Promise.all(counts.map(([limit, caller]) => this.rates.count(limit, caller)));
      else if (attempt.device !== undefined) await this.rates.forget('login_failures_per_device', attempt.device);
      return right;
    });
  }

  private async countsFor({ login, ip, device }: Attempt): Promise<Count[]> {
    if (device !== undefined && !(await this.rates.look('login_failures_per_device', device)).exceeded) return [['login_failures_per_device', device]];
    return [['login_failures_per_address', networkOf(ip)], ['login_failures_per_account', login], ['login_failures_per_account_daily', login]];
  }

  private async refuseExceeded(counts: readonly Count[]): Promise<void> {
    for (const [limit, caller] of counts) {
      const standing = await this.rates.look(limit, caller);
      if (standing.exceeded) throw tooMany('too_many_failures', standing);
    }
  }

  /** One after the other: of many guesses at the same moment none is compared before the failures of the others count. */
  private async inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.turns.get(key) ?? Promise.resolve()).then(work);
    const settled = turn.catch(() => undefined);
    this.turns.set(key, settled);
    void settled.then(() => { if (this.turns.get(key) === settled) this.turns.delete(key); });
    return await turn;
  }
}
