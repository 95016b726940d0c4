// Loaded into the server that is profiled: SIGUSR2 begins a CPU profile, and the next one writes it to BENCH_PROFILE.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.setSamplingInterval', { interval: 500 });
let running = false;

process.on('SIGUSR2', () => {
  running = !running;
  if (running) session.post('Profiler.start');
  else session.post('Profiler.stop', (error, { profile }) => { writeFileSync(process.env.BENCH_PROFILE, JSON.stringify(profile)); });
});
