// Makes docs/screenshot.png: starts the product as it is delivered, with its demo data, lets two people talk in real browsers,
// and takes a picture of what one of them sees. Wants Chromium from the system packages, or named by CHROMIUM.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startServer } from '../.ci/server.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), 'verbatim-picture-'));

async function enter(browser, url, name) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 760 }, deviceScaleFactor: 2, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(`${url}/sign-in`);
  await page.getByRole('button', { name: `Enter as ${name}` }).click();
  await page.getByRole('log').waitFor();
  await page.goto(`${url}/rooms/tea`);
  await page.locator('.entry').first().waitFor();
  return page;
}

async function say(page, text) {
  await page.getByRole('textbox', { name: /^Write to/ }).fill(text);
  await page.keyboard.press('Enter');
  await page.locator('.entry[data-seq]', { has: page.locator('.text', { hasText: text.replace(/[*`]/g, '').slice(0, 20) }) }).waitFor();
}

/** A conversation that shows what there is: an answer, a little markup, somebody who is typing, something unread. */
async function talk(alice, bob) {
  await say(bob, 'The new kettle has a *thermometer*. I say 80 °C.');
  await say(alice, 'Then it is the kettle that is wrong. **85**, @bob, it is written above.');
  await bob.locator('.entry').last().hover();
  await bob.locator('.entry').last().getByRole('button', { name: 'Reply' }).click();
  await say(bob, 'It is on the record, so I give in. Thursday, four o’clock?');
  await say(alice, 'Thursday. I bring the second flush.');
  await bob.goto(bob.url().replace('tea', 'launch'));
  await bob.locator('.entry').first().waitFor();
  await say(bob, '@alice the logo is done, have a look');
  await bob.goto(bob.url().replace('launch', 'tea'));
  await bob.locator('.entry').first().waitFor();
  await alice.getByRole('button', { name: /^Members/ }).click();
  await bob.getByRole('textbox', { name: /^Write to/ }).pressSequentially('I bring');
  await alice.getByText('Bob Baker is typing').waitFor();
}

const server = await startServer({ cwd: root, env: { ...process.env, DATA_DIR: dataDir } });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const [alice, bob] = [await enter(browser, server.url, 'alice'), await enter(browser, server.url, 'bob')];
  await talk(alice, bob);
  await alice.mouse.move(0, 0);
  await alice.screenshot({ path: join(root, 'docs/screenshot.png') });
  console.log('Made docs/screenshot.png.');
} finally {
  await browser.close();
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
