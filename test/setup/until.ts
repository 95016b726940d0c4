import { setTimeout as pause } from 'node:timers/promises';

/** Waits until this is so, however slow the machine is; after a long time it gives up. */
export async function until(so: () => boolean | Promise<boolean>, patienceMs = 15_000): Promise<void> {
  for (const deadline = Date.now() + patienceMs; !(await so()); await pause(20)) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for: ${so.toString()}`);
  }
}
