/** After everything else that is to happen in this turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve); });
}
