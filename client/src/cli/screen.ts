import type { Message } from '../../../src/contract/message.dto.js';
import type { OutgoingMessage } from '../outgoing.js';
import type { RoomHandle } from '../room.js';
import type { ConnectionInfo } from '../types.js';
import { count } from './arguments.js';
import type { Context } from './context.js';
import { exitCodes, Failure } from './failure.js';
import { runLiveCommand } from './live-commands.js';
import { day, members, messageLine, plain } from './output.js';
import { Terminal } from './terminal.js';

const drainMs = 5000;

/** Connects, opens a room and stays in it until it is left. */
export async function chatLive(context: Context, open: () => Promise<RoomHandle>): Promise<void> {
  const { chat, out } = context;
  const notes = new ConnectionNotes((line) => { out.talk(line); });
  const stop = chat.on('connection', (info) => { notes.take(info, 0); });
  await chat.start();
  const room = await open();
  stop();
  await new Screen(context, room).run();
}

/** Says once that the connection is lost, and once that it is back. */
class ConnectionNotes {
  private lost = false;

  constructor(private readonly say: (line: string) => void) {}

  take({ state, reason, retryInMs = 0 }: ConnectionInfo, waiting: number): void {
    if (state === 'offline' && !this.lost && reason !== 'stopped') {
      this.lost = true;
      this.say(`· no connection (${reason ?? 'unknown'}); trying again in ${Math.max(1, Math.round(retryInMs / 1000))} s, and then until it works`);
    } else if (state === 'online' && this.lost) {
      this.lost = false;
      this.say(`· connected again${waiting > 0 ? `; sending ${waiting} that waited` : ', nothing is missing'}`);
    }
  }
}

/** One room, live. */
class Screen {
  private printed = 0;
  private today = '';
  private readonly reacted = new Map<number, string>();
  private readonly terminal: Terminal;
  private readonly notes: ConnectionNotes;
  private finish: (failure?: Failure) => void = () => undefined;

  constructor(private readonly context: Context, private readonly room: RoomHandle) {
    this.terminal = new Terminal({
      entered: (line) => { void this.entered(line); },
      typing: (typing) => { room.setTyping(typing); },
      ended: () => { if (this.terminal.isInteractive || context.flags.follow !== true) this.finish(); },
      left: () => { this.finish(); },
    });
    this.notes = new ConnectionNotes((line) => { this.talk(line); });
  }

  async run(): Promise<void> {
    const { chat } = this.context;
    const over = new Promise<Failure | undefined>((resolve) => { this.finish = resolve; });
    await this.showHistory();
    const stops = [
      this.room.subscribe(() => { this.roomChanged(); }),
      chat.on('message', ({ room, message, kind }) => { if (room === this.room && kind === 'updated' && message.seq <= this.printed) void this.showChange(message); }),
      chat.on('connection', (info) => { this.notes.take(info, this.room.pending.length); }),
      chat.on('pending', ({ message }) => { this.noteUnsent(message); }),
      chat.on('signed_out', ({ reason }) => { this.finish(new Failure(exitCodes.signIn, `You were signed out (${reason})`)); }),
    ];
    if (this.terminal.isInteractive) this.room.look();
    this.roomChanged();
    const failure = await over;
    if (failure === undefined) await this.drain();
    stops.forEach((stop) => { stop(); });
    this.terminal.close();
    if (failure !== undefined) throw failure;
    this.complainOfUnsent();
  }

  private noteUnsent({ status, error, heldUntil }: OutgoingMessage): void {
    if (status === 'failed') this.talk(`· not sent: ${error?.detail ?? 'refused'}`);
    else if (heldUntil !== undefined) this.talk(`· too fast for this server: it goes in ${Math.max(1, Math.ceil((heldUntil - Date.now()) / 1000))} s`);
  }

  talk(line: string): void {
    this.terminal.above(() => { this.context.out.talk(line); });
  }

  private async showHistory(): Promise<void> {
    const { context: { out, flags }, room } = this;
    const wanted = count(flags.count, 20, 1000);
    while (room.messages.length < wanted && room.hasMoreBefore && (await room.loadEarlier(Math.min(100, wanted)))) continue;
    const shown = room.messages.slice(-wanted);
    const { readSeq, unread } = room;
    if (!out.json) this.talk(`${plain(room.title)}${room.info.topic === '' ? '' : `: ${plain(room.info.topic)}`} · ${members(room.memberCount, room.hasMoreMembers)}${this.terminal.isInteractive ? ' · /help, Ctrl-D leaves the screen' : ''}`);
    for (const message of shown) {
      if (unread > 0 && this.printed <= readSeq && message.seq > readSeq && this.printed > 0) this.rule(`${unread} new`);
      await this.show(message, 'history');
    }
    this.printed = Math.max(this.printed, room.messages.at(-1)?.seq ?? 0);
  }

