import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { dictionary } from '@zxcvbn-ts/language-common';
import { foldCase } from '../common/fold.js';
import { fieldProblem, Refusal } from '../common/refusal.js';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. The library's default algorithm is argon2id. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const common = new Set(dictionary['passwords-common']);

@Injectable()
export class Passwords {
  /** What an unknown user's password is compared with, so that the answer takes as long as for a known one. */
  private readonly nobodys = hash('nobody has this password', cost);

  hash(password: string): Promise<string> {
    return hash(password, cost);
  }

  async verify(stored: string | null | undefined, password: string): Promise<boolean> {
    const matches = await verify(stored ?? (await this.nobodys), password);
    return matches && stored !== null && stored !== undefined;
  }

  /** Refuses what an attacker tries first: the common ones, one repeated piece, and the user's own names. */
  refuseCommon(field: string, password: string, ownNames: readonly string[]): void {
    const folded = foldCase(password);
    if (!common.has(folded) && !isRepetition(folded) && !isMadeOf(folded, ownNames)) return;
    throw new Refusal('password_too_common', { errors: [{ ...fieldProblem(field, 'not_allowed'), message: `${field} is too easy to guess` }] });
  }
}

function isRepetition(password: string): boolean {
  return /^(.{1,4})\1+$/su.test(password);
}

/** Nothing but one of the names, perhaps with digits and signs around it. */
function isMadeOf(password: string, names: readonly string[]): boolean {
  const bare = password.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  const mine = names.flatMap((name) => [foldCase(name), foldCase(name).replace(/\P{L}/gu, ''), ...foldCase(name).split(/[^\p{L}\p{N}]+/u)]);
  return bare === '' ? false : mine.some((name) => name.length > 1 && (name === bare || name === password));
}
