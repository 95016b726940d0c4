import { expect, it } from '@jest/globals';
import { connect } from '../setup/chatters.js';
import { addCrowd } from '../setup/crowd.js';
import { newPerson } from '../setup/people.js';
import { inBrowser, signIn } from '../setup/web.js';

inBrowser('the list of members of a large room', (site) => {
  it('shows who of those on the screen comes and goes', async () => {
    const [rita, sven] = [await newPerson(site.server, 'rita'), await newPerson(site.server, 'sven')];
    const { body: room } = await rita.post('/rooms', { name: 'Arena', slug: 'arena', kind: 'public' });
    await rita.post(`/rooms/${room.id}/members`, { userId: sven.user.id });
    await rita.patch(`/rooms/${room.id}/members/${sven.user.id}`, { role: 'moderator' });
    await sven.post('/auth/logout');
    await addCrowd(site.server, room.id, 150);
    const { page } = await (await signIn(site, 'rita')).go('/rooms/arena');
    await page.getByRole('button', { name: 'Members, 152' }).click();
    const row = page.getByRole('complementary', { name: 'Members' }).getByRole('listitem').filter({ hasText: 'Sven' });
    await row.getByText('last here').waitFor();
    const live = await connect(site.server, await sven.anotherDevice());
    await row.getByText('here now').waitFor();
    live.leave();
    await row.getByText('last here').waitFor();
    expect(await row.count()).toBe(1);
  });
});
