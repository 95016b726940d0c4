import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { newPerson } from '../setup/people.js';
import { inBrowser, signIn, Visitor } from '../setup/web.js';

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];

/** What axe finds, of any weight, as one line each. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const violations = await page.evaluate(async (values): Promise<AxeResults['violations']> => {
    const { axe: here } = window as unknown as { axe: { run: (options: object) => Promise<AxeResults> } };
    return (await here.run({ runOnly: { type: 'tag', values }, resultTypes: ['violations'] })).violations;
  }, rules);
  return violations.map(({ id, impact, nodes }) => `${id} (${impact ?? ''}): ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

inBrowser('for everybody', (site) => {
  it.each(['light', 'dark'] as const)('axe finds nothing in any view, %s', async (colorScheme) => {
    const [name, peer] = [`paula-${colorScheme}`, await newPerson(site.server, `quinn-${colorScheme}`)];
    const paula = await newPerson(site.server, name);
    await paula.post('/messages', { text: 'A **bold** word, `code`, https://example.org and @everybody' });
    const { body: message } = await peer.post('/messages', { text: `Hello @${name}, it is ${colorScheme}`, replyTo: 1 });
    await paula.put(`/messages/${message.id}/reactions/${encodeURIComponent('👍')}`);
    await paula.put(`/dms/${peer.user.id}`);
    const visitor = await signIn(site, name, { colorScheme });
    const { page } = visitor;
    const found: Record<string, string[]> = {};
    const look = async (view: string) => { found[view] = await findings(page); };
    for (const path of ['/rooms/lobby', '/rooms', '/people', '/settings', '/rooms/nowhere']) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await page.waitForTimeout(300);
      await look(path);
    }
    await page.goto('/rooms/lobby');
    await page.getByRole('button', { name: /^Members/ }).click();
    await look('members');
    await visitor.line.pressSequentially('@');
    await page.getByRole('listbox', { name: 'People' }).waitFor();
    await look('names after an @');
    await visitor.line.fill('x'.repeat(5000));
    await visitor.line.press('Enter');
    await page.getByRole('alert').waitFor();
    await look('too long');
    await visitor.line.fill('');
    await visitor.entry(`it is ${colorScheme}`).hover();
    await visitor.entry(`it is ${colorScheme}`).getByRole('button', { name: 'React' }).click();
    await look('emoji');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+K');
    await page.getByRole('option').first().waitFor();
    await look('finder');
    await page.keyboard.press('Escape');
    await page.getByRole('log').focus();
    await page.keyboard.press('?');
    await look('keyboard');
    await page.keyboard.press('Escape');
    await page.context().setOffline(true);
    await page.getByText(/kept here/).waitFor();
    await look('offline');
    const stranger = await site.visit({ colorScheme, viewport: { width: 360, height: 740 } });
    for (const path of ['/sign-in', '/register']) {
      await stranger.goto(path);
      await stranger.getByRole('heading', { level: 1 }).waitFor();
      found[`${path}, phone`] = await findings(stranger);
    }
    expect(Object.entries(found).filter(([, list]) => list.length > 0)).toEqual([]);
    await page.context().close(); // It goes on trying to connect, and complaining, as long as it is there.
    site.complaints.splice(0, site.complaints.length, ...site.complaints.filter((text) => !/status of 404|ERR_INTERNET_DISCONNECTED/.test(text)));
  });

  it('fits a screen of 320 pixels without scrolling sideways', async () => {
    await newPerson(site.server, 'rosa');
    const { page } = await signIn(site, 'rosa', { viewport: { width: 320, height: 640 } });
    for (const path of ['/rooms/lobby', '/rooms', '/people', '/settings']) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      expect([path, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([path, 320]);
    }
    await page.getByRole('button', { name: 'Rooms', exact: true }).click();
    await page.getByRole('link', { name: 'Lobby' }).click();
    await page.getByRole('heading', { name: 'Lobby', level: 1 }).waitFor();
  });

  it('a whole conversation needs no pointer', async () => {
    await newPerson(site.server, 'sami');
    const tom = await newPerson(site.server, 'tom');
    const { body: room } = await tom.post('/rooms', { name: 'Workshop', slug: 'workshop', kind: 'public' });
    await tom.post(`/rooms/${room.id}/messages`, { text: 'Who has the key?' });
    const page = await site.visit();
    const { keyboard } = page;
    const onLine = () => page.waitForFunction(() => document.activeElement?.matches('.entry') === true);
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');
    await page.goto('/sign-in');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await keyboard.press('Tab');
    await keyboard.type('sami');
    await keyboard.press('Tab');
    await keyboard.type('correct horse battery');
    await keyboard.press('Enter');
    const sami = new Visitor(page, 'sami');
    await sami.log.waitFor();

    await keyboard.press('Control+K');
    await keyboard.type('works');
    await page.getByRole('option', { name: /Workshop/ }).waitFor();
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Workshop', level: 1 }).waitFor();
    await sami.sees('Who has the key?');
    expect(await focused()).toBe('Write to Workshop');
    await keyboard.type('Not me');
    await keyboard.press('Enter');
    await sami.sees('Not me');
    await keyboard.press('ArrowUp');
    expect(await focused()).toMatch(/^Edit message/);
    await keyboard.press('Control+A');
    await keyboard.type('I have it');
    await keyboard.press('Enter');
    await sami.sees('I have it');

    await keyboard.press('Shift+Tab'); // to the conversation
    expect(await focused()).toBe('Conversation in Workshop');
    await keyboard.press('ArrowUp');
    await onLine();
    await keyboard.press('ArrowUp');
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label')?.includes('Who has the key?'));
    await keyboard.press('Enter');
    await page.locator('[role=menuitem][data-highlighted]', { hasText: 'Reply' }).waitFor();
    await keyboard.press('ArrowDown');
    await page.locator('[role=menuitem][data-highlighted]').filter({ hasNotText: 'Reply' }).waitFor(); // The menu moves a moment after the key.
    await keyboard.press('Enter');
    await sami.entry('Who has').getByRole('button', { name: '👍 1' }).waitFor();
    await page.waitForFunction(() => document.activeElement?.closest('.entry') instanceof HTMLElement);
    await keyboard.press('Escape');
    await sami.log.focus();
    await keyboard.press('ArrowUp');
    await onLine();
    await keyboard.press('r');
    await page.getByText('In answer to').first().waitFor();
    await keyboard.press('Escape');
    await keyboard.press('Alt+ArrowDown');
    await page.getByRole('heading', { name: 'Lobby', level: 1 }).waitFor();
    await sami.log.focus();
    await keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focused()).toBe('Conversation in Lobby'); // back to where it was
  });
});
