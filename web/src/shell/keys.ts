import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import { useChat } from '../chat/context';
import { roomAt, roomPath, sidebarOrder } from '../chat/rooms';

interface Handlers {
  onFind: () => void;
  onHelp: () => void;
  onEscape: () => void;
}

/** The keys that work everywhere. Dialogs keep theirs to themselves, so none of these fires behind one. */
export function useShortcuts(handlers: Handlers): void {
  const latest = useRef(handlers);
  useEffect(() => { latest.current = handlers; });
  const step = useRoomStep();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (act(event, latest.current, step)) event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => { window.removeEventListener('keydown', onKey); };
  }, [step]);
}

function act(event: KeyboardEvent, { onFind, onHelp, onEscape }: Handlers, step: (by: number) => void): boolean {
  const { key, altKey, ctrlKey, metaKey } = event;
  const command = ctrlKey || metaKey;
  if (command && !altKey && key.toLowerCase() === 'k') { onFind(); return true; }
  if (altKey && !command && (key === 'ArrowUp' || key === 'ArrowDown')) { step(key === 'ArrowUp' ? -1 : 1); return true; }
  if (key === 'Escape') { onEscape(); return false; }
  if (key === '?' && !command && !altKey && !isTyping(event.target)) { onHelp(); return true; }
  return false;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** To the room above or below, in the order of the list, and round at its ends. */
function useRoomStep(): (by: number) => void {
  const chat = useChat();
  const [path, navigate] = useLocation();
  return (by) => {
    const rooms = sidebarOrder(chat.rooms);
    const here = roomAt(rooms, path);
    const at = here === undefined ? (by > 0 ? -1 : 0) : rooms.indexOf(here);
    const next = rooms.at((at + by) % Math.max(1, rooms.length));
    if (next !== undefined) navigate(roomPath(next));
  };
}
