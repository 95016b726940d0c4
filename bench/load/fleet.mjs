// The parent's handle on a load generator.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('generator.mjs', import.meta.url));

export class Fleet {
  #child = fork(script);
  #exit = once(this.#child, 'exit');
  #gone = this.#exit.then(() => { throw new Error('The load generator ended'); });

  constructor() {
    this.#gone.catch(() => {}); // Only who waits for an answer minds.
  }

  /** Has the generator do one of its tasks, with a server's address among the options where it needs one. */
  async ask(task, { url, ...options } = {}) {
    const { hostname: host, port } = url === undefined ? {} : new URL(url);
    this.#child.send({ task, host, port: Number(port), ...options });
    const [{ result, error }] = await Promise.race([once(this.#child, 'message'), this.#gone]);
    if (error !== undefined) throw new Error(error);
    return result;
  }

  async end() {
    await this.ask('close');
    this.#child.disconnect();
    await this.#exit;
  }
}
