import { Injectable } from '@nestjs/common';
import type { Server } from 'socket.io';
import { Broadcaster } from '../realtime/broadcaster.js';
import { channels } from '../realtime/channels.js';
import { Elsewhere } from '../realtime/elsewhere.js';
import { Nodes } from '../realtime/nodes.js';
import type { ChatSocket } from './chat-socket.js';

const leastPauseMs = 1000;
const mostPushesPerSecond = 500;
const nobody: ReadonlySet<string> = new Set<string>();

/** How many people look at each room, told to everyone who hears it: at once, then now and then. Each node tells its own. */
@Injectable()
export class Viewers {
  private server: Server | undefined;
  private readonly told = new Map<string, { viewers: number; timer?: NodeJS.Timeout; again: boolean }>();
  private readonly elsewhere = new Elsewhere<ReadonlySet<string>>();
  /** The same the other way round: the rooms that somebody looks at. */
  private readonly screensElsewhere = new Elsewhere<ReadonlySet<string>>();
  /** Who looks here, as the other nodes know it. */
  private readonly toldNodes = new Map<string, ReadonlySet<string>>();

  constructor(private readonly broadcast: Broadcaster, private readonly nodes: Nodes) {
    broadcast.here.whenExpelled((roomId) => { if (this.told.has(roomId)) this.tell(roomId); });
    nodes.hear('looks', ({ roomId, came, went }, from) => { this.heard(from, roomId, { came, went }); });
    nodes.hear('all_looks', ({ rooms }, from) => { this.heardAll(from, rooms); });
    nodes.whenGone((nodeId) => { this.forget(nodeId); });
    nodes.whenAsked(() => { this.tellAll(); });
  }

  serve(server: Server): void {
    this.server = server;
  }

  look(socket: ChatSocket, roomId: string): void {
    if (!socket.connected) return;
    void socket.join(channels.viewing(roomId));
    this.tell(roomId);
  }

  lookAway(socket: ChatSocket, roomId: string): void {
    void socket.leave(channels.viewing(roomId));
    this.tell(roomId);
  }

  /** The rooms that a socket shows. */
  seenBy(socket: ChatSocket): string[] {
    const prefix = channels.viewing('');
    return [...socket.rooms].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  }

  /** Of the rooms that somebody here looks at, those at which this person looks through another node. */
  sharedWith(userId: string): string[] {
    return this.screensElsewhere.all(userId).flatMap((rooms) => [...rooms]).filter((roomId) => this.told.has(roomId));
  }

  tell(roomId: string): void {
    const last = this.told.get(roomId);
    if (last?.timer !== undefined) {
      last.again = true;
      return;
    }
    const here = this.people(roomId);
    this.tellNodes(roomId, here);
    const viewers = new Set([here, ...this.elsewhere.all(roomId)].flatMap((people) => [...people])).size;
    if (last?.viewers !== viewers) this.broadcast.here.passing(roomId, 'room_stats', { roomId, viewers });
    const timer = setTimeout(() => { this.rest(roomId); }, pauseBetweenCounts(this.listeners(roomId))).unref();
    this.told.set(roomId, { viewers, timer, again: false });
  }

  private listeners(roomId: string): number {
    return this.server?.of('/').adapter.rooms.get(channels.room(roomId))?.size ?? 0;
  }

  private rest(roomId: string): void {
    const last = this.told.get(roomId);
    if (last === undefined) return;
    last.timer = undefined;
    if (last.again) this.tell(roomId);
    else if (last.viewers === 0) this.told.delete(roomId);
  }

  /** People, not sockets: two windows of one person count once. */
  private people(roomId: string): ReadonlySet<string> {
    const namespace = this.server?.of('/');
    const ids = namespace?.adapter.rooms.get(channels.viewing(roomId));
    if (ids === undefined) return nobody;
    return new Set([...ids].flatMap((id) => (namespace?.sockets.get(id) as ChatSocket | undefined)?.data.me.id ?? []));
  }

  /** The difference only: a room may have thousands of viewers. */
  private tellNodes(roomId: string, people: ReadonlySet<string>): void {
    if (!this.nodes.linked) return;
    const before = this.toldNodes.get(roomId) ?? nobody;
    const came = [...people].filter((userId) => !before.has(userId));
    const went = [...before].filter((userId) => !people.has(userId));
    if (people.size > 0) this.toldNodes.set(roomId, people);
    else this.toldNodes.delete(roomId);
    if (came.length + went.length > 0) this.nodes.tell('looks', { roomId, came, went });
  }

  private tellAll(): void {
    this.nodes.tell('all_looks', { rooms: Object.fromEntries([...this.toldNodes].map(([roomId, people]) => [roomId, [...people]])) });
  }

  private heard(nodeId: string, roomId: string, { came, went }: { came: string[]; went: string[] }): void {
    this.elsewhere.set(nodeId, roomId, changed(this.elsewhere.get(nodeId, roomId), came, went));
    for (const userId of came) this.screensElsewhere.set(nodeId, userId, changed(this.screensElsewhere.get(nodeId, userId), [roomId], []));
    for (const userId of went) this.screensElsewhere.set(nodeId, userId, changed(this.screensElsewhere.get(nodeId, userId), [], [roomId]));
    this.tellHearers(roomId);
  }

  private heardAll(nodeId: string, rooms: Record<string, string[]>): void {
    const before = this.elsewhere.replace(nodeId, Object.entries(rooms).map(([roomId, people]) => [roomId, new Set(people)]));
    this.screensElsewhere.replace(nodeId, turned(rooms));
    for (const roomId of new Set([...before.keys(), ...Object.keys(rooms)])) this.tellHearers(roomId);
  }

  private forget(nodeId: string): void {
    this.screensElsewhere.forget(nodeId);
    for (const roomId of this.elsewhere.forget(nodeId).keys()) this.tellHearers(roomId);
  }

  /** Only where somebody here hears it. */
  private tellHearers(roomId: string): void {
    if (this.server?.of('/').adapter.rooms.has(channels.room(roomId)) === true) this.tell(roomId);
  }
}

/** Between two counts of a room that so many sockets are subscribed to. */
export function pauseBetweenCounts(sockets: number): number {
  return Math.max(leastPauseMs, (sockets * 1000) / mostPushesPerSecond);
}

/** Undefined: nobody and nothing is left. */
function changed(before: ReadonlySet<string> = new Set<string>(), came: readonly string[], went: readonly string[]): ReadonlySet<string> | undefined {
  const after = new Set([...before, ...came]);
  went.forEach((key) => { after.delete(key); });
  return after.size === 0 ? undefined : after;
}

/** From the people of each room to the rooms of each person. */
function turned(rooms: Record<string, string[]>): Map<string, Set<string>> {
  const screens = new Map<string, Set<string>>();
  for (const [roomId, people] of Object.entries(rooms)) {
    for (const userId of people) screens.set(userId, (screens.get(userId) ?? new Set<string>()).add(roomId));
  }
  return screens;
}
