import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode, type RefObject } from 'react';
import { PenLine } from 'lucide-react';
import { cleanText } from '@verbatim/client';
import { IconButton } from '../parts/icon-button';
import { MentionList } from './mention-list';
import { useMentions, type Mentions } from './use-mentions';

const most = 4000;

interface LineProps {
  label: string;
  text: string;
  onChange: (text: string) => void;
  onSend: () => void;
  onEscape: () => void;
  onUp?: () => void;
  /** What was typed is on its way: it can be neither changed nor sent once more. */
  busy?: boolean;
  /** The focus comes here when it changes. */
  focusKey: string | undefined;
  action: string;
  icon: ReactNode;
  children: ReactNode;
}

/** Where one writes: a line that grows, and that completes names after an @. */
export function Line({ label, text, onChange, onSend, onEscape, onUp, busy = false, focusKey, action, icon, children }: LineProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  useFocus(area, focusKey);
  const [caret, setCaret] = useState(text.length);
  const put = useCaret(area);
  const mentions = useMentions({ text, caret, onTake: (next, at) => { onChange(next); setCaret(at); put(at); } });
  const [refused, setRefused] = useState<string>();
  const over = [...text].length - most;
  const sendable = !busy && text.trim() !== '';
  const send = () => {
    if (!sendable) return;
    if (over > 0) setRefused(text);
    else onSend();
  };
  const change = ({ value, selectionEnd }: HTMLTextAreaElement) => {
    const next = cleanText(value);
    const at = cleanText(value.slice(0, selectionEnd)).length;
    onChange(next);
    setCaret(at);
    if (next !== value) put(at);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (choosesName(event, mentions)) { /* done */ } else if (event.key === 'Enter' && !event.shiftKey && !isTouch()) send();
    else if (event.key === 'Escape') onEscape();
    else if (event.key === 'Tab' && event.shiftKey) toConversation(event.currentTarget);
    else if (event.key === 'ArrowUp' && text === '' && onUp !== undefined && !event.altKey) onUp();
    else return;
    event.preventDefault();
  };
  return (
    <form className="composer" onSubmit={(event) => { event.preventDefault(); send(); }}>
      <PenLine size={16} aria-hidden="true" />
      <div className="box">
        <MentionList mentions={mentions} />
        {children}
        <div className="line">
          <textarea
            ref={area} rows={1} aria-label={label} placeholder={label} dir="auto" value={text} readOnly={busy} {...mentions.aria} onKeyDown={onKeyDown} onBlur={mentions.close}
            onChange={({ target }) => { change(target); }} onSelect={({ currentTarget }) => { setCaret(currentTarget.selectionEnd); }}
          />
          <IconButton className="send" type="submit" label={action} disabled={!sendable}>{icon}</IconButton>
        </div>
        <Length over={over} refused={text === refused} />
      </div>
    </form>
  );
}

/** How much was typed, where that comes near to the most; and why it was not sent. */
function Length({ over, refused }: { over: number; refused: boolean }) {
  if (over <= -400) return null;
  return (
    <>
      <p className={over > 0 ? 'context fault' : 'context'} role="status">{(most + over).toLocaleString()} of {most.toLocaleString()} characters</p>
      {over > 0 && refused && <p className="context fault" role="alert">Too long: shorten it by {over.toLocaleString()} {over === 1 ? 'character' : 'characters'}.</p>}
    </>
  );
}

/** The keys that belong to the list of names while it is open. */
function choosesName({ key, shiftKey, altKey }: KeyboardEvent, { options, move, take, close, chosen }: Mentions): boolean {
  if (options.length === 0 || shiftKey || altKey) return false;
  if (key === 'ArrowDown' || key === 'ArrowUp') move(key === 'ArrowDown' ? 1 : -1);
  else if (key === 'Enter' || key === 'Tab') take(chosen);
  else if (key === 'Escape') close();
  else return false;
  return true;
}

function useFocus(area: RefObject<HTMLTextAreaElement | null>, focusKey: string | undefined): void {
  useEffect(() => {
    const { current } = area;
    // On a phone the keyboard would cover what one came to read; and who has gone to the conversation while an edit was saved stays there.
    if (current === null || (focusKey === undefined && (isTouch() || document.activeElement?.closest('.log')))) return;
    current.focus();
    current.setSelectionRange(current.value.length, current.value.length);
  }, [area, focusKey]);
}

/** Puts the caret somewhere, once the new text is drawn. */
function useCaret(area: RefObject<HTMLTextAreaElement | null>): (at: number) => void {
  const wanted = useRef<number>(undefined);
  useLayoutEffect(() => {
    if (wanted.current !== undefined) area.current?.setSelectionRange(wanted.current, wanted.current);
    wanted.current = undefined;
  });
  return (at) => { wanted.current = at; };
}

/** Past whatever stands between, such as the way to the newest: that is on the way back. */
const toConversation = (from: Element): void => { from.closest('.room')?.querySelector<HTMLElement>('.log')?.focus(); };

const isTouch = (): boolean => matchMedia('(pointer: coarse)').matches;
