import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createApp } from './app.setup.js';
import { FirstAdmin } from './auth/first-admin.js';
import { listenOnIpv6Loopback } from './common/http-loopback.js';
import { logger } from './common/logger.js';
import { primary } from './common/primary.js';
import { stopSignal } from './common/stop-signal.js';
import { readArguments, usage } from './config/arguments.js';
import { ConfigError, loadConfig } from './config/config.js';
import type { Config } from './config/settings.js';
import { openDatabase } from './database/database.js';
import { demoPassword } from './demo/script.js';
import { HealthService } from './health/health.service.js';
import { leadWorkers } from './workers/lead.js';

/** Supervisors lose their patience after a while, so neither part may take for ever: fifteen seconds at most, together. */
const patienceMs = { answering: 9000, database: 5500 };
/** How many may wait to be let in: as many as the system bears. After a restart everybody comes at once, and who is turned away comes back up to 15 s later. */
const backlog = 65_535;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const { help, checkOnly, settings } = readArguments(process.argv.slice(2));
  if (help) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = loadConfig({ ...process.env, ...settings });
  if (checkOnly) {
    say('The settings are fine.');
    return;
  }
  logger.level = config.LOG_LEVEL;
  if (config.WORKERS === 1 || primary !== null) await serve(config);
  else await leadWorkers(config, { script: fileURLToPath(import.meta.url), say, greet: (at) => { greet(config, `runs with ${config.WORKERS} workers`, at); } });
}

async function serve(config: Config): Promise<void> {
  const stopped = primary?.stopped() ?? stopSignal();
  const database = await openDatabase(config, say);
  const app = await createApp(config, database.dataSource);
  const isLocal = config.HOST === 'localhost';
  await app.listen({ port: config.PORT, host: isLocal ? '127.0.0.1' : config.HOST, backlog });
  const alsoIpv6 = isLocal ? await listenOnIpv6Loopback(app.getHttpServer()) : undefined;
  if (primary === null) greet(config, 'is ready', config.PORT === 0 ? await app.getUrl() : config.PUBLIC_URL);
  if (primary === null || primary.workerId === '1') await askForAdmin(app.get(FirstAdmin));
  await stopped;
  if (primary === null) say('Stopping: answering what is under way …');
  app.get(HealthService).stop();
  await pause(config.STOP_DELAY);
  alsoIpv6?.close();
  await Promise.race([app.close(), pause(patienceMs.answering)]);
  await Promise.race([database.close(), pause(patienceMs.database)]);
}

function greet(config: Config, what: string, at: string): void {
  say(`\n  Verbatim ${what} at ${at}\n${config.API_DOCS ? `  API documentation:   ${at}/api-docs\n` : ''}`);
  if (config.DEMO) say(`  Demo people: alice and bob, password "${demoPassword}"; the bot "echo" answers. DEMO=off switches them off.\n`);
}

async function askForAdmin(firstAdmin: FirstAdmin): Promise<void> {
  const code = await firstAdmin.awaitedCode();
  if (code === undefined) return;
  say(`  There is no administrator yet. Register with this code to become it: ${code}\n  Or make somebody it: npm run -s admin -- make-admin <user>\n`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const expected = error instanceof ConfigError;
    say(expected ? error.message : `Verbatim cannot start: ${explained(error)}`);
    process.exit(expected ? 2 : 1);
  },
);

/** What the system refuses says enough by itself; where anything else comes from is for whoever mends it. */
function explained(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall } = (error.cause ?? error) as NodeJS.ErrnoException;
  if (syscall === undefined) return error.stack ?? error.message;
  return code === 'EADDRINUSE' ? `${error.message}. Another program has this port: stop it, or set PORT to another one.` : error.message;
}
