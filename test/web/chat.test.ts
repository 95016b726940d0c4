import { expect, it } from '@jest/globals';
import { inBrowser, register, type Visitor } from '../setup/web.js';
import { newPerson } from '../setup/people.js';

inBrowser('two people in the web client', (site) => {
  it('register, meet in the lobby, edit, delete, react and reply', async () => {
    const anna = await register(site, 'anna');
    const ben = await register(site, 'ben');
    await anna.say('Good **morning**, everybody');
    await ben.sees('Good morning, everybody');
    expect(await ben.entry('Good morning').locator('strong', { hasText: 'morning' }).count()).toBe(1);

    await ben.does('Thumbs up', 'Good morning');
    const reaction = anna.entry('Good morning').getByRole('button', { name: '👍 1' });
    await reaction.click();
    await ben.entry('Good morning').getByRole('button', { name: '👍 2' }).waitFor();

    await ben.does('Reply', 'Good morning');
    await ben.say('And to you');
    await anna.entry('And to you').getByRole('button', { name: /In answer to Anna/ }).waitFor();

    await anna.line.press('ArrowUp');
    await anna.line.fill('Good evening, everybody');
    await anna.line.press('Enter');
    await ben.sees('Good evening, everybody (edited)');

    await anna.does('Delete', 'Good evening');
    await anna.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await ben.sees('Taken back');
    expect(await ben.entry('Good evening').count()).toBe(0);
  });

  it('find each other, write in private, and see what is unread and who calls them', async () => {
    const clara = await register(site, 'clara');
    const dora = await register(site, 'dora');
    await clara.page.keyboard.press('Control+K');
    await clara.page.getByRole('combobox').fill('dor');
    await clara.page.getByRole('option', { name: 'Dora' }).waitFor();
    await clara.page.keyboard.press('Enter');
    await clara.page.getByRole('heading', { name: 'Dora', level: 1 }).waitFor();
    await clara.say('Hello @dora');
    await clara.sees('Hello @dora');
    const chat = dora.room('Clara');
    await chat.getByText('1 unread').waitFor();
    await chat.getByText('@1').waitFor();
    expect(await dora.page.title()).toContain('(1)');
    await chat.click();
    await dora.page.getByRole('separator', { name: /New/ }).or(dora.page.locator('.new-line')).first().waitFor();
    await chat.getByText('1 unread').waitFor({ state: 'detached' });
    await dora.line.pressSequentially('Hel');
    await clara.page.getByText('Dora is typing').waitFor();
    await dora.line.fill('');
    await clara.page.getByText('Dora is typing').waitFor({ state: 'detached' });
  });

  it('make a room, see who looks at it, name a moderator, and send somebody out', async () => {
    const emma = await register(site, 'emma');
    const finn = await register(site, 'finn');
    await emma.go('/rooms');
    await emma.page.getByRole('button', { name: 'New room' }).click();
    await emma.page.getByLabel('Name').fill('Garden');
    await emma.page.getByRole('button', { name: 'Make the room' }).click();
    await emma.page.getByRole('heading', { name: 'Garden', level: 1 }).waitFor();
    await finn.go('/rooms');
    await finn.page.getByRole('button', { name: 'Join Garden' }).click();
    await finn.page.getByRole('heading', { name: 'Garden', level: 1 }).waitFor();
    await emma.page.getByText('2 reading').waitFor();
    await emma.page.getByRole('button', { name: 'Members, 2' }).click();
    await emma.page.getByRole('button', { name: 'What to do with Finn' }).click();
    await emma.page.getByRole('menuitem', { name: 'Make moderator' }).click();
    await emma.page.getByRole('listitem').filter({ hasText: 'Moderators' }).getByText('Finn').waitFor();
    await emma.page.getByRole('button', { name: 'What to do with Finn' }).click();
    await emma.page.getByRole('menuitem', { name: 'Ban' }).click();
    await emma.page.getByRole('dialog').getByRole('button', { name: 'Ban' }).click();
    await finn.room('Garden').waitFor({ state: 'detached' });
  });

  it('write without a connection, and it arrives once', async () => {
    const greta = await register(site, 'greta');
    const hugo = await register(site, 'hugo');
    await greta.say('On the platform');
    await greta.sees('On the platform');
    const places = async () => [await greta.entry('On the platform').boundingBox(), await greta.line.boundingBox()];
    const before = await places();
    await greta.page.context().setOffline(true);
    await greta.page.getByText(/kept here/).first().waitFor();
    expect(await places()).toEqual(before); // whoever clicks at this moment hits what they saw
    await greta.say('From the tunnel');
    await greta.say('Still in it');
    await greta.page.getByText(/2 messages are kept here/).waitFor();
    expect(await greta.page.locator('.entry.sending').count()).toBe(2);
    await hugo.say('Where are you?');
    await hugo.sees('Where are you?');
    expect(await hugo.entry('tunnel').count()).toBe(0);
    await greta.page.context().setOffline(false);
    await greta.sees('Still in it');
    await hugo.sees('Still in it');
    await greta.sees('Where are you?');
    for (const who of [greta, hugo]) for (const text of ['From the tunnel', 'Still in it', 'Where are you?']) expect(await who.entry(text).count()).toBe(1);
    const order = (who: Visitor) => who.page.locator('.entry[data-seq]').evaluateAll((lines) => lines.map((line) => [line.getAttribute('data-seq'), line.querySelector('.text')?.textContent]));
    expect((await order(greta)).slice(-3)).toEqual((await order(hugo)).slice(-3));
    site.complaints.splice(0, site.complaints.length, ...site.complaints.filter((text) => !text.includes('ERR_INTERNET_DISCONNECTED')));
  });

  it('keep a draft for each room over a reload', async () => {
    const ida = await register(site, 'ida');
    await ida.line.fill('Not finished');
    await ida.page.reload();
    await ida.log.waitFor();
    expect(await ida.line.inputValue()).toBe('Not finished');
  });

  it('sign out, which cuts at once, and leave nothing behind', async () => {
    const jane = await register(site, 'jane');
    const kurt = await newPerson(site.server, 'kurt');
    await jane.page.getByRole('button', { name: /Jane/ }).click();
    await jane.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await jane.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await kurt.post('/messages', { text: 'Nobody hears this' });
    await jane.go('/rooms/lobby');
    await jane.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await jane.page.content()).not.toContain('Nobody hears this');
    expect(await jane.page.evaluate(() => JSON.stringify(localStorage))).not.toMatch(/jane|token/i);
  });

  it('are told what is wrong with a form', async () => {
    const page = await site.visit();
    await page.goto('/sign-in');
    await page.getByLabel('E-mail or username').fill('nobody');
    await page.getByLabel('Password').fill('not the one');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('not the right password').waitFor();
    expect(site.complaints.splice(0).filter((text) => !text.includes('401'))).toEqual([]);
  });
});
