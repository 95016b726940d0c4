// The servers that are compared, each a child process: our product as it is delivered, and the baselines.
import { fork, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startFlags } from '../tools/start-flags.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const secret = randomBytes(36).toString('base64');

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function startBaseline(script, databaseUrl) {
  const child = fork(here(`baselines/${script}.mjs`), { env: { ...process.env, NODE_ENV: 'production', DATABASE_URL: databaseUrl } });
  const [{ url }] = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => { throw new Error(`${script} did not start`); })]);
  return { url, pid: child.pid, stop: () => stop(child) };
}

/**
 * In production mode with everything that it does, but for the limits: the load comes from one place. `hooked`: with hook.mjs
 * inside, which gets at the parts of a build that is not in one file, and `ask` to talk to it.
 */
async function startOurs(databaseUrl, { env = {}, hooked = false, args = [], main = here(hooked ? '../dist/src/main.js' : '../dist/server/main.js'), flags = startFlags } = {}) {
  const child = spawn(process.execPath, [...flags, ...(hooked ? ['--import', here('hook.mjs')] : []), main, ...args], {
    env: { ...process.env, NODE_ENV: 'production', HOST: '127.0.0.1', PORT: '0', JWT_SECRET: secret, RATE_LIMITS: 'off', DEMO: 'off', DATABASE_URL: databaseUrl, ...env },
    stdio: ['ignore', 'ignore', 'pipe', ...(hooked ? ['ipc'] : [])],
  });
  const killed = () => child.kill('SIGKILL');
  process.once('exit', killed);
  child.once('exit', () => process.off('exit', killed));
  const url = await addressOf(child);
  const ask = async (question) => {
    child.send(question);
    const [{ answer }] = await once(child, 'message');
    return answer;
  };
  return { url, pid: child.pid, ask, kill: () => child.kill('SIGKILL'), stop: () => stop(child) };
}

/** Once it says so. */
async function addressOf(child) {
  return await new Promise((resolve, reject) => {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said = (said + text).slice(-4000);
      const [, port] = /Verbatim .* at http:.*:(\d+)/.exec(said) ?? [];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
    child.once('exit', () => reject(new Error(`The server did not start: ${said}`)));
  });
}

/** `stores`: it keeps its messages in a database of its own. `numbered`: seq counts each room without holes. */
export const systems = {
  ours: { stores: true, numbered: true, start: startOurs },
  naive: { stores: true, numbered: false, start: (url) => startBaseline('naive', url) },
  'bare Socket.IO': { stores: false, numbered: true, start: () => startBaseline('bare-socketio') },
  'bare ws': { stores: false, numbered: true, start: () => startBaseline('bare-ws') },
};
