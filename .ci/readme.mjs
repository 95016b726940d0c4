// Runs the commands that the README shows. A block is run when `<!-- ci -->` stands on the line before its ```sh fence;
// each has a shell of its own, and meets a fresh server. A request that is refused fails its block, with or without `curl -f`.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServer } from './server.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), 'verbatim-readme-'));
chmodSync(temporary, 0o755); // PostgreSQL runs as another user when we are root, and must be able to enter.
const tally = { passed: 0, failed: 0 };

function say(ok, what, details = '') {
  tally[ok ? 'passed' : 'failed'] += 1;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${what}`);
  if (!ok) console.log(details.trimEnd().replace(/^/gm, '     │ '));
}

function markedBlocks() {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  return [...readme.matchAll(/<!-- ci -->\n+```sh\n([\s\S]*?)\n```/g)].map(([, block]) => block);
}

function runBlock(block, port) {
  const script = block.replaceAll(/\b(localhost|127\.0\.0\.1):3000\b/g, `$1:${port}`);
  const env = { ...process.env, PORT: String(port), VERBATIM_URL: `http://localhost:${port}`, CURL_HOME: temporary, XDG_CONFIG_HOME: temporary, XDG_STATE_HOME: temporary };
  const options = { cwd: root, env, encoding: 'utf8', timeout: 120_000, stdio: ['ignore', 'pipe', 'pipe'] };
  const { status, stdout, stderr, error } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], options);
  say(status === 0, `README: ${block.split('\n')[0]}`, `${script}\n${stdout}${stderr}${error?.message ?? `exit code ${status}`}`);
}

async function main() {
  const blocks = markedBlocks();
  if (blocks.length === 0) throw new Error('README.md has no block marked with <!-- ci -->.');
  writeFileSync(join(temporary, '.curlrc'), 'fail\nshow-error\n');
  const server = await startServer({ cwd: root, env: { ...process.env, DATA_DIR: join(temporary, 'data') } });
  for (const block of blocks) runBlock(block, server.port);
  await server.stop();
}

try {
  await main();
  say(true, 'README: the server started, and stopped on SIGTERM');
} catch (error) {
  say(false, 'README: the server started, and stopped on SIGTERM', error.message);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
console.log(`README: ${tally.passed} blocks passed, ${tally.failed} failed`);
process.exitCode = tally.failed === 0 ? 0 : 1;
