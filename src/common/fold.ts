/** The form in which names are compared: compatibility characters unified, case folded (upper first, so that ß equals SS). */
export function foldCase(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

/** The form in which people are searched: folded, and without accents. */
export function foldForSearch(text: string): string {
  return foldCase(text).normalize('NFKD').replace(/\p{M}/gu, '');
}

/** Mail addresses differ only in ASCII case. Anything wider would let a look-alike address stand for another person's. */
export function foldEmail(email: string): string {
  return email.normalize('NFC').replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
