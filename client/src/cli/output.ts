import type { Message } from '../../../src/contract/message.dto.js';

/** Colours that can be read on light and dark grounds alike. */
const personColours = [32, 33, 34, 35, 36, 91, 92, 94, 95, 96];

/** Data goes to stdout, talk to stderr; with --json data is one object a line. */
export class Output {
  readonly isTerminal = process.stdout.isTTY;
  private readonly colours: boolean;

  constructor(readonly json: boolean, noColor: boolean) {
    this.colours = process.stdout.isTTY && !json && !noColor && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  }

  /** For people, or for programs. */
  data(line: string, object: object): void {
    process.stdout.write(`${this.json ? JSON.stringify(object) : line}\n`);
  }

  talk(line: string): void {
    process.stderr.write(`${this.colours ? `\u001b[2m${line}\u001b[0m` : line}\n`);
  }

  bold(text: string): string {
    return this.paint(1, text);
  }

  dim(text: string): string {
    return this.paint(2, text);
  }

  accent(text: string): string {
    return this.paint(33, text);
  }

  /** Everybody has a colour of their own, the same one every time. */
  person(userId: string, name: string): string {
    const sum = [...userId].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) | 0, 7);
    return this.paint(personColours[Math.abs(sum) % personColours.length] ?? 36, name);
  }

  private paint(code: number, text: string): string {
    return this.colours && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

/** What others wrote must not move the cursor, change colours or turn the line round. */
export function plain(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, '');
}

export const clock = (time: string): string => new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false });

export const day = (time: string): string => new Date(time).toLocaleDateString([], { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });

/** One message as a line; further lines of its text are set in. */
export function messageLine(out: Output, message: Message, name: string): string {
  const text = message.text === null ? out.dim('(deleted)') : plain(message.text).replaceAll('\n', '\n      ');
  const reply = message.replyTo === null ? '' : out.dim(`↳ #${message.replyTo} `);
  const edited = message.editedAt === null || message.text === null ? '' : out.dim(' (edited)');
  const reactions = message.reactions.map(({ emoji, count }) => ` ${emoji}${count > 1 ? ` ${count}` : ''}`).join('');
  return `${out.dim(clock(message.createdAt))} ${out.person(message.senderId, plain(name))}: ${reply}${text}${edited}${reactions}`;
}

export const members = (count: number, andMore = false): string => `${count}${andMore ? ' or more' : ''} ${count === 1 ? 'member' : 'members'}`;

/** For a column: cut where it would push the next one away. */
export function column(text: string, width: number): string {
  const signs = [...text];
  return signs.length > width ? `${signs.slice(0, width - 1).join('')}…` : text.padEnd(width);
}
