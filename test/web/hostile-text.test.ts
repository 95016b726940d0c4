import { expect, it } from '@jest/globals';
import { newPerson } from '../setup/people.js';
import { inBrowser, signIn } from '../setup/web.js';

const away = 'https://evil.example';
const payloads = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', `<img src="${away}/x.png">`, '<svg onload=alert(1)>', '<svg><script>alert(1)</script></svg>',
  '"><script>alert(1)</script>', "'><img src=x onerror=alert(1)>", '</textarea><script>alert(1)</script>', '</title><script>alert(1)</script>', '<iframe srcdoc="<script>alert(1)</script>">',
  `<iframe src="${away}">`, 'javascript:alert(1)', '[x](javascript:alert(1))', `![x](${away}/x.png)`, '**<img src=x onerror=alert(1)>**',
  '`<img src=x onerror=alert(1)>`', '```<script>alert(1)</script>```', '@<img src=x onerror=alert(1)>', 'https://x"onmouseover="alert(1)', "https://x'onclick='alert(1)",
  'https://x/<script>alert(1)</script>', 'data:text/html,<script>alert(1)</script>', '{{constructor.constructor("alert(1)")()}}', '#{alert(1)} <%= alert(1) %>', '<math><mi xlink:href="javascript:alert(1)">x</mi></math>',
  `<link rel=stylesheet href="${away}/x.css">`, `<style>@import "${away}/x.css";</style>`, `<base href="${away}/">`, `<meta http-equiv=refresh content="0;url=${away}">`, '<details open ontoggle=alert(1)>',
];

inBrowser('hostile text', (site) => {
  it(`does nothing in ${payloads.length} messages, names, topics and searches`, async () => {
    const mallory = await newPerson(site.server, 'mallory');
    const ids: string[] = [];
    for (const [n, payload] of payloads.entries()) {
      const { status, body } = await mallory.post('/rooms', { name: payload.slice(0, 100), topic: payload, kind: 'public', slug: `hostile-${n}` });
      expect(status).toBe(201);
      ids.push(body.id);
      await mallory.post(`/rooms/${body.id}/messages`, { text: payload });
      await mallory.post(`/rooms/${ids[0]}/messages`, { text: payload, replyTo: 1 });
    }
    expect((await mallory.patch('/users/me', { name: '<img src=x onerror=alert(1)>' })).status).toBe(200);
    const { page, line } = await signIn(site, 'mallory');
    await page.goto('/rooms/hostile-0');
    for (const payload of payloads.slice(-6)) await page.locator('.entry .text', { hasText: payload }).last().waitFor();
    await page.mouse.move(640, 400);
    await line.fill(payloads.join('\n').slice(0, 3900));
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('button', { name: /^Members/ }).click();
    for (const payload of payloads.slice(0, 4)) {
      await page.keyboard.press('Control+K');
      await page.getByRole('combobox').fill(payload.slice(0, 100));
      await page.getByRole('option').first().waitFor();
      await page.keyboard.press('Escape');
    }
    for (const path of ['/rooms', '/people', '/settings', '/rooms/hostile-9', `/rooms/${encodeURIComponent('<img src=x onerror=alert(1)>')}`, `/sign-in?error=${encodeURIComponent('<svg onload=alert(1)>')}`]) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
    }
    expect(await page.evaluate(() => document.querySelectorAll('iframe, object, embed, base, img, script:not([src])').length)).toBe(0);
    site.complaints.splice(0, site.complaints.length, ...site.complaints.filter((text) => !text.includes('status of 404')));
  });

  it('makes links that tell the other side nothing', async () => {
    const nora = await newPerson(site.server, 'nora');
    await nora.post('/messages', { text: 'See https://example.org/x?y=1#z and javascript:alert(1)' });
    const { page } = await (await signIn(site, 'nora')).go('/rooms/lobby');
    const links = page.locator('.entry .text a');
    await links.first().waitFor();
    expect(await links.evaluateAll((all) => all.map((a) => [a.getAttribute('href'), a.getAttribute('rel'), a.getAttribute('target')]))).toEqual([['https://example.org/x?y=1#z', 'noopener noreferrer', '_blank']]);
  });
});
