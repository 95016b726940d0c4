const ofRoom = 'room:';

/** The names of Socket.IO's rooms; ours are chat rooms, so these are called channels. */
export const channels = {
  /** Every socket that hears a chat room. */
  room: (roomId: string): string => ofRoom + roomId,
  /** Those of them that show it on the screen. */
  viewing: (roomId: string): string => `viewing:${roomId}`,
  user: (userId: string): string => `user:${userId}`,
  session: (sid: string): string => `session:${sid}`,
};

export function isOfRoom(channel: string): boolean {
  return channel.startsWith(ofRoom);
}

export function roomOf(channel: string): string {
  return channel.slice(ofRoom.length);
}
