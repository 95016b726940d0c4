// `npm start`: build if needed, then become the server. One process, so that signals reach it directly.
import { build } from './build.mjs';

build();
await import('../dist/server/main.js');