  private printing = Promise.resolve();

  /** In order, one after the other: names may have to be fetched first. */
  private roomChanged(): void {
    if (this.room.gone !== undefined) this.finish(this.room.gone === 'left' ? undefined : new Failure(exitCodes.failed, `You are no longer in this room: ${this.room.gone}`));
    this.printing = this.printing.then(() => this.showNew());
  }

  private async showNew(): Promise<void> {
    const { room } = this;
    const fresh = room.messages.filter(({ seq }) => seq > this.printed);
    const skipped = (fresh[0]?.seq ?? 0) - this.printed - 1;
    if (fresh.length > 0 && this.printed > 0 && skipped > 0) this.talk(`· ${skipped} messages before these are not shown: verbatim history`);
    for (const message of fresh) await this.show(message, 'new');
    if (this.terminal.isInteractive) {
      room.markRead();
      this.terminal.prompt(this.promptText());
    }
  }

  private async show(message: Message, kind: 'history' | 'new'): Promise<void> {
    const { out, chat } = this.context;
    this.printed = message.seq;
    this.reacted.set(message.seq, reactionsOf(message));
    if (out.json) {
      out.data('', { kind, ...message });
      return;
    }
    const sender = await chat.people.find(message.senderId);
    if (day(message.createdAt) !== this.today) this.rule((this.today = day(message.createdAt)));
    this.terminal.above(() => { out.data(messageLine(out, message, sender?.name ?? '?'), message); });
  }

  /** An edit, a deletion or a reaction of something already on the screen. */
  private async showChange(message: Message): Promise<void> {
    const { out, chat } = this.context;
    if (out.json) {
      out.data('', { kind: 'updated', ...message });
      return;
    }
    const before = this.reacted.get(message.seq);
    const now = reactionsOf(message);
    this.reacted.set(message.seq, now);
    const sender = plain((await chat.people.find(message.senderId))?.name ?? '?');
    const about = out.dim(`#${message.seq}`);
    const line = message.text === null ? `${sender} took back ${about}` : before !== now && before !== undefined ? `${about} ${plain(message.text).split('\n')[0]?.slice(0, 40) ?? ''}  ${now}` : `${sender} changed ${about}: ${plain(message.text)}`;
    this.terminal.above(() => { out.data(`      ${line}`, message); });
  }

  private rule(text: string): void {
    const { out } = this.context;
    if (!out.json) this.terminal.above(() => { process.stdout.write(`${out.dim(`── ${text} ──`)}\n`); });
  }

  private async entered(line: string): Promise<void> {
    if (this.terminal.isInteractive && line.startsWith('/') && !line.startsWith('//')) {
      await runLiveCommand({ ...this.context, room: this.room, say: (text) => { this.talk(text); }, print: (text) => { this.terminal.above(() => { process.stdout.write(`${text}\n`); }); }, leave: () => { this.finish(); } }, line.slice(1)).catch((error: unknown) => { this.talk(`· ${(error as Error).message}`); });
    } else if (line.trim() !== '') {
      this.room.send(line.replace(/^\/\//, '/'));
      if (this.context.chat.connection !== 'online') this.talk(`· kept until there is a connection: ${this.room.pending.length} waiting`);
    }
  }

  private promptText(): string {
    const { room, context: { chat } } = this;
    const names = room.typing.map((id) => plain(chat.people.get(id)?.name ?? 'somebody'));
    const typing = names.length === 0 ? '' : names.length > 2 ? 'several people are typing ' : `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} typing `;
    return `${typing}› `;
  }

  /** What was entered last is not lost by leaving at once. */
  private async drain(): Promise<void> {
    const { room } = this;
    const sending = (): number => room.pending.filter(({ status }) => status === 'sending').length;
    for (const deadline = Date.now() + drainMs; sending() > 0 && Date.now() < deadline;) await new Promise((resolve) => { setTimeout(resolve, 20); });
    await new Promise((resolve) => { setImmediate(resolve); }); // the last one is told in this turn
    await this.printing;
  }

  private complainOfUnsent(): void {
    const unsent = this.room.pending;
    const code = unsent.some(({ status }) => status === 'sending') ? exitCodes.unavailable : exitCodes.failed;
    if (unsent.length > 0) throw new Failure(code, `${unsent.length} ${unsent.length === 1 ? 'message was' : 'messages were'} not sent`);
  }
}

const reactionsOf = ({ reactions }: Message): string => reactions.map(({ emoji, count: n }) => `${emoji} ${n}`).join(' ');
