import { expect, it } from '@jest/globals';
import { newPerson, type Person } from '../setup/people.js';
import { inBrowser, signIn, type Visitor } from '../setup/web.js';

inBrowser('the ways in and out', (site) => {
  const makeRoom = async (owner: Person, room: Record<string, unknown>): Promise<string> => (await owner.post('/rooms', room)).body.id as string;
  const heading = ({ page }: Visitor, name: string) => page.getByRole('heading', { name, level: 1 }).waitFor();

  it('whoever is sent out while they read is told so, and finds a way on', async () => {
    const [cal, dot] = [await newPerson(site.server, 'cal'), await newPerson(site.server, 'dot')];
    const tea = await makeRoom(cal, { name: 'Tea', kind: 'public', memberIds: [dot.user.id] });
    const hers = await (await signIn(site, 'dot')).go(`/rooms/${tea}`);
    await heading(hers, 'Tea');
    await cal.delete(`/rooms/${tea}/members/${dot.user.id}`);
    await heading(hers, 'You were removed from Tea');
    await hers.page.getByRole('button', { name: 'Join Tea' }).click();
    await heading(hers, 'Tea');
    await cal.delete(`/rooms/${tea}/members/${dot.user.id}?ban=true`);
    await heading(hers, 'You were banned from Tea');
    expect(await hers.page.getByRole('button', { name: 'Join Tea' }).count()).toBe(0);
    await hers.page.getByRole('button', { name: 'Back to my rooms' }).click();
    await heading(hers, 'Lobby');
  });
});
