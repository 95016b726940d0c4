import { expect, it } from '@jest/globals';
import { inBrowser } from '../setup/web.js';

inBrowser('an address that does not exist', (site) => {
  it.each([[390, 'light'], [390, 'dark'], [1440, 'light'], [1440, 'dark']] as const)('shows a page with a way back, %d pixels wide, %s', async (width, colorScheme) => {
    const page = await site.visit({ viewport: { width, height: 800 }, colorScheme });
    const answer = await page.goto('/no/such/page');
    expect(answer?.status()).toBe(404);
    await page.getByRole('heading', { name: 'This page does not exist' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    await page.getByRole('link', { name: 'Go to your rooms' }).click();
    await page.getByLabel('Password').waitFor(); // Nobody is signed in.
    const complaints = site.complaints.splice(0).filter((complaint) => !/status of 404|status of 401/.test(complaint));
    expect(complaints).toEqual([]);
  });
});
