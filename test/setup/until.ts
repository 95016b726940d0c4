import { setTimeout as pause } from 'node:timers/promises';

/** Waits until this is so, however slow the machine is, and tells how many milliseconds it took; after a long time it gives up. */
export async function until(so: () => boolean | Promise<boolean>, patienceMs = 15_000): Promise<number> {
  const began = Date.now();
  for (const deadline = began + patienceMs; !(await so()); await pause(20)) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for: ${so.toString()}`);
  }
  return Date.now() - began;
}
