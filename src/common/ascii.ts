// Letter by letter. With cold caches, as on a server with little to do, calls into Node for a few short texts cost more than their letters do
// here (docs/decisions/0016).

/** Whether its letters are its bytes. */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 127) return false;
  return true;
}

/** Returns where it ends. */
export function writeAscii(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i += 1) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}
