import { expect, it } from '@jest/globals';
import { addRooms } from '../setup/many-rooms.js';
import { inBrowser, register, signIn } from '../setup/web.js';

const patience = { timeout: 120_000 };

inBrowser('a person in 10,000 rooms', (site) => {
  it('sees the latest ones, finds every other one, writes there, and still does after a reload', async () => {
    const eve = await register(site, 'eve');
    await eve.page.context().close();
    const [{ id }] = await site.server.db.query<{ id: string }>(`SELECT id FROM users WHERE username = 'eve'`);
    await addRooms(site.server, id, 10_000);

    const { page } = await signIn(site, 'eve');
    const more = page.getByRole('button', { name: /^Find 9,9\d\d more$/ });
    await more.waitFor(patience);
    expect(await page.getByRole('navigation').getByRole('link').count()).toBeLessThan(120);
    for (const [name, text] of [['Room 00007', 'hello down there'], ['Room 05000', 'and after a reload']] as const) {
      await more.click(patience);
      await page.getByRole('combobox').fill(name);
      await page.getByRole('option', { name }).click(patience);
      await page.getByRole('heading', { name, exact: true }).waitFor(patience);
      await page.getByRole('textbox', { name: `Write to ${name}` }).fill(text);
      await page.keyboard.press('Enter');
      await page.locator('.entry[data-seq]', { hasText: text }).waitFor(patience);
      await page.reload();
      await page.locator('.entry[data-seq]', { hasText: text }).waitFor(patience);
      await more.waitFor(patience);
    }
    expect(await page.getByRole('navigation').getByRole('link', { name: 'Room 05000' }).count()).toBe(1);
  }, 400_000);
});
