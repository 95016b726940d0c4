import type { Server } from 'node:http';
import { createServer, type AddressInfo, type Server as Listener } from 'node:net';

/**
 * Some programs take "localhost" for ::1 and others for 127.0.0.1. Passes connections to the first on to a server that listens on the
 * second. Undefined: this machine has no IPv6, or the port is taken there.
 */
export async function listenOnIpv6Loopback(server: Server): Promise<Listener | undefined> {
  const { port } = server.address() as AddressInfo;
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => { server.emit('connection', socket); });
  return await new Promise((resolve) => {
    listener.once('error', () => { resolve(undefined); });
    listener.listen({ host: '::1', port, ipv6Only: true }, () => { resolve(listener); });
  });
}
