import { expect, it } from '@jest/globals';
import { FirstAdmin } from '../../src/auth/first-admin.js';
import { password } from '../setup/people.js';
import { startServer } from '../setup/server.js';
import { inBrowser } from '../setup/web.js';

inBrowser('A new server in production', (site) => {
  it('asks for the administrator code until somebody came with it', async () => {
    const page = await site.visit();
    await page.goto('/register');
    const code = page.getByLabel('Administrator code');
    await code.fill('nonsense');
    await page.getByLabel('Name', { exact: true }).fill('Olive');
    await page.getByLabel('E-mail').fill('olive@example.org');
    await page.getByLabel('Username').fill('olive');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.locator('input[name=adminCode][aria-invalid=true]').waitFor();
    await code.fill((await site.server.app.get(FirstAdmin).awaitedCode()) ?? '');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('Lobby').first().waitFor();
    expect(await site.server.db.query('SELECT username, role FROM users')).toEqual([{ username: 'olive', role: 'admin' }]);
    expect(site.complaints.splice(0).filter((text) => !text.includes('status of 403'))).toEqual([]);

    const late = await site.visit();
    await late.goto('/register');
    await late.getByRole('button', { name: 'Create account' }).waitFor();
    await late.waitForLoadState('networkidle');
    expect(await late.getByLabel('Administrator code').count()).toBe(0);
  });
}, () => startServer({ NODE_ENV: 'production' }));
