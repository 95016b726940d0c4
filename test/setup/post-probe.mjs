// A primary with two workers: one that says a lot while the other stands still. Reports what the other one heard when it went on.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

const texts = 200;
const length = 512 * 1024;

if (cluster.isPrimary) {
  const { Post } = await import('../../dist/src/workers/post.js');
  cluster.setupPrimary({ serialization: 'advanced' });
  const post = new Post();
  const [talker, listener] = [cluster.fork({ ROLE: 'talker' }), cluster.fork({ ROLE: 'listener' })];
  for (const worker of [talker, listener]) post.serve(worker);
  await Promise.all([talker, listener].map((worker) => once(worker, 'message')));
  listener.process.kill('SIGSTOP');
  talker.send({ topic: 'others', body: 'talk' });
  let heard = 0;
  talker.on('message', ({ topic }) => { if (topic === 'others') heard += 1; });
  while (heard < texts) await pause(20);
  listener.process.kill('SIGCONT');
  const again = setInterval(() => { talker.send({ topic: 'others', body: 'one more' }); }, 200); // Until there is room for it.
  listener.on('message', function report({ body }) {
    if (body.at(-1) !== 'the last one') return;
    listener.off('message', report); // It may be said more than once before it is heard.
    clearInterval(again);
    process.stdout.write(`${JSON.stringify(body)}\n`);
    for (const worker of [talker, listener]) worker.process.kill('SIGKILL');
  });
} else {
  const { primary } = await import('../../dist/src/common/primary.js');
  const { IpcLink } = await import('../../dist/src/realtime/ipc-link.js');
  const link = new IpcLink(primary);
  const words = [];
  // One behind the other: a link, too, drops what a busy primary does not read in time. `close` waits until all is on its way.
  const sayAll = async () => {
    for (let n = 0; n < texts; n += 1) {
      link.publish(`${n}`.padEnd(length));
      await link.close();
    }
  };
  link.whenHeard((text) => {
    if (process.env.ROLE === 'listener') {
      words.push(text.trim());
      process.send({ topic: 'probe', body: words });
    } else if (text === 'talk') {
      void sayAll();
    } else {
      link.publish('the last one');
    }
  });
  process.send({ topic: 'probe', body: [] });
}
