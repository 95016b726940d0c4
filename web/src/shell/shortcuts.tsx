import { Dialog } from '../parts/dialog';

const command = /mac/i.test(navigator.platform) ? '⌘' : 'Ctrl';

const keys: readonly (readonly [keys: readonly string[], what: string])[] = [
  [[command, 'K'], 'Find a room or a person'],
  [['Alt', '↑'], 'The room above'],
  [['Alt', '↓'], 'The room below'],
  [['Enter'], 'Send; Shift-Enter begins a new line'],
  [['↑'], 'In an empty line: edit what I said last'],
  [['Esc'], 'Stop editing or replying, close what is open; else mark the room as read'],
  [['Shift', 'Tab'], 'From the line to the conversation; then ↑ ↓ from message to message'],
  [['Enter'], 'On a message: everything that can be done with it'],
  [['R'], 'On a message: reply'],
  [['E'], 'On a message of mine: edit'],
  [['?'], 'This list'],
];

export function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl className="keys">
        {keys.map(([names, what]) => (
          <div key={what} style={{ display: 'contents' }}>
            <dt>{names.map((name) => <kbd key={name}>{name}</kbd>)}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
