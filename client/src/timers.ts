/** A timer for which no Node process should stay alive. In browsers a timer is a number, and nothing is to be done. */
export function unhurried(timer: ReturnType<typeof setTimeout>): ReturnType<typeof setTimeout> {
  if (typeof timer === 'object') timer.unref();
  return timer;
}

export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => { setTimeout(resolve, ms); });
}
