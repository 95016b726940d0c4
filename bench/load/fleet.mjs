// The parent's handle on a load generator.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('generator.mjs', import.meta.url));

export class Fleet {
  #child = fork(script);

  async #ask(task, options = {}) {
    this.#child.send({ task, ...options });
    const [{ result, error }] = await Promise.race([
      once(this.#child, 'message'),
      once(this.#child, 'exit').then(() => { throw new Error('The load generator ended'); }),
    ]);
    if (error !== undefined) throw new Error(error);
    return result;
  }

  open(url, world) {
    const { hostname: host, port } = new URL(url);
    return this.#ask('open', { host, port: Number(port), ...world });
  }

  closed(options) {
    return this.#ask('closed', options);
  }

  steady(options) {
    return this.#ask('steady', options);
  }

  async end() {
    await this.#ask('close');
    this.#child.disconnect();
    await once(this.#child, 'exit');
  }
}
