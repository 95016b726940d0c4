import { existsSync } from 'node:fs';

/** The one without a window first: what a page does is the same, for two thirds of the time. */
const places = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Chromium from the system packages, or the one that CHROMIUM names. */
export const chromiumPath = [process.env.CHROMIUM, ...places].find((path) => path !== undefined && existsSync(path));
