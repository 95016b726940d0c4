// Builds and starts a copy of the project as a person without rights, without LANG and without a single setting.
import { execFileSync } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServer } from './server.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'verbatim-person-'));
const copy = join(home, 'verbatim');
const isRoot = process.getuid() === 0;
const person = isRoot ? { uid: 65534, gid: 65534 } : {};

/** What a clone holds, and the installed packages: linked where that is possible, for they are large. */
function makeCopy() {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  const present = listed.split('\0').filter((file) => file && existsSync(join(root, file)));
  for (const file of present) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file), { recursive: true, verbatimSymlinks: true, force: true });
  }
  if (isRoot) {
    execFileSync('chown', ['-R', `${person.uid}:${person.gid}`, copy]);
    chownSync(home, person.uid, person.gid);
  }
  for (const folder of ['.', 'client', 'web']) linkPackages(join(root, folder, 'node_modules'), join(copy, folder));
}

/** A workspace has packages of its own where they could not be shared. */
function linkPackages(from, into) {
  if (!existsSync(from)) return;
  try {
    execFileSync('cp', ['-al', from, into], { stdio: 'ignore' });
  } catch {
    rmSync(join(into, 'node_modules'), { recursive: true, force: true });
    execFileSync('cp', ['-a', from, into]);
  }
}

try {
  makeCopy();
  const server = await startServer({ cwd: copy, env: { PATH: process.env.PATH, HOME: home }, ...person });
  console.log(`Ready at ${server.url}, as ${isRoot ? `user ${person.uid}` : 'the same user'}, without LANG.`);
  await server.stop();
  console.log('Stopped on SIGTERM.');
} finally {
  rmSync(home, { recursive: true, force: true });
}
