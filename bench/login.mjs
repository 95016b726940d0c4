// Does the time of a refused login tell whether the account exists? Medians of 200 each, in turn.
import { median } from './measure.mjs';
import { register, startWorld } from './world.mjs';

const rounds = 200;

export async function run() {
  const world = await startWorld();
  await register(world, 'alice');
  const refused = async (login) => {
    const started = performance.now();
    const { status } = await fetch(`${world.url}/api/v1/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ login, password: 'not the password' }) });
    if (status !== 401) throw new Error(`${login}: ${status}`);
    return performance.now() - started;
  };
  const times = { known: [], unknown: [] };
  for (let i = 0; i < rounds + 10; i += 1) {
    const [known, unknown] = [await refused('alice'), await refused(`nobody${i}`)];
    if (i >= 10) times.known.push(known), times.unknown.push(unknown);
  }
  const [known, unknown] = [median(times.known), median(times.unknown)];
  console.log(`known ${known.toFixed(2)} ms, unknown ${unknown.toFixed(2)} ms: ${((100 * Math.abs(known - unknown)) / known).toFixed(1)} % apart (medians of ${rounds})`);
  await world.stop();
}
