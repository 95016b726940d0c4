// Which files `npm run test:cluster` does not run again with two nodes, and why. Every other test file it does, also one that is new.
const reasons = {
  'has no server, or one that it starts itself in its own way': [
    'bench', 'client/operations', 'client/member-list', 'client/room-state', 'client/timeline', 'cluster', 'commands', 'common', 'config', 'database', 'demo', 'docs', 'health', 'messages/append-trusting', 'messages/plans', 'messages/ten-thousand-rooms', 'model/checker', 'security', 'setup',
  ],
  'replaces or watches parts inside of the one process, or counts its queries': [
    'messages/hot-path', 'messages/seam', 'messages/long-absence', 'model/broken', 'gateway/stopping', 'client/chaos', 'client/connection', 'client/cli', 'auth/google', 'auth/unproved-address', 'auth/first-admin', 'auth/clock', 'rooms/lobby', 'realtime',
  ],
  'is about one edge, byte by byte: the second would behave the same, and the round-robin in front stands in the way': [
    'fuzz', 'gateway/frame-fuzz', 'auth/cookie', 'auth/forged-tokens', 'journeys/origins', 'interop',
  ],
  'asks every operation by itself: what it finds out is decided in the database, for all nodes alike': ['access-matrix', 'gateway/event-matrix'],
  'has a fault run of its own for two nodes': ['auth/limits', 'auth/guessing', 'gateway/request-limits'],
  'shows pages and terminals, whose server is tested above': ['web', 'client/browser'],
};

/** For Jest: patterns of paths to leave out. */
export const oneProcess = Object.values(reasons).flat().map((path) => `/test/${path}(/|\\.test\\.ts$|-)`);
