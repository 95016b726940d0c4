import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { newPerson, type Person } from '../setup/people.js';
import { until } from '../setup/until.js';
import { inBrowser, signIn } from '../setup/web.js';

const total = 2000;

/** Of any length, so that no line is as high as the next one. */
const words = (n: number): string => `Number ${n}. ${'Some of them are longer than others. '.repeat(n % 7 === 0 ? 9 : n % 3)}`.trim();

async function fill(person: Person, roomId: string, count: number): Promise<void> {
  for (let from = 1; from <= count; from += 50) {
    await Promise.all(Array.from({ length: Math.min(50, count - from + 1) }, (_, i) => person.post(`/rooms/${roomId}/messages`, { text: words(from + i) })));
  }
}

interface ReadUpwards {
  /** Where a line in sight moved by more, or less, than the scrolling. */
  strayed: string[];
  /** How many times older messages came on top. */
  pages: number;
  topSeq: string | undefined;
}

/** Scrolls up frame by frame to the very first message, and follows a line in the middle of the screen all the while. */
function readUpwards(page: Page, step: number): Promise<ReadUpwards> {
  return page.evaluate(async (pixels) => {
    const log = document.querySelector('[role=log]') as HTMLElement;
    const frame = () => new Promise((resolve) => { requestAnimationFrame(resolve); });
    const { top, height: visible } = log.getBoundingClientRect();
    const lines = () => [...log.querySelectorAll<HTMLElement>('.entry[data-seq]')];
    const yOf = (seq = '') => log.querySelector(`.entry[data-seq="${seq}"] .text`)?.getBoundingClientRect().top ?? Number.NaN;
    const strayed: string[] = [];
    let pages = 0;
    for (let idle = 0; idle < 60;) {
      const anchor = lines().find((line) => line.getBoundingClientRect().top >= top + visible / 3)?.dataset.seq;
      const [y, height, before] = [yOf(anchor), log.scrollHeight, log.scrollTop];
      log.scrollTop = before - pixels;
      const scrolled = before - log.scrollTop;
      await frame();
      await frame();
      const off = Math.abs(yOf(anchor) - y - scrolled);
      if (!(off <= 1)) strayed.push(`#${anchor} by ${off} px, at ${log.scrollTop} of ${log.scrollHeight}, before at ${before} of ${height}`);
      if (log.scrollHeight > height + 1500) pages += 1;
      idle = scrolled === 0 ? idle + 1 : 0;
    }
    return { strayed, pages, topSeq: lines()[0]?.dataset.seq };
  }, step);
}

inBrowser('the history of a room', (site) => {
  it('loads upwards over 2,000 messages, and no line that one reads moves', async () => {
    const lena = await newPerson(site.server, 'lena');
    const { body: room } = await lena.post('/rooms', { name: 'Archive', slug: 'archive', kind: 'public' });
    await fill(lena, room.id, total);
    const { page } = await (await signIn(site, 'lena')).go('/rooms/archive');
    const newest = page.locator(`.entry[data-seq="${total}"]`);
    await until(async () => ((await newest.boundingBox())?.y ?? 0) > 300); // The page before it may just be coming in on top.

    await page.waitForTimeout(500); // until every line in sight has been measured
    const { strayed, pages, topSeq } = await readUpwards(page, 250);
    expect([strayed, topSeq]).toEqual([[], '1']);
    expect(pages).toBeGreaterThan(10);
    await page.getByText('Here begins Archive').waitFor();
    expect(await page.locator('.entry').count()).toBeLessThan(120); // only what is near the screen is in the document
    await page.getByRole('button', { name: 'Newest' }).click();
    await page.locator(`.entry[data-seq="${total}"]`).waitFor();

    await page.reload(); // nothing is loaded any more: and now straight to the top, as often as there is a new one
    await page.locator(`.entry[data-seq="${total}"]`).waitFor();
    await page.evaluate(() => {
      const log = document.querySelector('[role=log]') as HTMLElement;
      const toTop = () => {
        log.scrollTop = 0;
        if (log.isConnected) requestAnimationFrame(toTop);
      };
      toTop();
    });
    await page.getByText('Here begins Archive').waitFor({ timeout: 60_000 });
  });

  it('opens at the first of many unread, and what is jumped over is read when one says so', async () => {
    const [olga, nils] = [await newPerson(site.server, 'olga'), await newPerson(site.server, 'nils')];
    const { body: room } = await nils.post('/rooms', { name: 'Busy', slug: 'busy', kind: 'public', memberIds: [olga.user.id] });
    await fill(nils, room.id, 320);
    const her = await (await signIn(site, 'olga')).go('/rooms/busy');
    await her.page.locator('.entry[data-seq="1"]').waitFor();
    await until(async () => ((await her.page.locator('.new-line').boundingBox())?.y ?? Infinity) < 800);
    await her.page.getByRole('button', { name: /\d new$/ }).click();
    await her.page.locator('.entry[data-seq="320"]').waitFor();
    await her.page.getByRole('button', { name: 'Mark as read' }).click();
    await her.room('Busy').getByText(/unread/).waitFor({ state: 'detached' });
  });
});
