import { expect, it } from '@jest/globals';
import { newPerson } from '../setup/people.js';
import { inBrowser, register, signIn } from '../setup/web.js';

inBrowser('what one expects of a chat', (site) => {
  it('each room keeps its own draft, and Alt with the arrows goes round the rooms', async () => {
    const dan = await newPerson(site.server, 'dan');
    for (const name of ['Alpha', 'Beta']) await dan.post('/rooms', { name, slug: name.toLowerCase(), kind: 'public' });
    const his = await (await signIn(site, 'dan')).go('/rooms/lobby');
    const at = (name: string) => his.page.getByRole('heading', { name, level: 1 }).waitFor();
    const press = (key: string) => his.line.press(key);
    await at('Lobby');
    const order = await his.page.getByRole('region', { name: 'Rooms' }).getByRole('link').locator('.title').allTextContents();
    const after = (name: string, by: number) => order.at((order.indexOf(name) + by) % order.length) ?? '';
    await his.line.fill('for the lobby');
    await press('Alt+ArrowDown');
    await at(after('Lobby', 1));
    expect(await his.line.inputValue()).toBe('');
    await his.line.fill('for the next');
    await press('Alt+ArrowDown');
    await at(after('Lobby', 2));
    await press('Alt+ArrowUp');
    await at(after('Lobby', 1));
    expect(await his.line.inputValue()).toBe('for the next');
    await press('Alt+ArrowUp');
    await at('Lobby');
    expect(await his.line.inputValue()).toBe('for the lobby');
    await press('Alt+ArrowUp');
    await at(after('Lobby', -1)); // round
  });

  it('Esc stops editing and replying and leaves the draft; a ? in a sentence is only that', async () => {
    const eve = await register(site, 'eve');
    await eve.say('Mine');
    await eve.sees('Mine');
    await eve.line.press('ArrowUp');
    await eve.page.getByText('Editing message').waitFor();
    await eve.line.fill('Not mine');
    await eve.line.press('Escape');
    await eve.page.getByText('Editing message').waitFor({ state: 'detached' });
    await eve.line.pressSequentially('Why?');
    expect([await eve.line.inputValue(), await eve.page.getByRole('dialog').count()]).toEqual(['Why?', 0]);
    await eve.does('Reply', 'Mine');
    await eve.page.getByText('In answer to').first().waitFor();
    expect(await eve.line.inputValue()).toBe('Why?');
    await eve.line.press('Escape');
    await eve.page.getByText('In answer to').waitFor({ state: 'detached' });
    expect([await eve.line.inputValue(), await eve.entry('Mine').count(), await eve.entry('Not mine').count()]).toEqual(['Why?', 1, 0]);
    await eve.page.keyboard.press('Control+K');
    await eve.page.getByRole('combobox').waitFor();
    await eve.page.keyboard.press('Escape');
    await eve.page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await eve.page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
  });

  it('one sees who is here, and when they go', async () => {
    const [fay, gil] = [await register(site, 'fay'), await register(site, 'gil')];
    await fay.go('/people');
    await fay.page.getByRole('button', { name: 'Write to Gil' }).click();
    await fay.page.locator('.head').getByText(/here now/).waitFor();
    await gil.page.context().close();
    await fay.page.locator('.head').getByText(/last here/).waitFor();
  });

  it('nothing moves for those who asked for that, and the rest is brief', async () => {
    await newPerson(site.server, 'hal');
    const moving = async (reducedMotion: 'reduce' | 'no-preference'): Promise<string[]> => {
      const { page } = await signIn(site, 'hal', { reducedMotion });
      await page.keyboard.press('Control+K');
      await page.getByRole('dialog').waitFor();
      return await page.evaluate(() => [...document.querySelectorAll('*')].flatMap((element) => {
        const { animationName, transitionDuration } = getComputedStyle(element);
        return [...(animationName === 'none' ? [] : [animationName]), ...(transitionDuration === '0s' ? [] : ['transition'])];
      }));
    };
    expect(await moving('reduce')).toEqual([]);
    expect(await moving('no-preference')).toContain('rise');
  });

  it('the looks that were chosen stay, and the page begins with them', async () => {
    const ivy = await register(site, 'ivy', { colorScheme: 'light' });
    const paper = () => ivy.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await ivy.go('/settings');
    await ivy.page.getByRole('radio', { name: 'Dark' }).check();
    const dark = await paper();
    expect(dark).not.toBe(light);
    await ivy.page.reload();
    await ivy.page.getByRole('heading', { level: 1 }).waitFor();
    expect(await paper()).toBe(dark);
    await ivy.page.getByRole('radio', { name: 'As the system' }).check();
    expect(await paper()).toBe(light);
  });
});
