import { expect, it } from '@jest/globals';
import { newPerson } from '../setup/people.js';
import { inBrowser, signIn, type Site, type Visitor } from '../setup/web.js';

/** Signed in, in a room that nobody else is in. */
async function alone(site: Site, name: string): Promise<Visitor> {
  const person = await newPerson(site.server, name);
  await person.post('/rooms', { name: `Room of ${name}`, slug: `of-${name}`, kind: 'public' });
  return await (await signIn(site, name)).go(`/rooms/of-${name}`);
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
});
