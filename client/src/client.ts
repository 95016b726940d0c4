import type { ExchangeCodeDto, LoginDto, RegisterDto, SignedIn } from '../../src/contract/auth.dto.js';
import type { Message } from '../../src/contract/message.dto.js';
import type { Member, Room } from '../../src/contract/room.dto.js';
import type { OwnUser } from '../../src/contract/user.dto.js';
import { makeApi } from './api.js';
import { Emitter } from './emitter.js';
import { asVerbatimError, mayPass, VerbatimError } from './errors.js';
import { Http } from './http.js';
import { Live } from './live.js';
import type { Api } from './operations.js';
import { Outbox } from './outbox.js';
import type { OutgoingMessage } from './outgoing.js';
import { People } from './people.js';
import { PresenceWatch } from './presence-watch.js';
import { RoomHandle } from './room.js';
import { Rooms } from './rooms.js';
import { Session } from './session.js';
import { MemoryStore, StoredSession } from './stores.js';
import type { BaseEvents, ClientOptions, ConnectionInfo, ConnectionState, StateStore } from './types.js';

export interface ClientEvents extends BaseEvents {
  /** A room came or went, or another one has the latest message. */
  rooms: readonly RoomHandle[];
  /** Anything in it changed. */
  room: RoomHandle;
  message: { room: RoomHandle; message: Message; kind: 'new' | 'updated' };
  /** Something that I said changed its state. */
  pending: { room: RoomHandle | undefined; message: OutgoingMessage };
}

const joinPatienceMs = 15_000;

/** Everything a chat program needs of the server, and nothing of how it comes. */
export class VerbatimClient {
  readonly api: Api;
  readonly people: People;
  private readonly events = new Emitter<ClientEvents>();
  private readonly session: Session;
  private readonly store: StateStore;
  private readonly live: Live;
  private readonly outbox: Outbox;
  private readonly held: Rooms;
  private readonly watching = new PresenceWatch(
    async (userIds) => (await this.live.ask('watch_presence', { userIds })).people,
    (people) => { this.notePresence(people); },
  );
  /** Whose things are in the store: also just after the session has ended. */
  private owner = 'nobody';

  constructor(private readonly options: ClientOptions) {
    const url = options.url.replace(/\/+$/, '');
    const delivery = options.delivery ?? 'body';
    const http = new Http(url, delivery === 'cookie' ? 'include' : 'omit');
    this.store = options.store ?? new MemoryStore();
    this.session = new Session(http, options.session ?? new StoredSession(new MemoryStore()), delivery, {
      renewed: (token) => { this.tokenRenewed(token); },
      ended: (reason, userId) => this.signedOut(reason, userId),
    });
    this.api = makeApi(http, this.session);
    this.people = this.makePeople();
    this.live = this.makeLive(url);
    this.outbox = this.makeOutbox();
    this.held = this.makeRooms();
  }

  /** Returns how to stop listening. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (payload: ClientEvents[Name]) => void): () => void {
    return this.events.on(name, listener);
  }

  /** Who I am; undefined: nobody is signed in. */
  get me(): OwnUser | undefined {
    return this.session.me;
  }

  get connection(): ConnectionState {
    return this.live.info.state;
  }

  /** A new object at each change. */
  get connectionInfo(): ConnectionInfo {
    return this.live.info;
  }

  /** The room with the latest message first. A new list when it changes. */
  get rooms(): readonly RoomHandle[] {
    return this.held.list;
  }

  room(roomId: string): RoomHandle | undefined {
    return this.held.get(roomId);
  }

  async register(args: Omit<RegisterDto, 'delivery'>): Promise<OwnUser> {
    return await this.signIn(this.api.register({ ...args, delivery: this.session.delivery }));
  }

  async login(args: Omit<LoginDto, 'delivery'>): Promise<OwnUser> {
    const deviceToken = await this.session.deviceToken();
    return await this.signIn(this.api.login({ ...(deviceToken === undefined ? {} : { deviceToken }), ...args, delivery: this.session.delivery }));
  }

  /** Finishes Google sign-in, with the code that the page was called with. */
  async exchange(args: Omit<ExchangeCodeDto, 'delivery'>): Promise<OwnUser> {
    return await this.signIn(this.api.exchangeSignInCode({ ...args, delivery: this.session.delivery }));
  }

