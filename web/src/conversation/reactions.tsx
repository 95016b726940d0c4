import type { Message, Reaction } from '@verbatim/client';
import { useMe, usePeople } from '../chat/context';
import { useActions } from './actions';
import { useTabStop } from './reach';

export function Reactions({ message }: { message: Message }) {
  return <div className="reactions">{message.reactions.map((reaction) => <ReactionButton key={reaction.emoji} message={message} reaction={reaction} />)}</div>;
}

function ReactionButton({ message, reaction }: { message: Message; reaction: Reaction }) {
  const me = useMe();
  const { toggleReaction } = useActions();
  return (
    <button type="button" className="reaction" tabIndex={useTabStop()} aria-pressed={reaction.userIds.includes(me.id)} title={useNames(reaction)} onClick={() => { toggleReaction(message, reaction.emoji); }}>
      <span>{reaction.emoji}</span>{reaction.count}
    </button>
  );
}

function useNames({ userIds, count }: Reaction): string {
  const people = usePeople();
  const names = userIds.slice(0, 12).map((id) => people.get(id)?.name ?? '…');
  return count > names.length ? `${names.join(', ')} and ${count - names.length} more` : names.join(', ');
}
