import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core';
import { chromiumPath } from './chromium.js';
import { password } from './people.js';
import { startServer, type TestServer } from './server.js';

if (chromiumPath === undefined) process.stdout.write('The tests of the web client stand aside: they want Chromium, from the system packages or named by CHROMIUM.\n');

/** A server and a browser, and everything that went wrong in any page. */
export interface Site {
  server: TestServer;
  browser: Browser;
  /** Errors in the console, exceptions, dialogs, requests to other servers. A test that provokes one takes it out. */
  complaints: string[];
  visit(options?: BrowserContextOptions): Promise<Page>;
}

/** Describes the web client in a real browser. Where there is none it says so; in CI that is a failure. */
export function inBrowser(what: string, body: (site: Site) => void, start: () => Promise<TestServer> = startServer): void {
  describe(what, () => {
    jest.setTimeout(120_000);
    const site = { complaints: [] } as unknown as Site;
    site.visit = async (options = {}) => await open(site, options);
    beforeAll(async () => {
      if (chromiumPath === undefined) return;
      site.server = await start();
      site.browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-smooth-scrolling'] });
    });
    afterAll(async () => {
      await site.browser?.close();
      await site.server?.close();
    });
    afterEach(async () => {
      for (const context of site.browser?.contexts() ?? []) await context.close();
      expect(site.complaints.splice(0)).toEqual([]);
    });
    it('has a browser where it counts', () => {
      expect(chromiumPath === undefined && process.env.CI === 'true').toBe(false);
    });
    if (chromiumPath !== undefined) body(site);
  });
}

async function open(site: Site, options: BrowserContextOptions): Promise<Page> {
  const context = await site.browser.newContext({ baseURL: site.server.url, viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const complain = (text: string) => { site.complaints.push(text); };
  page.on('console', (message) => { if (message.type() === 'error') complain(`console: ${message.text()} (${message.location().url})`); });
  page.on('pageerror', (error) => { complain(`exception: ${error.message}`); });
  page.on('dialog', (dialog) => {
    complain(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const { host, protocol } = new URL(request.url());
    if (protocol !== 'data:' && host !== new URL(site.server.url).host) complain(`foreign request: ${request.url()}`);
  });
  return page;
}

/** Somebody who uses the web client. */
export class Visitor {
  readonly log: Locator;
  readonly line: Locator;

  constructor(readonly page: Page, readonly name: string) {
    this.log = page.getByRole('log');
    this.line = page.getByRole('textbox', { name: /^(Write to|Edit message)/ });
  }

  /** A message by what it says. */
  entry(text: string): Locator {
    return this.page.locator('.entry', { has: this.page.locator('.text', { hasText: text }) });
  }

  async go(path: string): Promise<this> {
    await this.page.goto(path);
    return this;
  }

  async say(text: string): Promise<void> {
    await this.line.fill(text);
    await this.line.press('Enter');
  }

  /** It is there, and has its number: it is stored. */
  async sees(text: string): Promise<void> {
    const entry = this.page.locator('.entry[data-seq]', { has: this.page.locator('.text, .gone', { hasText: text }) });
    await entry.first().waitFor().catch(async (error: unknown) => {
      throw new Error(`${String(error)}\nThe page shows:\n${await this.page.locator('body').innerText()}`, { cause: error });
    });
  }

  /** Opens what can be done with a message, and does one of it. */
  async does(what: string, text: string): Promise<void> {
    await this.entry(text).hover();
    await this.entry(text).getByRole('button', { name: 'More' }).click();
    await this.page.getByRole('menuitem', { name: what }).click();
  }

  room(name: string): Locator {
    return this.page.getByRole('navigation').getByRole('link', { name });
  }
}

export async function register(site: Site, name: string, options?: BrowserContextOptions): Promise<Visitor> {
  const page = await site.visit(options);
  await page.goto('/register');
  await page.getByLabel('Name', { exact: true }).fill(name.replace(/^./, (letter) => letter.toUpperCase()));
  await page.getByLabel('E-mail').fill(`${name}@example.org`);
  await page.getByLabel('Username').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Create account' }).click();
  const visitor = new Visitor(page, name);
  await visitor.log.waitFor();
  return visitor;
}

export async function signIn(site: Site, name: string, options?: BrowserContextOptions): Promise<Visitor> {
  const page = await site.visit(options);
  await page.goto('/sign-in');
  await page.getByLabel('E-mail or username').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  const visitor = new Visitor(page, name);
  await visitor.log.waitFor();
  return visitor;
}
