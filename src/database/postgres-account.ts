// Who runs the PostgreSQL processes. PostgreSQL refuses to run as root, and we create no system user for it.
import { spawn, spawnSync, type ChildProcess, type StdioOptions } from 'node:child_process';
import { chownSync, readFileSync, statSync } from 'node:fs';

export interface Account {
  uid: number;
  gid: number;
  /** For sentences: `user nobody (65534)`. */
  name: string;
}

const nobodyOnMostSystems = 65534;

/** Ourselves; as root, the owner of a cluster that exists already, and `nobody` for a new one. */
export function accountFor(cluster: string): Account {
  const uid = process.getuid!();
  if (uid !== 0) return { uid, gid: process.getgid!(), name: `user ${uid}` };
  const owner = statSync(cluster, { throwIfNoEntry: false });
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid, name: `user ${owner.uid}` } : nobody();
}

function nobody(): Account {
  const line = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  const uid = Number(line?.[1] ?? nobodyOnMostSystems);
  return { uid, gid: Number(line?.[2] ?? nobodyOnMostSystems), name: `user nobody (${uid})` };
}

/** Node wants numbers below 2^31 to switch to a user and positive ones to give files away; macOS's nobody is -2. */
function identity(account: Account): { uid?: number; gid?: number } {
  return process.getuid!() === 0 ? { uid: account.uid | 0, gid: account.gid | 0 } : {};
}

export function giveTo(account: Account, path: string): void {
  if (process.getuid!() === 0) chownSync(path, account.uid >>> 0, account.gid >>> 0);
}

/** Asks the system instead of computing permissions, so that access lists and odd mounts count as well. */
export function canEnter(account: Account, folder: string): boolean {
  const { status, error } = runAs(account, '/bin/sh', ['-c', 'cd "$1"', 'sh', folder]);
  if (!error) return status === 0;
  throw new Error(`Cannot run PostgreSQL as ${account.name} (${error.message}): start as an ordinary user, or set DATABASE_URL.`);
}

// Our environment holds secrets, which the processes of another user must not carry around, and settings (LANG, LC_*) that are
// not meant for the server. And our cwd may be closed to the account.
const surroundings = { cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' } };

export function runAs(account: Account, program: string, args: string[]) {
  return spawnSync(program, args, { ...surroundings, ...identity(account), encoding: 'utf8' });
}

/**
 * Starts a program as the account, in a session of its own: a Ctrl-C in the terminal reaches us and not PostgreSQL,
 * which is needed until the app has drained. `setpriv` makes the kernel interrupt it when we die without a word; it has to come after the
 * change of user, which clears that wish.
 */
export function startAs(account: Account, [program, ...args]: [string, ...string[]], stdio: StdioOptions): ChildProcess {
  const [first, ...rest] = canFollowParent() ? ['setpriv', '--pdeathsig', 'INT', '--', program, ...args] : [program, ...args];
  return spawn(first, rest, { ...surroundings, ...identity(account), detached: true, stdio });
}

let followsParent: boolean | undefined;

/** macOS and old or tiny Linux systems cannot; there the next start stops the orphan. */
function canFollowParent(): boolean {
  followsParent ??= spawnSync('setpriv', ['--pdeathsig', 'INT', '--', 'true'], surroundings).status === 0;
  return followsParent;
}
