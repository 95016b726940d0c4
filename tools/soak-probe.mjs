// Loaded into the server under soak before its own code: tells on request what is alive after a full garbage collection.
import { Socket } from 'node:net';
import { queryObjects } from 'node:v8';

const made = setTimeout(() => {}, 0);
const Timeout = made.constructor;
clearTimeout(made);

/** Of every kind, those too that keep no process alive. Walks the whole heap: for moments in which nothing else happens. */
const count = () => ({ timers: queryObjects(Timeout, { format: 'count' }), sockets: queryObjects(Socket, { format: 'count' }) });

process.on('message', (what) => {
  globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  process.send({ heap: heapUsed, rss, ...(what === 'everything' ? count() : {}) });
});
process.channel.unref();
