import { expect, it } from '@jest/globals';
import { newPerson, password, type Person } from '../setup/people.js';
import { until } from '../setup/until.js';
import { inBrowser, signIn, type Visitor } from '../setup/web.js';

inBrowser('the ways in and out', (site) => {
  const makeRoom = async (owner: Person, room: Record<string, unknown>): Promise<string> => (await owner.post('/rooms', room)).body.id as string;
  const heading = ({ page }: Pick<Visitor, 'page'>, name: string) => page.getByRole('heading', { name, level: 1, exact: true }).waitFor();
  const signOut = async ({ page }: Visitor) => {
    await page.locator('.me > button').click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  };
  const signInHere = async ({ page }: Pick<Visitor, 'page'>, name: string) => {
    await page.getByLabel('E-mail or username').fill(name);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  };
  /** What the server refuses is in the console as well. */
  const forgive = (status: number) => { site.complaints.splice(0, site.complaints.length, ...site.complaints.filter((text) => !text.includes(`status of ${status}`))); };

  it('whoever signs in after somebody who signed out begins at the start, and a link to a closed door says so', async () => {
    const [ann] = [await newPerson(site.server, 'ann'), await newPerson(site.server, 'bea')];
    const secret = await makeRoom(ann, { name: 'Secret', kind: 'private' });
    const here = await (await signIn(site, 'ann')).go(`/rooms/${secret}`);
    await heading(here, 'Secret');
    await signOut(here);
    expect(new URL(here.page.url()).search).toBe('');
    await signInHere(here, 'bea');
    await heading(here, 'Lobby');
    await signOut(here);

    await here.go(`/rooms/${secret}`); // by a link, which stays, for whom it leads anywhere
    await signInHere(here, 'ann');
    await heading(here, 'Secret');
    await signOut(here);
    await here.go(`/rooms/${secret}`);
    await signInHere(here, 'bea');
    await heading(here, 'No such room');
    await here.page.getByRole('button', { name: 'Back to my rooms' }).click();
    await heading(here, 'Lobby');
    await here.go(`/rooms/${secret}`);
    await heading(here, 'No such room');
    forgive(404);
    forgive(401); // what was under way when somebody signed out
  });

  it('whoever is sent out while they read is told so, and finds a way on', async () => {
    const [cal, dot] = [await newPerson(site.server, 'cal'), await newPerson(site.server, 'dot')];
    const tea = await makeRoom(cal, { name: 'Tea', kind: 'public', memberIds: [dot.user.id] });
    const hers = await (await signIn(site, 'dot')).go(`/rooms/${tea}`);
    await heading(hers, 'Tea');
    await cal.delete(`/rooms/${tea}/members/${dot.user.id}`);
    await heading(hers, 'You were removed from Tea');
    await hers.page.getByRole('button', { name: 'Join Tea' }).click();
    await heading(hers, 'Tea');
    await hers.say('Back again');
    await hers.sees('Back again');
    await cal.delete(`/rooms/${tea}/members/${dot.user.id}?ban=true`);
    await heading(hers, 'You were banned from Tea');
    expect(await hers.page.getByRole('button', { name: 'Join Tea' }).count()).toBe(0);
    await hers.page.getByRole('button', { name: 'Back to my rooms' }).click();
    await heading(hers, 'Lobby');
  });

  it('on a phone Back closes what is open, and so does the room that is on the screen', async () => {
    const eli = await newPerson(site.server, 'eli');
    await makeRoom(eli, { name: 'Attic', slug: 'attic', kind: 'public' });
    const his = await (await signIn(site, 'eli', { viewport: { width: 390, height: 844 } })).go('/rooms/lobby');
    const { page } = his;
    await heading(his, 'Lobby');
    const [drawer, members] = [page.getByRole('navigation'), page.getByRole('complementary', { name: 'Members' })];
    const openDrawer = async () => {
      await page.getByRole('button', { name: 'Rooms', exact: true }).click();
      await drawer.waitFor();
    };
    const entries = () => page.evaluate(() => history.length);
    await openDrawer();
    const before = await entries();
    await his.room('Lobby').click();
    await drawer.waitFor({ state: 'hidden' });
    await openDrawer();
    await page.goBack();
    await drawer.waitFor({ state: 'hidden' });
    await heading(his, 'Lobby');
    await openDrawer();
    await his.room('Attic').click();
    await heading(his, 'Attic');
    await drawer.waitFor({ state: 'hidden' });
    expect(await entries()).toBe(before); // neither the drawer nor the way through it has left anything behind

    await page.getByRole('button', { name: 'Members, 1' }).click();
    await members.waitFor();
    await page.goBack();
    await members.waitFor({ state: 'detached' });
    await heading(his, 'Attic');
    await page.getByRole('button', { name: 'Members, 1' }).click();
    await members.getByRole('button', { name: 'Close the list of members' }).dblclick();
    await members.waitFor({ state: 'detached' });
    await heading(his, 'Attic');
    await page.goBack();
    await heading(his, 'Lobby');
  });

  it('the window is named after the room, with what is unread before it', async () => {
    const [fae, gus] = [await newPerson(site.server, 'fae'), await newPerson(site.server, 'gus')];
    const den = await makeRoom(fae, { name: 'Den', slug: 'den', kind: 'public', memberIds: [gus.user.id] });
    const hers = await (await signIn(site, 'fae')).go(`/rooms/${den}`);
    const titled = (title: string) => hers.page.waitForFunction((wanted) => document.title === wanted, title);
    await titled('Den – Verbatim');
    await hers.page.evaluate(() => {
      const titles: string[] = [];
      Reflect.set(globalThis, 'titles', titles);
      new MutationObserver(() => titles.push(document.title)).observe(document.head, { subtree: true, childList: true, characterData: true });
    });
    await gus.post(`/rooms/${den}/messages`, { text: 'Before your eyes' }); // is about to be read, and not pointed at
    await hers.sees('Before your eyes');
    await until(async () => (await fae.get<{ total: number }>('/users/me/unread')).body.total === 0);
    expect(await hers.page.evaluate(() => Reflect.get(globalThis, 'titles') as string[])).toEqual([]);
    await gus.post('/messages', { text: 'Hello, everybody' });
    await titled('(1) Den – Verbatim');
    await hers.room('Lobby').click();
    await titled('Lobby – Verbatim');
    await hers.go('/people');
    await titled('Verbatim');
  });

  it('a room that is archived looks like one in the list, and is called one', async () => {
    const hal = await newPerson(site.server, 'hal');
    const old = await makeRoom(hal, { name: 'Old', kind: 'public' });
    const his = await (await signIn(site, 'hal')).go(`/rooms/${old}`);
    await heading(his, 'Old');
    expect(await his.page.getByRole('img', { name: 'Archived room' }).count()).toBe(0);
    await hal.delete(`/rooms/${old}`);
    await his.page.getByRole('link', { name: 'Archived room Old' }).waitFor();
    expect(await his.page.locator('.room-link.archived').count()).toBe(1);
  });

  it('archiving says that it can be undone, and is undone where the room was closed', async () => {
    const [jan, kim] = [await newPerson(site.server, 'jan'), await newPerson(site.server, 'kit')];
    const cellar = await makeRoom(jan, { name: 'Cellar', kind: 'public', memberIds: [kim.user.id] });
    const his = await (await signIn(site, 'jan')).go(`/rooms/${cellar}`);
    const hers = await (await signIn(site, 'kit')).go(`/rooms/${cellar}`);
    const closed = (who: typeof his) => who.page.getByText('This room is archived');
    await his.page.getByRole('button', { name: 'Room menu' }).click();
    await his.page.getByRole('menuitem', { name: 'Archive the room' }).click();
    await his.page.getByText('This can be undone').waitFor();
    await his.page.getByRole('button', { name: 'Archive', exact: true }).click();
    await closed(his).waitFor();
    await closed(hers).waitFor();
    expect(await hers.page.getByRole('button', { name: 'Open it again' }).count()).toBe(0);
    await his.page.getByRole('button', { name: 'Open it again' }).click();
    await closed(hers).waitFor({ state: 'detached' });
    await closed(his).waitFor({ state: 'detached' });
    await jan.delete(`/rooms/${cellar}`);
    await closed(his).waitFor();
    await his.page.getByRole('button', { name: 'Room menu' }).click();
    await his.page.getByRole('menuitem', { name: 'Open the room again' }).click();
    await closed(hers).waitFor({ state: 'detached' });
    expect((await kim.post(`/rooms/${cellar}/messages`, { text: 'open again' })).status).toBe(201);
  });

  it('a public room has a short address, and no twin', async () => {
    await newPerson(site.server, 'ira');
    const { page } = await (await signIn(site, 'ira')).go('/rooms');
    const [name, address] = [page.getByLabel('Name', { exact: true }), page.getByLabel('Address')];
    const make = async (named: string) => {
      await page.getByRole('button', { name: 'New room' }).click();
      await name.fill(named);
    };
    const submit = () => page.getByRole('button', { name: 'Make the room' }).click();
    const path = () => new URL(page.url()).pathname;
    await make('Bücher & Café');
    expect(await address.inputValue()).toBe('bucher-cafe');
    await submit();
    await heading({ page }, 'Bücher & Café');
    expect(path()).toBe('/rooms/bucher-cafe');

    await page.goto('/rooms');
    await make('Bucher Cafe');
    await submit();
    await page.getByText('There is a room of this name already').waitFor();
    expect(await address.getAttribute('aria-invalid')).toBe('true');
    await address.fill('Other Books ');
    await submit();
    await heading({ page }, 'Bucher Cafe');
    expect(path()).toBe('/rooms/other-books');
    forgive(409);

    await page.goto('/rooms');
    await make('Den of two');
    await page.getByLabel('Those whom I bring in').check();
    expect(await address.count()).toBe(0);
    await submit();
    await heading({ page }, 'Den of two');
    expect(path()).toMatch(/^\/rooms\/[0-9a-f-]{36}$/);
  });

  it('a link leads on through both doors, and the register says what it wants', async () => {
    const jon = await newPerson(site.server, 'jon');
    await makeRoom(jon, { name: 'Porch', slug: 'porch', kind: 'public' });
    const page = await site.visit();
    await page.goto('/rooms/porch');
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Kim');
    await page.getByLabel('E-mail').fill(jon.email);
    await page.getByLabel('Username').fill('kim & co');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText(/letters, digits, dots, hyphens and underscores/).waitFor();
    await page.getByLabel('Username').fill('kim');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('link', { name: 'Sign in instead?' }).click();
    await signInHere({ page }, 'jon');
    await heading({ page }, 'Porch');
    forgive(409);
    forgive(422);
  });
});
