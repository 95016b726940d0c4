// Starts the product as a person does, with `npm start`, and stops it as an operator does, with SIGTERM.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../tools/free-port.mjs';

/** Answers when the server is ready; throws with the server's output when it ends, or is not ready in time. */
export async function startServer({ cwd, env, uid, gid, seconds = 120 }) {
  const port = await freePort();
  const settings = { ...env, PORT: String(port), HOST: '127.0.0.1' };
  const child = spawn('npm', ['start'], { cwd, env: settings, uid, gid, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const server = { port, url: `http://127.0.0.1:${port}`, output: () => output, stop: () => stop(child, ended) };
  const outcome = await Promise.race([becomesReady(server.url, seconds), ended]);
  if (outcome === 'ready') return server;
  await server.stop().catch(() => {});
  throw new Error(`The server did not get ready: ${outcome}\n${output}`);
}

async function becomesReady(url, seconds) {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) }).catch(() => null);
    if (answer?.status === 200) return 'ready';
    await sleep(200);
  }
  return `no 200 from /health/ready in ${seconds} s`;
}

/** SIGTERM to the one process that was started. What is still there after 15 s is killed, and that is a fault. */
async function stop(child, ended) {
  child.kill('SIGTERM');
  const late = await Promise.race([ended.then(() => false), sleep(15_000, true, { ref: false })]);
  const left = late || groupIsAlive(child.pid);
  if (!left) return;
  if (groupIsAlive(child.pid)) process.kill(-child.pid, 'SIGKILL');
  throw new Error(late ? 'The server was still there 15 s after SIGTERM.' : 'npm ended on SIGTERM and left a process behind.');
}

function groupIsAlive(pid) {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
}
