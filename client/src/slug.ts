/** The short name by which a room of this name is found in addresses; none when the name has no letter or digit for it. */
export function toSlug(name: string): string | undefined {
  const slug = name.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 50).replace(/-+$/, '');
  return slug === '' ? undefined : slug;
}
