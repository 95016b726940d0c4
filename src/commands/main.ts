// `npm run admin -- <command>`, or, where there is only the build, `node dist/src/commands/main.js <command>`.
import { existsSync } from 'node:fs';
import { logger } from '../common/logger.js';
import { stopSignal } from '../common/stop-signal.js';
import { run } from './run.js';

if (existsSync('.env')) process.loadEnvFile('.env');
logger.level = 'fatal'; // Stdout is for what was asked for.
void stopSignal().then(() => { process.exit(130); });
const say = (line: string): void => void process.stderr.write(`${line}\n`);
void run(process.argv.slice(2), { env: process.env, stdin: process.stdin, stdout: process.stdout, say }).then((code) => { process.exit(code); });
