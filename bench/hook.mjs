// Loaded into a server of ours that a bench looks into: counts its statements, weighs its memory and makes a CPU profile when its parent asks.
import { Session } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import pg from 'pg';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

const session = new Session();
session.connect();
let statements = 0;
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function counted(...args) {
  statements += 1;
  return query.apply(this, args);
};

if (process.env.ORDINARY_EMIT === 'on') {
  const { FanOutAdapter } = await import('../dist/src/realtime/fan-out-adapter.js');
  FanOutAdapter.prototype.broadcast = Object.getPrototypeOf(FanOutAdapter.prototype).broadcast;
}

const post = (method, params) => new Promise((resolve, reject) => {
  session.post(method, params, (error, result) => { if (error === null) resolve(result); else reject(error); });
});

const answers = {
  statements: () => statements,
  async beginProfile() {
    await post('Profiler.enable');
    await post('Profiler.setSamplingInterval', { interval: 500 });
    await post('Profiler.start');
  },
  memory() {
    for (let i = 0; i < 3; i += 1) collect();
    return process.memoryUsage();
  },
  endProfile: async () => (await post('Profiler.stop')).profile,
};

process.on('message', async (question) => { process.send({ answer: await answers[question]() }); });
