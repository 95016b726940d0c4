// What `npm start` gives Node, for everything else that runs the server as it is delivered. The image repeats it.
import { readFileSync } from 'node:fs';

const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** [`--name=value`, …] */
export const startFlags = scripts.start.match(/--\S+/g);