  /** False: nobody is signed in any more. Without an answer from the server, whoever was signed in still is. */
  async resume(): Promise<boolean> {
    return await this.session.resume();
  }

  /** Ends the session here and at the server, and forgets everything that was stored, unsent messages too. */
  async logout(): Promise<void> {
    this.stop();
    this.session.leave();
    await this.api.logout().catch(() => undefined); // without an answer it ends here all the same
    await Promise.all([this.outbox.clear(), this.held.forget(), this.people.forget()]);
    await this.session.end('logout');
  }

  /** Shows what is stored, and begins to connect. Does not wait for the network. */
  async start(): Promise<void> {
    if (this.me === undefined) throw new VerbatimError({ code: 'signed_out', detail: 'Sign in first' });
    // A browser may refuse its store; then everything comes from the server.
    await this.people.load().then(() => Promise.all([this.held.load(), this.outbox.load()])).catch((error: unknown) => { this.events.emit('error', asVerbatimError(error)); });
    this.session.watch();
    this.live.start();
    this.outbox.kick();
  }

  stop(): void {
    this.session.rest();
    this.held.stop();
    void this.people.save();
    this.outbox.rest();
    this.live.stop('stopped');
  }

  /** Waits until everything missed is there; not for ever, if a time is given. */
  async ready(withinMs?: number): Promise<void> {
    if (this.connection === 'online') return;
    await new Promise<void>((resolve, reject) => {
      const over = (finish: () => void): void => {
        clearTimeout(timer);
        stop();
        finish();
      };
      const late = (): VerbatimError => new VerbatimError({ code: 'unreachable', detail: `No connection: ${this.connectionInfo.reason ?? this.connection}` });
      const timer = withinMs === undefined ? undefined : setTimeout(() => { over(() => { reject(late()); }); }, withinMs);
      const stop = this.on('connection', ({ state, reason }) => {
        if (state === 'online') over(resolve);
        else if (reason === 'stopped' || reason === 'signed_out') over(() => { reject(late()); });
      });
    });
  }

  /** Connects now, instead of after the pause. */
  reconnect(): void {
    this.live.hurry();
  }

  /** Becomes a member if need be. `ref` is an id or a slug; with `create` a public room of that name is made when there is none. */
  async join(ref: string, options: { create?: boolean } = {}): Promise<RoomHandle> {
    if (this.held.find(ref) === undefined) await this.ready(joinPatienceMs);
    const known = this.held.find(ref);
    if (known !== undefined) return known;
    const { room, users } = await this.live.ask('join_room', { room: ref, limit: 1, members: 0, ...(options.create === true ? { create: true } : {}) });
    this.people.learnAll(users);
    const joined = await this.held.fetched(room.id);
    joined.joined();
    return joined;
  }

  /** Keeps the presence of people up to date who are on the screen, in a large room as well; of more than 200, of the latest. Returns how to stop. */
  watchPresence(userIds: readonly string[]): () => void {
    return this.watching.add(userIds);
  }

  /** The private chat with this person. */
  async direct(userId: string): Promise<RoomHandle> {
    const { room } = await this.api.openDirectRoom({ userId });
    if (this.held.get(room.id) === undefined) await this.ready(joinPatienceMs);
    return this.held.get(room.id) ?? (await this.held.fetched(room.id));
  }

  private async signIn(asked: Promise<SignedIn>): Promise<OwnUser> {
    const me = await this.session.accept(await asked);
    this.people.learn(me);
    return me;
  }

  private tokenRenewed(token: string): void {
    if (!this.live.isWanted) return;
    this.session.watch();
    this.live.useToken(token).catch(() => undefined); // the connection ends then, and the next one has the new token
  }

  private async signedOut(reason: string, userId: string): Promise<void> {
    this.owner = userId; // also when nothing was loaded yet, because resuming was refused
    this.stop();
    this.outbox.leave(); // whoever signs in next must not send it
    const forgotten = Promise.all([this.held.forget(), this.people.forget()]).catch((error: unknown) => { this.events.emit('error', asVerbatimError(error)); });
    this.events.emit('signed_out', { reason });
    await forgotten;
  }

