// Loaded into a server of ours that a bench looks into: counts its statements and makes a CPU profile when its parent asks.
import { Session } from 'node:inspector';
import pg from 'pg';

const session = new Session();
session.connect();
let statements = 0;
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function counted(...args) {
  statements += 1;
  return query.apply(this, args);
};

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
  endProfile: async () => (await post('Profiler.stop')).profile,
};

process.on('message', async (question) => { process.send({ answer: await answers[question]() }); });
