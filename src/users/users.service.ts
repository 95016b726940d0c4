import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { PresenceChanged } from '../contract/socket.dto.js';
import type { OwnUser, UpdateMeDto, User, UserPage, UserRole, UsersQuery } from '../contract/user.dto.js';
import { Chore } from '../common/chore.js';
import { fromCursor, toCursor } from '../common/cursor.js';
import { foldCase, foldEmail, foldForSearch } from '../common/fold.js';
import { newId } from '../common/ids.js';
import type { Me } from '../common/me.js';
import { fieldProblem, invalidInput, Refusal } from '../common/refusal.js';
import type { Profile } from '../database/wire.js';
import { PresenceService } from '../realtime/presence.js';
import type { UserEntity } from './user.entity.js';
import { toOwnUser, toProfile, toUser } from './user.view.js';
import { brokenUniqueRule, UsersRepository } from './users.repository.js';

export interface NewUser {
  name: string;
  email: string | null;
  username?: string;
  /** What a username is made from when none is given. */
  usernameHint?: string;
  passwordHash: string | null;
  avatarUrl?: string | null;
  /** The account at an identity provider that signs this user in. Stored together with the user, or neither is. */
  identity?: { provider: string; subject: string };
  /** Whether they become the admin when there is none. */
  mayBeAdmin: boolean;
}

/** What signing in has to know of a user, and nobody else. */
export interface Account {
  id: string;
  username: string;
  name: string;
  email: string | null;
  role: UserRole;
  passwordHash: string | null;
  disabled: boolean;
}

const flushEveryMs = 30_000;

@Injectable()
export class UsersService implements OnModuleInit, OnApplicationShutdown {
  private readonly flushing = new Chore(() => this.rememberSeen({ everybody: false }), 'last_seen not stored');
  private welcome: (userId: string) => Promise<void> = () => Promise.resolve();
  private announce: (user: User) => Promise<void> = () => Promise.resolve();

  constructor(private readonly users: UsersRepository, private readonly presence: PresenceService) {}

  onModuleInit(): void {
    this.flushing.every(flushEveryMs);
  }

  onApplicationShutdown(): Promise<void> {
    return this.flushing.end(() => this.rememberSeen({ everybody: true }));
  }

  /** Who is to do something for every new user; one asks. */
  whenCreated(welcome: (userId: string) => Promise<void>): void {
    this.welcome = welcome;
  }

  /** Who is to tell that somebody looks or is called otherwise now; one asks. */
  whenChanged(announce: (user: User) => Promise<void>): void {
    this.announce = announce;
  }

  async create(user: NewUser): Promise<OwnUser> {
    const taken = user.username ?? (await this.freeUsername(user.usernameHint ?? user.email ?? ''));
    const { name, email, passwordHash, avatarUrl = null, identity, mayBeAdmin } = user;
    const row = { ...named(taken, name), id: newId(), email, emailKey: email === null ? null : foldEmail(email), passwordHash, avatarUrl };
    const added = await this.users.add(row, { identity, mayBeAdmin }).catch(refuseTaken);
    await this.welcome(added.id);
    return toOwnUser(added, false);
  }

  hasAdmin(): Promise<boolean> {
    return this.users.hasAdmin();
  }

  nobodyIsHere(): Promise<boolean> {
    return this.users.isEmpty();
  }

  /** Refuses a list that names somebody whom nobody knows. */
  async refuseUnknown(field: string, ids: readonly string[]): Promise<void> {
    const known = await this.users.countKnown(ids);
    if (known < new Set(ids).size) throw new Refusal('not_found', { detail: `${field} names somebody who does not exist` });
  }

  getMe(me: Me): Promise<OwnUser> {
    return this.getOwn(me.id);
  }

  /** What somebody may know of themselves. */
  async getOwn(id: string): Promise<OwnUser> {
    return toOwnUser(await this.getRow(id), this.presence.isOnline(id));
  }

