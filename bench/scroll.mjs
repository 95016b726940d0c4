// A room of 10,000 messages in the web client, all of them loaded, scrolled in a real Chromium: frames a second, beside those of an
// empty page that scrolls in the same way. Lines come into sight that were never drawn before: the list has to measure each of them.
/* global document, requestAnimationFrame */
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { interleaved, median, show } from './measure.mjs';
import { makeRoom, register, startWorld } from './world.mjs';

const count = 10_000;
const seconds = 4;
const step = 120; // pixels a frame: a fast wheel
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path !== undefined && existsSync(path));

async function fill(world, room, people) {
  await world.dataSource.query(
    `INSERT INTO messages (room_id, seq, id, rev, sender_id, client_id, text, first_text_hash, created_at)
     SELECT $1, n, gen_random_uuid(), n + 2, ($2::uuid[])[1 + n / 3 % 2], gen_random_uuid(),
       'Number ' || n || ' is **bold** here, and @bench says so. ' || repeat('Some are longer than others. ', n % 11), 0, now() - (20000 - n) * interval '20 seconds'
     FROM generate_series(1, ${count}) AS n`, [room.id, people.map(({ user }) => user.id)]);
  await world.dataSource.query('UPDATE rooms SET last_seq = $2::bigint, rev = $2::bigint + 2, last_message_at = now() WHERE id = $1', [room.id, count]);
}

/** Runs in the page: stands at the top for a while, so that what came before is fetched; answers with how many are left. */
async function loadFor(ms) {
  const log = document.querySelector('[role=log]');
  const isWhole = () => log.textContent.includes('Here begins');
  for (const end = performance.now() + ms; performance.now() < end && !isWhole();) {
    log.scrollTop = 0;
    await new Promise((resolve) => { requestAnimationFrame(resolve); });
  }
  return isWhole() ? 0 : Number(log.querySelector('.entry[data-seq]').dataset.seq);
}

async function openRoom(browser, url) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(`${url}/sign-in?to=%2Frooms%2Flong`);
  await page.getByLabel('E-mail or username').fill('alice');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator(`.entry[data-seq="${count}"]`).waitFor();
  for (let left = count; left > 0;) {
    left = await page.evaluate(loadFor, 3000);
    process.stderr.write(`loaded ${count - left} of ${count}\n`);
  }
  await page.locator('.jump.newest').click();
  await page.locator(`.entry[data-seq="${count}"]`).waitFor();
  return page;
}

async function openEmpty(browser) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.setContent(`<div role="log" style="height:100vh;overflow-y:auto"><div style="height:${count * 60}px"></div></div>`);
  await page.evaluate(() => { const log = document.querySelector('[role=log]'); log.scrollTop = log.scrollHeight; });
  return page;
}

/** Scrolls up frame by frame; answers with how long each of them took, and how busy the page's main thread was, in milliseconds. */
async function scroll(page) {
  await page.bringToFront();
  await page.waitForTimeout(500);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  const busy = async () => (await devtools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
  const before = await busy();
  const took = await page.evaluate(async ([pixels, ms]) => {
    const log = document.querySelector('[role=log]');
    const frame = () => new Promise((resolve) => { requestAnimationFrame(resolve); });
    const took = [];
    for (let last = await frame(), end = last + ms; last < end;) {
      log.scrollTop -= pixels;
      const now = await frame();
      took.push(now - last);
      last = now;
    }
    return took;
  }, [step, seconds * 1000]);
  return { took, work: ((await busy()) - before) / took.length };
}

export async function run() {
  if (executablePath === undefined) throw new Error('Chromium is wanted: from the system packages, or named by CHROMIUM.');
  const world = await startWorld();
  const people = [await register(world, 'alice'), await register(world, 'bench')];
  await fill(world, await makeRoom(world, people, 'long'), people);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-smooth-scrolling'] });
  try {
    const pages = { '10,000 messages': await openRoom(browser, world.url), 'empty page': await openEmpty(browser) };
    const results = await interleaved(3, Object.fromEntries(Object.entries(pages).map(([name, page]) => [name, () => scroll(page)])));
    const rates = (name) => results[name].map(({ took }) => (took.length * 1000) / took.reduce((sum, ms) => sum + ms, 0));
    const slow = (name) => results[name].map(({ took }) => took.sort((one, other) => one - other)[Math.floor(took.length * 0.99)]);
    for (const name of Object.keys(pages)) console.log(`${name.padEnd(16)} ${show(rates(name), 1)} frames/s; 99 of 100 frames within ${show(slow(name), 1)} ms; ${show(results[name].map(({ work }) => work), 1)} ms of work each`);
    console.log(`ratio            ${(median(rates('10,000 messages')) / median(rates('empty page'))).toFixed(2)}`);
  } finally {
    await browser.close();
    await world.stop();
  }
}
