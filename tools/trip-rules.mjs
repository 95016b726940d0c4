// Proves the rules of .dependency-cruiser.mjs: each must fire on a file that breaks it and stay silent on its twin.
import { cruise } from 'dependency-cruiser';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import rules from '../.dependency-cruiser.mjs';

/** rule: [the file that breaks it, what it imports, its innocent twin, what that imports], … */
const proofs = {
  'no-cycles': [['src/rooms/cycle-a.ts', 'src/rooms/cycle-b.ts', 'src/rooms/line-a.ts', 'src/rooms/line-b.ts']],
  'contract-is-a-leaf': [
    ['src/contract/leaf.dto.ts', 'src/common/id.ts', 'src/contract/twin.dto.ts', 'class-validator'],
    ['src/contract/leaf-2.dto.ts', 'src/app.setup.ts', 'src/contract/twin-2.dto.ts', 'src/contract/errors.ts'],
  ],
  'only-the-app-imports-the-gateway': [
    ['src/messages/shout.ts', 'src/gateway/chat.gateway.ts', 'src/app.module.ts', 'src/gateway/chat.gateway.ts'],
    ['src/health/shout.ts', 'src/gateway/socket-adapter.ts', 'src/app.setup.ts', 'src/gateway/socket-adapter.ts'],
  ],
  'services-know-no-transport': [
    ['src/rooms/web.service.ts', 'fastify', 'src/rooms/web.controller.ts', 'fastify'],
    ['src/rooms/doc.service.ts', '@nestjs/swagger', 'src/rooms/plain.service.ts', '@nestjs/common'],
    ['src/rooms/back.repository.ts', 'src/rooms/rooms.controller.ts', 'src/rooms/back.module.ts', 'src/rooms/rooms.controller.ts'],
  ],
  'only-repositories-know-the-database': [
    ['src/users/sql.service.ts', 'typeorm', 'src/users/sql.repository.ts', 'typeorm'],
    ['src/users/sql.controller.ts', '@nestjs/typeorm', 'src/users/sql.module.ts', '@nestjs/typeorm'],
    ['src/common/sql.ts', 'pg', 'src/database/sql.ts', 'pg'],
    ['src/common/orm.filter.ts', 'typeorm', 'src/users/orm.entity.ts', 'typeorm'],
  ],
  'repositories-and-views-are-private': [
    ['src/messages/peek.service.ts', 'src/rooms/rooms.repository.ts', 'src/rooms/peek.service.ts', 'src/rooms/rooms.repository.ts'],
    ['src/messages/show.service.ts', 'src/rooms/room.view.ts', 'src/messages/ask.service.ts', 'src/rooms/rooms.service.ts'],
    ['src/app.health.ts', 'src/rooms/rooms.repository.ts', 'src/app.list.ts', 'src/rooms/rooms.module.ts'],
  ],
  'entities-are-private': [
    ['src/messages/row.service.ts', 'src/rooms/room.entity.ts', 'src/messages/row.entity.ts', 'src/rooms/room.entity.ts'],
    ['src/gateway/row.ts', 'src/rooms/room.entity.ts', 'src/database/data-source.ts', 'src/rooms/room.entity.ts'],
  ],
  'sockets-in-two-folders': [
    ['src/rooms/socket.service.ts', 'socket.io', 'src/realtime/broadcaster.ts', 'socket.io'],
    ['src/common/ws.guard.ts', '@nestjs/websockets', 'src/gateway/ws.guard.ts', '@nestjs/websockets'],
    ['src/app.sockets.ts', '@nestjs/platform-socket.io', 'src/realtime/adapter.ts', '@nestjs/platform-socket.io'],
  ],
  'layer-config': [['src/config/up.ts', 'src/common/id.ts', 'src/config/down.ts', 'src/contract/errors.ts']],
  'layer-common': [['src/common/up.ts', 'src/users/users.service.ts', 'src/common/down.ts', 'src/config/settings.ts']],
  'layer-database': [['src/database/up.ts', 'src/users/users.service.ts', 'src/database/down.ts', 'src/config/settings.ts']],
  'layer-realtime': [['src/realtime/up.ts', 'src/rooms/rooms.service.ts', 'src/realtime/down.ts', 'src/common/id.ts']],
  'layer-users': [['src/users/up.ts', 'src/auth/auth.service.ts', 'src/users/down.ts', 'src/realtime/channels.ts']],
  'layer-auth': [['src/auth/up.ts', 'src/rooms/rooms.service.ts', 'src/auth/down.ts', 'src/users/users.service.ts']],
  'layer-rooms': [
    ['src/rooms/up.ts', 'src/messages/messages.service.ts', 'src/rooms/down.ts', 'src/users/users.service.ts'],
    ['src/rooms/side.ts', 'src/auth/auth.service.ts', 'src/rooms/down-2.ts', 'src/database/tools.ts'],
  ],
  'layer-messages': [['src/messages/up.ts', 'src/app.list.ts', 'src/messages/down.ts', 'src/rooms/rooms.service.ts']],
  'layer-health': [['src/health/up.ts', 'src/users/users.service.ts', 'src/health/down.ts', 'src/database/tools.ts']],
  'layer-gateway': [['src/gateway/up.ts', 'src/docs/pages.ts', 'src/gateway/down.ts', 'src/messages/messages.service.ts']],
  'layer-demo': [['src/demo/up.ts', 'src/docs/pages.ts', 'src/demo/down.ts', 'src/messages/messages.service.ts']],
  'layer-commands': [['src/commands/up.ts', 'src/app.list.ts', 'src/commands/down.ts', 'src/messages/messages.service.ts']],
  'layer-web': [['src/web/up.ts', 'src/docs/pages.ts', 'src/web/down.ts', 'src/config/settings.ts']],
  'layer-workers': [['src/workers/up.ts', 'src/realtime/channels.ts', 'src/workers/down.ts', 'src/database/tools.ts']],
  'the-client-library-knows-only-the-contract': [['client/src/inside.ts', 'src/common/id.ts', 'client/src/outside.ts', 'src/contract/errors.ts']],
  'the-client-library-takes-types-only': [['client/src/value.ts', 'src/contract/errors.ts', 'client/src/type.ts', 'src/contract/errors.ts']],
  'the-server-knows-no-client': [['src/users/friend.ts', 'client/src/index.ts', 'client/src/friend.ts', 'client/src/index.ts']],
  'the-web-client-knows-only-the-client-library': [
    ['web/src/wire.ts', 'src/contract/errors.ts', 'web/src/twin.ts', 'web/src/other.ts'],
    ['web/src/inside.ts', 'client/src/client.ts', 'web/src/twin-2.ts', 'react'],
  ],
  'layer-docs': [['src/docs/up.ts', 'src/main.ts', 'src/docs/down.ts', 'src/app.module.ts']],
  'every-folder-has-a-layer': [['src/polls/polls.service.ts', '@nestjs/common', 'src/users/polls.service.ts', '@nestjs/common']],
  'the-product-imports-no-tests': [['src/users/fake.ts', 'test/setup/people.ts', 'test/users/fake.test.ts', 'test/setup/people.ts']],
  'the-product-needs-no-dev-dependency': [['src/users/dev.ts', 'jest', 'test/users/dev.test.ts', 'jest']],
};

