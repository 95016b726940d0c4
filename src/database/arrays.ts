// Arrays as PostgreSQL reads them, written by hand: pg would look at each character of each id.

/** Of values that need no quotes: ids, numbers, null. */
export function plainArray<One>(list: readonly One[], value: (one: One) => string | number | null): string {
  return `{${list.map((one) => String(value(one))).join()}}`;
}

/** Of any texts. */
export function textArray(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join()}}`;
}
