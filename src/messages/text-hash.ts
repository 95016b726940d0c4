import { hash } from 'node:crypto';
import { isAscii, writeAscii } from '../common/ascii.js';

/** What a repeated send is compared with, for the stored text may have been edited since: the first eight bytes of its SHA-256. A buffer of them would cost more than the hash. */
export function textHash(text: string): string {
  return BigInt.asIntN(64, BigInt(`0x${hash('sha256', text).slice(0, 16)}`)).toString();
}

/**
 * The same for a message that is alone, as most are on a server with little to do. Where hash follows hash OpenSSL takes a quarter of the time; where its code has long
 * left the caches, nearly all of the time is for fetching it again, and a short loop takes a third.
 */
export function textHashOfOne(text: string): string {
  return text.length <= longest && isAscii(text) ? firstEightBytes(text) : textHash(text);
}

const blockBytes = 64;
const mostBlocks = 4;
/** A block ends with one bit and the length of it all. */
const longest = mostBlocks * blockBytes - 9;

// The numbers of FIPS 180-4: square roots of the first eight primes, cube roots of the first sixty-four.
const initial = Int32Array.of(0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19);
const constants = Int32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
);

const bytes = new Uint8Array(mostBlocks * blockBytes);
const words = new Int32Array(64);
const state = new Int32Array(8);
const result = new DataView(new ArrayBuffer(8));

function firstEightBytes(text: string): string {
  const end = pad(text);
  for (let i = 0; i < state.length; i += 1) state[i] = initial[i];
  for (let at = 0; at < end; at += blockBytes) {
    spread(at);
    mix();
  }
  result.setInt32(0, state[0]);
  result.setInt32(4, state[1]);
  return result.getBigInt64(0).toString();
}

/** Returns where the last block ends. */
function pad(text: string): number {
  const end = Math.ceil((text.length + 9) / blockBytes) * blockBytes;
  for (let i = writeAscii(bytes, 0, text); i < end; i += 1) bytes[i] = 0;
  bytes[text.length] = 0x80;
  bytes[end - 2] = text.length >>> 5;
  bytes[end - 1] = text.length << 3;
  return end;
}

function spread(at: number): void {
  for (let i = 0, j = at; i < 16; i += 1, j += 4) words[i] = (bytes[j] << 24) | (bytes[j + 1] << 16) | (bytes[j + 2] << 8) | bytes[j + 3];
  for (let i = 16; i < 64; i += 1) {
    const [early, late] = [words[i - 15], words[i - 2]];
    const s0 = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
    const s1 = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
    words[i] = words[i - 16] + s0 + words[i - 7] + s1;
  }
}

function mix(): void {
  let [a, b, c, d] = [state[0], state[1], state[2], state[3]];
  let [e, f, g, h] = [state[4], state[5], state[6], state[7]];
  for (let i = 0; i < 64; i += 1) {
    const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const rest = (h + s1 + ((e & f) ^ (~e & g)) + constants[i] + words[i]) | 0;
    [h, g, f, e] = [g, f, e, (d + rest) | 0];
    [d, c, b, a] = [c, b, a, (rest + s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0];
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

function turned(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}
