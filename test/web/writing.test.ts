import { expect, it } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { newPerson } from '../setup/people.js';
import { until } from '../setup/until.js';
import { inBrowser, signIn, type Site, type Visitor } from '../setup/web.js';

/** Signed in, in a room that nobody else is in. */
async function alone(site: Site, name: string, options?: BrowserContextOptions): Promise<Visitor> {
  const person = await newPerson(site.server, name);
  await person.post('/rooms', { name: `Room of ${name}`, slug: `of-${name}`, kind: 'public' });
  return await (await signIn(site, name, options)).go(`/rooms/of-${name}`);
}

const keyCodes: Record<string, number> = { Backspace: 8, Tab: 9, Escape: 27, ArrowUp: 38 };

/** Keys as the browser gets them from fast fingers: in order, none waiting for what the one before did. */
async function quickKeys(page: Page): Promise<(...keys: string[]) => Promise<void>> {
  const browser = await page.context().newCDPSession(page);
  return async (...keys) => {
    await Promise.all(keys.flatMap((named) => {
      const key = named.replace('Shift+', '');
      const event = { key, windowsVirtualKeyCode: keyCodes[key] ?? key.toUpperCase().charCodeAt(0), modifiers: key === named ? 0 : 8 };
      const text = key.length === 1 ? key : undefined;
      return [browser.send('Input.dispatchKeyEvent', { ...event, type: text === undefined ? 'rawKeyDown' : 'keyDown', text }), browser.send('Input.dispatchKeyEvent', { ...event, type: 'keyUp' })];
    }));
  };
}

