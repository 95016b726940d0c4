import { expect, it } from '@jest/globals';
import { startServer } from '../setup/server.js';
import { inBrowser } from '../setup/web.js';

inBrowser('the demo page', (site) => {
  it('shows two people, one of whom is cut off and catches up', async () => {
    const page = await site.visit({ viewport: { width: 1280, height: 800 } });
    await page.goto('/demo');
    const [alice, bob] = [page.getByRole('region', { name: 'alice' }), page.getByRole('region', { name: 'bob' })];
    for (const side of [alice, bob]) await side.getByText(/Connected$/).waitFor();
    await alice.getByRole('switch', { name: 'Cut the connection' }).click();
    for (const [side, text] of [[alice, 'Nobody hears me'], [bob, 'Where is she?']] as const) {
      await side.getByRole('textbox').fill(text);
      await side.getByRole('textbox').press('Enter');
    }
    await bob.locator('.entry[data-seq="4"]', { hasText: 'Where is she?' }).waitFor();
    await alice.getByText('One message waits here.').waitFor();
    expect(await alice.locator('.entry', { hasText: 'Where is she?' }).count()).toBe(0);
    await alice.getByRole('switch', { name: 'Connect again' }).click();
    for (const side of [alice, bob]) {
      await side.locator('.entry[data-seq="5"]', { hasText: 'Nobody hears me' }).waitFor();
      expect(await side.locator('.entry .text').allTextContents()).toHaveLength(5);
    }
  });
}, () => startServer({ DEMO: 'on' }));
