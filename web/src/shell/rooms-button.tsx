import { Menu as MenuIcon } from 'lucide-react';
import { IconButton } from '../parts/icon-button';
import { useAllUnread } from './use-unread';

/** On a phone the list of rooms is behind this button. */
export function RoomsButton({ onClick }: { onClick: () => void }) {
  const unread = useAllUnread();
  return <IconButton label={unread > 0 ? `Rooms, ${unread} unread` : 'Rooms'} className="to-rooms" onClick={onClick}><MenuIcon size={20} /></IconButton>;
}
