const key = (userId: string): string => `verbatim:last-room:${userId}`;

export const lastRoom = (userId: string): string | null => localStorage.getItem(key(userId));
export const keepLastRoom = (userId: string, roomId: string): void => { localStorage.setItem(key(userId), roomId); };
