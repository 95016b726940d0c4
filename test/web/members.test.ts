import { expect, it } from '@jest/globals';
import { addCrowd } from '../setup/crowd.js';
import { newPerson } from '../setup/people.js';
import { inBrowser, signIn } from '../setup/web.js';

inBrowser('the members of a large room', (site) => {
  it('are counted, listed to the very last, found by name, and completed after an @', async () => {
    const [olga, zoe] = [await newPerson(site.server, 'olga'), await newPerson(site.server, 'zoe')];
    const { body: room } = await olga.post('/rooms', { name: 'Stadium', slug: 'stadium', kind: 'public' });
    await addCrowd(site.server, room.id, 450);
    await olga.post(`/rooms/${room.id}/members`, { userId: zoe.user.id });
    await olga.patch(`/rooms/${room.id}/members/${zoe.user.id}`, { role: 'moderator' });
    const { page, ...her } = await (await signIn(site, 'olga')).go('/rooms/stadium');
    await page.getByRole('button', { name: 'Members, 452' }).click();
    const panel = page.getByRole('complementary', { name: 'Members' });
    await panel.getByRole('listitem').filter({ hasText: 'Moderators' }).getByText('Zoe').waitFor(); // came last, stands second
    const rows = panel.locator('.member-rows');
    const reached = async (name: string): Promise<boolean> => {
      await rows.evaluate((box) => { box.scrollTop += 1500; });
      await page.waitForTimeout(50);
      return await panel.getByText(name, { exact: true }).isVisible();
    };
    for (let tries = 0; tries < 400 && !(await reached('Crowd 0450'));) tries += 1;
    const last = panel.getByRole('listitem').filter({ hasText: 'Crowd 0450' });
    expect([await last.getAttribute('aria-posinset'), await last.getAttribute('aria-setsize')]).toEqual(['452', '452']);
    expect(await panel.getByRole('listitem').count()).toBeLessThan(80); // only what is near the screen is in the document

    await panel.getByLabel('Search members').fill('crowd 04');
    await panel.getByText('Crowd 0400').waitFor();
    await panel.getByLabel('Search members').fill('0333');
    await panel.getByText('Crowd 0333').waitFor();
    expect(await panel.getByRole('listitem').count()).toBe(1);
    await panel.getByLabel('Search members').fill('nobody such');
    await panel.getByText('Nobody here by that name').waitFor();

    await her.line.fill('');
    await her.line.pressSequentially('Ask @crowd-044');
    const names = page.getByRole('listbox', { name: 'People' });
    await names.getByRole('option').nth(5).waitFor();
    expect(await her.line.getAttribute('aria-activedescendant')).toBe(await names.getByRole('option', { selected: true }).getAttribute('id'));
    await her.line.press('ArrowDown');
    await names.getByRole('option', { name: /Crowd 0441/, selected: true }).waitFor();
    await her.line.press('Enter');
    expect(await her.line.inputValue()).toBe('Ask @crowd-0441 ');
    await her.line.pressSequentially('or @');
    await names.waitFor({ state: 'detached' }); // nobody else has said anything
    await her.line.pressSequentially('zo');
    await names.getByRole('option', { name: /Zoe/ }).click();
    await her.line.press('Enter');
    await page.locator('.entry[data-seq]', { hasText: 'Ask @crowd-0441 or @zoe' }).waitFor();
  });

  it('an @ offers those who spoke last, Esc puts the list away, and a whole name stays as it is', async () => {
    const [uma, vic] = [await newPerson(site.server, 'uma'), await newPerson(site.server, 'vic')];
    await vic.post('/messages', { text: 'Hello' });
    const her = await signIn(site, 'uma');
    await her.go('/rooms/lobby');
    await her.sees('Hello');
    const names = her.page.getByRole('listbox', { name: 'People' });
    await her.line.pressSequentially('@');
    await names.getByRole('option', { name: /Vic/, selected: true }).waitFor();
    await her.line.press('Escape');
    await names.waitFor({ state: 'detached' });
    await her.line.pressSequentially('v');
    await names.getByRole('option', { name: /Vic/ }).waitFor();
    await her.line.pressSequentially('ic');
    await names.waitFor({ state: 'detached' });
    await her.line.press('Enter');
    await her.page.locator('.entry[data-seq]', { hasText: '@vic' }).waitFor();
    await her.line.pressSequentially('mail me at uma@v');
    await her.page.waitForTimeout(400); // an address is no mention
    expect([uma.user.username, await names.count()]).toEqual(['uma', 0]);
  });
});
