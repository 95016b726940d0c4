import { expect, it } from '@jest/globals';
import { newPerson } from '../setup/people.js';
import { startServer } from '../setup/server.js';
import { inBrowser, signIn } from '../setup/web.js';

inBrowser('the rate limit', (site) => {
  it('holds messages back, which say so and when they go, and go', async () => {
    const nell = await newPerson(site.server, 'nell');
    const { body: room } = await nell.post('/rooms', { name: 'Haste', slug: 'haste', kind: 'public' });
    const hers = await (await signIn(site, 'nell')).go('/rooms/haste');
    const { page } = hers;
    await hers.log.waitFor();
    const held = page.locator('.held');
    for (let n = 0; n < 10 && (await held.count()) === 0; n += 1) { // a slow machine may need more than one try to be too fast
      await Promise.all(Array.from({ length: 40 }, () => nell.post(`/rooms/${room.id}/messages`, { text: 'In haste' })));
      await hers.say(`First ${n}`);
      await hers.say(`Second ${n}`);
      await page.waitForTimeout(500);
    }
    await held.getByText(/You are sending faster than this server allows\..*It goes (in \d+ s|now)\./).waitFor();
    await held.getByText('Goes after the one above.').waitFor();
    expect(await page.locator('.entry.failed').count()).toBe(0);
    await held.first().waitFor({ state: 'detached', timeout: 60_000 });
    await hers.sees('Second 0');
    await page.locator('.entry.sending').first().waitFor({ state: 'detached', timeout: 60_000 });
    expect(await hers.entry('First 0').count()).toBe(1);
  });
}, () => startServer({ RATE_LIMITS: 'on' }));
