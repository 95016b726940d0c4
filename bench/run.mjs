// npm run bench -- <name> …; without a name it tells which there are.
const benches = {
  append: () => import('./append.mjs'),
  guard: () => import('./guard.mjs'),
  login: () => import('./login.mjs'),
  page: () => import('./page.mjs'),
};
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in benches));

if (wanted.length === 0 || unknown.length > 0) {
  console.error(`npm run bench -- ${Object.keys(benches).join(' | ')}`);
  process.exitCode = 2;
} else {
  for (const name of wanted) {
    console.log(`== ${name}`);
    const { run } = await benches[name]();
    await run();
  }
}
