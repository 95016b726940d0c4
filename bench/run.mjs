// npm run bench -- <name> … [--rounds 3] [--seconds 8] [--only ours,naive] [--profile] [--stored 5000000] [--out folder]; without a name it tells which there are.
import { parseArgs } from 'node:util';
import { arrivals } from './arrivals.mjs';
import { join, page, restSend } from './doors.mjs';
import { fanOut } from './fan-out.mjs';
import { flatRooms, flatStored } from './flat.mjs';
import { flood } from './flood.mjs';
import { idle } from './idle.mjs';
import { peak, steady, workloads } from './peak.mjs';
import { slowReaders } from './slow-readers.mjs';
import { start } from './start.mjs';
import { lobby, storm, sync50, visit } from './visits.mjs';
import { workers } from './workers.mjs';

const benches = {
  ...Object.fromEntries(Object.keys(workloads).map((name) => [name, (options) => peak(name, options)])),
  start, steady, flood, join, page, visit, sync50, storm, lobby, arrivals, workers, idle, 'slow-readers': slowReaders, 'fan-out': fanOut, 'rest-send': restSend, 'flat-rooms': flatRooms, 'flat-stored': flatStored,
  cold: async () => (await import('./cold.mjs')).run(),
  append: async () => (await import('./append.mjs')).run(),
  guard: async () => (await import('./guard.mjs')).run(),
  login: async () => (await import('./login.mjs')).run(),
  scroll: async () => (await import('./scroll.mjs')).run(),
};

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '8' },
      only: { type: 'string' },
      profile: { type: 'boolean', default: false },
      stored: { type: 'string', default: '5000000' },
      out: { type: 'string', default: '.cache/bench' },
    },
  });
  return { wanted: positionals, options: { rounds: Number(values.rounds), seconds: Number(values.seconds), only: values.only?.split(','), profile: values.profile, stored: Number(values.stored), folder: values.out } };
}

// So that whoever interrupts a bench leaves no server behind: they are ended when this process exits.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const { wanted, options } = readArguments();
const unknown = wanted.filter((name) => !(name in benches));

if (wanted.length === 0 || unknown.length > 0) {
  console.error(`npm run bench -- ${Object.keys(benches).join(' | ')}`);
  process.exitCode = 2;
} else {
  for (const name of wanted) {
    console.log(`== ${name}`);
    await benches[name](options);
  }
}
