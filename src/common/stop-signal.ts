const signals = ['SIGTERM', 'SIGINT'] as const;
/** A Ctrl-C comes twice under npm: from the terminal, which tells every process, and from npm, which passes it on. It is one wish. */
const sameWishMs = 500;

/** Resolves at the first SIGTERM or SIGINT. A moment later they mean what they always mean: a second one ends the process at once. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      resolve();
      setTimeout(() => { for (const signal of signals) process.off(signal, stop); }, sameWishMs).unref();
    };
    for (const signal of signals) process.on(signal, stop);
  });
}