  private makeLive(url: string): Live {
    return new Live(url, {
      token: () => this.session.token(),
      renew: (refused) => this.session.renew(refused),
      heard: (push) => {
        if (push.name === 'session_revoked') void this.session.end(push.payload.reason);
        else if (push.name === 'presence') this.notePresence([push.payload]);
        else if (push.name === 'presence_digest') this.notePresence(push.payload.people);
        else if (push.name === 'user_updated') this.people.learnAnew(push.payload);
        else this.held.hear(push);
      },
      catchUp: async () => {
        this.people.expire();
        await this.held.catchUp();
        await this.people.require(this.held.partners()); // so that every room has its title once we are online
        this.people.refresh();
        void this.watching.connected();
        this.outbox.kick();
      },
      changed: (info) => {
        if (info.state === 'offline') this.held.disconnected();
        this.events.emit('connection', info);
      },
    });
  }

  private notePresence(news: readonly ClientEvents['presence'][]): void {
    this.people.notePresence(news);
    for (const one of news) this.events.emit('presence', one);
  }

  private makePeople(): People {
    return new People(this.store, () => `${this.prefix()}people`, {
      fetch: async (ids) => {
        if (!this.session.isOn) throw new VerbatimError({ code: 'signed_out', detail: 'Nobody is signed in' });
        return (await this.either(() => this.live.ask('fetch_users', { ids }), () => this.api.listUsers({ ids }))).users;
      },
      learned: (user) => { this.held.renamed(user.id); this.events.emit('people', user); },
      fault: (error) => { this.events.emit('error', asVerbatimError(error)); },
    });
  }

  private makeOutbox(): Outbox {
    return new Outbox(this.store, () => `${this.prefix()}outbox:`, {
      send: (message) => this.deliver(message),
      sent: (message) => { this.held.get(message.roomId)?.settle(message); },
      changed: (message) => {
        const room = this.held.get(message.roomId);
        room?.renewPending();
        this.events.emit('pending', { room, message });
      },
      fault: (error) => { this.events.emit('error', error); },
    });
  }

  /** Over the socket, or over REST while there is none. Both know the same clientId. */
  private async deliver({ roomId, clientId, text, replyTo }: OutgoingMessage): Promise<Message> {
    const body = { text, clientId, ...(replyTo === undefined ? {} : { replyTo }) };
    return await this.either(async () => (await this.live.ask('new_message', { roomId, ...body })).message, () => this.api.sendToRoom({ id: roomId, ...body }));
  }

  private async either<T>(overSocket: () => Promise<T>, overRest: () => Promise<T>): Promise<T> {
    return await (this.live.isConnected ? overSocket() : overRest());
  }

  private makeRooms(): Rooms {
    return new Rooms(this.store, () => `${this.prefix()}room:`, {
      isConnected: () => this.live.isConnected,
      make: (room, membership) => this.makeRoom(room, membership),
      ask: (name, body) => this.live.ask(name, body),
      changed: (list) => { this.events.emit('rooms', list); },
      roomChanged: (room) => { this.events.emit('room', room); },
      progress: (progress) => { this.events.emit('progress', progress); },
      learn: (users) => { this.people.learnAll(users); },
      fault: (error) => { if (!mayPass(asVerbatimError(error))) this.events.emit('error', asVerbatimError(error)); }, // else the next connection mends it
    });
  }

  private makeRoom(info: Room, membership: Member): RoomHandle {
    const room: RoomHandle = new RoomHandle(info, membership, {
      api: this.api,
      outbox: this.outbox,
      messagesInMemory: this.options.messagesInMemory ?? 500,
      me: () => this.me?.id ?? '',
      missing: () => { this.held.missing(room.id); },
      told: (message, kind) => { this.events.emit('message', { room, message, kind }); },
      ask: (name, body) => this.live.ask(name, body),
      either: (overSocket, overRest) => this.either(overSocket, overRest),
      nameOf: (userId) => this.people.get(userId)?.name,
      learn: (user) => { this.people.learn(user); },
    });
    return room;
  }

  /** Two people who share a device do not see each other's things. */
  private prefix(): string {
    this.owner = this.me?.id ?? this.owner;
    return `verbatim:${this.owner}:`;
  }
}