inBrowser('writing', (site) => {
  it('an edit stays open until the server has it, and is sent once', async () => {
    const ada = await alone(site, 'ada');
    const { page, line } = ada;
    const open = page.getByText('Editing message');
    await ada.say('First words');
    await ada.sees('First words');
    await line.press('ArrowUp');
    await line.fill('Better words');
    await page.context().setOffline(true);
    await page.getByText(/kept here/).waitFor();
    await line.press('Enter');
    await page.getByRole('alert').getByText('Not saved. The server cannot be reached.').waitFor();
    expect([await line.inputValue(), await open.count()]).toEqual(['Better words', 1]);
    await page.context().setOffline(false);
    await page.getByText(/kept here/).waitFor({ state: 'detached' });
    await line.press('Enter');
    await ada.sees('Better words (edited)');
    await open.waitFor({ state: 'detached' });
    expect(await page.getByRole('alert').count()).toBe(0);
    site.complaints.splice(0, site.complaints.length, ...site.complaints.filter((text) => !text.includes('ERR_INTERNET_DISCONNECTED')));
  });

  it('an edit that takes its time says so, is not sent twice, and ends nothing that was begun meanwhile', async () => {
    const bea = await alone(site, 'bea');
    const { page, line } = bea;
    await bea.say('Slow words');
    await bea.sees('Slow words');
    const { db } = site.server;
    await db.query('CREATE SEQUENCE edits');
    await db.query(`CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('edits'), pg_sleep(2); RETURN NEW; END $$`);
    await db.query(`CREATE TRIGGER dawdle BEFORE UPDATE ON messages FOR EACH ROW WHEN (NEW.text = 'Slower words') EXECUTE FUNCTION dawdle()`);
    await line.press('ArrowUp');
    await line.fill('Slower words');
    await line.press('Enter');
    await line.press('Enter');
    await page.getByText('saving …').waitFor();
    expect(await line.isEditable()).toBe(false);
    await line.press('Escape');
    await page.getByText('Editing message').waitFor({ state: 'detached' });
    await bea.does('Reply', 'Slow words');
    await page.getByText('In answer to').first().waitFor();
    await bea.sees('Slower words (edited)');
    await page.waitForTimeout(300);
    expect(await page.locator('.composer').getByText('In answer to').count()).toBe(1);
    expect(await db.query('SELECT last_value::int AS count FROM edits')).toEqual([{ count: 1 }]);
    await db.query('DROP TRIGGER dawdle ON messages');
  });

  it('whoever is at the end stays there, however what they write grows and shrinks', async () => {
    const [dick, reader] = [await newPerson(site.server, 'dick'), await newPerson(site.server, 'cleo')];
    const { body: room } = await dick.post('/rooms', { name: 'Talk', slug: 'talk', kind: 'public', memberIds: [reader.user.id] });
    const say = (text: string) => dick.post(`/rooms/${room.id}/messages`, { text });
    for (let n = 1; n <= 40; n += 1) await say(`Line ${n}`);
    const cleo = await (await signIn(site, 'cleo')).go('/rooms/talk');
    const { page, line } = cleo;
    await cleo.sees('Line 1');
    await page.getByRole('log').hover();
    await page.mouse.wheel(0, 10_000);
    await cleo.sees('Line 40');
    const hasReadAll = () => until(async () => (await reader.get<{ total: number }>('/users/me/unread')).body.total === 0);
    await page.getByRole('button', { name: 'Mark as read' }).click();
    await hasReadAll(); // the log follows nothing that would push unread lines off the screen
    const isAtEnd = () => page.waitForFunction(() => {
      const log = document.querySelector('[role=log]') as HTMLElement;
      return log.scrollHeight - log.scrollTop - log.clientHeight < 2;
    });
    const comes = async (text: string) => {
      await say(text);
      await cleo.sees(text);
      await isAtEnd();
      expect(await page.getByRole('button', { name: /Newest|\d new/ }).count()).toBe(0);
    };
    for (let n = 1; n <= 12; n += 1) {
      await line.pressSequentially(`typed ${n}`);
      await line.press('Shift+Enter');
    }
    await isAtEnd();
    await comes('While it is large');
    await line.press('Control+A');
    await line.press('Delete');
    await comes('After it was typed and deleted');
    await line.fill('pasted\n'.repeat(30));
    await isAtEnd();
    await line.fill('');
    await comes('After it was pasted and cut');
    await cleo.say('said\n'.repeat(30));
    await line.press('ArrowUp');
    await isAtEnd();
    await line.press('Escape');
    await comes('After an edit was given up');
    await page.setViewportSize({ width: 1280, height: 500 });
    await isAtEnd();
    await page.setViewportSize({ width: 1280, height: 800 });
    await comes('After the window was small');
    await hasReadAll();

    await page.getByRole('log').hover(); // and who has scrolled up is left there
    await page.mouse.wheel(0, -600);
    await page.getByRole('button', { name: 'Newest' }).waitFor();
    const inSight = await page.evaluate(() => {
      const { top } = (document.querySelector('[role=log]') as HTMLElement).getBoundingClientRect();
      return [...document.querySelectorAll<HTMLElement>('.entry')].find((entry) => entry.getBoundingClientRect().top > top)?.dataset.seq ?? '';
    });
    const place = async () => (await page.locator(`.entry[data-seq="${inSight}"]`).boundingBox())?.y;
    const before = await place();
    await line.fill('pasted\n'.repeat(30));
    await line.fill('');
    await say('Out of sight');
    await page.getByRole('button', { name: '1 new' }).waitFor();
    await page.locator('[role=separator] + .entry', { hasText: 'Out of sight' }).waitFor(); // the mark of what is new stood above until now
    await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => { requestAnimationFrame(resolve); }); }));
    expect(await place()).toBe(before);
  });

  it('Shift-Tab leads to the conversation whatever is in sight, the arrows from anywhere in a message to the next, and Esc back', async () => {
    const [fred, { user }] = [await newPerson(site.server, 'fred'), await newPerson(site.server, 'gina')];
    const { body: room } = await fred.post('/rooms', { name: 'Keys', slug: 'keys', kind: 'public', memberIds: [user.id] });
    const texts = ['First', '```\ncode\n```', 'See https://example.org', 'Liked'];
    for (const text of texts) {
      const { body: message } = await fred.post(`/rooms/${room.id}/messages`, { text, replyTo: text === 'First' ? undefined : 1 });
      if (text === 'Liked') await fred.put(`/messages/${message.id}/reactions/${encodeURIComponent('👍')}`);
    }
    const gina = await (await signIn(site, 'gina')).go('/rooms/keys');
    const { page, line } = gina;
    const { keyboard } = page;
    const isOn = (selector: string) => page.waitForFunction((wanted) => document.activeElement?.matches(wanted) === true, selector);
    await gina.entry('Liked').getByRole('button', { name: '👍 1' }).waitFor();
    await gina.entry('Liked').hover(); // its tools are in sight
    await line.press('Shift+Tab');
    await isOn('[role=log]');
    await keyboard.press('ArrowUp');
    await isOn('[data-seq="4"]');
    for (const inside of ['.quote', '.reaction', '.tools button']) {
      await keyboard.press('Tab');
      await isOn(`[data-seq="4"] ${inside}`);
    }
    await keyboard.press('ArrowUp');
    await isOn('[data-seq="3"]');
    await keyboard.press('Tab');
    await keyboard.press('Tab');
    await isOn('[data-seq="3"] a');
    await keyboard.press('ArrowUp');
    await isOn('[data-seq="2"]');
    await keyboard.press('Tab');
    await keyboard.press('Tab');
    await isOn('[data-seq="2"] pre');
    await keyboard.press('ArrowDown');
    await isOn('[data-seq="3"]');
    await keyboard.press('Tab');
    await keyboard.press('Escape');
    await isOn('textarea');
    await gina.entry('Liked').getByRole('button', { name: '👍 1' }).click(); // and from where the pointer has put the focus
    await keyboard.press('ArrowUp');
    await isOn('[data-seq="3"]');
    await keyboard.press('r');
    await gina.page.locator('.composer').getByText('In answer to').waitFor();
    await keyboard.press('Shift+Tab');
    await isOn('[role=log]');
    await keyboard.press('Tab'); // what was passed over is on the way back
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Do not reply');
  });

  it('loses no key, however quickly one is pressed after the other', async () => {
    const { page, line, entry } = await alone(site, 'quinn').then((quinn) => ({ page: quinn.page, line: quinn.line, entry: quinn.entry.bind(quinn) }));
    for (const text of ['One', 'Two', 'Three']) {
      await line.fill(text);
      await line.press('Enter');
      await page.locator('.entry[data-seq]', { hasText: text }).waitFor();
    }
    const keys = await quickKeys(page);
    const replying = page.locator('.composer').getByText('In answer to');
    for (let round = 0; round < 5; round += 1) {
      await keys('Shift+Tab', 'ArrowUp', 'ArrowUp', 'r', 'Y', 'e', 's');
      await page.locator('.composer .context', { hasText: 'Two' }).waitFor();
      expect(await line.inputValue()).toBe('Yes');
      await keys('Escape', 'Backspace', 'Backspace', 'Backspace', 'ArrowUp', 'Escape');
      await replying.waitFor({ state: 'detached' });
      expect(await line.inputValue()).toBe('');
    }
    await page.getByRole('log').evaluate((log) => { // and in one turn of the browser, before anything is drawn
      log.focus();
      for (const key of ['ArrowUp', 'ArrowUp', 'ArrowUp', 'r']) document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    });
    await page.locator('.composer .context', { hasText: 'One' }).waitFor();
    expect(await entry('One').count()).toBe(1);
  });

  it('control characters that are pasted are left out, and the caret stays where it was', async () => {
    const rita = await alone(site, 'rita');
    await rita.line.fill('ends');
    await rita.line.press('Home');
    await rita.page.evaluate(() => { document.execCommand('insertText', false, 'a\u0007 bell\u001b[0m\u0000\tand\u009f '); });
    expect(await rita.line.inputValue()).toBe('a bell[0m\tand ends');
    await rita.page.keyboard.type('it ');
    await rita.line.press('Enter');
    await rita.sees('a bell[0m\tand it ends');
  });

  it('says why what is too long is not sent, in red, and by how much', async () => {
    const { page, line } = await alone(site, 'hans');
    const alert = page.getByRole('alert');
    await line.fill('x'.repeat(5000));
    const red = await page.getByRole('button', { name: 'Send' }).evaluate((button) => getComputedStyle(button).backgroundColor);
    expect(await page.getByText('5,000 of 4,000 characters').evaluate((text) => getComputedStyle(text).color)).toBe(red);
    expect(await alert.count()).toBe(0);
    await line.press('Enter');
    await alert.getByText('Too long: shorten it by 1,000 characters.').waitFor();
    await line.fill('x'.repeat(4001));
    await alert.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Send' }).click();
    await alert.getByText('Too long: shorten it by 1 character.').waitFor();
    expect(await page.locator('.entry').count()).toBe(0);
    await line.press('Backspace');
    await line.press('Enter');
    await page.locator('.entry[data-seq]').waitFor();
    await page.getByText('of 4,000 characters').waitFor({ state: 'detached' });
  });

  it.each(['light', 'dark'] as const)('a code block stands out from its line, pointed at or not, %s', async (colorScheme) => {
    const ines = await alone(site, `ines-${colorScheme}`, { colorScheme });
    await ines.say('```code```');
    await ines.sees('code');
    const block = ines.page.locator('.entry pre');
    const difference = () => block.evaluate((pre) => {
      const pen = document.createElement('canvas').getContext('2d') as CanvasRenderingContext2D;
      const seen = [document.body, pre.closest('.entry') as Element, pre].map((element) => {
        pen.fillStyle = getComputedStyle(element).backgroundColor;
        pen.fillRect(0, 0, 1, 1);
        return [...pen.getImageData(0, 0, 1, 1).data];
      });
      return Math.max(...(seen[2] ?? []).map((value, n) => Math.abs(value - (seen[1]?.[n] ?? 0))));
    });
    await ines.line.hover();
    expect(await difference()).toBeGreaterThan(7);
    await block.hover();
    expect(await difference()).toBeGreaterThan(7);
  });

  it('marks the names of people, also of those who have said nothing yet, and no other word after an @', async () => {
    const [jan, kim, { user }] = [await newPerson(site.server, 'jan'), await newPerson(site.server, 'kim'), await newPerson(site.server, 'leo')];
    const { body: room } = await jan.post('/rooms', { name: 'Names', slug: 'names', kind: 'public', memberIds: [kim.user.id, user.id] });
    await jan.post(`/rooms/${room.id}/messages`, { text: '@Kim and **@jan** and @leo look, @nobody is @here' });
    const leo = await (await signIn(site, 'leo')).go('/rooms/names');
    await leo.page.locator('.at', { hasText: '@Kim' }).waitFor();
    expect(await leo.page.locator('.at').allTextContents()).toEqual(['@Kim', '@jan', '@leo']);
  });
});
