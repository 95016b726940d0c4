import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { newPerson } from '../setup/people.js';
import { until } from '../setup/until.js';
import { inBrowser, signIn } from '../setup/web.js';

/** The numbers of the messages that are on the screen as a whole, give or take some of the space around them. */
function onScreen(page: Page): Promise<number[]> {
  return page.evaluate(() => {
    const log = document.querySelector('[role=log]');
    const { top, bottom } = log?.getBoundingClientRect() ?? { top: 0, bottom: 0 };
    const isThere = (row: Element) => {
      const rect = row.getBoundingClientRect();
      return Math.min(rect.bottom, bottom) - Math.max(rect.top, top) >= rect.height - 4;
    };
    return [...document.querySelectorAll<HTMLElement>('.entry[data-seq]')].filter(isThere).map(({ dataset }) => Number(dataset.seq)).sort((a, b) => a - b);
  });
}

/** From the next page on it takes note of what is on the screen, however briefly. */
async function watch(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shown = new Set<number>();
    Reflect.set(globalThis, 'shown', shown);
    const look = () => {
      const { top = 0, bottom = 0 } = document.querySelector('[role=log]')?.getBoundingClientRect() ?? {};
      for (const row of document.querySelectorAll<HTMLElement>('.entry[data-seq]')) {
        const rect = row.getBoundingClientRect();
        if (Math.min(rect.bottom, bottom) - Math.max(rect.top, top) >= rect.height - 4) shown.add(Number(row.dataset.seq));
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}

const wasOnScreen = (page: Page): Promise<number[]> => page.evaluate(() => [...Reflect.get(globalThis, 'shown') as Set<number>].sort((a, b) => a - b));

inBrowser('the read marker', (site) => {
  /** A room of two, with a writer, and a reader who has read the first messages of it. */
  const roomOf = async (name: string, counts: { read: number; unread: number }) => {
    const [writer, reader] = [await newPerson(site.server, `${name}-writer`), await newPerson(site.server, `${name}-reader`)];
    const { body: room } = await writer.post('/rooms', { name, slug: name, kind: 'public', memberIds: [reader.user.id] });
    const write = async (count: number, text = 'A short one') => {
      for (let n = 0; n < count; n += 1) await writer.post(`/rooms/${room.id}/messages`, { text });
    };
    const readSeq = async () => (await reader.get<{ rooms: { roomId: string; readSeq: number }[] }>('/users/me/unread')).body.rooms.find(({ roomId }) => roomId === room.id)?.readSeq ?? -1;
    await write(counts.read);
    if (counts.read > 0) await reader.put(`/rooms/${room.id}/read`, { seq: counts.read });
    await write(counts.unread);
    return { id: room.id as string, writer, reader, write, readSeq };
  };
  const visit = async (name: string, path: string) => {
    const visitor = await signIn(site, name);
    await watch(visitor.page);
    return await visitor.go(path);
  };
  const firstNew = async (page: Page) => Number(await page.locator('.new-line + .entry').getAttribute('data-seq'));
  /** The marker comes to rest at what is on the screen, or was, and not beyond, however long one waits. */
  const marksWhatIsShown = async (page: Page, readSeq: () => Promise<number>): Promise<number> => {
    await until(async () => (await readSeq()) >= ((await onScreen(page)).at(-1) ?? Infinity)).catch(async (error: unknown) => {
      throw new Error(`${String(error)}\nmarked: ${await readSeq()}, on the screen: ${(await onScreen(page)).join(' ')}`, { cause: error });
    });
    await page.waitForTimeout(1500);
    const marked = await readSeq();
    expect(await wasOnScreen(page)).toContain(marked);
    expect(marked).toBeGreaterThanOrEqual((await onScreen(page)).at(-1) ?? 0);
    return marked;
  };

  it('follows the eyes in a room where somebody is writing, and the room opens at the first unread message', async () => {
    const { write, readSeq } = await roomOf('live', { read: 41, unread: 0 });
    const her = await visit('live-reader', '/rooms/lobby');
    const { page } = her;
    await page.getByRole('heading', { name: 'Lobby', level: 1 }).waitFor();
    await write(40);
    await her.room('live').getByText('40 unread').waitFor();
    await her.room('live').click();
    await page.getByRole('heading', { name: 'live', level: 1 }).waitFor();
    await page.locator('.new-line').waitFor();
    await until(async () => (await onScreen(page)).includes(42));
    expect(await firstNew(page)).toBe(42);
    const marked = await marksWhatIsShown(page, readSeq);
    expect(marked).toBeLessThan(81);
    await write(5); // what comes out of sight stays unread, and moves nothing
    await page.getByRole('button', { name: `${86 - marked} new` }).waitFor();
    expect(await marksWhatIsShown(page, readSeq)).toBe(marked);
    while ((await readSeq()) < 86) { // read on, page by page
      await page.getByRole('log').evaluate((log) => { log.scrollTop += log.clientHeight - 120; });
      await page.waitForTimeout(1000);
    }
    await her.room('live').getByText(/unread/).waitFor({ state: 'detached' });
    await write(1); // and at the end it follows
    await until(async () => (await readSeq()) === 87 && (await onScreen(page)).includes(87));
  });

  it('a room that is new as a whole opens at its first message, and the mention in it is seen', async () => {
    const { writer, readSeq, write, id } = await roomOf('fresh', { read: 0, unread: 0 });
    await writer.post(`/rooms/${id}/messages`, { text: 'Welcome, @fresh-reader' });
    await write(39);
    const her = await visit('fresh-reader', '/rooms/fresh');
    const { page } = her;
    await page.getByRole('heading', { name: 'fresh', level: 1 }).waitFor();
    await until(async () => (await onScreen(page))[0] === 1);
    expect(await firstNew(page)).toBe(1);
    expect(await marksWhatIsShown(page, readSeq)).toBeLessThan(40);
    await page.reload(); // and the next time where one stopped
    await page.locator('.new-line').waitFor();
    await until(async () => (await firstNew(page)) === (await readSeq()) + 1 || (await onScreen(page)).includes(40));
    expect(await firstNew(page)).toBeGreaterThan(1);
  });

  it('more unread than a page is fetched first, and what was passed over stays unread until one says otherwise', async () => {
    const { readSeq } = await roomOf('long', { read: 30, unread: 250 });
    const her = await visit('long-reader', '/rooms/long');
    const { page } = her;
    await page.locator('.new-line').waitFor();
    await until(async () => (await onScreen(page)).includes(31));
    expect(await firstNew(page)).toBe(31);
    const marked = await marksWhatIsShown(page, readSeq);
    expect(marked).toBeLessThan(100);

    await page.getByRole('button', { name: `${280 - marked} new` }).click();
    await until(async () => (await onScreen(page)).includes(280));
    const above = page.getByRole('button', { name: /unread above/ });
    await above.waitFor();
    await page.waitForTimeout(1500);
    expect(await readSeq()).toBe(marked);
    await above.click();
    await until(async () => (await onScreen(page)).includes(marked + 1));
    await page.getByRole('button', { name: /^\d+ new$/ }).click();
    await page.getByRole('button', { name: 'Mark as read' }).click();
    await until(async () => (await readSeq()) === 280);
    await above.waitFor({ state: 'detached' });
    await her.room('long').getByText(/unread/).waitFor({ state: 'detached' });
    expect(await page.locator('.new-line').count()).toBe(0);
  });

  it('whoever was away, and was at the end, is shown what came meanwhile from its beginning', async () => {
    const { write, readSeq } = await roomOf('away', { read: 10, unread: 0 });
    const her = await visit('away-reader', '/rooms/away');
    const { page } = her;
    await until(async () => (await onScreen(page)).includes(10));
    await page.context().setOffline(true);
    await page.getByText(/kept here/).first().waitFor();
    await write(40);
    await page.context().setOffline(false);
    await page.locator('.new-line').waitFor();
    await until(async () => (await onScreen(page)).includes(11));
    expect(await firstNew(page)).toBe(11);
    expect(await marksWhatIsShown(page, readSeq)).toBeLessThan(50);
    site.complaints.splice(0, site.complaints.length, ...site.complaints.filter((text) => !text.includes('ERR_INTERNET_DISCONNECTED')));
  });

  it('what came while the page was closed is below the line, also when the page still knows the room as read', async () => {
    const { write } = await roomOf('closed', { read: 10, unread: 0 });
    const { page } = await visit('closed-reader', '/rooms/closed');
    await until(async () => (await onScreen(page)).includes(10));
    await page.waitForTimeout(1500); // The room is stored after a second.
    await page.goto('about:blank');
    await write(3);
    await page.goto('/rooms/closed');
    await page.locator('.new-line').waitFor();
    expect(await firstNew(page)).toBe(11);
  });

  it('stands still while the window has not the focus, and Esc moves it to the end', async () => {
    const { write, readSeq } = await roomOf('blurred', { read: 3, unread: 0 });
    const her = await visit('blurred-reader', '/rooms/blurred');
    const { page } = her;
    await until(async () => (await onScreen(page)).includes(3));
    const focus = (has: boolean) => page.evaluate((value) => { document.hasFocus = () => value; }, has);
    await focus(false);
    await write(2);
    await until(async () => (await onScreen(page)).includes(5));
    expect(await firstNew(page)).toBe(4);
    await page.waitForTimeout(1500);
    expect(await readSeq()).toBe(3);
    await write(40); // and more than the screen takes: it stays where the new begins
    await her.room('blurred').getByText('42 unread').waitFor();
    await page.waitForTimeout(1000);
    expect([(await onScreen(page)).includes(4), await readSeq()]).toEqual([true, 3]);
    await focus(true);
    expect(await marksWhatIsShown(page, readSeq)).toBeLessThan(45);
    await her.line.press('Escape');
    await until(async () => (await readSeq()) === 45);
    expect(await page.locator('.new-line').count()).toBe(0);
  });

  it('a message that comes while one reads above moves nothing, with or without the line of what is new in sight', async () => {
    const { write, readSeq } = await roomOf('still', { read: 40, unread: 6 });
    const her = await visit('still-reader', '/rooms/still');
    const { page } = her;
    await until(async () => (await onScreen(page)).includes(46));
    await until(async () => (await readSeq()) === 46);
    await page.getByRole('log').hover();
    await page.mouse.wheel(0, -150);
    await page.getByRole('button', { name: 'Newest' }).waitFor();
    expect((await onScreen(page)).includes(41)).toBe(true); // the line stands above it
    const shown = await onScreen(page);
    const places = () => page.evaluate((seqs) => seqs.map((seq) => {
      const row = document.querySelector(`.entry[data-seq="${seq}"]`);
      return [seq, row?.getBoundingClientRect().top, row?.querySelector('.text')?.getBoundingClientRect().top];
    }), shown);
    const before = await places();
    expect(before.length).toBeGreaterThan(5);
    await write(3);
    await page.getByRole('button', { name: '3 new' }).waitFor();
    await page.locator('.new-line + .entry[data-seq="47"]').waitFor({ state: 'attached' });
    await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => { requestAnimationFrame(resolve); }); }));
    expect(await places()).toEqual(before);
  });
});
