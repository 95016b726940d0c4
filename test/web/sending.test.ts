import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Server } from 'socket.io';
import { Broadcaster } from '../../src/realtime/broadcaster.js';
import { newPerson } from '../setup/people.js';
import { startServer } from '../setup/server.js';
import { until } from '../setup/until.js';
import { inBrowser, signIn } from '../setup/web.js';

const ttlMs = 6000;

/** The ids of what waits in the browser's own store. */
function waiting(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const [{ name = '' } = {}] = await indexedDB.databases();
    const db = await new Promise<IDBDatabase>((resolve) => { const asked = indexedDB.open(name); asked.onsuccess = () => { resolve(asked.result); }; });
    const keys = await new Promise<IDBValidKey[]>((resolve) => {
      const asked = db.transaction([...db.objectStoreNames]).objectStore(db.objectStoreNames[0] ?? '').getAllKeys();
      asked.onsuccess = () => { resolve(asked.result); };
    });
    db.close();
    return keys.map(String).filter((key) => key.includes(':outbox:')).map((key) => key.split(':').at(-1) ?? '');
  });
}

inBrowser('what is sent', (site) => {
  it('fails when the server will not have it, waits over a reload, and arrives once when it is tried again', async () => {
    const { db } = site.server;
    await db.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.text LIKE 'unlucky%' THEN RAISE EXCEPTION 'not today'; END IF; RETURN NEW; END $$`);
    await db.query('CREATE TRIGGER refuse BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION refuse()');
    await newPerson(site.server, 'vera');
    const vera = await signIn(site, 'vera');
    await vera.say('unlucky one');
    await vera.page.locator('.entry.sending', { hasText: 'unlucky one' }).waitFor();
    await vera.page.locator('.entry.failed', { hasText: 'unlucky one' }).waitFor({ timeout: 60_000 });
    await vera.page.getByRole('alert').getByText('Not sent').waitFor();
    await vera.room('Lobby').getByText('not sent').waitFor({ state: 'attached' });
    await vera.say('lucky one'); // what failed holds nothing up
    await vera.sees('lucky one');
    const ids = await waiting(vera.page);
    expect(ids).toHaveLength(1);

    await vera.page.reload();
    await vera.page.getByRole('button', { name: 'Try again' }).waitFor();
    await db.query('DROP TRIGGER refuse ON messages');
    await vera.page.getByRole('button', { name: 'Try again' }).click();
    await vera.sees('unlucky one');
    await vera.page.getByRole('alert').waitFor({ state: 'detached' });
    expect(await vera.entry('unlucky one').count()).toBe(1);
    expect(await db.query(`SELECT client_id AS id FROM messages WHERE text = 'unlucky one'`)).toEqual([{ id: ids[0] }]);
    expect(await waiting(vera.page)).toEqual([]);
  });

  it('can be discarded instead', async () => {
    const owner = await newPerson(site.server, 'olga');
    const { body: room } = await owner.post('/rooms', { name: 'Closing soon', slug: 'closing', kind: 'public' });
    const olga = await signIn(site, 'olga');
    await olga.go('/rooms/closing');
    await olga.log.waitFor();
    await olga.page.context().setOffline(true);
    await olga.page.getByText(/kept here/).first().waitFor();
    await olga.say('too late');
    await owner.delete(`/rooms/${room.id}`);
    await olga.page.context().setOffline(false);
    await olga.page.getByText('Not sent. This room is archived').waitFor();
    await olga.page.getByText('nothing can be written in it').waitFor();
    await olga.page.getByRole('button', { name: 'Discard' }).click();
    await olga.entry('too late').waitFor({ state: 'detached' });
    await until(async () => (await waiting(olga.page)).length === 0);
    site.complaints.splice(0, site.complaints.length, ...site.complaints.filter((text) => !text.includes('ERR_INTERNET_DISCONNECTED')));
  });

  it('goes on after a night: asleep until the token and the connection have ended, the page recovers by itself', async () => {
    const [nora, night] = [await newPerson(site.server, 'nora'), await newPerson(site.server, 'night')];
    const her = await signIn(site, 'nora');
    await her.say('Good night');
    await her.sees('Good night');
    const devtools = await her.page.context().newCDPSession(her.page);
    await devtools.send('Debugger.enable');
    await devtools.send('Debugger.pause'); // no timer runs, and no heartbeat is answered
    const asleepAt = Date.now();
    const io = Reflect.get(site.server.app.get(Broadcaster).here, 'io') as Server;
    const isConnected = async (): Promise<boolean> => (await io.in(`user:${nora.user.id}`).fetchSockets()).length > 0;
    while ((await isConnected()) || Date.now() - asleepAt < ttlMs + 1000) await new Promise((resolve) => { setTimeout(resolve, 200); });
    await (await night.anotherDevice()).post('/messages', { text: 'Said in the dark' });
    await devtools.send('Debugger.disable');
    await her.sees('Said in the dark');
    await her.say('Good morning');
    await her.sees('Good morning');
    expect(await her.entry('Good morning').count()).toBe(1);
    await her.page.getByText(/kept here/).waitFor({ state: 'detached' });
    // What was about to be sent when it fell asleep may meet a connection of whose end the page has not heard: Chromium says so.
    const complaints = site.complaints.splice(0).filter((text) => !text.includes('WebSocket is already in CLOSING or CLOSED state'));
    expect(complaints).toEqual([]);
  });
}, () => startServer({ ACCESS_TTL: `${ttlMs / 1000}s`, PING_INTERVAL: '1000', PING_TIMEOUT: '2000' }));