/** Everything else is imported as a type. */
const importsValues = new Set(['client/src/value.ts']);

/** What a proof needs besides: here the way back, which closes the cycle. */
const besides = [['src/rooms/cycle-b.ts', 'src/rooms/cycle-a.ts']];

/** Writes every file that a proof names, and a stub of every package. */
function plant(root) {
  const imports = new Map();
  const add = (file, target) => imports.set(file, [...(imports.get(file) ?? []), ...(target ? [target] : [])]);
  for (const [bad, badTarget, good, goodTarget] of Object.values(proofs).flat()) {
    add(bad, badTarget);
    add(good, goodTarget);
    for (const target of [badTarget, goodTarget]) if (target.endsWith('.ts')) add(target);
  }
  for (const [file, target] of besides) add(file, target);
  const packages = [...new Set([...imports.values()].flat())].filter((target) => !target.endsWith('.ts'));
  const manifest = { name: 'tripped', version: '1.0.0', type: 'module', dependencies: {}, devDependencies: { jest: '1' } };
  for (const name of packages) {
    if (name !== 'jest') manifest.dependencies[name] = '1';
    write(root, `node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(root, `node_modules/${name}/index.js`, 'module.exports = {};\n');
  }
  write(root, 'package.json', JSON.stringify(manifest));
  for (const [file, targets] of imports) {
    const lines = [...new Set(targets)].map((target, n) => `import ${importsValues.has(file) ? '' : 'type '}* as i${n} from '${specifier(file, target)}';`);
    write(root, file, `${lines.join('\n')}\nexport type Use = [${lines.map((_, n) => `typeof i${n}`).join(', ')}];\n`);
  }
}

function specifier(from, target) {
  if (!target.endsWith('.ts')) return target;
  const path = posix.relative(posix.dirname(from), target).replace(/\.ts$/, '.js');
  return path.startsWith('.') ? path : `./${path}`;
}

function write(root, file, text) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

async function violationsIn(root) {
  const options = { ...rules.options, tsConfig: undefined, baseDir: root, validate: true, ruleSet: { forbidden: rules.forbidden } };
  const { output } = await cruise(['src', 'test', 'client', 'web'], options);
  return output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
}

/** What was expected and did not happen, and what happened without being expected. */
function faults(violations) {
  const wanted = new Set(Object.entries(proofs).flatMap(([rule, cases]) => cases.map(([bad]) => `${rule}: ${bad}`)));
  const found = new Set(violations.map(({ rule, from }) => `${rule}: ${from}`));
  const unproved = rules.forbidden.filter(({ name }) => !proofs[name]).map(({ name }) => `${name}: no proof in tools/trip-rules.mjs`);
  const silent = [...wanted].filter((each) => !found.has(each)).map((each) => `${each}: the rule did not fire`);
  const loud = [...found].filter((each) => !wanted.has(each)).map((each) => `${each}: the rule fired without being asked`);
  return [...unproved, ...silent, ...loud];
}

const root = realpathSync(mkdtempSync(join(tmpdir(), 'verbatim-rules-')));
try {
  plant(root);
  const wrong = faults(await violationsIn(root));
  for (const line of wrong) console.error(line);
  console.log(`${rules.forbidden.length} rules, ${Object.values(proofs).flat().length} proofs, ${wrong.length} faults`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}
