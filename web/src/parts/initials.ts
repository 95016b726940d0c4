/** The first letter or digit of the first and the last word that have one; of the other names when this one has none. */
export function initials(...names: readonly string[]): string {
  return names.map(initialsOf).find((found) => found !== '') ?? '';
}

function initialsOf(name: string): string {
  const letters = name.normalize('NFC').split(/\s+/).flatMap((word) => /[\p{L}\p{N}]\p{M}*/u.exec(word)?.[0] ?? []);
  return [letters[0], ...letters.slice(1).slice(-1)].join('').toLocaleUpperCase();
}
