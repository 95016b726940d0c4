interface Cookie {
  name: string;
  value: string;
  path: string;
}

/** As much of a browser as a sign-in needs: it follows redirects and keeps cookies, by path and, as browsers do, for all ports. */
export class Browser {
  cookies: Cookie[] = [];
  /** Every Location it was sent to, and every Set-Cookie line it got. */
  readonly went: string[] = [];
  readonly wasGiven: string[] = [];

  /** One request, with the redirect not yet followed. */
  async request(url: string): Promise<Response> {
    const response = await fetch(url, { redirect: 'manual', headers: { cookie: this.cookiesFor(new URL(url).pathname) } });
    for (const line of response.headers.getSetCookie()) this.store(line);
    return response;
  }

  /** Goes from redirect to redirect until `stop` says so or a page comes; returns the address where it ended. */
  async follow(url: string, stop: (next: URL) => boolean): Promise<URL> {
    let at = new URL(url);
    for (let hops = 0; hops < 15 && !stop(at); hops += 1) {
      const response = await this.request(at.href);
      const next = response.headers.get('location');
      if (next === null) throw new Error(`${at.href} answered ${response.status}: ${await response.text()}`);
      this.went.push(next);
      at = new URL(next, at);
    }
    return at;
  }

  private cookiesFor(path: string): string {
    return this.cookies.filter((cookie) => path.startsWith(cookie.path)).map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  private store(line: string): void {
    this.wasGiven.push(line);
    const [pair = '', ...attributes] = line.split(/;\s*/);
    const [name = ''] = pair.split('=', 1);
    const attribute = (wanted: string) => attributes.find((one) => one.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
    const path = attribute('path') ?? '/';
    this.cookies = this.cookies.filter((cookie) => cookie.name !== name || cookie.path !== path);
    const expires = attribute('expires');
    const gone = attribute('max-age') === '0' || (expires !== undefined && new Date(expires) <= new Date());
    if (!gone) this.cookies.push({ name, value: pair.slice(name.length + 1), path });
  }
}
