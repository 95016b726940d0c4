import { Injectable } from '@nestjs/common';
import { RateLimits, tooMany } from '../common/rate-limits.js';

/**
 * Slows down guessing: 10 failures per account and 50 per address in 15 minutes. An account under attack from elsewhere
 * still opens to the right password: the address must itself have failed on it to be turned away unheard.
 */
@Injectable()
export class LoginAttempts {
  constructor(private readonly rates: RateLimits) {}

  async refuseTooMany(account: string, ip: string): Promise<void> {
    if (!this.rates.on) return;
    const address = await this.rates.look('login_failures_per_address', ip);
    if (address.exceeded) throw tooMany('too_many_failures', address);
    const here = await this.rates.look('login_failures_per_account', pair(account, ip));
    const everywhere = await this.rates.look('login_failures_per_account', account);
    if (everywhere.exceeded && here.remaining < here.allowed) throw tooMany('too_many_failures', everywhere);
  }

  async failed(account: string, ip: string): Promise<void> {
    if (!this.rates.on) return;
    await Promise.all([
      this.rates.count('login_failures_per_address', ip),
      this.rates.count('login_failures_per_account', account),
      this.rates.count('login_failures_per_account', pair(account, ip)),
    ]);
  }

  async succeeded(account: string, ip: string): Promise<void> {
    if (this.rates.on) await this.rates.forget('login_failures_per_account', pair(account, ip));
  }
}

/** No login name contains a line break, so this is never another account's name. */
function pair(account: string, ip: string): string {
  return `${account}\n${ip}`;
}