  async get(id: string): Promise<User> {
    return this.view(await this.getRow(id));
  }

  /** Those of them who exist, in the same order, each once. */
  async getAll(ids: readonly string[]): Promise<User[]> {
    const wanted = [...new Set(ids)];
    const known = new Map((await this.users.profiles(wanted)).map((profile) => [profile.id, profile]));
    return wanted.flatMap((id) => known.get(id) ?? []).map((profile) => this.withPresence(profile));
  }

  /** Of those of them who exist, in the same order, whether they are here. */
  async presenceOf(ids: readonly string[]): Promise<PresenceChanged[]> {
    const stored = await this.users.lastSeenOf(ids);
    return ids.filter((id) => stored.has(id)).map((userId) => {
      const lastSeenAt = this.presence.lastSeen(userId, stored.get(userId) ?? null);
      return { userId, online: this.presence.isOnline(userId), lastSeenAt: lastSeenAt?.toISOString() ?? null };
    });
  }

  async updateMe(me: Me, body: UpdateMeDto): Promise<OwnUser> {
    const row = await this.getRow(me.id);
    const names = named(body.username ?? row.username, body.name ?? row.name);
    const change = { ...names, avatarUrl: body.avatarUrl === undefined ? row.avatarUrl : body.avatarUrl };
    await this.users.update(me.id, change).catch(refuseTaken);
    const changed = { ...row, ...change };
    if (isSeen(row, changed)) await this.announce(this.view(changed));
    return toOwnUser(changed, this.presence.isOnline(me.id));
  }

  async list({ ids, ...page }: UsersQuery): Promise<UserPage> {
    if (ids === undefined) return await this.listPage(page);
    const unfit = (['query', 'cursor', 'limit'] as const).filter((name) => page[name] !== undefined);
    if (unfit.length > 0) throw invalidInput(unfit.map((name) => fieldProblem(name, 'not_allowed')));
    return { users: await this.getAll(ids), nextCursor: null };
  }

  private async listPage({ query, cursor, limit = 50 }: Omit<UsersQuery, 'ids'>): Promise<UserPage> {
    const words = foldForSearch(query ?? '').trim();
    return words === '' ? await this.listAll(cursor, limit) : await this.search(words, cursor, limit);
  }

  private async listAll(cursor: string | undefined, limit: number): Promise<UserPage> {
    const [after] = cursor === undefined ? [''] : fromCursor(cursor, ['string']);
    const rows = await this.users.listAfter(after, limit + 1);
    return this.toPage(rows, limit, (last) => [last.usernameKey]);
  }

  private async search(words: string, cursor: string | undefined, limit: number): Promise<UserPage> {
    const [score, usernameKey] = cursor === undefined ? [4, ''] : fromCursor(cursor, ['number', 'string']);
    const rows = await this.users.searchAfter(words, { score, usernameKey }, limit + 1);
    return this.toPage(rows, limit, (last) => [last.score, last.usernameKey]);
  }

  private toPage<Row extends UserEntity>(rows: Row[], limit: number, key: (last: Row) => (string | number)[]): UserPage {
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const nextCursor = rows.length > limit && last !== undefined ? toCursor(key(last)) : null;
    return { users: page.map((row) => this.view(row)), nextCursor };
  }

  /** For whoever read the profile together with something else. */
  withPresence(profile: Profile): User {
    const { id, lastSeenAt: stored } = profile;
    const lastSeenAt = this.presence.lastSeen(id, stored === null ? null : new Date(stored))?.toISOString() ?? null;
    return toUser({ ...profile, lastSeenAt }, this.presence.isOnline(id));
  }

  private view(row: UserEntity): User {
    return this.withPresence(toProfile(row));
  }

  async findAccount(login: string): Promise<Account | null> {
    const key = loginKey(login);
    const row = isEmail(login) ? await this.users.findByEmailKey(key) : await this.users.findByUsernameKey(key);
    return row && toAccount(row);
  }

  async getAccount(id: string): Promise<Account> {
    return toAccount(await this.getRow(id));
  }

