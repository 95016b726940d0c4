import { afterAll, expect, it } from '@jest/globals';
import { startServerAndProvider, type TestProvider } from '../setup/google.js';
import { inBrowser, Visitor, type Site } from '../setup/web.js';

let provider: TestProvider;

/** Going to the provider is the point here: to its address alone the page may go. */
const withoutTheWay = (site: Site): string[] => site.complaints.splice(0).filter((text) => !text.startsWith(`foreign request: ${provider.issuer}/`));

inBrowser('Google sign-in', (site) => {
  afterAll(() => provider.stop());

  it('goes from the button to a session of our own, which outlives a reload', async () => {
    await provider.knows('greta', { email: 'greta@example.org', email_verified: true, name: 'Greta Green' });
    const page = await site.visit();
    await page.goto('/sign-in?to=%2Fsettings');
    await page.getByRole('button', { name: 'Continue with Google' }).click();
    const greta = new Visitor(page, 'greta');
    await page.getByRole('heading', { name: 'Greta Green', level: 1 }).waitFor();
    expect(page.url()).toMatch(/\/settings$/); // where she wanted to go, and neither code nor error is left in the address
    await greta.room('Lobby').click();
    await greta.say('Here I am');
    await greta.sees('Here I am');
    expect(await page.evaluate(() => [sessionStorage.length, JSON.stringify(localStorage)])).toEqual([0, expect.not.stringMatching(/eyJ|token|verifier/i)]);
    await page.reload();
    await greta.sees('Here I am');
    await greta.go('/settings');
    await page.getByRole('heading', { name: 'Greta Green', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Set password' }).waitFor(); // there is none yet
    expect(withoutTheWay(site)).toEqual([]);
  });

  it('confirms who one is before a first password is set', async () => {
    await provider.knows('gwen', { email: 'gwen@example.org', email_verified: true, name: 'Gwen Gray' });
    const page = await site.visit();
    await page.goto('/sign-in?to=%2Fsettings');
    await page.getByRole('button', { name: 'Continue with Google' }).click();
    const form = page.getByRole('region', { name: 'Password' });
    const setPassword = async () => {
      await form.getByLabel('New password').fill('an entirely new one');
      await form.getByRole('button', { name: 'Set password' }).click();
    };
    await form.waitFor();
    await site.server.db.query(`UPDATE sessions SET created_at = created_at - interval '1 hour'`);
    await setPassword();
    await form.getByRole('alert').getByText('Confirm with Google').waitFor();
    await form.getByRole('button', { name: 'Continue with Google' }).click();
    await page.getByText('You can set your password now').waitFor();
    expect(page.url()).toMatch(/\/settings$/);
    await setPassword();
    await page.getByText('The password is changed').waitFor();
    expect(withoutTheWay(site).filter((text) => !text.includes('status of 403'))).toEqual([]);
  });

  it('says so when it came to nothing, and is there to be tried again', async () => {
    await provider.knows('deny', {});
    const page = await site.visit();
    await page.goto('/register?to=%2Fpeople');
    await page.getByRole('button', { name: 'Continue with Google' }).click();
    await page.getByRole('alert').getByText('was not completed').waitFor();
    await provider.knows('hans', { email: 'hans@example.org', email_verified: true, name: 'Hans Hill' });
    await page.getByRole('button', { name: 'Continue with Google' }).click();
    await page.getByRole('heading', { name: 'People', level: 1 }).waitFor(); // where he wanted to go before the first try
    expect(withoutTheWay(site)).toEqual([]);
  });

  it('does not take a code that was made for somebody else\'s browser', async () => {
    const page = await site.visit();
    await page.goto(`/sign-in?code=${'A'.repeat(43)}`);
    await page.getByRole('alert').getByText('took too long').waitFor();
    expect(withoutTheWay(site).filter((text) => !text.includes('status of 400'))).toEqual([]);
  });
}, async () => {
  const both = await startServerAndProvider();
  ({ provider } = both);
  return both.server;
});
