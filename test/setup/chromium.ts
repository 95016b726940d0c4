import { existsSync } from 'node:fs';

/** The one that shows nothing starts half as many processes, which draw a window all the same in the others. */
const places = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Chromium from the system packages, or the one that CHROMIUM names. */
export const chromiumPath = [process.env.CHROMIUM, ...places].find((path) => path !== undefined && existsSync(path));
