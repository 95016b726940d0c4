// `npm run docs`: writes every generated document. With --check it writes nothing and names those that are out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { createApp } from '../app.setup.js';
import { loadConfig } from '../config/config.js';
import { createDataSource } from '../database/data-source.js';
import { asyncApiDocument } from './asyncapi.js';
import { envExample } from './env-example.js';
import { eventsPage } from './events-md.js';
import { openApiDocument } from './openapi.js';

/** The application is only described, not started: no database is asked and no port opened. */
async function documents(): Promise<Record<string, string>> {
  const config = loadConfig({ NODE_ENV: 'test', JWT_SECRET: 'only to describe the application' });
  const nowhere = createDataSource({ url: 'postgres://nobody@localhost/nowhere', pool: 2, statementTimeout: 0 });
  const app = await createApp(config, nowhere, { preview: true });
  const asyncApi = asyncApiDocument(app);
  return {
    '.env.example': envExample(),
    'docs/asyncapi.json': `${JSON.stringify(asyncApi, null, 2)}\n`,
    'docs/events.md': eventsPage(asyncApi),
    'docs/openapi.json': `${JSON.stringify(openApiDocument(app), null, 2)}\n`,
  };
}

const outdated: string[] = [];
for (const [file, text] of Object.entries(await documents())) {
  const before = readOrNothing(file);
  if (before === text) continue;
  outdated.push(file);
  if (!process.argv.includes('--check')) writeFileSync(file, text);
}
const verb = process.argv.includes('--check') ? 'Out of date, run "npm run docs"' : 'Written';
if (outdated.length > 0) process.stdout.write(`${verb}: ${outdated.join(', ')}\n`);
process.exit(process.argv.includes('--check') && outdated.length > 0 ? 1 : 0);

function readOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
