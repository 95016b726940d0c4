import { expect, it } from '@jest/globals';
import { newPerson } from '../setup/people.js';
import { inBrowser, signIn } from '../setup/web.js';

inBrowser('the document', (site) => {
  it.each([[1440, 900], [390, 844], [390, 500]])('does not scroll in any view, at %i × %i', async (width, height) => {
    const name = `wide-${width}-${height}`;
    const person = await newPerson(site.server, name);
    for (let n = 0; n < 30; n += 1) {
      await newPerson(site.server, `${name}-${n}`);
      await person.post('/rooms', { name: `Room ${n} of ${name}`, kind: 'public' });
      await person.post('/messages', { text: `Line ${n}\n`.repeat(3) });
    }
    const { page } = await signIn(site, name, { viewport: { width, height } });
    const moved = async (view: string): Promise<unknown[]> => await page.evaluate((at) => {
      const { scrollingElement: root } = document;
      window.scrollTo(0, 10_000);
      return [at, root?.scrollTop, (root?.scrollHeight ?? 0) - (root?.clientHeight ?? 0)];
    }, view);
    for (const path of ['/rooms/lobby', '/rooms', '/people', '/settings', '/rooms/nowhere']) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      if (path === '/people' || path === '/rooms') await page.locator('.rows > li').nth(15).waitFor();
      expect(await moved(path)).toEqual([path, 0, 0]);
    }
    await page.goto('/rooms/lobby');
    await page.getByRole('button', { name: /^Members/ }).click();
    await page.locator('.person').nth(15).waitFor();
    expect(await moved('members')).toEqual(['members', 0, 0]);
    const stranger = await site.visit({ viewport: { width, height } });
    for (const path of ['/sign-in', '/register']) {
      await stranger.goto(path);
      await stranger.getByRole('heading', { level: 1 }).waitFor();
      expect(await stranger.evaluate(() => document.documentElement.scrollHeight - document.documentElement.clientHeight)).toBe(0);
    }
    site.complaints.splice(0, site.complaints.length, ...site.complaints.filter((text) => !text.includes('status of 404')));
  });
});
