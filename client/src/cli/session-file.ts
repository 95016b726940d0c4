import { chmod, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { SavedSession, SessionStore } from '../types.js';
import { usage } from './failure.js';

const lockMs = 15_000;

interface Content {
  url: string;
  session?: SavedSession;
  device?: string;
}

export function profilePath(profile: string): string {
  if (!/^[\w.-]{1,50}$/.test(profile) || profile.startsWith('.')) throw usage('A profile is named with letters, digits, . _ and -');
  return join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'verbatim', `${profile}.json`);
}

/** The session of one profile in a file that only its owner can read. A token is never sent to another server than that it is from. */
export class SessionFile implements SessionStore {
  constructor(private readonly path: string, private readonly url: string) {}

  static async urlIn(path: string): Promise<string | undefined> {
    return (await read(path))?.url;
  }

  async load(): Promise<SavedSession | undefined> {
    return (await this.read())?.session;
  }

  async save(session: SavedSession): Promise<void> {
    await this.write({ url: this.url, session, device: await this.loadDevice() });
  }

  async clear(): Promise<void> {
    const content = await this.read();
    if (content !== undefined) await this.write({ url: this.url, device: content.device });
  }

  async loadDevice(): Promise<string | undefined> {
    return (await this.read())?.device;
  }

  async saveDevice(device: string): Promise<void> {
    await this.write({ url: this.url, session: await this.load(), device });
  }

  /** Two commands at the same time must not both spend the one refresh token. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    const lock = `${this.path}.lock`;
    await mkdir(dirname(lock), { recursive: true, mode: 0o700 });
    while (!(await take(lock))) await pause(30);
    try {
      return await work();
    } finally {
      await rm(lock, { force: true });
    }
  }

  private async read(): Promise<Content | undefined> {
    const content = await read(this.path);
    return content?.url === this.url ? content : undefined;
  }

  /** Whole or not at all, and never readable by others, not for a moment. */
  private async write(content: Content): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const draft = `${this.path}.${process.pid}`;
    await writeFile(draft, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
    await chmod(draft, 0o600);
    await rename(draft, this.path);
  }
}

async function read(path: string): Promise<Content | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Content;
  } catch {
    return undefined; // none yet, or not ours: signing in writes it anew
  }
}

/** Makes the lock, unless somebody has it. One that was left behind counts for a while only. */
async function take(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const age = await stat(lock).then(({ mtimeMs }) => Date.now() - mtimeMs, () => 0);
    if (age > lockMs) await rm(lock, { force: true });
    return false;
  }
}