  /** False: the password is not what it was, or the session through which this comes has ended. */
  changePassword(me: Me, from: string | null, to: string): Promise<boolean> {
    return this.users.changePassword(me, from, to);
  }

  /** For an account that has none; nothing happens when it has one, or when the address is taken. */
  async giveEmail(id: string, email: string): Promise<void> {
    await this.users.giveEmail(id, email, foldEmail(email)).catch((error: unknown) => {
      if (brokenUniqueRule(error) !== 'users_email_unique') throw error;
    });
  }

  /** Without asking for the one before. */
  async setPassword(id: string, passwordHash: string): Promise<void> {
    await this.users.update(id, { passwordHash });
  }

  /** Forgets who a user is. The id stays, so that what others wrote with them still makes sense; nobody can sign in with it. */
  async anonymise(id: string): Promise<void> {
    const { disabledAt } = await this.getRow(id);
    const nobody = { ...named(`deleted-${id.slice(-12)}`, 'Deleted user'), email: `${id}@deleted.invalid`, emailKey: `${id}@deleted.invalid` };
    const rest = { passwordHash: null, avatarUrl: null, lastSeenAt: null, role: 'user' as const, disabledAt: disabledAt ?? new Date() };
    if ((await this.users.anonymise(id, { ...nobody, ...rest })) === 'last_admin') throw new Refusal('last_admin');
  }

  async setDisabled(id: string, disabled: boolean): Promise<void> {
    await this.getRow(id);
    if ((await this.users.setDisabled(id, disabled)) === 'last_admin') throw new Refusal('last_admin');
  }

  async setRole(id: string, role: UserRole): Promise<void> {
    await this.getRow(id);
    if ((await this.users.setRole(id, role)) === 'last_admin') throw new Refusal('last_admin');
  }

  private async rememberSeen(which: { everybody: boolean }): Promise<void> {
    const seen = this.presence.toStore(which);
    if (seen.size > 0) await this.users.sawAt(seen);
  }

  private async getRow(id: string): Promise<UserEntity> {
    const row = await this.users.findById(id);
    if (row === null) throw new Refusal('not_found');
    return row;
  }

  /** Made from the e-mail address' local part; a few digits are added when somebody has it. */
  private async freeUsername(email: string): Promise<string> {
    const stem = foldForSearch(email.split('@')[0] ?? '').replace(/[^a-z0-9._-]/g, '').replace(/^[._-]+/, '').slice(0, 24) || 'user';
    const wish = stem.length < 2 ? `${stem}1` : stem;
    if ((await this.users.findByUsernameKey(foldCase(wish))) === null) return wish;
    return `${wish}${newId().slice(-6)}`;
  }
}

const isEmail = (login: string): boolean => login.includes('@');

/** A username or an e-mail address in the one spelling by which it is looked up. */
export function loginKey(login: string): string {
  return isEmail(login) ? foldEmail(login) : foldCase(login);
}

function named(username: string, name: string): Pick<UserEntity, 'username' | 'usernameKey' | 'name' | 'searchText'> {
  return { username, usernameKey: foldCase(username), name, searchText: foldForSearch(`${username} ${name}`) };
}

function toAccount({ id, username, name, email, role, passwordHash, disabledAt }: UserEntity): Account {
  return { id, username, name, email, role, passwordHash, disabled: disabledAt !== null };
}

function refuseTaken(error: unknown): never {
  const rule = brokenUniqueRule(error);
  if (rule === 'users_email_unique') throw new Refusal('email_taken');
  if (rule === 'users_username_unique') throw new Refusal('username_taken');
  if (rule === 'identities_pkey') throw new Refusal('email_taken'); // The same person, at the same moment, with another address.
  throw error;
}

/** Whether others have something new to see. */
function isSeen(before: UserEntity, after: UserEntity): boolean {
  return before.name !== after.name || before.username !== after.username || before.avatarUrl !== after.avatarUrl;
}
