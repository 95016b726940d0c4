import type { RoomHandle } from '@verbatim/client';

/** In pixels, and the same whatever it says: what stands below must not move. */
export const startHeight = 112;

interface LogStartProps {
  room: RoomHandle;
  loading: boolean;
  fault: string;
  onRetry: () => void;
}

export function LogStart({ room, loading, fault, onRetry }: LogStartProps) {
  return <div className="log-start"><Words room={room} loading={loading} fault={fault} onRetry={onRetry} /></div>;
}

function Words({ room, loading, fault, onRetry }: LogStartProps) {
  if (fault !== '') return <p>{fault} <button type="button" className="button small" onClick={onRetry}>Try again</button></p>;
  if (loading || room.hasMoreBefore) return <p>Fetching what was said before …</p>;
  if (room.messages.length === 0) return <><h2>Nothing has been said here yet.</h2><p>The first line is yours.</p></>;
  return room.info.kind === 'direct' ? <><h2>You and {room.title}</h2><p>Only the two of you read this.</p></> : <><h2>Here begins {room.title}</h2>{room.info.topic !== '' && <p>{room.info.topic}</p>}</>;
}
