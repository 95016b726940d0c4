import { foldForSearch } from '../common/fold.js';
import { toId } from '../contract/fields.js';
import type { Room } from '../contract/room.dto.js';

/** What makes the private chat of two people the only one. */
export function directKeyOf(one: string, other: string): string {
  return [one, other].sort().join(':');
}

/** What people call a room by: its id, or a name that leads to its slug. */
export function roomRef(ref: string): { id: string } | { slug: string } {
  const id = toId(ref);
  return id === undefined ? { slug: slugOf(ref) } : { id };
}

/** "Tea Room" and "tea-room" are the same place. */
export function slugOf(name: string): string {
  return foldForSearch(name).replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 50).replace(/-+$/, '');
}

export function searchText({ name, slug, topic }: Pick<Room, 'name' | 'slug' | 'topic'>): string {
  return foldForSearch(`${slug ?? ''} ${name} ${topic}`);
}
