import { isUUID } from 'class-validator';
import { fromCursor, toCursor } from '../common/cursor.js';
import { fieldProblem, invalidInput } from '../common/refusal.js';
import type { Have, RoomChanges } from '../contract/sync.dto.js';

/** Where a page of a sync begins: after a room, or within one that has shown its changes up to a revision. */
interface SyncPlace {
  roomId: string;
  within: Have | null;
}

const nil = '00000000-0000-0000-0000-000000000000';

export function readPlace(cursor: string | undefined): SyncPlace {
  if (cursor === undefined) return { roomId: nil, within: null };
  const [roomId, epoch, rev] = fromCursor(cursor, ['string', 'string', 'number']);
  const isWithin = epoch !== '';
  if (!isUUID(roomId) || (isWithin && (roomId === nil || !isUUID(epoch) || !Number.isSafeInteger(rev) || rev < 0))) throw invalidInput([fieldProblem('cursor', 'bad_format')]);
  return { roomId: roomId.toLowerCase(), within: isWithin ? { epoch, rev } : null };
}

export function placeAfter(roomId: string): string {
  return toCursor([roomId, '', 0]);
}

export function placeWithin({ room, position, to }: RoomChanges): string {
  return toCursor([room.id, position.epoch, to]);
}

/** The id after which a place begins. */
export function startOf({ roomId, within }: SyncPlace): string {
  return within === null ? roomId : idBefore(roomId);
}

function idBefore(id: string): string {
  const digits = (BigInt(`0x${id.replaceAll('-', '')}`) - 1n).toString(16).padStart(32, '0');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
