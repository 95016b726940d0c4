import { useState, type ReactNode } from 'react';
import * as Popover from '@radix-ui/react-popover';
import { givingFocusTo } from '../parts/menu';

/** A palette and not a catalogue: what people answer with, named for those who hear it. */
const palette: readonly (readonly [emoji: string, name: string])[] = [
  ['👍', 'thumbs up'], ['👎', 'thumbs down'], ['❤️', 'heart'], ['😄', 'laughing'], ['🎉', 'celebration'], ['😮', 'astonished'], ['😢', 'crying'], ['🙏', 'thank you'],
  ['👀', 'looking'], ['✅', 'done'], ['❌', 'no'], ['❓', 'question'], ['💯', 'hundred'], ['🔥', 'fire'], ['🚀', 'rocket'], ['💡', 'idea'],
  ['👏', 'applause'], ['🤝', 'agreed'], ['👋', 'waving'], ['💪', 'strong'], ['🤔', 'thinking'], ['😅', 'relieved'], ['😂', 'tears of joy'], ['😍', 'in love'],
  ['🥳', 'party'], ['😎', 'cool'], ['🙄', 'rolling eyes'], ['😬', 'grimacing'], ['😴', 'asleep'], ['🤯', 'mind blown'], ['😡', 'angry'], ['💔', 'broken heart'],
  ['☕', 'coffee'], ['🍵', 'tea'], ['🍰', 'cake'], ['🍕', 'pizza'], ['🍺', 'beer'], ['🌱', 'seedling'], ['⭐', 'star'], ['⏳', 'in a while'],
];

interface EmojiProps {
  trigger: ReactNode;
  onPick: (emoji: string) => void;
  onOpenChange?: (open: boolean) => void;
  restFocus?: () => void;
}

export function EmojiPicker({ trigger, onPick, onOpenChange, restFocus }: EmojiProps) {
  const [open, setOpen] = useState(false);
  const change = (next: boolean) => {
    setOpen(next);
    onOpenChange?.(next);
  };
  return (
    <Popover.Root open={open} onOpenChange={change}>
      <Popover.Trigger asChild>{trigger}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="palette" sideOffset={4} collisionPadding={8} aria-label="Emoji" onCloseAutoFocus={givingFocusTo(restFocus)}>
          <ul>
            {palette.map(([emoji, name]) => <li key={emoji}><button type="button" aria-label={name} title={name} onClick={() => { onPick(emoji); change(false); }}>{emoji}</button></li>)}
          </ul>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
