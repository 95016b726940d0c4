// Who may import whom. CONTRIBUTING.md explains it; tools/trip-rules.mjs proves each rule by breaking it.

const base = ['contract', 'config', 'common', 'database', 'realtime'];

/** The layers: what each folder of src may import besides itself. A new folder needs a line here. */
const mayImport = {
  contract: [],
  config: ['contract'],
  common: ['contract', 'config'],
  database: ['contract', 'config', 'common'],
  realtime: ['contract', 'config', 'common'],
  users: base,
  auth: [...base, 'users'],
  rooms: [...base, 'users'],
  messages: [...base, 'users', 'rooms'],
  health: base,
  demo: [...base, 'users', 'auth', 'rooms', 'messages'],
  gateway: [...base, 'users', 'auth', 'rooms', 'messages', 'health'],
  docs: [...base, 'users', 'auth', 'rooms', 'messages', 'health'],
  commands: [...base, 'users', 'auth', 'rooms', 'messages'],
  web: ['contract', 'config'],
  workers: ['contract', 'config', 'common', 'database'],
};

const folders = Object.keys(mayImport);
const oneOf = (names) => `(${names.join('|')})`;
/** A package as it resolves, and as it is written where it does not resolve. */
const packages = (names) => `(^|node_modules/)${oneOf(names)}(/|$)`;
const entities = '\\.entity\\.ts$';

const layers = folders
  .filter((folder) => folder !== 'contract')
  .map((folder) => ({
    name: `layer-${folder}`,
    comment: `${folder}/ may import ${mayImport[folder].join(', ')} and itself. Turn the dependency round, or move the code down.`,
    severity: 'error',
    from: { path: `^src/${folder}/` },
    to: {
      path: '^src/',
      pathNot: [
        `^src/${oneOf([folder, ...mayImport[folder]])}/`,
        '^src/gateway/', // only-the-app-imports-the-gateway says it better
        ...(folder === 'database' ? [entities] : []), // the data source lists them
        ...(folder === 'docs' ? ['^src/app\\.(module|setup)\\.ts$'] : []), // it describes the whole app
      ],
    },
  }));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Files that import each other cannot be read, tested or moved one at a time.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'contract-is-a-leaf',
      comment: 'The wire is the one thing that clients share with us: it imports nothing else of ours.',
      severity: 'error',
      from: { path: '^src/contract/' },
      to: { path: '^(src|migrations|test|bench|tools)/', pathNot: '^src/contract/' },
    },
    {
      name: 'only-the-app-imports-the-gateway',
      comment: 'Sockets as input are an edge. To send something to sockets use the broadcaster of realtime/.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(gateway/|app\\.(module|setup)\\.ts$)' },
      to: { path: '^src/gateway/' },
    },
    {
      name: 'services-know-no-transport',
      comment: 'A service or repository answers HTTP, sockets and tests alike: no socket.io, Fastify, Swagger or controller in it.',
      severity: 'error',
      from: { path: '^src/.+\\.(service|repository)\\.ts$' },
      to: { path: [packages(['fastify', '@fastify/[^/]+', '@nestjs/swagger', '@nestjs/platform-fastify']), '\\.controller\\.ts$'] },
    },
    {
      name: 'only-repositories-know-the-database',
      comment: 'SQL and TypeORM live in *.repository.ts, *.entity.ts, *.module.ts, database/ and migrations/.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['\\.(repository|entity|module)\\.ts$', '^src/database/'] },
      to: { path: packages(['typeorm', '@nestjs/typeorm', 'pg', 'pg-[^/]+']) },
    },
    {
      name: 'repositories-and-views-are-private',
      comment: "A feature's repository and view belong to its folder. Ask its service.",
      severity: 'error',
      from: { path: '^src/([^/]+)' },
      to: { path: '^src/[^/]+/.+\\.(repository|view)\\.ts$', pathNot: '^src/$1/' },
    },
    {
      name: 'entities-are-private',
      comment: "A feature's entity belongs to its folder; besides it only database/ and other entities may name it.",
      severity: 'error',
      from: { path: '^src/([^/]+)', pathNot: ['^src/database/', entities] },
      to: { path: `^src/[^/]+/.+${entities}`, pathNot: '^src/$1/' },
    },
    {
      name: 'sockets-in-two-folders',
      comment: 'Only realtime/ (output) and gateway/ (input) know socket.io.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(realtime|gateway)/' },
      to: { path: packages(['socket\\.io', 'socket\\.io-[^/]+', '@socket\\.io/[^/]+', '@nestjs/websockets', '@nestjs/platform-socket\\.io', 'ws']) },
    },
    ...layers,
    {
      name: 'every-folder-has-a-layer',
      comment: 'A new folder of src needs a line in the table of layers (.dependency-cruiser.mjs).',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/${oneOf(folders)}/` },
      to: {},
    },
    {
      name: 'the-client-library-knows-only-the-contract',
      comment: 'client/ runs elsewhere: of everything here it knows the wire, and nothing else.',
      severity: 'error',
      from: { path: '^client/' },
      to: { path: '^(src|migrations|test|bench|tools|web)/', pathNot: '^src/contract/' },
    },
    {
      name: 'the-client-library-takes-types-only',
      comment: 'The contract is made of decorated classes: imported as values they would bring Nest into every browser. Write `import type`.',
      severity: 'error',
      from: { path: '^client/' },
      to: { path: '^src/contract/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'the-server-knows-no-client',
      comment: 'The server serves whoever speaks the contract; its own clients are nothing special to it.',
      severity: 'error',
      from: { path: '^(src|migrations)/' },
      to: { path: '^(client|web)/' },
    },
    {
      name: 'the-web-client-knows-only-the-client-library',
      comment: 'web/ reaches the server through @verbatim/client and nothing else: what it needs, other programs need too.',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^(src|migrations|test|bench|tools|client/src)/' },
    },
    {
      name: 'the-product-imports-no-tests',
      comment: 'What is shipped works without test/, bench/ and tools/.',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: '^src/contract/' },
      to: { path: '^(test|bench|tools)/' },
    },
    {
      name: 'the-product-needs-no-dev-dependency',
      comment: '`npm ci --omit=dev` must be enough to run it.',
      severity: 'error',
      from: { path: '^(src|migrations)/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage|data)/' },
    tsPreCompilationDeps: true, // an `import type` is a dependency too
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
