import { randomFillSync } from 'node:crypto';

const idBytes = 16;
const perFill = 256;
const random = new Uint8Array(idBytes * perFill);
let used = perFill;
let latestMs = 0;
let withinMs = 0;

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * A UUIDv7 (RFC 9562): unique everywhere, and in the order of making, which keeps indexes dense. Made here because PostgreSQL 14 cannot.
 * Randomness is fetched for many at a time: asked for one by one it would cost four times the rest.
 */
export function newId(): string {
  if (used === perFill) {
    randomFillSync(random);
    used = 0;
  }
  const at = idBytes * used;
  used += 1;
  count(at);
  const [high, low] = [Math.floor(latestMs / 0x1_0000), latestMs % 0x1_0000];
  return `${word(high >>> 16)}${word(high)}-${word(low)}-${word(0x7000 | (withinMs >>> 20))}-${word(0x8000 | ((withinMs >>> 6) & 0x3fff))}-` +
    `${hex[((withinMs << 2) & 0xfc) | (random[at + 10] & 3)]}${hex[random[at + 11]]}${hex[random[at + 12]]}${hex[random[at + 13]]}${hex[random[at + 14]]}${hex[random[at + 15]]}`;
}

/** A random start that leaves room to count on, within a millisecond and while a clock that was set back catches up. */
function count(at: number): void {
  const now = Date.now();
  withinMs = now > latestMs ? ((random[at] << 24) | (random[at + 1] << 16) | (random[at + 2] << 8) | random[at + 3]) >>> 1 : withinMs + 1;
  latestMs = Math.max(now, latestMs);
}

function word(value: number): string {
  return `${hex[(value >>> 8) & 0xff]}${hex[value & 0xff]}`;
}
