import type { Socket } from 'node:net';

/** Ends a connection at once. One that is just being ended cannot be reset: Node refuses with EINVAL, keeps the handle, and then never exits, at full speed. */
export function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
