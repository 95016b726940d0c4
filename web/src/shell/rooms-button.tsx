import { Menu as MenuIcon } from 'lucide-react';
import { useAllRooms } from '../chat/context';
import { IconButton } from '../parts/icon-button';

/** On a phone the list of rooms is behind this button. */
export function RoomsButton({ onClick }: { onClick: () => void }) {
  const unread = useAllRooms().reduce((sum, room) => sum + room.unread, 0);
  return <IconButton label={unread > 0 ? `Rooms, ${unread} unread` : 'Rooms'} className="to-rooms" onClick={onClick}><MenuIcon size={20} /></IconButton>;
}
