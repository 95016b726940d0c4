// One account that asks the same again and again, over ten sockets or ten connections, as a process of its own. Told what by its parent; reports what it was answered.
import { Agent, request as open } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { io } from 'socket.io-client';

const lines = 10;
/** What each line asks at most: more would measure how busy this process makes the machine. */
const burst = 4;
const burstMs = 20;

/** Each line asks one request after the other of those it is told. */
async function overSocket({ url, token, requests }, { until, outcomes }) {
  const socket = io(url, { auth: { token }, transports: ['websocket'], reconnectionDelay: 100, reconnectionDelayMax: 1000, forceNew: true });
  socket.on('disconnect', () => { outcomes.cut += 1; });
  const answered = (ack) => { outcomes[ack.ok ? 'answered' : 'refused'] += 1; };
  for (let n = 0; Date.now() < until; await pause(burstMs)) {
    for (let i = 0; i < burst && socket.connected; i += 1) {
      const { event, body } = requests[(n += 1) % requests.length];
      socket.emit(event, body, answered);
    }
  }
  socket.disconnect();
}

async function overRest({ url, token, requests }, { until, outcomes }) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let n = 0; Date.now() < until; await pause(burstMs / burst)) {
    const { method, path, body } = requests[(n += 1) % requests.length];
    const status = await new Promise((resolve) => {
      const headers = { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) };
      const asked = open(url + path, { method, headers, agent }, (answer) => { answer.resume().on('end', () => { resolve(answer.statusCode); }); });
      asked.on('error', () => { outcomes.cut += 1; resolve(0); });
      asked.setTimeout(5000, () => asked.destroy());
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
    if (status !== 0) outcomes[status < 400 ? 'answered' : 'refused'] += 1;
  }
  agent.destroy();
}

process.on('message', async ({ seconds, ...task }) => {
  const run = { until: Date.now() + seconds * 1000, outcomes: { answered: 0, refused: 0, cut: 0 } };
  await Promise.all(Array.from({ length: lines }, () => (task.requests[0].event === undefined ? overRest(task, run) : overSocket(task, run))));
  process.send(run.outcomes);
});
process.once('disconnect', () => process.exit(0));
