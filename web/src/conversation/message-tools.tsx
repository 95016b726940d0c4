import { Copy, Ellipsis, Pencil, Reply, SmilePlus, Trash2 } from 'lucide-react';
import type { Message } from '@verbatim/client';
import { useMe } from '../chat/context';
import { powers } from '../chat/rooms';
import { IconButton } from '../parts/icon-button';
import { Menu, MenuItem, MenuLine } from '../parts/menu';
import { attempt, notify } from '../parts/notices';
import { useActions } from './actions';
import { EmojiPicker } from './emoji';
import { useTabStop } from './reach';

interface ToolsProps {
  message: Message;
  mine: boolean;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Puts the focus on the line. */
  restFocus: () => void;
}

/** Appears with the pointer or the focus. */
export function MessageTools({ message, mine, open, onOpenChange, restFocus }: ToolsProps) {
  const { room, reply, edit, remove, toggleReaction } = useActions();
  const me = useMe();
  const tabIndex = useTabStop();
  const copy = () => { attempt(navigator.clipboard.writeText(message.text ?? '').then(() => { notify('Copied.'); })); };
  return (
    <div className="tools">
      <EmojiPicker restFocus={restFocus} trigger={<IconButton small tabIndex={tabIndex} label="React"><SmilePlus size={16} /></IconButton>} onPick={(emoji) => { toggleReaction(message, emoji); }} />
      <IconButton small tabIndex={tabIndex} label="Reply" onClick={() => { reply(message); }}><Reply size={16} /></IconButton>
      <Menu open={open} onOpenChange={onOpenChange} restFocus={restFocus} trigger={<IconButton small tabIndex={tabIndex} label="More"><Ellipsis size={16} /></IconButton>}>
        <MenuItem onSelect={() => { reply(message); }}><Reply size={16} aria-hidden="true" />Reply <kbd>R</kbd></MenuItem>
        <MenuItem onSelect={() => { toggleReaction(message, '👍'); }}><span aria-hidden="true">👍</span>Thumbs up</MenuItem>
        <MenuItem onSelect={copy}><Copy size={16} aria-hidden="true" />Copy text</MenuItem>
        {mine && <MenuItem onSelect={() => { edit(message); }}><Pencil size={16} aria-hidden="true" />Edit <kbd>E</kbd></MenuItem>}
        {(mine || powers(room, me).deleteAny) && (
          <>
            <MenuLine />
            <MenuItem danger onSelect={() => { remove(message); }}><Trash2 size={16} aria-hidden="true" />Delete</MenuItem>
          </>
        )}
      </Menu>
    </div>
  );
}
