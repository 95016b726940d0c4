import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/settings.js';
import type { Message } from '../contract/message.dto.js';
import { AuthService } from '../auth/auth.service.js';
import { logger } from '../common/logger.js';
import type { Me } from '../common/me.js';
import { MessagesService } from '../messages/messages.service.js';
import { Broadcaster } from '../realtime/broadcaster.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { UsersService } from '../users/users.service.js';
import { botName, demoPassword, people, script, rooms, type DemoPerson } from './script.js';

/** A first minute that shows something: two people, a few rooms with earlier conversation, and a bot that answers. Never in production by default. */
@Injectable()
export class DemoService implements OnApplicationBootstrap, OnApplicationShutdown {
  private bot: Me | undefined;
  private silence: () => void = () => undefined;

  constructor(
    private readonly auth: AuthService,
    private readonly users: UsersService,
    private readonly rooms: RoomsService,
    private readonly messages: MessagesService,
    private readonly broadcast: Broadcaster,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.config.DEMO) return;
    const known = await this.users.findAccount(botName);
    if (known === null && !(await this.users.nobodyIsHere())) return; // Somebody's own server: leave it as it is.
    const everyone = await this.comeIn();
    if (known === null) await this.talk(everyone);
    this.bot = everyone.get(botName);
    this.silence = this.broadcast.whenSaid((message) => { this.echo(message).catch((error: unknown) => { logger.warn({ err: error }, 'The echo bot did not answer'); }); });
  }

  onApplicationShutdown(): void {
    this.silence();
  }

  private async comeIn(): Promise<Map<string, Me>> {
    const everyone = new Map<string, Me>();
    for (const person of people) {
      const account = (await this.users.findAccount(person.username)) ?? (await this.add(person));
      everyone.set(person.username, { id: account.id, sid: 'demo', role: 'user' });
    }
    return everyone;
  }

  /** The bot gets a password that nobody knows. None of them becomes the admin: that is for the first who registers. */
  private async add({ username, name }: DemoPerson) {
    const password = username === botName ? randomBytes(24).toString('base64') : demoPassword;
    return await this.auth.addPerson({ username, name, email: `${username}@demo.example` }, password);
  }

  private async talk(everyone: ReadonlyMap<string, Me>): Promise<void> {
    const me = (username: string): Me => everyone.get(username) as Me;
    const ids = new Map([['lobby', await this.rooms.lobbyId()]]);
    for (const { slug, name, topic, owner } of rooms) {
      const memberIds = [...everyone.values()].map(({ id }) => id);
      ids.set(slug, (await this.rooms.create(me(owner), { kind: 'public', slug, name, topic, memberIds })).id);
    }
    ids.set('direct', (await this.rooms.direct(me('alice'), me('bob').id)).room.room.id);
    for (const [room, who, text] of script) await this.messages.send(me(who), ids.get(room) ?? '', { text });
  }

  /** Answers in private chats with it, and where it is called by name or mentioned. */
  private async echo({ senderId, roomId, text, seq }: Message): Promise<void> {
    if (this.bot === undefined || senderId === this.bot.id || text === null) return;
    const direct = await this.rooms.isDirectWith(roomId, this.bot.id);
    const called = new RegExp(`^@?${botName}\\b[:,]?\\s*`, 'i');
    const mentioned = new RegExp(`(^|\\W)@${botName}\\b`, 'i');
    if (!direct && !called.test(text) && !mentioned.test(text)) return;
    const words = text.replace(called, '').trim();
    await this.messages.send(this.bot, roomId, { text: (words === '' ? 'I am here.' : `You said: ${words}`).slice(0, 4000), replyTo: direct ? undefined : seq });
  }
}
