import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Mode } from './settings.js';

const samples = /change.?me|secret|example|sample|password|default|your.?key|replace/i;

/** Why this secret may not sign tokens, or undefined when it may. */
export function secretFault(secret: string | undefined, mode: Mode): string | undefined {
  if (mode !== 'production') return undefined;
  if (secret === undefined) return 'is missing: make one with "openssl rand -base64 48"';
  if (secret.length < 32) return 'is shorter than 32 characters';
  if (samples.test(secret) || new Set(secret).size < 10) return 'looks like a sample, not like a random secret';
  return undefined;
}

/** The secret of a development server: made once, kept in the data folder, so that a restart ends no session. */
export function developmentSecret(file: string): string {
  mkdirSync(dirname(file), { recursive: true });
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, randomBytes(48).toString('base64'), { mode: 0o600 });
  try {
    linkSync(mine, file); // Fails when there is one already, ours or that of a server starting beside us: then that one counts.
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(mine);
  }
  const kept = readFileSync(file, 'utf8').trim();
  if (kept.length >= 32) return kept;
  rmSync(file, { force: true }); // A power cut can leave an empty file behind: nothing may ever be signed with that.
  return developmentSecret(file);
}
