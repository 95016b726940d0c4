/** What was typed and not sent, per person and room; it survives a reload, and stays on this device. */
const key = (userId: string, roomId: string): string => `verbatim:draft:${userId}:${roomId}`;

export function readDraft(userId: string, roomId: string): string {
  return localStorage.getItem(key(userId, roomId)) ?? '';
}

export function keepDraft(userId: string, roomId: string, text: string): void {
  if (text === '') localStorage.removeItem(key(userId, roomId));
  else localStorage.setItem(key(userId, roomId), text);
}

/** Whoever signs out leaves nothing behind. */
export function forgetDrafts(): void {
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith('verbatim:draft:')) localStorage.removeItem(name);
  }
}
