// What the token costs: the same GET with the JWT guard and without it, in two processes side by side. The route's own
// work is replaced by a constant, so that nothing hides the guard.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { interleaved, median, show } from './measure.mjs';

const started = (child) => new Promise((resolve, reject) => { child.once('message', resolve); child.once('exit', reject); });

export async function run() {
  const script = fileURLToPath(new URL('guard-server.mjs', import.meta.url));
  const children = { guarded: fork(script, ['guarded']), open: fork(script, ['open']) };
  const servers = { guarded: await started(children.guarded), open: await started(children.open) };
  const measure = (name) => async () => {
    const { url, token } = servers[name];
    const result = await autocannon({ url: `${url}/api/v1/users/me`, connections: 20, duration: 3, headers: { authorization: `Bearer ${token}` } });
    if (result.non2xx > 0 || result.errors > 0) throw new Error(`${name}: ${result.non2xx} refused, ${result.errors} errors`);
    return result.requests.average;
  };
  await Promise.all([measure('guarded')(), measure('open')()]);
  const results = await interleaved(5, { guarded: measure('guarded'), open: measure('open') });
  for (const name of Object.keys(results)) console.log(`${name.padEnd(8)} ${show(results[name])} requests/s`);
  console.log(`guarded keeps ${((100 * median(results.guarded)) / median(results.open)).toFixed(0)} % of the rate`);
  for (const child of Object.values(children)) child.send('stop');
}
