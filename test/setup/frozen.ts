import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';

export interface Passage {
  /** The database's address, by way of this passage. */
  url: string;
  /** From now on nothing passes, in either direction, and nobody is told. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

/** A way to PostgreSQL that can be made to hang, as a network or a full disk does. */
export async function passageTo(databaseUrl: string, at = 0): Promise<Passage> {
  const url = new URL(databaseUrl);
  const folder = url.searchParams.get('host');
  const port = url.port === '' ? '5432' : url.port;
  const sockets = new Set<Socket>();
  let frozen = false;
  const passage = createServer((near) => {
    const far = folder?.startsWith('/') === true ? connect(join(folder, `.s.PGSQL.${port}`)) : connect(Number(port), url.hostname);
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      sockets.add(socket);
      socket.on('data', (piece) => { if (!frozen) other.write(piece); });
      socket.on('error', () => other.destroy());
      socket.on('close', () => { sockets.delete(socket); other.destroy(); });
    }
  }).listen(at, '127.0.0.1');
  await once(passage, 'listening');
  url.searchParams.delete('host');
  url.hostname = '127.0.0.1';
  url.port = String((passage.address() as AddressInfo).port);
  const cut = (): void => { for (const socket of sockets) socket.destroy(); };
  return {
    url: url.href,
    freeze() { frozen = true; },
    thaw() { frozen = false; cut(); },
    async close() {
      cut();
      passage.close();
      await once(passage, 'close');
    },
  };
}
